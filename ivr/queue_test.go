package ivr_test

import (
	"slices"
	"testing"
	"time"

	"ringback/ivr"
)

// queued plays a caller who asks for a person, and what the desk says of it.
func queued(t *testing.T, answer ivr.Queued) *play {
	t.Helper()
	p := newPlay(t, "+19196842200")
	p.queued = &answer
	p.press("0")
	return p
}

// waits is one wait document.
func (p *play) waits(w ivr.Waiting) []string {
	p.t.Helper()
	p.feed(ivr.Event{At: p.at, What: w})
	p.at = p.at.Add(16 * time.Second)
	return ids(p.turn)
}

// Complaint: position never announced, or the same and worse ones again and again.
func TestComplaintPositionOnlyWhenBetter(t *testing.T) {
	p := queued(t, ivr.Queued{Outcome: ivr.OutcomeOK, Transfer: "t1"})
	for i, tt := range []struct {
		at   int
		wait time.Duration
		want []string
	}{
		{3, 0, []string{"position", "expected_unknown"}},
		{3, time.Minute, nil},
		{4, 0, nil}, // somebody came back to the head
		{3, 0, []string{"wait_hint"}},
		{2, 90 * time.Second, []string{"position", "expected_wait"}},
		{2, 0, nil},
		{0, 0, nil}, // is being offered to an agent
		{1, 0, []string{"next_in_line", "expected_unknown"}},
		{1, 0, nil},
	} {
		if got := p.waits(ivr.Waiting{Position: tt.at, Expected: tt.wait}); !slices.Equal(got, tt.want) {
			t.Errorf("document %d, at %d: heard %v, want %v", i+1, tt.at, got, tt.want)
		}
	}
	p.press("0") // no Gather of the dialogue's: the wait goes on
	p.standsAt(ivr.StepQueue)
}

// A full queue says so, and what can be done without a person; asked again, or where
// nothing can be done, it is goodbye.
func TestQueueFull(t *testing.T) {
	full := ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueFull}
	p := queued(t, full)
	p.heard("queue_full")
	p.heard("closed_web")
	p.standsAt(ivr.StepMenu)
	p.press("0")
	p.heard("queue_full_later")
	if got := (ivr.Ending{Result: ivr.ResultFailed, Reason: "queue_full"}); p.call.Ending != got {
		t.Errorf("ended %+v", p.call.Ending)
	}
	p = newPlay(t, "+19196842200")
	p.queued = &full
	p.press("", "", "") // nothing that is done without a person goes on
	p.heard("queue_full_later")
}

// While no agent is there nobody waits for one.
func TestNobodyThere(t *testing.T) {
	p := queued(t, ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueEmpty})
	p.heard("nobody_here")
	p.heard("dialling_desk")
	p.standsAt(ivr.StepFallback)
}

// A desk that a lead has closed says so on every call, and keeps nobody waiting.
func TestClosedByALead(t *testing.T) {
	here := []ivr.Closure{{Words: "All desks are at a meeting.", Until: noon.Add(3 * time.Hour).Unix()}, {Line: "university", Words: "No power.", Until: noon.Add(2 * time.Hour).Unix()}}
	over := []ivr.Closure{{Line: "university", Words: "No power.", Until: noon.Unix()}}
	elsewhere := []ivr.Closure{{Line: "another", Words: "No power.", Until: noon.Add(time.Hour).Unix()}}
	for name, tt := range map[string]struct {
		closures []ivr.Closure
		shut     bool
	}{"closed": {here, true}, "over": {over, false}, "another line": {elsewhere, false}, "not closed": {nil, false}} {
		t.Run(name, func(t *testing.T) {
			p := &play{t: t, d: dialogue(), at: noon, facts: dana(), correct: true, links: ivr.OutcomeOK, closures: tt.closures}
			p.event(ivr.Ring{To: "+19196842200", From: "+19195550101"})
			if got := says(p.turn, "closure"); got != tt.shut {
				t.Errorf("greeted with %v", ids(p.turn))
			}
			p.press("0")
			if got := says(p.turn, "closed_reason"); got != tt.shut || (p.call.Step == ivr.StepQueue) == tt.shut {
				t.Errorf("at %v, heard %v", p.call.Step, ids(p.turn))
			}
			for _, m := range p.turn.Say {
				if m.ID == "closed_reason" && m.Args["reason"] != "No power" {
					t.Errorf("the reason is %q: the line's own comes first, as part of a sentence", m.Args["reason"])
				}
				if want := noon.Add(2 * time.Hour).Format(time.RFC3339); m.ID == "opens" && m.Args["next"] != want {
					t.Errorf("opens %s, want %s", m.Args["next"], want)
				}
			}
		})
	}
}

// A lead closes the desk after the call began: the caller is told when it matters.
func TestClosedByALeadMeanwhile(t *testing.T) {
	now := []ivr.Closure{{Words: "No power.", Until: noon.Add(2 * time.Hour).Unix()}}
	p := queued(t, ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueClosed, Closures: now})
	p.heard("closed_reason")
	p.standsAt(ivr.StepMenu)

	p = queued(t, ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueClosed}) // and has it opened again
	p.heard("dialling_desk")

	p = queued(t, ivr.Queued{Outcome: ivr.OutcomeOK, Transfer: "t1"})
	p.waits(ivr.Waiting{Leave: "closed", Closures: now})
	p.event(ivr.Left{Result: "leave"})
	p.heard("closed_reason")
	p.heard("opens")
}

// Who asks for a person shortly before the desk closes hears until when it is open.
func TestOpenUntil(t *testing.T) {
	for left, want := range map[time.Duration]bool{time.Minute: true, 30 * time.Minute: true, 31 * time.Minute: false} {
		p := newPlay(t, "+19196842200")
		minute := noon.Hour()*60 + noon.Minute() + int(left/time.Minute)
		for d := range p.d.Lines[0].Hours.Weekly {
			p.d.Lines[0].Hours.Weekly[d] = []ivr.Span{{From: 0, To: minute}}
		}
		p.press("0")
		if got := says(p.turn, "open_until"); got != want {
			t.Errorf("%v before: %v", left, ids(p.turn))
		}
	}
}
