package ivr_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ringback/ivr"
)

// walkSteps is how many events the random walk takes at least.
const walkSteps = 1_200_000

// walker feeds random events to calls and keeps its own books on what was
// proven, to hold the dialogue's effects against.
type walker struct {
	rnd    *rand.Rand
	d      *ivr.Dialogue
	call   ivr.Call
	at     time.Time
	facts  ivr.Facts
	open   map[uint32]ivr.Effect
	proven map[ivr.Factor]proof
	asked  ivr.CheckFactor
	sim    []ivr.SIM // of each phone
	steps  int
	turns  int // of this call
	seen   map[ivr.Step]int
	links  int
}

// proof is when a factor passed, and on which phone.
type proof struct {
	at    time.Time
	phone int
}

func TestRandomWalk(t *testing.T) {
	w := &walker{rnd: rand.New(rand.NewPCG(1, 2)), d: calling(), seen: map[ivr.Step]int{}}
	for w.steps < walkSteps {
		if err := w.play(); err != nil {
			t.Fatalf("after %d steps: %v", w.steps, err)
		}
	}
	for _, s := range ivr.Steps() {
		if w.seen[s] == 0 {
			t.Errorf("step %v was never reached", s)
		}
	}
	if w.links == 0 {
		t.Error("no links were ever made: the walk proves nothing")
	}
	t.Logf("%d steps, %d sets of links, expired %d times", w.steps, w.links, w.seen[ivr.StepExpired])
}

// play is one call, to its end.
func (w *walker) play() error {
	w.call, w.at = ivr.Call{}, noon.Add(time.Duration(w.rnd.IntN(1000))*time.Hour)
	w.open, w.proven, w.turns = map[uint32]ivr.Effect{}, map[ivr.Factor]proof{}, 0
	w.facts = dana("+19195550102", "+19195550112")
	w.facts.Known = w.rnd.IntN(8) > 0
	w.facts.Privileged = w.rnd.IntN(8) == 0
	w.facts.Frozen, w.facts.Threat, w.facts.Need.Strong = w.rnd.IntN(8) == 0, w.rnd.IntN(8) == 0, w.rnd.IntN(8) == 0
	if w.facts.Need.Without = 0; w.rnd.IntN(4) == 0 {
		w.facts.Need.Without = ivr.SetOf(ivr.Factors()[w.rnd.IntN(5)])
	}
	w.sim = []ivr.SIM{ivr.SIM(w.rnd.IntN(3)), ivr.SIM(w.rnd.IntN(3))}
	for i := range w.facts.Phones {
		if w.rnd.IntN(4) == 0 {
			w.facts.Phones[i].Since = w.at.Add(-time.Hour).Unix()
		}
	}
	to, from := "+19196842200", "+19195550101"
	switch w.rnd.IntN(10) {
	case 0:
		to = "+19195550999"
	case 1:
		to = "+19195550888"
	case 2, 3, 4:
		to = everyFactor
	}
	if w.rnd.IntN(20) == 0 {
		from = ""
	}
	first := ivr.What(ivr.Ring{To: to, From: from, Suspect: w.rnd.IntN(10) == 0})
	if w.rnd.IntN(20) == 0 {
		first = ivr.CalledBack{Line: "university", To: "+19195550101", Transfer: "t1", Offer: 1}
	}
	err := w.turn(first)
	for err == nil && w.call.Ending.Result == ivr.ResultUnknown {
		if w.turns++; w.turns > 400 {
			return fmt.Errorf("a call of %d turns is at %v still", w.turns, w.call.Step)
		}
		w.at = w.at.Add(time.Duration(w.rnd.IntN(20)) * time.Second)
		if w.rnd.IntN(40) == 0 || w.call.Step == ivr.StepWatch && w.rnd.IntN(6) == 0 { // long enough for links to die
			w.at = w.at.Add(time.Duration(w.rnd.IntN(12)) * time.Minute)
		}
		err = w.next()
	}
	return err
}

