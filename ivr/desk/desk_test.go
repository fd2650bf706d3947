package desk_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"ringback/ivr/desk"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

func TestAgentAccepts(t *testing.T) {
	play(t, nil, func(r *rig) {
		id := r.join("CA-1")
		c := r.rings(alexPhone)[0]
		if c.From != "+19196842200" || c.RingTimeout != 20*time.Second || c.transfer != id || len(c.StatusEvents) != 4 {
			t.Errorf("placed %+v", c)
		}
		r.agents("alex ringing, robin ready")
		if s := r.waiting("CA-1"); s.Position != 1 || s.Size != 1 || s.Leave != "" || s.Known {
			t.Errorf("while ringing: %+v", s)
		}
		r.status(c, "ringing")
		r.pass(8 * time.Second)
		if turn := r.answer(c); turn.Then != transfer.ThenGather || turn.Expect.Keys != "129" || turn.Say[0].Args["line"] != "Duke University OIT" {
			t.Errorf("the brief: %+v", turn)
		}
		if turn := r.press(c, "1"); turn.Then != transfer.ThenJoin {
			t.Errorf("accepted: %+v", turn)
		}
		if got := r.carrier.list(moved); !slices.Equal(got, []string{"CA-1 " + id + " 1"}) {
			t.Errorf("moved %v", got)
		}
		r.joined("CA-1", true)
		r.agents("alex talking, robin ready")
		if n := r.counted("ringback_queue_callers", "university"); n != 0 {
			t.Errorf("%v in the queue while talking", n)
		}
		r.pass(3 * time.Minute)
		r.status(c, "completed")
		r.agents("alex wrap_up, robin ready")
		if err := r.desks[0].CallerBack(r.ctx, "CA-1"); err != nil {
			t.Error(err)
		}
		r.gone("CA-1")
		r.pass(5 * time.Second)
		r.agents("alex ready, robin ready")
		r.results(map[transfer.Result]int{transfer.ResultCompleted: 1})
		if n := r.counted("ringback_transfer_wait_seconds", "university"); n != 1 {
			t.Errorf("%v waits", n)
		}
	})
}

func TestDeclineThenAnotherAccepts(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		first := r.rings(alexPhone)[0]
		r.answer(first)
		if turn := r.press(first, "2"); turn.Then != transfer.ThenHangup {
			t.Errorf("declined: %+v", turn)
		}
		second := r.rings(alexPhone, robinPhone)[1]
		r.agents("alex ready, robin ringing")
		r.status(first, "completed") // late, of an old offer
		r.answer(second)
		r.press(second, "1")
		r.joined("CA-1", true)
		r.agents("alex ready, robin talking")
		r.results(map[transfer.Result]int{transfer.ResultDeclined: 1})
	})
}

func TestNobodyAnswers(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		r.pass(20 * time.Second)
		r.status(r.rings(alexPhone)[0], "no-answer")
		r.pass(20 * time.Second)
		r.status(r.rings(alexPhone, robinPhone)[1], "busy")
		r.agents("alex away, robin away")
		if s := r.waiting("CA-1"); s.Leave != "" {
			t.Errorf("left after one round: %+v", s)
		}
		r.pass(16 * time.Second)
		if s := r.waiting("CA-1"); s.Leave != transfer.LeaveNoAgents {
			t.Errorf("after two rounds: %+v", s)
		}
		r.results(map[transfer.Result]int{transfer.ResultNoAnswer: 3}) // two rings, and the end
		r.pass(5 * time.Minute)
		r.agents("alex ready, robin ready")
	})
}

func TestVoicemail(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		turn := r.answer(c)
		for range 3 {
			if turn.Then != transfer.ThenGather {
				t.Fatalf("too early: %+v", turn)
			}
			turn = r.agent(c, desk.AgentEvent{Kind: desk.AgentSilence, Sequence: turn.Prompt})
		}
		if turn.Then != transfer.ThenHangup {
			t.Errorf("after two repeats: %+v", turn)
		}
		r.rings(alexPhone, robinPhone)
		r.agents("alex away, robin ringing")
		r.results(map[transfer.Result]int{transfer.ResultVoicemail: 1})
	})
}

