package desk_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"ringback/ivr/desk"
)

func (r *rig) page(agent string) {
	r.t.Helper()
	if err := r.desks[0].PageSeen(r.ctx, agent); err != nil {
		r.t.Fatal(err)
	}
}

// An agent whose page is gone for a minute is away, on every instance, and is not
// rung; one who never had a page is not missed, and neither is one who comes back in
// time.
func TestPageGone(t *testing.T) {
	var told []string
	edit := func(o *desk.Options) {
		o.PageGone = func(_ context.Context, agent string) { told = append(told, agent) }
	}
	play(t, edit, func(r *rig) {
		other := r.add(edit)
		r.agents("alex ready, robin ready")
		r.page("alex")
		r.page("somebody who takes no calls")
		for range 4 { // the page's heartbeat
			r.pass(15 * time.Second)
			r.page("alex")
		}
		r.pass(time.Minute - time.Millisecond)
		r.agents("alex ready, robin ready")
		r.pass(time.Millisecond)
		if _, err := other.Join(r.ctx, r.ticket("CA-1"), false); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.rings(robinPhone)
		r.agents("alex away, robin ringing")
		if !slices.Equal(told, []string{"alex"}) {
			t.Errorf("told of %v", told)
		}
		r.pass(time.Hour) // and stays so, until set ready
		r.agents("alex away, robin ready")
	})
}

// A page that goes while its agent is on a call sets away after the wrap-up, and not
// before.
func TestPageGoneOnACall(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents = o.Agents[:1] }, func(r *rig) {
		r.page("alex")
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "1")
		r.joined("CA-1", true)
		r.pass(10 * time.Minute)
		r.agents("alex talking")
		r.status(c, "completed")
		r.agents("alex wrap_up")
		r.pass(5 * time.Second)
		r.agents("alex away")
	})
}