// next is whatever may happen at this point of a call.
func (w *walker) next() error {
	for range w.rnd.IntN(3) {
		if err := w.aside(); err != nil {
			return err
		}
	}
	if w.turns > 300 || w.rnd.IntN(200) == 0 {
		return w.event(ivr.Event{At: w.at, What: ivr.Hangup{}})
	}
	a := w.call.Answer
	if a == nil {
		return fmt.Errorf("no answer at %v", w.call.Step)
	}
	switch a.Then {
	case ivr.ThenTurn:
		if a.Expect.Kind == ivr.ExpectNothing {
			return w.turn(ivr.Continue{})
		}
		return w.turn(w.input(a.Expect.Kind))
	case ivr.ThenEnqueue:
		switch w.rnd.IntN(4) {
		case 0:
			return w.turn(ivr.Jump{Transfer: "t1"})
		case 1:
			return w.turn(ivr.Left{Result: []string{"leave", "queue-full", "error", "system-error"}[w.rnd.IntN(4)]})
		default:
			return w.event(ivr.Event{At: w.at, What: ivr.Waiting{Position: w.rnd.IntN(4), Leave: []string{"", "", "no_agents", "fallback", ivr.LeaveCallback}[w.rnd.IntN(5)]}})
		}
	case ivr.ThenConference, ivr.ThenDial:
		return w.turn(ivr.Dialled{Answered: w.rnd.IntN(2) == 0})
	case ivr.ThenHangup:
		return w.event(ivr.Event{At: w.at, What: ivr.Hangup{}})
	default:
		return fmt.Errorf("a dead end: then %v at %v", a.Then, w.call.Step)
	}
}

// input is a key or an entry, biased towards getting somewhere.
func (w *walker) input(k ivr.ExpectKind) ivr.Input {
	if k == ivr.ExpectKey {
		return ivr.Input{Keys: []string{"1", "1", "1", "1", "2", "3", "4", "0", "9", "*", "7", "8", "5", "#", ""}[w.rnd.IntN(15)]}
	}
	return ivr.Input{
		Keys:  []string{w.wanted(), w.wanted(), w.wanted(), w.wanted(), "1000001", "123456", "2", "3", "0", "9", "1*2", "", ""}[w.rnd.IntN(13)],
		Pound: w.rnd.IntN(3) > 0,
	}
}

// wanted is an entry of the length that the step asks for.
func (w *walker) wanted() string {
	switch w.call.Step {
	case ivr.StepID:
		return "1000001"
	case ivr.StepReport:
		return "12345678"
	case ivr.StepCallbackTo:
		return "9195550150"
	default:
		return "16180339887498948482"
	}
}

// aside is something that takes no turn.
func (w *walker) aside() error {
	texts := []ivr.Text{ivr.TextInstall, ivr.TextActivate, ivr.TextCode}
	switch w.rnd.IntN(3) {
	case 0:
		return w.event(ivr.Event{At: w.at, What: ivr.Texted{Text: texts[w.rnd.IntN(3)], Send: uint8(w.rnd.IntN(3)), Status: ivr.TextStatus(w.rnd.IntN(8))}})
	case 1:
		return w.event(ivr.Event{At: w.at, What: ivr.Overdue{}})
	default:
		return w.settleOne()
	}
}

// settleOne answers one open effect, or repeats an answer to one that is closed.
func (w *walker) settleOne() error {
	if len(w.open) == 0 {
		return w.event(ivr.Event{At: w.at, Effect: w.call.Effects, What: ivr.Checked{Outcome: ivr.OutcomeOK}})
	}
	for id, e := range w.open {
		delete(w.open, id)
		return w.event(ivr.Event{At: w.at, Effect: id, What: w.result(e)})
	}
	return nil
}

// turn feeds an event that takes a turn and sees to it that it is answered.
func (w *walker) turn(what ivr.What) error {
	if err := w.event(ivr.Event{At: w.at, Seed: w.rnd.Uint64(), What: what}); err != nil {
		return err
	}
	for i := 0; w.call.Answer == nil; i++ {
		if i > 20 {
			return fmt.Errorf("no answer to %T at %v", what, w.call.Step)
		}
		e, ok := w.open[w.call.Await]
		if !ok || w.rnd.IntN(10) == 0 {
			if err := w.event(ivr.Event{At: w.at, What: ivr.Waited{}}); err != nil {
				return err
			}
			continue
		}
		delete(w.open, w.call.Await)
		if err := w.event(ivr.Event{At: w.at, Effect: e.Num(), What: w.result(e)}); err != nil {
			return err
		}
	}
	return nil
}