func TestCallerGivesUpWhileRinging(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.gone("CA-1")
		if got := r.carrier.list(ended); !slices.Equal(got, []string{c.sid}) {
			t.Errorf("ended %v", got)
		}
		r.agents("alex ready, robin ready")
		r.results(map[transfer.Result]int{transfer.ResultCallerGone: 1})
		r.gone("CA-1") // told again
		if turn := r.answer(c); turn.Then != transfer.ThenHangup || turn.Say[0].ID != "agent_caller_left" {
			t.Errorf("the answer that came first: %+v", turn)
		}
		r.results(map[transfer.Result]int{transfer.ResultCallerGone: 1})
	})
}

func TestCallerGivesUpBeforeTheSIDIsKnown(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.carrier.set(func(c *carrier) { c.slow = 3 * time.Second })
		r.join("CA-1")
		r.rings(alexPhone)
		r.gone("CA-1")
		if got := r.carrier.list(ended); len(got) != 0 {
			t.Fatalf("ended %v before anything was known", got)
		}
		r.pass(3 * time.Second)
		if got := r.carrier.list(ended); !slices.Equal(got, []string{"CA-agent-1"}) {
			t.Errorf("ended %v", got)
		}
	})
}

// The answer to PlaceCall is lost; the first callback stops the ring.
func TestCallerGoneAndTheSIDOnlyInACallback(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.carrier.set(func(c *carrier) { c.slow = time.Hour })
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.gone("CA-1")
		r.status(c, "ringing")
		if got := r.carrier.list(ended); !slices.Equal(got, []string{c.sid}) {
			t.Errorf("ended %v", got)
		}
	})
}

func TestCallerGivesUpAfterTheAccept(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "1")
		r.gone("CA-1")
		if got := r.carrier.list(told); !slices.Equal(got, []string{c.sid}) {
			t.Errorf("told %v", got)
		}
		if turn := r.answer(c); turn.Say[0].ID != "agent_caller_left" || turn.Then != transfer.ThenHangup {
			t.Errorf("told %+v", turn)
		}
		r.pass(6 * time.Second)
		r.agents("alex ready, robin ready")
	})
}

func TestAgentWhoCannotBeToldIsHungUp(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "1")
		r.carrier.set(func(c *carrier) { c.tellErr = errDown })
		r.gone("CA-1")
		if got := r.carrier.list(ended); !slices.Equal(got, []string{c.sid}) {
			t.Errorf("ended %v", got)
		}
	})
}

func TestTwoInstancesGetTheSameEvents(t *testing.T) {
	play(t, nil, func(r *rig) {
		other := r.add(nil)
		both := []*desk.Desk{r.desks[0], other}
		id := r.join("CA-1")
		again, err := other.Join(r.ctx, r.ticket("CA-1"), false)
		if err != nil || again != id {
			t.Fatalf("joined as %q and %q, %v", id, again, err)
		}
		for _, d := range both {
			if _, err := d.Waiting(r.ctx, "CA-1"); err != nil {
				t.Fatal(err)
			}
		}
		r.settle()
		c := r.rings(alexPhone)[0]
		r.agent(c, desk.AgentEvent{Kind: desk.AgentStatus, Status: "ringing"}, both...)
		r.agent(c, desk.AgentEvent{Kind: desk.AgentAnswered}, both...)
		turn := r.agent(c, desk.AgentEvent{Kind: desk.AgentKeys, Keys: "1"}, both...)
		if turn.Then != transfer.ThenJoin || len(r.carrier.list(moved)) != 1 {
			t.Errorf("then %v, moved %v", turn.Then, r.carrier.list(moved))
		}
		for _, d := range both {
			if ok, _, err := d.CallerJoined(r.ctx, "CA-1"); !ok || err != nil {
				t.Errorf("joined %v, %v", ok, err)
			}
		}
		r.agent(c, desk.AgentEvent{Kind: desk.AgentStatus, Status: "completed"}, both...)
		for _, d := range both {
			if err := d.CallerGone(r.ctx, "CA-1"); err != nil {
				t.Error(err)
			}
		}
		r.results(map[transfer.Result]int{transfer.ResultCompleted: 1})
	})
}

