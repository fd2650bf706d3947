package console_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"ringback/ivr/desk/console"
	"ringback/ivr/transfer"
)

// An agent's live page tells of itself; a lead's who takes no calls does not, and
// nobody can claim the reason that is the desk's own.
func TestLivePageIsSeen(t *testing.T) {
	seen := make(chan string, 10)
	r := newRig(t, func(o *console.Options) {
		o.Seen = func(_ context.Context, agent string) error { seen <- agent; return nil }
	})
	b := r.as("alex")
	b.get("/desk/calls").want(t, 200)
	if len(seen) != 0 {
		t.Errorf("a page that is not live was seen")
	}
	e := b.listen(t)
	e.until("wall", "")
	select {
	case agent := <-seen:
		if agent != "alex" {
			t.Errorf("seen %s", agent)
		}
	case <-time.After(10 * time.Second):
		t.Error("the live page was not seen")
	}
	b.post("/desk/calls", "/desk/calls/presence", url.Values{"state": {"away"}, "reason": {console.AwayPageGone}}).want(t, 400)
	r.floor.change(func(f *floor) {
		f.s.Agents[0].State, f.s.Agents[0].Reason = transfer.PresenceAway, console.AwayPageGone
	})
	if got := b.get("/desk/wall").text("[data-agent=alex] .st"); got != "Away · Page closed" {
		t.Errorf("shown as %q", got)
	}
}

// Who missed a call is told why nobody is put through any more, and until when; nobody
// can claim that reason either.
func TestMissedIsSaid(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	b.post("/desk/calls", "/desk/calls/presence", url.Values{"state": {"away"}, "reason": {console.AwayMissed}}).want(t, 400)
	for _, tc := range []struct {
		until time.Time
		want  string
	}{
		{start.Add(5 * time.Minute), "You were offered a caller, and did not take the call in time. Nobody is put through to you. You are ready again by yourself, or now."},
		{time.Time{}, "You were offered a caller, and did not take the call in time. Nobody is put through to you."},
	} {
		r.floor.change(func(f *floor) {
			a := &f.s.Agents[0]
			a.State, a.Reason, a.Until = transfer.PresenceAway, console.AwayMissed, tc.until
		})
		page := b.get("/desk/calls")
		if got := page.text("#now"); got != "Away · Missed a call" {
			t.Errorf("the state is %q", got)
		}
		if got := page.text(".state .hint"); got != tc.want {
			t.Errorf("said %q, want %q", got, tc.want)
		}
	}
	if got := b.get("/desk/wall").text("[data-agent=alex] .st"); got != "Away · Missed a call" {
		t.Errorf("the wallboard says %q", got)
	}
}