// event feeds one event and holds what it starts against the books.
func (w *walker) event(e ivr.Event) error {
	w.steps++
	if c, ok := e.What.(ivr.Checked); ok && c.Outcome == ivr.OutcomeOK && w.call.Await == e.Effect && e.Effect != 0 && w.asked.Factor != ivr.FactorUnknown {
		p := proof{e.At, int(w.asked.Code.Phone)}
		if w.asked.Factor == ivr.FactorDuoPush {
			p.phone = int(c.Phone)
		}
		w.proven[w.asked.Factor] = p
	}
	call, turn := w.d.Next(w.call, e)
	w.call = call
	w.seen[call.Step]++
	for _, eff := range turn.Effects {
		w.open[eff.Num()] = eff
		switch eff := eff.(type) {
		case ivr.LookUp:
			w.proven = map[ivr.Factor]proof{}
		case ivr.CheckFactor:
			w.asked = eff
		case ivr.MakeLinks:
			if err := w.mayLink(eff, e.At); err != nil {
				return err
			}
		case ivr.SendText:
			if eff.Phone.Number == "" || eff.Phone.Since == 0 || e.At.Sub(time.Unix(eff.Phone.Since, 0)) < 7*24*time.Hour {
				return fmt.Errorf("a text to %v", eff.Phone)
			}
		}
	}
	return nil
}

// mayLink is the rule, told a second time and without the dialogue's own code.
func (w *walker) mayLink(e ivr.MakeLinks, at time.Time) error {
	w.links++
	counting, strong := 0, false
	var last time.Time
	for _, p := range w.proven {
		if p.at.After(last) {
			last = p.at
		}
	}
	if at.Sub(last) > 10*time.Minute {
		return fmt.Errorf("links with evidence of %v ago", at.Sub(last))
	}
	for f, p := range w.proven {
		ofTarget := p.phone < len(w.facts.Phones) && w.facts.Phones[p.phone].Number == e.Phone.Number
		switch {
		case last.Sub(p.at) > 10*time.Minute:
		case slices.Contains(w.facts.Need.Without.Factors(), f):
		case f == ivr.FactorTextedCode && (w.sim[p.phone] == ivr.SIMChanged || at.Sub(time.Unix(w.facts.Phones[p.phone].Since, 0)) < 7*24*time.Hour):
		case f == ivr.FactorDuoPush && ofTarget:
		default:
			counting++
			strong = strong || f == ivr.FactorDuoPush || f == ivr.FactorRecoveryCode
		}
	}
	switch {
	case counting < 2:
		return fmt.Errorf("links with %v", w.proven)
	case (w.facts.Threat || w.facts.Need.Strong || w.call.Suspect) && !strong:
		return fmt.Errorf("links under threat with %v", w.proven)
	case !w.facts.Known || w.facts.Privileged || w.facts.Frozen:
		return fmt.Errorf("links for %+v", w.facts)
	case !e.Phone.Usable || at.Sub(time.Unix(e.Phone.Since, 0)) < 7*24*time.Hour:
		return fmt.Errorf("links to a phone that is not on file")
	}
	return nil
}

// result is a random outcome, biased towards good ones.
func (w *walker) result(e ivr.Effect) ivr.What {
	o := ivr.OutcomeOK
	if w.rnd.IntN(6) == 0 {
		o = ivr.Outcomes()[w.rnd.IntN(len(ivr.Outcomes()))]
	}
	switch e := e.(type) {
	case ivr.Admit:
		return ivr.Admitted{Outcome: o}
	case ivr.LookUp:
		return ivr.LookedUp{Outcome: o, Facts: w.facts}
	case ivr.CheckFactor:
		if !w.facts.Known && o == ivr.OutcomeOK {
			o = ivr.OutcomeFailed
		}
		return ivr.Checked{Outcome: o, Phone: []uint8{0, 1, ivr.NoPhone}[w.rnd.IntN(3)]}
	case ivr.SendCode:
		return ivr.CodeSent{Outcome: o}
	case ivr.ReadAccount:
		phones := account(w.facts)
		for i := range phones {
			phones[i].SIM = w.sim[i]
		}
		return ivr.AccountRead{Outcome: o, Phones: phones}
	case ivr.MakeLinks:
		return ivr.LinksMade{Outcome: o, Until: w.at.Add(10 * time.Minute)}
	case ivr.SendText:
		return ivr.TextDispatched{Text: e.Text, Status: ivr.TextStatus(1 + w.rnd.IntN(7))}
	case ivr.ReadPhone:
		return ivr.PhoneRead{Outcome: o, Activated: w.rnd.IntN(6) == 0}
	case ivr.JoinQueue:
		return ivr.Queued{Outcome: o, Transfer: "t1", Why: []string{"", "", "", "", ivr.QueueFull, ivr.QueueEmpty}[w.rnd.IntN(6)]}
	case ivr.CheckNumber:
		return ivr.NumberChecked{Outcome: o, Number: "+19195550150"}
	case ivr.TakeCallback:
		return ivr.CallbackTaken{Outcome: o}
	case ivr.AnswerCallback:
		return ivr.CallbackAnswered{Outcome: o, Declined: !e.Yes}
	default:
		return ivr.Reported{Outcome: o}
	}
}