func TestDuplicateAcceptMovesOnce(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		for range 3 {
			if turn := r.press(c, "1"); turn.Then != transfer.ThenJoin {
				t.Errorf("then %v", turn.Then)
			}
		}
		if got := r.carrier.list(moved); len(got) != 1 {
			t.Errorf("moved %v", got)
		}
	})
}

func TestRESTDown(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.carrier.set(func(c *carrier) { c.placeErr = errDown })
		r.join("CA-1")
		if s := r.waiting("CA-1"); s.Leave != transfer.LeaveFallback {
			t.Errorf("%+v", s)
		}
		r.agents("alex ready, robin ready")
		r.results(map[transfer.Result]int{transfer.ResultError: 1})
	})
}

func TestRESTDownAtTheAccept(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.carrier.set(func(c *carrier) { c.moveErr = errDown })
		r.press(c, "1")
		if s := r.waiting("CA-1"); s.Leave != transfer.LeaveFallback {
			t.Errorf("%+v", s)
		}
		r.agents("alex wrap_up, robin ready")
	})
}

func TestRefusedCallGoesToTheNextAgent(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.carrier.set(func(c *carrier) { c.placeErr = errRefused })
		r.join("CA-1")
		r.agents("alex away, robin away")
		r.carrier.set(func(c *carrier) { c.placeErr = nil })
		if s := r.waiting("CA-1"); s.Leave != "" || s.Position != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestCallerNotJoined(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents = o.Agents[:1] }, func(r *rig) {
		r.join("CA-1")
		r.join("CA-2")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "1")
		if s := r.waiting("CA-2"); s.Position != 1 {
			t.Errorf("next in line: %+v", s)
		}
		r.pass(5 * time.Second)
		if got := r.carrier.list(told); !slices.Equal(got, []string{c.sid}) {
			t.Errorf("told %v", got)
		}
		if turn := r.answer(c); turn.Say[0].ID != "agent_not_joined" {
			t.Errorf("told %+v", turn)
		}
		r.joined("CA-1", false)
		if s := r.waiting("CA-2"); s.Position != 2 {
			t.Errorf("the first one is not at the head: %+v", s)
		}
		r.pass(5 * time.Second) // wrap-up
		if c := r.rings(alexPhone, alexPhone)[1]; c.offer != 2 || c.transfer != r.carrier.all()[0].transfer {
			t.Errorf("rang again for %s, offer %d", c.transfer, c.offer)
		}
	})
}

func TestBackToTheHeadOfTheQueue(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents = o.Agents[:1] }, func(r *rig) {
		id := r.join("CA-1")
		r.pass(time.Second)
		r.join("CA-2")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "1")
		r.joined("CA-1", true)
		r.status(c, "completed")
		k := r.ticket("CA-1")
		k.Ask = 2
		for range 2 { // and a repeat
			if again, err := r.desks[0].Join(r.ctx, k, true); err != nil || again != id {
				t.Fatalf("%q, %v", again, err)
			}
		}
		if s := r.waiting("CA-1"); s.Position != 1 || s.Size != 2 {
			t.Errorf("back: %+v", s)
		}
		r.pass(5 * time.Second)
		if c := r.rings(alexPhone, alexPhone)[1]; c.transfer != id {
			t.Errorf("rang for %s", c.transfer)
		}
	})
}

