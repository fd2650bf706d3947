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
