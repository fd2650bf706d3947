package ivr

import (
	"fmt"
	"slices"
	"time"
)

// Dialogue is the dialogue of an institution: its lines and its policy. It is
// read-only and safe for concurrent use.
type Dialogue struct {
	Lines  []Line
	Policy Policy // defaults applied
}

// Line is one phone number's own settings.
type Line struct {
	ID        string
	Name      string // as spoken
	Number    string // E.164; lines may share one
	Languages []string
	IDDigits  int // of the unique ID
	Factors   []Factor
	Hours     Hours
	Notice    bool   // a closure or outage notice is spoken before the menu (message "notice")
	Fallback  string // E.164: the desk's own number
	Web       bool   // there is a self-service page
	Callbacks bool   // callers may be called back
	Slots     int    // of how many times they can choose, at most 3; 0: none
	Quiet     Quiet  // in which nobody is called
	Need      Need   // of everybody who calls it
}

// maxMisses is how many wrong or silent tries in a row lead to a person.
const maxMisses = 3

// maxMoments is how often "one moment" is said before an effect counts as failed.
const maxMoments = 5

// Next takes a call through one event. The returned turn is what the event is
// answered with: for a turn that depends on an effect it is [ThenAwait], and the
// answer follows from the event that the effect reports; for an event that takes
// no turn only its effects matter. Next does not change what call points to.
func (d *Dialogue) Next(call Call, e Event) (Call, Turn) {
	c := call.clone()
	t := &talk{d: d, c: &c, e: e}
	if c.Ending.Result != ResultUnknown && takesTurn(e.What) {
		t.sayGoodbye()
	} else {
		t.event()
	}
	t.settle()
	return c, t.turn
}

// talk is one event being dealt with.
type talk struct {
	d    *Dialogue
	c    *Call
	e    Event
	turn Turn
	// spoke says that the turn is an answer; an event that takes no turn and has
	// none leaves the call's answers alone.
	spoke bool
}

// clone copies what Next may change in place.
func (c Call) clone() Call {
	c.Passed = append([]Passed(nil), c.Passed...)
	c.Skipped = append([]Factor(nil), c.Skipped...)
	c.Open = append([]Open(nil), c.Open...)
	c.News = append([]string(nil), c.News...)
	c.Closures = append([]Closure(nil), c.Closures...)
	c.Callback.Slots = append([]int64(nil), c.Callback.Slots...)
	c.Prefix = append([]Message(nil), c.Prefix...)
	c.Facts.Phones = append([]Phone(nil), c.Facts.Phones...)
	if c.Code.Before != nil {
		before := *c.Code.Before
		c.Code.Before = &before
	}
	return c
}

// takesTurn reports whether an event is a webhook that is answered with dialogue.
func takesTurn(w What) bool {
	switch w.(type) {
	case Ring, CalledBack, Input, Continue, Left, Jump, Dialled:
		return true
	}
	return false
}

// event deals the event out.
func (t *talk) event() {
	switch w := t.e.What.(type) {
	case Ring:
		t.ring(w)
	case CalledBack:
		t.calledBack(w)
	case Input:
		t.input(w)
	case Continue:
		t.resume()
	case Left:
		t.left(w)
	case Jump:
		t.jump(w)
	case Dialled:
		t.dialled(w)
	case Waited:
		t.waited()
	case Waiting:
		t.waiting(w)
	case Hangup:
		t.hangup()
	case Texted:
		t.delivered(w)
	case Overdue:
		t.secondText()
	case AgentLinks, AgentLook, AgentDismiss:
		t.agentTool()
	default:
		t.result()
	}
}

// agentTool deals out what an agent does to the call from the desk.
func (t *talk) agentTool() {
	switch w := t.e.What.(type) {
	case AgentLinks:
		t.agentLinks(w)
	case AgentLook:
		t.agentLook()
	case AgentDismiss:
		t.agentDismiss()
	}
}

