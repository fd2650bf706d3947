package desk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

func TestOldestFirst(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents = o.Agents[:1] }, func(r *rig) {
		calls := map[string]string{r.join("CA-0"): "CA-0"} // by transfer; this one takes the agent
		var ids []string
		for n := 1; n <= 4; n++ {
			ids = append(ids, r.join(fmt.Sprintf("CA-%d", n)))
			calls[ids[n-1]] = fmt.Sprintf("CA-%d", n)
			r.pass(time.Second)
		}
		urgent := r.ticket("CA-5")
		urgent.Priority = 1
		id, err := r.desks[0].Join(r.ctx, urgent, false)
		if err != nil {
			t.Fatal(err)
		}
		r.settle()
		calls[id] = "CA-5"
		for n, want := range map[string]int{"CA-5": 1, "CA-0": 2, "CA-1": 3, "CA-4": 6} {
			if s := r.waiting(n); s.Position != want || s.Size != 6 {
				t.Errorf("%s: %+v, want place %d", n, s, want)
			}
		}
		if n := r.counted("ringback_queue_callers", "university"); n != 6 {
			t.Errorf("%v in the queue", n)
		}
		for _, want := range append([]string{id}, ids...) {
			all := r.carrier.all()
			c := all[len(all)-1]
			r.answer(c)
			r.press(c, "1")
			r.joined(calls[c.transfer], true)
			r.status(c, "completed")
			r.pass(6 * time.Second)
			if all = r.carrier.all(); all[len(all)-1].transfer != want {
				t.Fatalf("rang for %s, want %s", all[len(all)-1].transfer, want)
			}
		}
	})
}

func TestLanguageAndLine(t *testing.T) {
	agents := []desk.Agent{
		{ID: "alex", Phone: alexPhone, Languages: []string{"en-US"}, Lines: []string{"university"}},
		{ID: "robin", Phone: robinPhone, Languages: []string{"es-MX", "en-US"}, Lines: []string{"health"}},
		{ID: "jo", Phone: joPhone, Languages: []string{"es-MX"}},
	}
	for _, c := range []struct {
		name, line, language, phone string
	}{
		{"university in English", "university", "en-US", alexPhone},
		{"university in Spanish", "university", "es-US", joPhone},
		{"health in English", "health", "en-GB", robinPhone},
		{"a language that nobody has", "university", "zh-CN", alexPhone},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(o *desk.Options) { o.Agents = agents }, func(r *rig) {
				k := r.ticket("CA-1")
				k.Line, k.Language = c.line, c.language
				if _, err := r.desks[0].Join(r.ctx, k, false); err != nil {
					t.Fatal(err)
				}
				r.settle()
				r.rings(c.phone)
			})
		})
	}
}

// A caller whom nobody free can serve does not hold up the next one.
func TestNextInLineIsServedWhenTheFirstCannotBe(t *testing.T) {
	agents := []desk.Agent{
		{ID: "alex", Phone: alexPhone, Languages: []string{"es"}},
		{ID: "robin", Phone: robinPhone, Languages: []string{"en"}, Away: true},
	}
	play(t, func(o *desk.Options) { o.Agents = agents }, func(r *rig) {
		spanish := r.ticket("CA-0")
		spanish.Language = "es-US"
		if _, err := r.desks[0].Join(r.ctx, spanish, false); err != nil { // takes alex
			t.Fatal(err)
		}
		r.settle()
		second := r.ticket("CA-1")
		second.Language = "es-US"
		if _, err := r.desks[0].Join(r.ctx, second, false); err != nil {
			t.Fatal(err)
		}
		r.join("CA-2")
		if err := r.desks[0].Presence(r.ctx, "robin", transfer.PresenceReady); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.rings(alexPhone, robinPhone)
	})
}

// Agents who have all gone away since: the wait ends.
func TestNoAgents(t *testing.T) {
	play(t, nil, func(r *rig) {
		k := r.ticket("CA-1")
		k.Priority = 1
		r.away("alex", "robin")
		if _, err := r.desks[0].Join(r.ctx, k, false); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if s := r.waiting("CA-1"); s.Leave != "" {
			t.Errorf("at once: %+v", s)
		}
		r.pass(16 * time.Second)
		if s := r.waiting("CA-1"); s.Leave != transfer.LeaveNoAgents {
			t.Errorf("then: %+v", s)
		}
	})
}

func TestWaitingOfAnUnknownCall(t *testing.T) {
	play(t, nil, func(r *rig) {
		if s := r.waiting("CA-9"); s.Leave != transfer.LeaveFallback {
			t.Errorf("%+v", s)
		}
		r.joined("CA-9", false)
		if err := r.desks[0].CallerBack(r.ctx, "CA-9"); err != nil {
			t.Error(err)
		}
	})
}

