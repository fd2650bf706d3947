package sessionstest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/sessions"
)

var queueCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"oldest first, priority before", queueOrder},
	{"joining again keeps the place", queueKeepsPlace},
	{"one of many takes a ticket", queueTakenOnce},
	{"waiting times", queueWaits},
	{"counts of a day", tallies},
	{"bad tickets are refused", badTickets},
}

func join(t *testing.T, s *sessions.Store, id string, at time.Time, priority int) {
	t.Helper()
	if err := s.Queue().Join(t.Context(), "q", id, at, priority); err != nil {
		t.Fatalf("Join(%s): %v", id, err)
	}
}

func order(t *testing.T, s *sessions.Store, want ...string) {
	t.Helper()
	list, err := s.Queue().List(t.Context(), "q", 0)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	got := []string{}
	for i, ticket := range list {
		got = append(got, ticket.ID)
		pos, size, err := s.Queue().Position(t.Context(), "q", ticket.ID)
		if err != nil || pos != i+1 || size != len(list) {
			t.Errorf("Position(%s) = %d of %d, %v; want %d of %d", ticket.ID, pos, size, err, i+1, len(list))
		}
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	first, ok, err := s.Queue().Oldest(t.Context(), "q")
	if err != nil || ok != (len(want) > 0) || (ok && first.ID != want[0]) {
		t.Errorf("Oldest = %v, %v, %v", first, ok, err)
	}
}

func tallies(t *testing.T, s *sessions.Store, _ *Clock) {
	of := func(name, day string, want map[string]int64) {
		t.Helper()
		got, err := s.Tally().Of(t.Context(), name, day)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s on %s: %v (-want +got):\n%s", name, day, err, diff)
		}
	}
	add := func(name, day string, counts map[string]int64) {
		t.Helper()
		if err := s.Tally().Add(t.Context(), name, day, counts); err != nil {
			t.Fatal(err)
		}
	}
	of("q", "2026-11-24", map[string]int64{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { add("q", "2026-11-24", map[string]int64{"offered": 1, "waited_ms": 1500}) })
	}
	wg.Wait()
	add("q", "2026-11-25", map[string]int64{"offered": 1})
	of("q", "2026-11-24", map[string]int64{"offered": 20, "waited_ms": 30000})
	of("q", "2026-11-25", map[string]int64{"offered": 1})
	of("other", "2026-11-24", map[string]int64{})
	for name, err := range map[string]error{
		"no day": s.Tally().Add(t.Context(), "q", "today", map[string]int64{"a": 1}), "nothing": s.Tally().Add(t.Context(), "q", "2026-11-24", nil),
		"a bad name": s.Tally().Add(t.Context(), "{", "2026-11-24", map[string]int64{"a": 1}), "a bad name to read": func() error { _, err := s.Tally().Of(t.Context(), "{", "2026-11-24"); return err }(),
	} {
		if !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func queueOrder(t *testing.T, s *sessions.Store, c *Clock) {
	order(t, s)
	at := c.Now()
	join(t, s, "late", at.Add(2*time.Millisecond), 0)
	join(t, s, "early", at, 0)
	join(t, s, "low", at.Add(-time.Hour), -1)
	join(t, s, "callback", at.Add(time.Hour), 1)
	join(t, s, "urgent", at.Add(time.Hour), 1000)
	order(t, s, "urgent", "callback", "early", "late", "low")
	list, err := s.Queue().List(t.Context(), "q", 3)
	want := []sessions.Ticket{
		{ID: "urgent", At: at.Add(time.Hour), Priority: 1000},
		{ID: "callback", At: at.Add(time.Hour), Priority: 1},
		{ID: "early", At: at},
	}
	if diff := cmp.Diff(want, list, sameInstant()); err != nil || diff != "" {
		t.Errorf("first three: %v (-want +got):\n%s", err, diff)
	}
	if pos, size, err := s.Queue().Position(t.Context(), "q", "stranger"); err != nil || pos != 0 || size != 5 {
		t.Errorf("a stranger's position = %d of %d, %v", pos, size, err)
	}
	if _, size, err := s.Queue().Position(t.Context(), "other", "early"); err != nil || size != 0 {
		t.Errorf("another queue has %d, %v", size, err)
	}
}

func queueKeepsPlace(t *testing.T, s *sessions.Store, c *Clock) {
	join(t, s, "a", c.Now(), 0)
	join(t, s, "b", c.Now().Add(time.Second), 0)
	join(t, s, "a", c.Now().Add(time.Minute), -5)
	order(t, s, "a", "b")
	if err := s.Queue().Prioritize(t.Context(), "q", "b", c.Now().Add(time.Second), 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Queue().Prioritize(t.Context(), "q", "nobody", c.Now(), 1); err != nil {
		t.Fatal(err)
	}
	order(t, s, "b", "a")
}

func queueTakenOnce(t *testing.T, s *sessions.Store, c *Clock) {
	join(t, s, "a", c.Now(), 0)
	var mu sync.Mutex
	took := 0
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			ok, err := s.Queue().Leave(t.Context(), "q", "a")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("Leave: %v", err)
			}
			if ok {
				took++
			}
		})
	}
	wg.Wait()
	if took != 1 {
		t.Errorf("taken %d times", took)
	}
	order(t, s)
}

