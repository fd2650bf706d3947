package numberchange_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	nc "ringback/ivr/numberchange"
)

// world is a desk with people who do what they like, and a Duo that loses,
// repeats and delays. Its truth is kept apart from what the change knows.
type world struct {
	*play
	dice   *rand.Rand
	model  *model
	honest bool // no more faults
	clumsy bool // codes are read out wrong, and late
	taken  bool // Duo has the number for somebody else
	mail   []mail
	trail  []nc.Event
	edges  map[edge]bool
	did    map[nc.Refusal]int
	events int
	broken error

	duo struct{ exists, linked, old, active bool }
}

// mail is something that happens at a time: Duo does what it was asked, or
// reports.
type mail struct {
	at time.Time
	do func() nc.What // nil reports nothing
}

type edge struct {
	from, to nc.State
	what     string
}

func (w *world) oneIn(n int) bool { return w.dice.IntN(n) == 0 }

// fault is one that happens now and then, until the world is honest.
func (w *world) fault(n int) bool { return !w.honest && w.oneIn(n) }

// event plays one event and has the model look at it.
func (w *world) event(by nc.Actor, what nc.What) error {
	w.events++
	e := nc.Event{At: w.at, By: by, Facts: w.facts, What: what}
	w.trail = append(w.trail, e)
	before := w.c
	w.by(by, what)
	if before.State != w.c.State {
		w.edges[edge{before.State, w.c.State, label(e, before, w.c)}] = true
	}
	if why := refusal(w.last); why != nc.RefusalNone {
		w.did[why]++
		if why != nc.RefusalCodeWrong && w.c.State == before.State && w.c.Proof.CheckedAt != before.Proof.CheckedAt {
			return fmt.Errorf("refused, and done: %T", what)
		}
	}
	if err := w.model.take(e, w.last); err != nil {
		return err
	}
	for _, a := range w.last {
		w.run(a)
	}
	return cmp.Or(w.broken, w.alive())
}

// alive holds that somebody, or a wake, brings a change on.
func (w *world) alive() error {
	if w.c.State == nc.StateUnknown || w.c.State.Over() {
		if w.model.over != w.c.State.Over() {
			return fmt.Errorf("ends unheard in %v", w.c.State)
		}
		return nil
	}
	due := w.rules.Due(w.c)
	if !due.IsZero() {
		return nil
	}
	for _, n := range w.rules.Card(w.c, w.at).Next {
		if n.Do != nc.DoWait && n.Do != nc.DoNothing && n.Why == nc.RefusalNone {
			return nil
		}
	}
	return fmt.Errorf("nobody brings on what is %v", w.c.State)
}

// run puts an action under way. Duo's client gives up before a step counts as
// unclear, so that nothing is done later than that.
func (w *world) run(a nc.Action) {
	step := func(s nc.Step, try uint32, do func()) {
		result := nc.ResultOK
		done := true
		switch {
		case w.fault(10):
			result, done = nc.ResultFailed, false
		case w.fault(12):
			result, done = nc.ResultUnclear, w.oneIn(2)
		}
		at := w.at.Add(time.Duration(w.dice.IntN(25_000)) * time.Millisecond)
		lost, twice := w.fault(10), w.fault(10)
		report := nc.DuoDone{Step: s, Try: try, Result: result}
		w.mail = append(w.mail, mail{at, func() nc.What {
			if done {
				do()
			}
			if s == nc.StepFind && result == nc.ResultOK {
				report.Phone, report.Taken = "DP-new", w.taken
			}
			if lost {
				return nil
			}
			return report
		}})
		if twice {
			w.mail = append(w.mail, mail{at.Add(time.Duration(w.dice.IntN(90)) * time.Second), func() nc.What { return report }})
		}
	}
	switch a := a.(type) {
	case nc.SendCode:
		result := nc.ResultOK
		if w.fault(10) {
			result = nc.ResultFailed
		}
		if !w.fault(10) {
			w.mail = append(w.mail, mail{w.at.Add(2 * time.Second), func() nc.What { return nc.CodeSent{Code: a.Code, Result: result} }})
		}
	case nc.FindOrCreatePhone:
		step(nc.StepFind, a.Try, func() { w.duo.exists = true })
	case nc.Associate:
		step(nc.StepAssociate, a.Try, func() { w.duo.linked = true })
	case nc.MakeLinks:
		step(nc.StepLinks, a.Try, func() { w.duo.active = false })
	case nc.SendLinks:
		step(nc.StepSend, a.Try, func() {})
	case nc.RemoveOld:
		if !w.duo.active || !w.duo.linked {
			w.broken = fmt.Errorf("the old phone goes with %+v", w.duo)
		}
		step(nc.StepRemove, a.Try, func() { w.duo.old = false })
	case nc.Dissociate:
		step(nc.StepDissociate, a.Try, func() { w.duo.linked = false })
	case nc.ReadAccount:
		if w.fault(6) {
			return
		}
		// What it sees is as of some moment before it is heard of.
		var saw nc.AccountRead
		at := w.at.Add(time.Duration(w.dice.IntN(4)) * time.Second)
		w.mail = append(w.mail, mail{at, func() nc.What {
			saw = nc.AccountRead{Try: a.Try, Read: !w.fault(6), New: w.duo.linked, Old: w.duo.old}
			if w.duo.exists {
				saw.Phone, saw.Taken = "DP-new", w.taken
			}
			return nil
		}}, mail{at.Add(time.Duration(w.dice.IntN(40)) * time.Second), func() nc.What { return saw }})
	case nc.ReadPhone:
		saw := false
		at := w.at.Add(time.Duration(w.dice.IntN(4)) * time.Second)
		w.mail = append(w.mail, mail{at, func() nc.What {
			saw = w.duo.active && w.duo.linked
			return nil
		}}, mail{at.Add(time.Duration(w.dice.IntN(60)) * time.Second), func() nc.What {
			if saw {
				return nc.Activated(a)
			}
			return nil
		}})
	}
}

