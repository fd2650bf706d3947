package ivr_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
)

// calling is the test dialogue with callbacks, and hours from eight to five.
func calling() *ivr.Dialogue {
	d := dialogue()
	for i := range d.Lines {
		d.Lines[i].Callbacks, d.Lines[i].Slots = true, 3
	}
	day := ivr.Hours{Location: time.UTC}
	for w := time.Monday; w <= time.Friday; w++ {
		day.Weekly[w] = []ivr.Span{{From: 8 * 60, To: 17 * 60}}
	}
	d.Lines[0].Hours = day
	return d
}

// inQueue is a caller who waits, and has pressed 1.
func inQueue(t *testing.T) *play {
	t.Helper()
	p := newPlayOf(t, calling(), ivr.Ring{To: "+19196842200", From: "+19195550101"})
	p.press("0")
	p.feed(ivr.Event{At: p.at, What: ivr.Waiting{Position: 2}})
	p.feed(ivr.Event{At: p.at, What: ivr.Waiting{Leave: ivr.LeaveCallback}})
	p.event(ivr.Left{Result: "leave"})
	p.standsAt(ivr.StepCallback)
	return p
}

// night is a caller while the desk is closed.
func night(t *testing.T) *play {
	t.Helper()
	p := newPlayOf(t, calling(), ivr.Ring{To: "+19196842200", From: "+19195550101"})
	p.at = noon.Add(8 * time.Hour)
	return p
}

func newPlayOf(t *testing.T, d *ivr.Dialogue, ring ivr.Ring) *play {
	t.Helper()
	p := &play{t: t, d: d, at: noon, facts: dana(), correct: true, links: ivr.OutcomeOK}
	p.event(ring)
	return p
}

func TestCallbackKeepsThePlace(t *testing.T) {
	p := inQueue(t)
	p.heard("callback_proves_nothing")
	p.press("1")
	p.heard("callback_soon")
	p.press("1")
	p.heard("callback_taken")
	p.heard("callback_proof")
	want := ivr.TakeCallback{To: "+19195550101", Proof: p.call.Queue.Proof, Ref: p.call.Ref}
	if diff := cmp.Diff([]ivr.TakeCallback{want}, p.taken, cmp.Comparer(func(a, b ivr.TakeCallback) bool {
		return a.To == b.To && a.Proof == b.Proof && a.Ref == b.Ref && a.Due == b.Due && a.Shut == b.Shut
	})); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	if p.call.Ending != (ivr.Ending{Result: ivr.ResultCallback, Reason: "callback"}) || len(p.call.Queue.Proof) != 4 {
		t.Errorf("ended %v, proof of %d digits", p.call.Ending, len(p.call.Queue.Proof))
	}
}

func TestCallbackToAnotherNumber(t *testing.T) {
	p := inQueue(t)
	p.press("2", "9195550150#")
	p.heard("confirm_number")
	p.press("2", "9195550151#", "1", "1")
	p.heard("callback_taken")
	if p.taken[0].To != "+19195550151" {
		t.Error("not the number that was keyed last")
	}
}

// A number that is withheld, or may be somebody else's, is not called back; another
// one may be.
func TestCallbackOwnNumberIsSure(t *testing.T) {
	for name, ring := range map[string]ivr.Ring{
		"withheld": {To: "+19196842200"},
		"suspect":  {To: "+19196842200", From: "+19195550101", Suspect: true},
	} {
		d := calling()
		d.Lines[0].Hours.Holidays = map[string]string{"2026-11-24": "a holiday"}
		p := newPlayOf(t, d, ring)
		if p.call.Step != ivr.StepCallback {
			p.press("0")
		}
		p.standsAt(ivr.StepCallback)
		if slices.Contains(ids(p.turn), "callback_own") {
			t.Errorf("%s: the calling number is offered", name)
		}
		p.press("1")
		p.heard("wrong_key")
		p.heard("callback_other")
	}
}

func TestCallbackSlots(t *testing.T) {
	at := func(h, m int) time.Time { return time.Date(2026, 11, 24, h, m, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		at    time.Time
		slots int
		quiet ivr.Quiet
		want  []time.Time
	}{
		"two hours apart":       {at(12, 0), 3, ivr.Quiet{}, []time.Time{at(12, 30), at(14, 30), at(16, 30)}},
		"half an hour from now": {at(12, 1), 1, ivr.Quiet{}, []time.Time{at(13, 0)}},
		"whole ones":            {at(15, 30), 2, ivr.Quiet{}, []time.Time{at(16, 0), at(32, 0)}},
		"none":                  {at(12, 0), 0, ivr.Quiet{}, nil},
		"not in the quiet":      {at(12, 0), 2, ivr.Quiet{From: 12 * 60, To: 14 * 60}, []time.Time{at(14, 0), at(16, 0)}},
		"over the night":        {at(12, 0), 2, ivr.Quiet{From: 16 * 60, To: 9 * 60}, []time.Time{at(12, 30), at(14, 30)}},
	} {
		d := calling()
		d.Lines[0].Slots, d.Lines[0].Quiet = c.slots, c.quiet
		p := inQueue(t)
		p.d, p.at = d, c.at
		p.press("1")
		var got []time.Time
		for _, unix := range p.call.Callback.Slots {
			got = append(got, time.Unix(unix, 0).UTC())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if len(got) == 0 {
			p.heard("callback_taken")
			continue
		}
		p.press("2")
		p.heard("callback_when")
		if p.taken[0].Due != got[0].Unix() {
			t.Errorf("%s: due %d", name, p.taken[0].Due)
		}
	}
}

func TestCallbackRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		why  string
		said string
	}{
		"foreign": {ivr.NumberForeign, "callback_refused_foreign"},
		"premium": {ivr.NumberPremium, "callback_refused_premium"},
		"odd":     {ivr.NumberInvalid, "callback_refused_invalid"},
		"unknown": {"else", "callback_refused_invalid"},
	} {
		p := inQueue(t)
		p.refused = c.why
		for range 3 {
			p.press("2", "9195550150#", "1")
			p.heard(c.said)
			if p.call.Step == ivr.StepCallbackTo {
				p.press("*")
			}
		}
		if p.call.Step != ivr.StepQueue || len(p.taken) != 0 {
			t.Errorf("%s: at %v after three of them, taken %d", name, p.call.Step, len(p.taken))
		}
	}
}