func queueWaits(t *testing.T, s *sessions.Store, c *Clock) {
	recent := func(within time.Duration) []sessions.Wait {
		t.Helper()
		list, err := s.Queue().RecentWaits(t.Context(), "q", within)
		if err != nil {
			t.Fatalf("RecentWaits: %v", err)
		}
		return list
	}
	if got := recent(time.Hour); len(got) != 0 {
		t.Errorf("waits of an empty queue: %v", got)
	}
	start := c.Now()
	for i := range 60 {
		c.Advance(time.Minute)
		if err := s.Queue().RecordWait(t.Context(), "q", time.Duration(i)*time.Second); err != nil {
			t.Fatalf("RecordWait: %v", err)
		}
	}
	want := []sessions.Wait{
		{At: start.Add(60 * time.Minute), Waited: 59 * time.Second},
		{At: start.Add(59 * time.Minute), Waited: 58 * time.Second},
	}
	if diff := cmp.Diff(want, recent(2*time.Minute), sameInstant()); diff != "" {
		t.Errorf("recent waits (-want +got):\n%s", diff)
	}
	if n := len(recent(24 * time.Hour)); n != 50 {
		t.Errorf("%d waits are kept, want 50", n)
	}
}

func badTickets(t *testing.T, s *sessions.Store, c *Clock) {
	q := s.Queue()
	_, _, posErr := q.Position(t.Context(), "", "a")
	_, listErr := q.List(t.Context(), "", 0)
	_, leaveErr := q.Leave(t.Context(), "", "a")
	_, waitsErr := q.RecentWaits(t.Context(), "", time.Hour)
	for name, err := range map[string]error{
		"queue": q.Join(t.Context(), "", "a", c.Now(), 0), "id": q.Join(t.Context(), "q", "", c.Now(), 0),
		"priority": q.Join(t.Context(), "q", "a", c.Now(), 1001), "time": q.Join(t.Context(), "q", "a", time.Time{}, 0),
		"position": posErr, "list": listErr, "leave": leaveErr, "waits": waitsErr,
		"record": q.RecordWait(t.Context(), "", time.Second),
	} {
		if !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var presenceCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"the longest idle is claimed", longestIdle},
	{"moves have conditions", movesHaveConditions},
	{"a lease lapses", presenceLapses},
	{"who was seen is missed", presenceMissed},
	{"claims at once get different agents", claimsAtOnce},
	{"bad moves are refused", badMoves},
}

func move(t *testing.T, s *sessions.Store, agent string, want bool, m sessions.Move) {
	t.Helper()
	if ok, err := s.Presence().Set(t.Context(), "g", agent, m); err != nil || ok != want {
		t.Errorf("Set(%s, %+v) = %v, %v; want %v", agent, m, ok, err, want)
	}
}