// result deals out what an effect reported.
func (t *talk) result() {
	if !t.close(t.e.Effect) {
		return // not ours, or not any more
	}
	awaited := t.c.Await == t.e.Effect
	if awaited {
		t.c.Await, t.c.Moments = 0, 0
		t.takePrefix()
	}
	if t.c.Ending.Result != ResultUnknown {
		return // the caller is gone: nothing new is begun
	}
	switch w := t.e.What.(type) {
	case CodeSent:
		t.codeSent(w)
	case TextDispatched:
		t.texted(w.Text, w.Status)
	default:
		if awaited {
			t.awaited(t.e.What)
			return
		}
		t.unawaited(t.e.What)
	}
}

// unawaited takes the results of what an agent asked for.
func (t *talk) unawaited(w What) {
	switch w := w.(type) {
	case LinksMade:
		t.agentLinksMade(w)
	case PhoneRead:
		t.c.Links.Done = t.c.Links.Done || w.Activated
	}
}

// awaited goes on with the step that asked for an effect.
func (t *talk) awaited(w What) {
	switch w := w.(type) {
	case Admitted:
		t.admitted(w)
	case LookedUp:
		t.lookedUp(w)
	case Checked:
		t.checked(w)
	case AccountRead:
		t.accountRead(w)
	case LinksMade:
		t.linksMade(w)
	case PhoneRead:
		t.phoneRead(w)
	case Queued:
		t.queued(w)
	case Reported:
		t.reported(w)
	case NumberChecked:
		t.numberChecked(w)
	case CallbackTaken:
		t.callbackTaken(w)
	case CallbackAnswered:
		t.callbackAnswered(w)
	default:
		panic(fmt.Sprintf("ivr: no step awaits %T", w))
	}
}

// gaveUp is the result that an effect is given when it did not report.
func gaveUp(k EffectKind) What {
	switch k {
	case EffectAdmit:
		return Admitted{Outcome: OutcomeUnavailable}
	case EffectLookUp:
		return LookedUp{Outcome: OutcomeUnavailable}
	case EffectCheckFactor:
		return Checked{Outcome: OutcomeUnavailable}
	case EffectReadAccount:
		return AccountRead{Outcome: OutcomeUnavailable}
	case EffectMakeLinks:
		return LinksMade{Outcome: OutcomeUnknown}
	case EffectReadPhone:
		return PhoneRead{Outcome: OutcomeUnavailable}
	case EffectJoinQueue:
		return Queued{Outcome: OutcomeUnavailable}
	case EffectReport:
		return Reported{OutcomeUnavailable}
	case EffectCheckNumber:
		return NumberChecked{Outcome: OutcomeUnavailable}
	case EffectTakeCallback:
		return CallbackTaken{Outcome: OutcomeUnavailable}
	case EffectAnswerCallback:
		return CallbackAnswered{Outcome: OutcomeUnavailable}
	case EffectSendCode:
		return CodeSent{OutcomeUnavailable}
	case EffectSendText:
		return TextDispatched{Status: TextUnavailable}
	case EffectUnknown, effectEnd:
	}
	panic("ivr: gave up on " + k.String())
}

// takePrefix begins with what was said before the effect was awaited.
func (t *talk) takePrefix() {
	t.turn.Say = append(t.turn.Say, t.c.Prefix...)
	t.c.Prefix = nil
}

// settle stores the answer where the next webhook, or its repeat, finds it.
func (t *talk) settle() {
	c := t.c
	if c.Await != 0 && t.turn.Then == ThenNothing {
		c.Prefix = append(c.Prefix, t.turn.Say...)
		t.turn.Say, t.spoke = nil, false
	}
	if takesTurn(t.e.What) {
		c.Answer, c.Held = nil, nil
	}
	if !t.spoke {
		if takesTurn(t.e.What) {
			t.turn.Then = ThenAwait
		}
		return
	}
	stored := t.turn
	stored.Effects = nil
	if _, ok := t.e.What.(Waiting); ok {
		return // wait documents are not turns
	}
	if c.Answer == nil {
		c.Answer = &stored
	} else {
		c.Held = &stored
	}
}

