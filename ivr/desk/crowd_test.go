package desk_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ringback/ivr/desk"
	"ringback/ivr/transfer"
	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

// A bad morning: everybody calls at once.
const (
	crowdCallers = 500
	crowdAgents  = 50
)

func crowd(o *desk.Options) {
	o.Agents = nil
	for n := range crowdAgents {
		o.Agents = append(o.Agents, desk.Agent{ID: fmt.Sprintf("agent%d", n), Phone: fmt.Sprintf("+1919555%04d", n)})
	}
	o.MaxWait, o.MaxWaiting = time.Hour, crowdCallers
}

// served is what became of a crowd.
type served struct {
	mu      sync.Mutex
	order   []string       // calls, as they were offered
	bridged map[string]int // calls
	talking map[string]bool
}

// 500 wait for 50 agents, and one of two instances goes away in between: all are
// served, once each, and nobody before somebody who has waited longer.
func TestCrowd(t *testing.T) {
	play(t, crowd, func(r *rig) {
		other := r.add(crowd)
		s := &served{bridged: map[string]int{}, talking: map[string]bool{}}
		callOf := map[string]string{} // by transfer
		r.carrier.set(func(c *carrier) {
			c.onPlace = func(ctx context.Context, c *call) { s.agent(ctx, r, other, callOf, c) }
			c.onMove = func(ctx context.Context, sid string) { s.caller(ctx, r, other, sid) }
		})
		for n := range crowdCallers {
			call := fmt.Sprintf("CA-%d", n)
			id, err := r.desks[n%2].Join(r.ctx, r.ticket(call), false)
			if err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			callOf[id] = call
			s.mu.Unlock()
			r.settle() // so that everybody has a time of their own
		}
		r.pass(20 * time.Second)
		if err := r.desks[0].Close(r.ctx); err != nil {
			t.Fatal(err)
		}
		for round := 0; round < 60 && len(s.waiting()) > 0; round++ {
			for _, call := range s.waiting() {
				if st, err := other.Waiting(r.ctx, call); err != nil || st.Leave != "" {
					t.Fatalf("%s: %+v, %v", call, st, err)
				}
			}
			r.pass(time.Minute)
		}
		r.pass(time.Minute) // the last talks end
		s.check(t)
	})
}

// agent answers, takes the call, and talks for half a minute.
func (s *served) agent(ctx context.Context, r *rig, d *desk.Desk, callOf map[string]string, c *call) {
	s.mu.Lock()
	s.order = append(s.order, callOf[c.transfer])
	if s.talking[c.To] {
		r.t.Errorf("%s has two callers", c.To)
	}
	s.talking[c.To] = true
	s.mu.Unlock()
	event := func(e desk.AgentEvent) {
		e.Offer, e.CallSID = c.offer, c.sid
		if _, err := d.Agent(ctx, c.transfer, e); err != nil {
			r.t.Error(err)
		}
	}
	_ = r.v.Sleep(ctx, 2*time.Second)
	event(desk.AgentEvent{Kind: desk.AgentAnswered})
	event(desk.AgentEvent{Kind: desk.AgentKeys, Keys: "1"})
	_ = r.v.Sleep(ctx, 30*time.Second)
	s.mu.Lock()
	s.talking[c.To] = false
	s.mu.Unlock()
	event(desk.AgentEvent{Kind: desk.AgentStatus, Status: "completed"})
}

// caller meets the agent, and hangs up after the talk.
func (s *served) caller(ctx context.Context, r *rig, d *desk.Desk, sid string) {
	if meets, _, err := d.CallerJoined(ctx, sid); !meets || err != nil {
		r.t.Errorf("%s joined %v, %v", sid, meets, err)
	}
	s.mu.Lock()
	s.bridged[sid]++
	s.mu.Unlock()
	_ = r.v.Sleep(ctx, 31*time.Second)
	if err := d.CallerGone(ctx, sid); err != nil {
		r.t.Error(err)
	}
}

// waiting are those whom nobody has talked to yet.
func (s *served) waiting() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range crowdCallers {
		if call := fmt.Sprintf("CA-%d", n); s.bridged[call] == 0 {
			all = append(all, call)
		}
	}
	return all
}