func claim(t *testing.T, s *sessions.Store, want string, m sessions.Move, candidates ...string) {
	t.Helper()
	got, ok, err := s.Presence().Claim(t.Context(), "g", candidates, m)
	if err != nil || got != want || ok != (want != "") {
		t.Errorf("Claim = %q, %v, %v; want %q", got, ok, err, want)
	}
}

func agents(t *testing.T, s *sessions.Store, want ...sessions.Agent) {
	t.Helper()
	got, err := s.Presence().All(t.Context(), "g")
	if diff := cmp.Diff(want, got, sameInstant()); err != nil || diff != "" {
		t.Errorf("agents: %v (-want +got):\n%s", err, diff)
	}
}

func ring(owner string) sessions.Move {
	return sessions.Move{From: []string{"ready"}, To: "ringing", Owner: owner, Lease: 45 * time.Second}
}

func longestIdle(t *testing.T, s *sessions.Store, c *Clock) {
	start := c.Now()
	agents(t, s)
	for i, name := range []string{"robin", "alex", "jo"} {
		c.Advance(time.Second)
		move(t, s, name, true, sessions.Move{To: "ready"})
		if i == 2 {
			move(t, s, name, true, sessions.Move{To: "ready"}) // the same again changes nothing
		}
	}
	claim(t, s, "alex", ring("t1"), "jo", "alex", "stranger")
	claim(t, s, "robin", ring("t2"), "alex", "jo", "robin")
	claim(t, s, "jo", ring("t3"), "alex", "jo", "robin")
	claim(t, s, "", ring("t4"), "alex", "jo", "robin")
	claim(t, s, "", ring("t4"))
	until := start.Add(48 * time.Second)
	since := start.Add(3 * time.Second)
	agents(t, s,
		sessions.Agent{ID: "alex", State: "ringing", Owner: "t1", Since: since, Until: until},
		sessions.Agent{ID: "jo", State: "ringing", Owner: "t3", Since: since, Until: until},
		sessions.Agent{ID: "robin", State: "ringing", Owner: "t2", Since: since, Until: until},
	)
	if err := s.Presence().Remove(t.Context(), "g", "alex"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Presence().All(t.Context(), "g"); err != nil || len(list) != 2 {
		t.Errorf("after Remove: %v, %v", list, err)
	}
}

func movesHaveConditions(t *testing.T, s *sessions.Store, c *Clock) {
	move(t, s, "alex", false, sessions.Move{From: []string{"ready"}, To: "away"}) // not seen before
	move(t, s, "alex", false, sessions.Move{Holder: "t1", To: "away"})
	move(t, s, "alex", true, sessions.Move{To: "ready"})
	move(t, s, "alex", false, sessions.Move{From: []string{"read", "eady", "already", "away"}, To: "talking"})
	move(t, s, "alex", true, sessions.Move{From: []string{"away", "ready"}, To: "talking", Owner: "t1"})
	move(t, s, "alex", false, sessions.Move{From: []string{"talking"}, Holder: "t2", To: "wrapup"})
	c.Advance(time.Second)
	move(t, s, "alex", true, sessions.Move{From: []string{"talking"}, Holder: "t1", To: "wrapup"})
	agents(t, s, sessions.Agent{ID: "alex", State: "wrapup", Since: c.Now()})
}

func presenceMissed(t *testing.T, s *sessions.Store, c *Clock) {
	p := s.Presence()
	missing := func(want ...string) {
		t.Helper()
		got, err := p.Missing(t.Context(), "g", time.Minute)
		if diff := cmp.Diff(append([]string{}, want...), append([]string{}, got...)); err != nil || diff != "" {
			t.Errorf("missing: %v (-want +got):\n%s", err, diff)
		}
	}
	see := func(agent string) {
		t.Helper()
		if err := p.Seen(t.Context(), "g", agent); err != nil {
			t.Fatal(err)
		}
	}
	missing()
	see("alex")
	c.Advance(30 * time.Second)
	see("robin")
	c.Advance(30*time.Second - time.Millisecond)
	missing()
	c.Advance(time.Millisecond)
	missing("alex")
	c.Advance(30 * time.Second)
	missing("alex", "robin")
	see("alex")
	missing("robin")
	if err := p.Forget(t.Context(), "g", "robin"); err != nil {
		t.Fatal(err)
	}
	missing()
	c.Advance(time.Hour)
	missing("alex")
	if other, err := p.Missing(t.Context(), "other", 0); err != nil || len(other) != 0 {
		t.Errorf("another group: %v, %v", other, err)
	}
	for name, err := range map[string]error{
		"seen": p.Seen(t.Context(), "{", "alex"), "forgotten": p.Forget(t.Context(), "{", "alex"), "missing": func() error { _, err := p.Missing(t.Context(), "{", 0); return err }(),
	} {
		if !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s in a bad group: %v", name, err)
		}
	}
}