// pass goes on to the next thing that happens, or a while.
func (w *world) pass() error {
	next := w.at.Add(time.Duration(w.dice.IntN(20)) * time.Second)
	if w.clumsy && w.oneIn(9) {
		next = w.at.Add(5 * time.Minute)
	}
	if !w.honest && w.c.State == nc.StateAwaitingActivation && w.oneIn(50) {
		next = w.at.Add(24 * time.Hour)
	}
	due := w.rules.Due(w.c)
	if w.honest || w.oneIn(60) || w.c.State >= nc.StateHolding && w.oneIn(2) {
		if !due.IsZero() && due.After(w.at) {
			next = due
		}
	}
	slices.SortStableFunc(w.mail, func(a, b mail) int { return a.at.Compare(b.at) })
	if len(w.mail) > 0 && !w.mail[0].at.After(next) {
		m := w.mail[0]
		w.mail = w.mail[1:]
		if m.at.After(w.at) {
			w.at = m.at
		}
		if what := m.do(); what != nil {
			w.drawCalm()
			return w.event(nc.Actor{}, what)
		}
		return nil
	}
	w.at = next
	if w.fault(10) {
		return nil // a wake is lost
	}
	w.drawCalm()
	if err := w.event(nc.Actor{}, nc.Tick{}); err != nil {
		return err
	}
	if again := w.rules.Due(w.c); !w.c.State.Over() && !again.IsZero() && !again.After(w.at) {
		return fmt.Errorf("%v: due at %v still", w.c.State, again)
	}
	return nil
}

func (w *world) drawCalm() {
	if w.drawFacts(); w.honest {
		w.facts = good
	}
}

// walk plays one change from the beginning to the end.
func (w *world) walk(steps int) error {
	for range steps {
		var err error
		switch n := w.dice.IntN(100); {
		case w.clumsy && n < 10 && w.model.code > 0:
			w.facts = good
			err = w.event(w.agent(), []nc.What{nc.CodeTried{Code: w.model.code, OK: w.oneIn(6)}, nc.CodeResend{}}[w.dice.IntN(2)])
		case n < 30:
			err = w.advised()
		case n < 45:
			w.drawFacts()
			err = w.event(w.somebody(), w.anything())
		case n < 46 && w.oneIn(4):
			err = w.event(nc.Actor{}, []nc.What{nc.Frozen{}, nc.Repudiated{}}[w.dice.IntN(2)])
		case n < 48:
			w.duo.active = w.duo.active || w.c.State == nc.StateAwaitingActivation
		default:
			err = w.pass()
		}
		if err != nil || w.c.State.Over() && w.oneIn(4) {
			return err
		}
	}
	return nil
}

// finish freezes the subject and has everything run out, without new faults:
// then nothing of the new phone may be left.
func (w *world) finish() error {
	w.honest = true
	if w.c.State == nc.StateUnknown {
		return nil
	}
	if err := w.event(nc.Actor{}, nc.Frozen{}); err != nil {
		return err
	}
	for range 200 {
		if w.c.State.Over() && len(w.mail) == 0 {
			break
		}
		if err := w.pass(); err != nil {
			return err
		}
	}
	switch s := w.c.State; {
	case !s.Over():
		return fmt.Errorf("a freeze ends in %v", s)
	case s != nc.StateDone && w.duo.linked:
		return fmt.Errorf("%v, and the new phone is left", s)
	case !w.duo.old && !w.c.OldGone():
		return fmt.Errorf("%v, and the old phone is gone unknown", s)
	case s == nc.StateDone && (!w.duo.linked || w.duo.old):
		return fmt.Errorf("done, with %+v", w.duo)
	}
	return nil
}

// walks plays changes with a fixed seed until so many events have happened, and
// returns the edges that were taken.
func walks(t *testing.T, seed uint64, events int) (map[edge]bool, map[nc.Refusal]int) {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 1))
	edges, refusals := map[edge]bool{}, map[nc.Refusal]int{}
	for n := 0; n < events; {
		w := &world{play: newPlay(), dice: dice, model: newModel(), edges: edges, did: refusals}
		w.duo.old, w.clumsy, w.taken = true, w.oneIn(5), w.oneIn(20)
		err := w.event(w.agent(), opened())
		if err == nil {
			err = w.walk(150)
		}
		if err == nil {
			err = w.finish()
		}
		if err != nil {
			for _, e := range w.trail[max(0, len(w.trail)-40):] {
				t.Logf("%v %s %T%+v", e.At.Sub(start), e.By.ID, e.What, e.What)
			}
			t.Fatalf("%v\nthen %s\n%+v", err, did(w.last), w.c)
		}
		n += w.events
	}
	return edges, refusals
}

// Whatever people, Duo and the network do: nothing is changed without evidence,
// a confirmed number, two people and the hold; the old phone stays until the new
// one is active; no step is done twice unless it certainly failed; somebody
// brings every change on; a freeze ends it.
func TestWorld(t *testing.T) {
	edges, refusals := walks(t, 1, 1_000_000)
	t.Log(refusals)
	reached := map[nc.State]bool{}
	for e := range edges {
		reached[e.to] = true
	}
	for _, s := range nc.States() {
		if !reached[s] {
			t.Errorf("the walk never came to %v: it shows nothing", s)
		}
	}
	for _, r := range nc.Refusals() {
		if refusals[r] == 0 {
			t.Errorf("the walk was never refused for %v: it shows nothing", r)
		}
	}
}