func TestLostPlaceIsGivenBack(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents = o.Agents[:1] }, func(r *rig) {
		r.join("CA-0")
		id := r.join("CA-1")
		r.pass(time.Second)
		r.join("CA-2")
		if _, err := r.store.Queue().Leave(r.ctx, "university", id); err != nil {
			t.Fatal(err)
		}
		if s := r.waiting("CA-1"); s.Position != 2 || s.Size != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// A ticket that an instance left in the queue when it died is cleared away.
func TestTicketLeftBehind(t *testing.T) {
	play(t, nil, func(r *rig) {
		if err := r.store.Queue().Join(r.ctx, "university", "nobody", start, 0); err != nil {
			t.Fatal(err)
		}
		r.join("CA-1")
		r.rings(alexPhone)
		if s := r.waiting("CA-1"); s.Position != 1 || s.Size != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestExpected(t *testing.T) {
	waits := func(seconds ...int) []sessions.Wait {
		var all []sessions.Wait
		for _, s := range seconds {
			all = append(all, sessions.Wait{Waited: time.Duration(s) * time.Second})
		}
		return all
	}
	for _, c := range []struct {
		name   string
		recent []sessions.Wait
		waited time.Duration
		want   time.Duration
		known  bool
	}{
		{"no samples", nil, 0, 0, false},
		{"four samples", waits(60, 60, 60, 60), 0, 0, false},
		{"five samples", waits(100, 20, 40, 60, 80), 0, time.Minute, true},
		{"part of it waited", waits(100, 20, 40, 60, 80), 50 * time.Second, 30 * time.Second, true},
		{"longer than nearly all", waits(100, 20, 40, 60, 80), 70 * time.Second, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, known := desk.Expected(c.recent, c.waited); got != c.want || known != c.known {
				t.Errorf("%v, %v; want %v, %v", got, known, c.want, c.known)
			}
		})
	}
}

func TestExpectedIsTold(t *testing.T) {
	play(t, nil, func(r *rig) {
		for range 5 {
			if err := r.store.Queue().RecordWait(r.ctx, "university", 90*time.Second); err != nil {
				t.Fatal(err)
			}
		}
		r.join("CA-1")
		r.pass(30 * time.Second)
		if s := r.waiting("CA-1"); !s.Known || s.Expected < 59*time.Second || s.Expected > time.Minute {
			t.Errorf("%+v", s)
		}
	})
}

func TestPresence(t *testing.T) {
	var missed []string
	play(t, func(o *desk.Options) {
		o.MissedAway = -1
		o.Missed = func(_ context.Context, agent string) { missed = append(missed, agent) }
		o.Agents[1].Away = true
	}, func(r *rig) {
		d := r.desks[0]
		r.agents("alex ready, robin away")
		if err := d.Presence(r.ctx, "alex", transfer.PresenceAway); err != nil {
			t.Fatal(err)
		}
		k := r.ticket("CA-1")
		k.Priority = 1 // queued also while nobody is there
		if _, err := d.Join(r.ctx, k, false); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.rings()
		if err := d.Presence(r.ctx, "robin", transfer.PresenceReady); err != nil {
			t.Fatal(err)
		}
		r.settle()
		c := r.rings(robinPhone)[0] // who comes back is offered to those who wait
		if err := d.Presence(r.ctx, "robin", transfer.PresenceReady); !errors.Is(err, desk.ErrBusy) {
			t.Errorf("ready while ringing: %v", err)
		}
		if err := d.Presence(r.ctx, "robin", transfer.PresenceTalking); err == nil {
			t.Error("an agent chose to be talking")
		}
		if err := d.Presence(r.ctx, "nobody", transfer.PresenceReady); !errors.Is(err, desk.ErrNoAgent) {
			t.Errorf("a stranger: %v", err)
		}
		r.status(c, "no-answer")
		r.pass(time.Hour)
		r.agents("alex away, robin away")
		if diff := cmp.Diff([]string{"robin"}, missed); diff != "" { // alex chose it
			t.Errorf("who missed a ring (-want +got):\n%s", diff)
		}
		for _, want := range []struct {
			state string
			n     float64
		}{{"ready", 0}, {"ringing", 0}, {"talking", 0}, {"wrap_up", 0}, {"away", 2}} {
			if n := r.counted("ringback_agents", want.state); n != want.n {
				t.Errorf("%v agents are %s, want %v", n, want.state, want.n)
			}
		}
	})
}

func TestAwayWhileRingingStays(t *testing.T) {
	play(t, func(o *desk.Options) {
		o.Missed = func(_ context.Context, agent string) {
			t.Errorf("%s declined, and is said to have missed the call", agent)
		}
	}, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		if err := r.desks[0].Presence(r.ctx, "alex", transfer.PresenceAway); err != nil {
			t.Fatal(err)
		}
		r.answer(c)
		r.press(c, "2")
		r.agents("alex away, robin ringing")
	})
}

func TestSnapshot(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents, o.RingTimeout = o.Agents[:1], time.Minute }, func(r *rig) {
		r.join("CA-1")
		r.pass(30 * time.Second)
		r.join("CA-2")
		s, err := r.desks[0].Snapshot(r.ctx)
		if err != nil {
			t.Fatal(err)
		}
		l := s.Lines[0]
		if l.Line != "university" || l.Waiting != 2 || l.Longest < 30*time.Second || s.Lines[1].Waiting != 0 || s.Agents[0].Name != "Alex" {
			t.Errorf("%+v", s)
		}
	})
}