func presenceLapses(t *testing.T, s *sessions.Store, c *Clock) {
	move(t, s, "alex", true, sessions.Move{To: "ready"})
	claim(t, s, "alex", ring("t1"), "alex")
	c.Advance(45*time.Second - time.Millisecond)
	claim(t, s, "", ring("t2"), "alex")
	c.Advance(time.Millisecond)
	lapsed := c.Now()
	agents(t, s, sessions.Agent{ID: "alex", State: "ready", Since: lapsed})
	c.Advance(time.Second)
	// What comes late from the first ring changes nothing.
	move(t, s, "alex", false, sessions.Move{From: []string{"ringing"}, Holder: "t1", To: "away"})
	claim(t, s, "alex", ring("t2"), "alex")
	// A lease after a lease still lapses to the last state that had none.
	talk := sessions.Move{From: []string{"ringing"}, Holder: "t2", To: "talking", Owner: "t2", Lease: time.Minute}
	move(t, s, "alex", true, talk)
	talk.From = []string{"talking"}
	since := c.Now()
	c.Advance(59 * time.Second)
	move(t, s, "alex", true, talk) // renewed, in the same state since the start
	agents(t, s, sessions.Agent{ID: "alex", State: "talking", Owner: "t2", Since: since, Until: c.Now().Add(time.Minute)})
	c.Advance(time.Minute)
	agents(t, s, sessions.Agent{ID: "alex", State: "ready", Since: c.Now()})
	// Or to the one that the move names.
	claim(t, s, "alex", sessions.Move{From: []string{"ready"}, To: "ringing", Lease: time.Second, Lapse: "away"}, "alex")
	c.Advance(time.Second)
	agents(t, s, sessions.Agent{ID: "alex", State: "away", Since: c.Now()})
	claim(t, s, "", ring("t3"), "alex")
}

func claimsAtOnce(t *testing.T, s *sessions.Store, _ *Clock) {
	var names []string
	for i := range 4 {
		names = append(names, fmt.Sprint("agent", i))
		move(t, s, names[i], true, sessions.Move{To: "ready"})
	}
	var mu sync.Mutex
	got := map[string]int{}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			agent, _, err := s.Presence().Claim(t.Context(), "g", names, ring(fmt.Sprint("t", i)))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("Claim: %v", err)
			}
			got[agent]++
		})
	}
	wg.Wait()
	want := map[string]int{"agent0": 1, "agent1": 1, "agent2": 1, "agent3": 1, "": 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func badMoves(t *testing.T, s *sessions.Store, _ *Clock) {
	p := s.Presence()
	for name, m := range map[string]sessions.Move{
		"no state": {}, "new line": {To: "a\nb"}, "new line in owner": {To: "a", Owner: "\n"},
		"empty from": {To: "a", From: []string{""}}, "negative lease": {To: "a", Lease: -1},
	} {
		if ok, err := p.Set(t.Context(), "g", "alex", m); ok || !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	_, agentErr := p.Set(t.Context(), "g", "", sessions.Move{To: "ready"})
	_, groupErr := p.Set(t.Context(), "", "alex", sessions.Move{To: "ready"})
	_, _, claimErr := p.Claim(t.Context(), "g", []string{"alex"}, sessions.Move{To: "ringing"})
	_, allErr := p.All(t.Context(), "")
	for name, err := range map[string]error{
		"agent": agentErr, "group": groupErr, "claim from nothing": claimErr, "all": allErr,
		"remove": p.Remove(t.Context(), "", "alex"),
	} {
		if !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