// Whatever keeps from a callback, the caller goes on waiting, or hears the end that
// was theirs without it.
func TestCallbackNotTaken(t *testing.T) {
	for outcome, said := range map[ivr.Outcome]string{
		ivr.OutcomeFailed: "callback_already", ivr.OutcomeLimited: "callback_full", ivr.OutcomeUnavailable: "callback_unavailable",
	} {
		p := inQueue(t)
		p.take = outcome
		p.press("1", "1")
		p.heard(said)
		p.standsAt(ivr.StepQueue)

		p = night(t)
		p.take = outcome
		p.press("0", "1", "1")
		p.heard(said)
		p.standsAt(ivr.StepMenu) // what needs no person goes on
		p.press("0", "1", "1")
		p.heard("goodbye")
		if p.call.Ending.Result != ivr.ResultClosed {
			t.Errorf("%v: ended %v", outcome, p.call.Ending)
		}
	}
}

func TestCallbackWhenClosed(t *testing.T) {
	p := night(t)
	p.press("0")
	p.heard("callback_offer_closed")
	p.press("1", "1")
	p.heard("callback_taken")
	if !p.taken[0].Shut || p.taken[0].Due != 0 || len(p.taken[0].Proof) != 4 {
		t.Errorf("taken %+v", p.taken[0])
	}
}

func TestCallbackWhenNobodyComes(t *testing.T) {
	p := newPlayOf(t, calling(), ivr.Ring{To: "+19196842200", From: "+19195550101"})
	p.press("0")
	p.feed(ivr.Event{At: p.at, What: ivr.Waiting{Leave: "no_agents"}})
	p.event(ivr.Left{Result: "leave"})
	p.heard("nobody_came")
	p.standsAt(ivr.StepCallback)
	p.press("")
	p.heard("goodbye")
	if p.call.Ending != (ivr.Ending{Result: ivr.ResultFailed, Reason: "no_agents"}) {
		t.Errorf("ended %v", p.call.Ending)
	}
}

// back is a call that the line makes.
func back(t *testing.T) *play {
	t.Helper()
	p := &play{t: t, d: calling(), at: noon, facts: dana()}
	p.event(ivr.CalledBack{Line: "university", Language: "es-US", To: "+19195550101", Transfer: "t1", Offer: 2})
	p.standsAt(ivr.StepCalled)
	return p
}

func TestCalledBack(t *testing.T) {
	p := back(t)
	if p.call.Language != "es-US" || p.call.From != "+19195550101" {
		t.Errorf("in %s, to whom it goes is not who it is with", p.call.Language)
	}
	p.press("1")
	p.standsAt(ivr.StepBridged)
	p.heard("agent_joins_by_name")
	if len(p.call.Passed) != 0 || p.call.ID != "" {
		t.Error("a callback proves something")
	}
	p.event(ivr.Dialled{Answered: true})
	p.standsAt(ivr.StepReturned)
	p.press("1")
	p.standsAt(ivr.StepQueue)
}

func TestCalledBackEnds(t *testing.T) {
	for name, c := range map[string]struct {
		keys   []string
		gone   bool
		said   string
		result ivr.Result
	}{
		"nobody presses":       {[]string{"", "", ""}, false, "", ivr.ResultFailed},
		"keys that mean else":  {[]string{"*", "7", "9"}, false, "", ivr.ResultFailed},
		"not wanted":           {[]string{"2"}, false, "called_no_more", ivr.ResultCompleted},
		"the agent has left":   {[]string{"1"}, true, "called_too_late", ivr.ResultFailed},
		"zero is for a person": {[]string{"0"}, true, "called_too_late", ivr.ResultFailed},
	} {
		p := back(t)
		p.gone = c.gone
		p.press(c.keys...)
		if c.said != "" {
			p.heard(c.said)
		}
		if p.call.Ending.Result != c.result || slices.Contains(p.log, "callback_proof") {
			t.Errorf("%s: ended %v", name, p.call.Ending)
		}
	}
}

func TestMayCall(t *testing.T) {
	l := calling().Lines[0]
	l.Quiet = ivr.Quiet{From: 16 * 60, To: 9 * 60}
	at := func(day, h, m int) time.Time { return time.Date(2026, 11, day, h, m, 0, 0, time.UTC) }
	for name, c := range map[string]struct{ at, want time.Time }{
		"now":            {at(24, 10, 7), at(24, 10, 7)},
		"quiet":          {at(24, 16, 0), at(25, 9, 0)},
		"early":          {at(24, 8, 30), at(24, 9, 0)},
		"over a weekend": {at(27, 16, 30), at(30, 9, 0)},
	} {
		if got := l.MayCall(c.at); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	l.Quiet = ivr.Quiet{From: 8 * 60, To: 17 * 60}
	if got := l.MayCall(at(24, 10, 0)); !got.IsZero() {
		t.Errorf("in the quiet alone: %v", got)
	}
}