func TestEverySeriesStartsAtZero(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.results(nil)
		for _, line := range []string{"university", "health"} {
			if n := r.counted("ringback_transfer_wait_seconds", line); n != 0 {
				t.Errorf("%s: %v waits", line, n)
			}
			if n := r.counted("ringback_queue_callers", line); n != 0 {
				t.Errorf("%s: %v callers", line, n)
			}
		}
	})
}

func TestBadAgentEvents(t *testing.T) {
	play(t, nil, func(r *rig) {
		for _, e := range []desk.AgentEvent{
			{Kind: desk.AgentKeys}, {Kind: desk.AgentKeys, Offer: -1}, {Offer: 1}, {Kind: 99, Offer: 1},
		} {
			if _, err := r.desks[0].Agent(r.ctx, "t", e); err == nil {
				t.Errorf("%+v passed", e)
			}
		}
		turn, err := r.desks[0].Agent(r.ctx, "t", desk.AgentEvent{Kind: desk.AgentStatus, Offer: 1, Status: "new-status"})
		if err != nil || turn.Then != transfer.ThenNothing {
			t.Errorf("a status of the future: %+v, %v", turn, err)
		}
		for _, k := range []desk.AgentKind{desk.AgentAnswered, desk.AgentKeys, desk.AgentSilence, desk.AgentLeft} {
			turn, err := r.desks[0].Agent(r.ctx, "t", desk.AgentEvent{Kind: k, Offer: 1, CallSID: "CA-x"})
			if err != nil || turn.Then != transfer.ThenHangup || turn.Say[0].ID != "agent_over" {
				t.Errorf("an unknown transfer, kind %d: %+v, %v", k, turn, err)
			}
		}
	})
}

func TestStrayRingOfAnUnknownTransferIsStopped(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.status(&call{sid: "CA-x", transfer: "t", offer: 1}, "ringing")
		if got := r.carrier.list(ended); len(got) != 1 || got[0] != "CA-x" {
			t.Errorf("ended %v", got)
		}
	})
}

func TestBadOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*desk.Options)
	}{
		{"no store", func(o *desk.Options) { o.Store = nil }},
		{"no dialer", func(o *desk.Options) { o.Dialer = nil }},
		{"no mover", func(o *desk.Options) { o.Mover = nil }},
		{"no URLs", func(o *desk.Options) { o.URLs = nil }},
		{"no ids", func(o *desk.Options) { o.NewID = nil }},
		{"no lines", func(o *desk.Options) { o.Lines = nil }},
		{"line without id", func(o *desk.Options) { o.Lines[0].ID = "" }},
		{"line twice", func(o *desk.Options) { o.Lines[1].ID = o.Lines[0].ID }},
		{"agent without phone", func(o *desk.Options) { o.Agents[0].Phone = "" }},
		{"agent twice", func(o *desk.Options) { o.Agents[1].ID = o.Agents[0].ID }},
		{"agent with an odd id", func(o *desk.Options) { o.Agents[0].ID = "{x}" }},
		{"agent of no line", func(o *desk.Options) { o.Agents[0].Lines = []string{"nowhere"} }},
		{"negative rounds", func(o *desk.Options) { o.Rounds = -1 }},
		{"rounds without end", func(o *desk.Options) { o.Rounds = 300 }},
		{"negative wait", func(o *desk.Options) { o.MaxWait = -1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, nil, func(r *rig) {
				o := r.desks[0].Options
				o.Registerer = nil
				c.edit(&o)
				if _, err := desk.New(o); err == nil || strings.Contains(err.Error(), "+1919") {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// A desk that closes finishes what it has begun with the carrier.
func TestCloseWaitsForTheCarrier(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.carrier.set(func(c *carrier) { c.slow = 3 * time.Second })
		r.join("CA-1")
		before := r.v.Now()
		if err := r.desks[0].Close(r.ctx); err != nil {
			t.Fatal(err)
		}
		if d := r.v.Now().Sub(before); d > 3*time.Second || r.carrier.cancelled != 0 {
			t.Errorf("closed after %v, %d calls broken off", d, r.carrier.cancelled)
		}
	})
}

// Many callers, few agents, two instances: everybody is bridged exactly once,
// and nobody gets two callers at a time.
func TestRush(t *testing.T) {
	const callers = 60
	edit := func(o *desk.Options) {
		o.Agents = nil
		for n := range 8 {
			o.Agents = append(o.Agents, desk.Agent{ID: fmt.Sprintf("agent%d", n), Phone: fmt.Sprintf("+1919555%04d", n)})
		}
		o.MaxWait, o.MaxWaiting = time.Hour, callers
	}
	play(t, edit, func(r *rig) {
		r.add(edit)
		var mu sync.Mutex
		talking := map[string]bool{} // phones
		bridged := map[string]int{}  // calls
		event := func(ctx context.Context, n int, c *call, e desk.AgentEvent) transfer.Turn {
			e.Offer, e.CallSID = c.offer, c.sid
			turn, err := r.desks[n%2].Agent(ctx, c.transfer, e)
			if err != nil {
				t.Error(err)
			}
			return turn
		}
		r.carrier.set(func(cr *carrier) {
			cr.onPlace = func(ctx context.Context, c *call) {
				n := int(c.sid[len(c.sid)-1])
				_ = r.v.Sleep(ctx, 2*time.Second)
				event(ctx, n, c, desk.AgentEvent{Kind: desk.AgentStatus, Status: "in-progress"})
				event(ctx, n+1, c, desk.AgentEvent{Kind: desk.AgentAnswered})
				_ = r.v.Sleep(ctx, time.Second)
				if n%5 == 0 {
					event(ctx, n, c, desk.AgentEvent{Kind: desk.AgentKeys, Keys: "2"})
					return
				}
				mu.Lock()
				if talking[c.To] {
					t.Errorf("%s has two callers", c.To)
				}
				talking[c.To] = true
				mu.Unlock()
				if turn := event(ctx, n, c, desk.AgentEvent{Kind: desk.AgentKeys, Keys: "1"}); turn.Then != transfer.ThenJoin {
					t.Errorf("accept: %+v", turn)
				}
				_ = r.v.Sleep(ctx, 30*time.Second)
				mu.Lock()
				talking[c.To] = false
				mu.Unlock()
				event(ctx, n, c, desk.AgentEvent{Kind: desk.AgentStatus, Status: "completed"})
			}
			cr.onMove = func(ctx context.Context, sid string) {
				ok, _, err := r.desks[0].CallerJoined(ctx, sid)
				if !ok || err != nil {
					t.Errorf("joined %v, %v", ok, err)
				}
				mu.Lock()
				bridged[sid]++
				mu.Unlock()
				_ = r.v.Sleep(ctx, 31*time.Second)
				if err := r.desks[1].CallerGone(ctx, sid); err != nil {
					t.Error(err)
				}
			}
		})
		for n := range callers {
			if _, err := r.desks[n%2].Join(r.ctx, r.ticket(fmt.Sprintf("CA-%d", n)), false); err != nil {
				t.Fatal(err)
			}
		}
		for range 40 {
			r.pass(20 * time.Second)
			mu.Lock()
			waiting := []string{}
			for n := range callers {
				if sid := fmt.Sprintf("CA-%d", n); bridged[sid] == 0 {
					waiting = append(waiting, sid)
				}
			}
			mu.Unlock()
			for n, sid := range waiting {
				if s, err := r.desks[n%2].Waiting(r.ctx, sid); err != nil || s.Leave != "" {
					t.Fatalf("%s: %+v, %v", sid, s, err)
				}
			}
		}
		if len(bridged) != callers {
			t.Errorf("%d of %d were bridged", len(bridged), callers)
		}
		for sid, n := range bridged {
			if n != 1 {
				t.Errorf("%s was bridged %d times", sid, n)
			}
		}
	})
}

// Logs, errors and metrics name nobody.
func TestNothingPersonalIsLogged(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.carrier.set(func(c *carrier) { c.moveErr, c.tellErr, c.placeErr = errDown, errDown, errRefused })
		r.press(c, "1")
		r.join("CA-2")
		r.pass(time.Minute)
		if r.log.Len() == 0 {
			t.Fatal("nothing was logged")
		}
		families, err := r.reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{"log": r.log.Bytes(), "metrics": fmt.Append(nil, families)} {
			for _, secret := range []string{"9195550", "+1919", "CA-agent", "CA-1 ", "/voice"} {
				if bytes.Contains(text, []byte(secret)) {
					t.Errorf("%q in the %s:\n%s", secret, name, text)
				}
			}
		}
	})
}
