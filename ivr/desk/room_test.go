package desk_test

import (
	"errors"
	"testing"
	"time"

	"ringback/ivr/desk"
	"ringback/ivr/transfer"
)

// As many wait as may: more are turned away, but not who was let in before, who
// has talked to an agent, or who comes before others.
func TestQueueFull(t *testing.T) {
	play(t, func(o *desk.Options) { o.MaxWaiting, o.RingTimeout = 2, time.Minute }, func(r *rig) {
		for _, call := range []string{"CA-1", "CA-2", "CA-3"} {
			k := r.ticket(call)
			k.Line = "health"
			if _, err := r.desks[0].Join(r.ctx, k, false); errors.Is(err, desk.ErrFull) != (call == "CA-3") {
				t.Fatalf("%s: %v", call, err)
			}
			r.settle()
		}
		again := r.ticket("CA-2")
		again.Line = "health"
		if _, err := r.desks[0].Join(r.ctx, again, false); err != nil {
			t.Errorf("the repeat of one who waits: %v", err)
		}
		r.join("CA-4") // on another line
		report := r.ticket("CA-5")
		report.Line, report.Priority = "health", 1
		if _, err := r.desks[0].Join(r.ctx, report, false); err != nil {
			t.Errorf("one who comes before others: %v", err)
		}
		back := r.ticket("CA-6")
		back.Line = "health"
		if _, err := r.desks[0].Join(r.ctx, back, true); err != nil {
			t.Errorf("one who has talked to an agent: %v", err)
		}
		r.gone("CA-1")
		r.gone("CA-2")
		r.gone("CA-5")
		turned := r.ticket("CA-3")
		turned.Line, turned.Ask = "health", 2
		if _, err := r.desks[0].Join(r.ctx, turned, false); err != nil {
			t.Errorf("once there is room: %v", err)
		}
	})
}

// While nobody of the line is there, nobody is made to wait for them; agents who
// are busy are there.
func TestNobodyIsThere(t *testing.T) {
	edit := func(o *desk.Options) { o.Agents[0].Lines = []string{"health"} }
	play(t, edit, func(r *rig) {
		r.away("robin")
		if _, err := r.desks[0].Join(r.ctx, r.ticket("CA-1"), false); !errors.Is(err, desk.ErrNobody) {
			t.Errorf("with an agent of another line: %v", err)
		}
		if err := r.desks[0].Presence(r.ctx, "robin", transfer.PresenceReady); err != nil {
			t.Fatal(err)
		}
		r.join("CA-1")
		r.rings(robinPhone)
		r.join("CA-2")
	})
}