// resume answers the turn after one that awaited nothing.
func (t *talk) resume() {
	switch {
	case t.c.Held != nil:
		t.turn, t.spoke = *t.c.Held, true
	case t.c.Await != 0:
		// Still nothing: the webhook waits again.
	default:
		t.again()
	}
}

// waited says "one moment", or gives up on the effect.
func (t *talk) waited() {
	c := t.c
	if c.Await == 0 || c.Answer != nil {
		return
	}
	c.Moments++
	t.takePrefix()
	if c.Moments <= maxMoments {
		t.say("one_moment")
		t.then(ThenTurn)
		return
	}
	id := c.Await
	kind := t.kindOf(id)
	t.close(id)
	c.Await, c.Moments = 0, 0
	t.awaited(gaveUp(kind))
}

// input is what the caller keyed; which step hears it.
func (t *talk) input(in Input) {
	switch t.c.Step {
	case StepID, StepFactor, StepReport, StepCallbackTo:
		t.entry(in)
	default:
		t.key(in)
	}
}

// line is the line of the call; the first when its own is gone from the config.
func (t *talk) line() *Line {
	for i := range t.d.Lines {
		if t.d.Lines[i].ID == t.c.Line {
			return &t.d.Lines[i]
		}
	}
	return &t.d.Lines[0]
}

// open reports whether the desk is open, and if not, why and until when.
func (t *talk) open() (open bool, reason string, next time.Time) {
	return t.line().Hours.OpenBut(t.c.Closures, t.line().ID, t.e.At)
}

// say adds a message; args are name, value, name, value.
func (t *talk) say(id string, args ...string) {
	t.spoke = true
	m := Message{ID: id}
	if len(args) > 0 {
		m.Args = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			m.Args[args[i]] = args[i+1]
		}
	}
	t.turn.Say = append(t.turn.Say, m)
}

// then ends the turn without awaiting keys.
func (t *talk) then(next Then) { t.turn.Then, t.spoke = next, true }

// expect ends the turn by awaiting keys.
func (t *talk) expect(kind ExpectKind, seconds int) {
	t.turn.Expect = Expect{Kind: kind, Seconds: seconds}
	t.then(ThenTurn)
}

// news speaks what happened since the last turn.
func (t *talk) news() {
	for _, id := range t.c.News {
		t.say(id)
	}
	t.c.News = nil
}

// start opens an effect.
func (t *talk) start(kind EffectKind, arg uint8) uint32 {
	t.c.Effects++
	o := Open{ID: t.c.Effects, Kind: kind, Arg: arg}
	t.c.Open = append(t.c.Open, o)
	t.turn.Effects = append(t.turn.Effects, t.c.Effect(o))
	return o.ID
}

// await opens an effect that the answer depends on.
func (t *talk) await(kind EffectKind, arg uint8) {
	t.c.Await, t.c.Moments = t.start(kind, arg), 0
}

// close removes an open effect and reports whether there was one.
func (t *talk) close(id uint32) bool {
	for i, o := range t.c.Open {
		if o.ID == id {
			t.c.Open = append(t.c.Open[:i], t.c.Open[i+1:]...)
			return true
		}
	}
	return false
}

// drop gives up on the open effects of a kind: what they would do is not wanted
// any more, and what they report is not heard.
func (t *talk) drop(kinds ...EffectKind) {
	t.c.Open = slices.DeleteFunc(t.c.Open, func(o Open) bool { return slices.Contains(kinds, o.Kind) })
}

// kindOf is the kind of an open effect.
func (t *talk) kindOf(id uint32) EffectKind {
	for _, o := range t.c.Open {
		if o.ID == id {
			return o.Kind
		}
	}
	return EffectUnknown
}