func (s *served) check(t *testing.T) {
	t.Helper()
	if len(s.bridged) != crowdCallers {
		t.Errorf("%d of %d were bridged", len(s.bridged), crowdCallers)
	}
	for call, n := range s.bridged {
		if n != 1 {
			t.Errorf("%s was bridged %d times", call, n)
		}
	}
	for n, call := range s.order {
		if want := fmt.Sprintf("CA-%d", n); call != want {
			t.Fatalf("%d was offered in the place of %s: %v", n, want, strings.Join(s.order[max(0, n-5):min(n+10, len(s.order))], " "))
		}
	}
}

// BenchmarkClaim measures, on a real Redis, how long it takes from an agent's
// becoming ready to the call to their phone: 500 wait, and 49 agents are being
// offered the oldest of them.
func BenchmarkClaim(b *testing.B) {
	redis := sessionstest.StartRedis(b)
	store, err := sessions.Open(b.Context(), sessions.Options{URL: redis.URL(), Key: bytes.Repeat([]byte{7}, 32), Timeout: 5 * time.Second})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	rings := ringing{placed: make(chan string, crowdCallers)}
	o := desk.Options{
		Store: store, Dialer: rings, Mover: &carrier{}, Mixer: &carrier{}, Lines: []desk.Line{{ID: "university", From: "+19196842200"}},
		URLs: func(id string, offer int) (first, fallback, status string) {
			return fmt.Sprintf("%s %d", id, offer), "", ""
		},
	}
	ids := 0
	o.NewID = func() string { ids++; return fmt.Sprintf("t%d", ids) }
	crowd(&o)
	o.RingTimeout = time.Hour // the 49 ring on
	for n := range o.Agents {
		o.Agents[n].Away = true
	}
	d, err := desk.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close(context.WithoutCancel(b.Context())) })
	f := &floor{b: b, d: d, rings: rings}
	for range crowdCallers {
		f.join()
	}
	for n := range crowdAgents - 1 {
		f.ready(n)
	}
	for b.Loop() {
		url := f.ready(crowdAgents - 1)
		b.StopTimer()
		f.serve(url)
		f.join()
		b.StartTimer()
	}
	if each := b.Elapsed() / time.Duration(b.N); each > 20*time.Millisecond {
		b.Errorf("a claim takes %v", each)
	}
}

// floor is a desk whose carrier is [ringing].
type floor struct {
	b     *testing.B
	d     *desk.Desk
	rings ringing
	calls map[string]string // by transfer
	n     int
}

func (f *floor) join() {
	f.b.Helper()
	f.n++
	k := transfer.Ticket{Ask: 1, CallSID: fmt.Sprintf("CA-%d", f.n), Line: "university", Language: "en-US"}
	id, err := f.d.Join(f.b.Context(), k, false)
	if err != nil {
		f.b.Fatal(err)
	}
	if f.calls == nil {
		f.calls = map[string]string{}
	}
	f.calls[id] = k.CallSID
}

// ready sets an agent ready, and waits for the call to the agent's phone.
func (f *floor) ready(n int) (url string) {
	f.b.Helper()
	if err := f.d.Presence(f.b.Context(), fmt.Sprintf("agent%d", n), transfer.PresenceReady); err != nil {
		f.b.Fatal(err)
	}
	return <-f.rings.placed
}

// serve has the last agent take the call, talk, and go away.
func (f *floor) serve(url string) {
	f.b.Helper()
	var id string
	var offer int
	if _, err := fmt.Sscanf(url, "%s %d", &id, &offer); err != nil {
		f.b.Fatal(err)
	}
	ctx := f.b.Context()
	for _, e := range []desk.AgentEvent{{Kind: desk.AgentAnswered}, {Kind: desk.AgentKeys, Keys: "1"}, {Kind: desk.AgentStatus, Status: "completed"}} {
		e.Offer, e.CallSID = offer, "CA-"+url
		if _, err := f.d.Agent(ctx, id, e); err != nil {
			f.b.Fatal(err)
		}
	}
	if err := f.d.CallerGone(ctx, f.calls[id]); err != nil {
		f.b.Fatal(err)
	}
	if err := f.d.Presence(ctx, fmt.Sprintf("agent%d", crowdAgents-1), transfer.PresenceAway); err != nil {
		f.b.Fatal(err)
	}
}

// ringing is a carrier that tells of each call placed by its URL.
type ringing struct{ placed chan string }

func (r ringing) PlaceCall(_ context.Context, c desk.OutgoingCall) (string, error) {
	r.placed <- c.URL
	return "CA-" + c.URL, nil
}

func (ringing) RedirectCall(context.Context, string, string) error { return nil }
func (ringing) EndCall(context.Context, string) error              { return nil }
