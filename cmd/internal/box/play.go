package box

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ringback/ivr"
	"ringback/ivr/duo/duobox"
	"ringback/twiml/carrier"
)

// hearLimit is how long `hear` and `ended` listen.
const hearLimit = 60 * time.Second

// Result is a script that was played.
type Result struct {
	Name       string
	Transcript []Moment
	Failure    string // which expectation did not hold, as file:line: text; "" when all did
}

// Moment is one line of a transcript.
type Moment struct {
	At   time.Duration // since the first call
	Call string        // label
	Who  string        // says, keys, does
	Text string
	note bool // not heard on a leg
}

// order puts moments in the order of their times. What happens at the same
// moment keeps its order on each call; between calls what people do comes before
// what they hear, and then the label decides, so that it is always the same.
func order(all []Moment) {
	slices.SortStableFunc(all, func(a, b Moment) int { return cmp.Compare(a.At, b.At) })
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].At == all[from].At {
			to++
		}
		merge(all[from:to])
		from = to
	}
}

// merge orders moments of the same time.
func merge(all []Moment) {
	source := func(m Moment) string { return fmt.Sprint(!m.note, m.Call) }
	lists := map[string][]Moment{}
	for _, m := range all {
		lists[source(m)] = append(lists[source(m)], m)
	}
	labels := slices.Sorted(maps.Keys(lists))
	acts := func(label string) bool {
		m := lists[label][0]
		return m.note || m.Who == string(carrier.KindKey) || m.Who == string(carrier.KindSaid)
	}
	for i := range all {
		next := max(slices.IndexFunc(labels, acts), 0)
		label := labels[next]
		all[i] = lists[label][0]
		if lists[label] = lists[label][1:]; len(lists[label]) == 0 {
			labels = slices.Delete(labels, next, next+1)
		}
	}
}

// player plays one script in a world.
type player struct {
	w       *World
	script  *Script
	began   time.Time
	calls   map[string]*carrier.Leg
	owner   map[string]string // number of each call
	last    string            // label of the last call
	told    map[string]int    // how much of each transcript was written
	result  Result
	matched map[string]int // texts per number looked at since the last `text`
	code    string         // the last code that was read, and when it came
	codeAt  time.Time
	pushed  string // the code that the last answered push showed
	ref     string // the reference of the last notice that was looked at
}

// Play plays a script. The error is about the world; an expectation that did not
// hold is in the result.
func (w *World) Play(ctx context.Context, s *Script) (Result, error) {
	p := &player{
		w: w, script: s, calls: map[string]*carrier.Leg{}, owner: map[string]string{}, told: map[string]int{}, matched: map[string]int{},
		result: Result{Name: s.Name},
	}
	var err error
	w.Do(ctx, func(ctx context.Context) {
		p.began = w.Clock.Now()
		for _, step := range s.Steps {
			if err = p.step(ctx, step); err != nil {
				break
			}
		}
		for _, label := range slices.Sorted(maps.Keys(p.calls)) {
			p.tell(label)
		}
	})
	order(p.result.Transcript)
	if missed, ok := errors.AsType[*expectation](err); ok {
		p.result.Failure = missed.Error()
		err = nil
	}
	return p.result, err
}

// expectation is one that did not hold.
type expectation struct {
	script string
	step   Step
	got    string
}

func (e *expectation) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.script, e.step.Line, e.step.Text, e.got)
}

func (p *player) fail(s Step, format string, args ...any) error {
	return &expectation{p.script.Name, s, fmt.Sprintf(format, args...)}
}

// step plays one instruction.
func (p *player) step(ctx context.Context, s Step) error { //nolint:gocyclo // a table: one line an instruction
	switch s.Verb {
	case "at":
		if p.w.virtual != nil {
			p.w.virtual.Set(s.At)
			p.began = s.At
		}
		return nil
	case "call":
		return p.dial(ctx, s)
	case "answer":
		return p.answer(ctx, s)
	case "phone":
		p.phone(s)
		return nil
	case "no call":
		return p.noCall(s)
	case "callback":
		return p.callback(ctx, s)
	case "hear", "press", "say", "hangup", "ended":
		return p.onCall(ctx, s)
	case "wait":
		p.note("", "waits", s.For.String())
		return p.w.Clock.Sleep(ctx, s.For) //nolint:wrapcheck // the context's cause
	case "text", "no", "texts", "email":
		return p.texts(ctx, s)
	case "crowd":
		return p.crowd(ctx, s)
	case "push":
		return p.push(ctx, s)
	case "activate":
		return p.activate(ctx, s)
	case "agent", "lead", "approve", "deny":
		return p.atDesk(ctx, s)
	case "down":
		return p.w.Down(s.Words[0])
	case "up":
		p.w.Up(s.Words[0])
		return nil
	case "duo":
		if len(s.Words) > 0 { // the old phone with that number works still
			p.w.Duo.KeepOld(true)
			return p.w.Duo.SetActivated(s.Words[0], true)
		}
		p.w.Duo.SetFault(duobox.Fault{Slow: s.For})
		return nil
	}
	return p.bad(s, fmt.Errorf("nothing plays %q", s.Verb))
}