func TestJoinAfterTheEndIsRefused(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.gone("CA-1")
		if _, err := r.desks[0].Join(r.ctx, r.ticket("CA-1"), false); !errors.Is(err, desk.ErrCallerGone) {
			t.Errorf("before any ticket: %v", err)
		}
		r.join("CA-2")
		r.gone("CA-2")
		k := r.ticket("CA-2")
		k.Ask = 2
		if _, err := r.desks[0].Join(r.ctx, k, true); !errors.Is(err, desk.ErrCallerGone) {
			t.Errorf("after a ticket: %v", err)
		}
		k.Line = "nowhere"
		if _, err := r.desks[0].Join(r.ctx, k, true); err == nil {
			t.Error("a foreign line passed")
		}
	})
}

// The instance that claimed an agent dies with the ring unplaced: the next tick
// of another one goes on, and nobody stays ringing.
func TestInstanceDies(t *testing.T) {
	play(t, nil, func(r *rig) {
		other := r.add(nil)
		r.carrier.set(func(c *carrier) { c.slow = time.Hour })
		r.join("CA-1")
		if err := r.desks[0].Close(r.ctx); err != nil {
			t.Fatal(err)
		}
		if r.carrier.cancelled != 1 {
			t.Fatalf("%d calls were broken off", r.carrier.cancelled)
		}
		r.carrier.set(func(c *carrier) { c.slow = 0 })
		r.pass(10 * time.Second) // the close took 20 s
		if _, err := other.Waiting(r.ctx, "CA-1"); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.rings(alexPhone, robinPhone)
		r.agents("alex ready, robin ringing")
	})
}

// An agent whose offer nobody remembers is ready again by the lease.
func TestLeaseFreesAnAgent(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		r.agents("alex ringing, robin ready")
		if err := r.store.Delete(r.ctx, "transfer."+r.rings(alexPhone)[0].transfer); err != nil {
			t.Fatal(err)
		}
		if s := r.waiting("CA-1"); s.Leave != transfer.LeaveFallback {
			t.Errorf("a lost record: %+v", s)
		}
		r.pass(3 * time.Minute)
		r.agents("alex ready, robin ready")
	})
}

func TestStoreDown(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		down, ok := r.store.Embedded()
		if !ok {
			t.Fatal("not embedded")
		}
		down(true)
		if _, err := r.desks[0].Waiting(r.ctx, "CA-1"); !errors.Is(err, sessions.ErrUnavailable) {
			t.Errorf("Waiting: %v", err)
		}
		if _, err := r.desks[0].Join(r.ctx, r.ticket("CA-2"), false); !errors.Is(err, sessions.ErrUnavailable) {
			t.Errorf("Join: %v", err)
		}
		if _, err := r.desks[0].Agent(r.ctx, c.transfer, desk.AgentEvent{Kind: desk.AgentAnswered, Offer: 1, CallSID: c.sid}); err == nil {
			t.Error("Agent passed")
		}
		if err := r.desks[0].CallerGone(r.ctx, "CA-1"); err == nil {
			t.Error("CallerGone passed")
		}
		if err := r.desks[0].CallerBack(r.ctx, "CA-1"); err == nil {
			t.Error("CallerBack passed")
		}
		if _, _, err := r.desks[0].CallerJoined(r.ctx, "CA-1"); err == nil {
			t.Error("CallerJoined passed")
		}
		if err := r.desks[0].Presence(r.ctx, "alex", transfer.PresenceAway); err == nil {
			t.Error("Presence passed")
		}
		if _, err := r.desks[0].Snapshot(r.ctx); err == nil {
			t.Error("Snapshot passed")
		}
		if families, err := r.reg.Gather(); err != nil || len(families) != 7 {
			t.Errorf("%d families without a store, %v", len(families), err)
		}
		down(false)
		r.answer(c)
		if turn := r.press(c, "1"); turn.Then != transfer.ThenJoin {
			t.Errorf("back: %+v", turn)
		}
	})
}