// bad is a script that cannot be played: a [ScriptError].
func (p *player) bad(s Step, err error) error {
	return &ScriptError{p.script.Name, s.Line, err}
}

// dial places the caller's call.
func (p *player) dial(ctx context.Context, s Step) error {
	to, err := p.w.number(s.Words[0])
	if err != nil {
		return p.bad(s, err)
	}
	number, opts := s.Words[1], []carrier.CallOption(nil)
	if number == "withheld" {
		number, opts = "+19195550999", append(opts, carrier.Withheld())
	}
	if s.Verstat != "" {
		opts = append(opts, carrier.StirVerstat(s.Verstat))
	}
	p.last = s.Call
	p.calls[s.Call] = p.w.Carrier.Phone(number).Call(ctx, to, opts...)
	p.owner[s.Call] = number
	p.note(s.Call, "dials", s.Words[0])
	return nil
}

func (p *player) leg(s Step) (*carrier.Leg, string, error) {
	label := s.Call
	if _, ok := p.calls[label]; !ok || label == "" {
		label = p.last
	}
	l, ok := p.calls[label]
	if !ok {
		return nil, "", p.bad(s, errors.New("nobody has called yet"))
	}
	return l, label, nil
}

// onCall plays what the caller hears and does.
func (p *player) onCall(ctx context.Context, s Step) error {
	l, label, err := p.leg(s)
	if err != nil {
		return err
	}
	defer p.tell(label)
	switch s.Verb {
	case "hear":
		return p.hear(ctx, s, l)
	case "press":
		keys, err := p.keys(ctx, s)
		if err != nil {
			return err
		}
		l.Press(keys)
		return nil
	case "say":
		l.Say(s.Words[0])
		return nil
	case "hangup":
		l.Hangup()
		return nil
	default:
		return p.ended(ctx, s, l)
	}
}

// hear listens until keys are awaited, the call ends or a minute is over, or
// what is waited for has been said.
func (p *player) hear(ctx context.Context, s Step, l *carrier.Leg) error {
	err := l.Hear(ctx, hearLimit, func(l *carrier.Leg) bool {
		ended, _ := l.Ended()
		return ended || s.Match.MatchString(l.SpokenSinceKey()) && (l.Awaiting() || l.Answered())
	})
	if !s.Match.MatchString(l.SpokenSinceKey()) {
		return p.fail(s, "heard %q", l.SpokenSinceKey())
	}
	if ctx.Err() != nil {
		return err //nolint:wrapcheck // the context's cause
	}
	return nil
}

// ended waits for the end and compares Ringback's own word for it.
func (p *player) ended(ctx context.Context, s Step, l *carrier.Leg) error {
	_ = l.Hear(ctx, 10*hearLimit, func(l *carrier.Leg) bool {
		ended, _ := l.Ended()
		return ended
	})
	if ended, _ := l.Ended(); !ended {
		return p.fail(s, "the call goes on; heard %q", l.SpokenSinceKey())
	}
	for range 20 { // the status callback comes a moment later
		if r := p.ending(ctx, l); r.Result != ivr.ResultUnknown {
			if got := r.Result.String(); !s.Match.MatchString(got) {
				return p.fail(s, "it ended %s (%s)", got, r.Reason)
			}
			return nil
		}
		if err := p.w.Clock.Sleep(ctx, time.Second); err != nil {
			return err //nolint:wrapcheck // the context's cause
		}
	}
	if s.Match.MatchString("failed") { // without its store Ringback knows of no call
		return nil
	}
	return p.fail(s, "Ringback does not know how it ended")
}

func (p *player) ending(ctx context.Context, l *carrier.Leg) ivr.Ending {
	call, err := p.w.App.Line().Call(ctx, l.SID())
	if err != nil {
		return ivr.Ending{}
	}
	return call.Ending
}

// note adds a line of our own to the transcript. Times are in whole
// milliseconds, as on the legs.
func (p *player) note(call, who, text string) {
	p.result.Transcript = append(p.result.Transcript, Moment{At: p.w.Clock.Now().Sub(p.began).Truncate(time.Millisecond), Call: call, Who: who, Text: text, note: true})
}

// tell adds what was said on a call since the last time.
func (p *player) tell(label string) {
	all := p.calls[label].Transcript()
	for _, m := range all[min(p.told[label], len(all)):] {
		p.result.Transcript = append(p.result.Transcript, Moment{At: m.At.Sub(p.began), Call: label, Who: string(m.Kind), Text: m.Text})
	}
	p.told[label] = len(all)
}
