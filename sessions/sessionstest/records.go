package sessionstest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/sessions"
)

var recordCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"turns go one by one", turnsGoOneByOne},
	{"a record that is not there", missingRecord},
	{"effects report once", effectsReportOnce},
	{"a lapsed effect is claimed", lapsedEffectIsClaimed},
	{"effects can be closed unreported", effectsClose},
	{"callbacks go forward", callbacksGoForward},
	{"a jump is taken once", jumpIsTakenOnce},
	{"a refused change writes nothing", refusedChange},
	{"bad arguments are refused", badArguments},
	{"writers at once lose nothing", writersAtOnce},
	{"one of many takes a turn", oneTakesTheTurn},
	{"deleted records can be created again", deletedRecord},
	{"large bodies survive", largeBody},
}

// set is a change that stores body.
func set(body string) func([]byte, sessions.Outcome) (sessions.Change, error) {
	return func([]byte, sessions.Outcome) (sessions.Change, error) {
		return sessions.Change{Body: []byte(body)}, nil
	}
}

// update runs an Update and fails on an error or another outcome.
func update(
	t *testing.T, s *sessions.Store, id string, g sessions.Guard, want sessions.Outcome, c sessions.Change,
) sessions.Record {
	t.Helper()
	ran := false
	rec, out, err := s.Update(t.Context(), id, g, func(_ []byte, out sessions.Outcome) (sessions.Change, error) {
		ran = true
		if out != sessions.Applied {
			t.Errorf("fn got outcome %v", out)
		}
		return c, nil
	})
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	if out != want {
		t.Fatalf("outcome %v, want %v", out, want)
	}
	if want == sessions.Applied && !ran {
		t.Error("applied without running fn")
	}
	return rec
}

func turnsGoOneByOne(t *testing.T, s *sessions.Store, _ *Clock) {
	const id = "CA1"
	got := update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{Body: []byte("zero")})
	want := sessions.Record{ID: id, Version: 1, Turn: 1, Body: []byte("zero")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after create (-want +got):\n%s", diff)
	}
	update(t, s, id, sessions.Create(), sessions.Repeat, sessions.Change{})
	update(t, s, id, sessions.Turn(2), sessions.Stale, sessions.Change{})
	got = update(t, s, id, sessions.Turn(1), sessions.Applied, sessions.Change{Body: []byte("one")})
	want = sessions.Record{ID: id, Version: 2, Turn: 2, Body: []byte("one")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after turn 1 (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		guard sessions.Guard
		out   sessions.Outcome
	}{{sessions.Turn(1), sessions.Repeat}, {sessions.Turn(0), sessions.Stale}, {sessions.Create(), sessions.Stale}} {
		if diff := cmp.Diff(want, update(t, s, id, c.guard, c.out, sessions.Change{Body: []byte("no")})); diff != "" {
			t.Errorf("a %v changed something (-want +got):\n%s", c.out, diff)
		}
	}
	update(t, s, id, sessions.Any(), sessions.Applied, sessions.Change{Body: []byte("any")})
	got, ok, err := s.Load(t.Context(), id)
	want = sessions.Record{ID: id, Version: 3, Turn: 2, Body: []byte("any")}
	if diff := cmp.Diff(want, got); err != nil || !ok || diff != "" {
		t.Errorf("Load: %v, %v (-want +got):\n%s", ok, err, diff)
	}
}

func missingRecord(t *testing.T, s *sessions.Store, _ *Clock) {
	for name, g := range map[string]sessions.Guard{
		"turn": sessions.Turn(0), "effect": sessions.Effect(1, 1), "callback": sessions.Callback("a", 1),
		"jump": sessions.Jump("j"), "any": sessions.Any(),
	} {
		rec := update(t, s, "CA2", g, sessions.Missing, sessions.Change{})
		if rec.Version != 0 || rec.Body != nil {
			t.Errorf("%s: record %+v of nothing", name, rec)
		}
	}
	if _, ok, err := s.Load(t.Context(), "CA2"); ok || err != nil {
		t.Errorf("Load = %v, %v", ok, err)
	}
	if _, ok, err := s.Claim(t.Context(), "CA2", 1, time.Second); ok || err != nil {
		t.Errorf("Claim = %v, %v", ok, err)
	}
}

func effectsReportOnce(t *testing.T, s *sessions.Store, c *Clock) {
	const id = "CA3"
	rec := update(t, s, id, sessions.Create(), sessions.Applied,
		sessions.Change{Open: []uint32{1, 2}, Lease: 10 * time.Second})
	want := []sessions.OpenEffect{
		{ID: 1, Fence: 1, Until: c.Now().Add(10 * time.Second)},
		{ID: 2, Fence: 1, Until: c.Now().Add(10 * time.Second)},
	}
	if diff := cmp.Diff(want, rec.Effects, sameInstant()); diff != "" {
		t.Errorf("open effects (-want +got):\n%s", diff)
	}
	update(t, s, id, sessions.Effect(2, 2), sessions.Stale, sessions.Change{})
	update(t, s, id, sessions.Effect(3, 1), sessions.Stale, sessions.Change{})
	rec = update(t, s, id, sessions.Effect(2, 1), sessions.Applied, sessions.Change{})
	if len(rec.Effects) != 1 || rec.Effects[0].ID != 1 {
		t.Errorf("effects after the report of 2: %v", rec.Effects)
	}
	update(t, s, id, sessions.Effect(2, 1), sessions.Stale, sessions.Change{})
	if rec.Turn != 1 {
		t.Errorf("an effect moved the turn to %d", rec.Turn)
	}
	c.Advance(time.Hour) // the holder may be late as long as nobody claims
	update(t, s, id, sessions.Effect(1, 1), sessions.Applied, sessions.Change{})
}

func sameInstant() cmp.Option {
	return cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
}

func lapsedEffectIsClaimed(t *testing.T, s *sessions.Store, c *Clock) {
	const id = "CA4"
	update(t, s, id, sessions.Create(), sessions.Applied,
		sessions.Change{Body: []byte("body"), Open: []uint32{7}, Lease: 10 * time.Second})
	claim := func(want bool, fence uint32) {
		t.Helper()
		got, ok, err := s.Claim(t.Context(), id, 7, 5*time.Second)
		if err != nil || ok != want || got != fence {
			t.Errorf("Claim = %d, %v, %v; want %d, %v", got, ok, err, fence, want)
		}
	}
	c.Advance(10*time.Second - time.Millisecond)
	claim(false, 0)
	c.Advance(time.Millisecond)
	claim(true, 2)
	claim(false, 0)
	c.Advance(5 * time.Second)
	claim(true, 3)
	update(t, s, id, sessions.Effect(7, 1), sessions.Stale, sessions.Change{})
	update(t, s, id, sessions.Effect(7, 2), sessions.Stale, sessions.Change{})
	rec := update(t, s, id, sessions.Any(), sessions.Applied, sessions.Change{Body: []byte("body")})
	if rec.Turn != 1 || string(rec.Body) != "body" {
		t.Errorf("a claim changed the record: %+v", rec)
	}
	update(t, s, id, sessions.Effect(7, 3), sessions.Applied, sessions.Change{})
	c.Advance(time.Hour)
	claim(false, 0)
}

func effectsClose(t *testing.T, s *sessions.Store, c *Clock) {
	const id = "CA5"
	update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{Open: []uint32{1, 2}})
	rec := update(t, s, id, sessions.Turn(1), sessions.Applied, sessions.Change{Close: []uint32{1, 9}, Open: []uint32{3}})
	if len(rec.Effects) != 2 || rec.Effects[0].ID != 2 || rec.Effects[1].ID != 3 {
		t.Errorf("effects %v, want 2 and 3", rec.Effects)
	}
	update(t, s, id, sessions.Effect(1, 1), sessions.Stale, sessions.Change{})
	// Without a lease anyone may claim at once.
	if fence, ok, err := s.Claim(t.Context(), id, 3, time.Second); err != nil || !ok || fence != 2 {
		t.Errorf("Claim = %d, %v, %v at %v", fence, ok, err, c.Now())
	}
}

func callbacksGoForward(t *testing.T, s *sessions.Store, _ *Clock) {
	const id = "CA6"
	update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{})
	for _, step := range []struct {
		source string
		seq    uint64
		out    sessions.Outcome
	}{
		{"a", 0, sessions.Applied},
		{"a", 0, sessions.Stale},
		{"a", 5, sessions.Applied},
		{"a", 4, sessions.Stale},
		{"b", 1, sessions.Applied},
		{"a", 5, sessions.Stale},
		{"a", 6, sessions.Applied},
	} {
		update(t, s, id, sessions.Callback(step.source, step.seq), step.out, sessions.Change{})
	}
	// The sources used last are remembered, the others are not.
	for i := range 15 {
		update(t, s, id, sessions.Callback(strconv.Itoa(i), 1), sessions.Applied, sessions.Change{})
	}
	update(t, s, id, sessions.Callback("a", 6), sessions.Stale, sessions.Change{})
	rec := update(t, s, id, sessions.Callback("b", 1), sessions.Applied, sessions.Change{})
	if rec.Turn != 1 {
		t.Errorf("callbacks moved the turn to %d", rec.Turn)
	}
}

func jumpIsTakenOnce(t *testing.T, s *sessions.Store, _ *Clock) {
	const id = "CA7"
	update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{})
	update(t, s, id, sessions.Jump("x"), sessions.Stale, sessions.Change{})
	update(t, s, id, sessions.Any(), sessions.Applied, sessions.Change{Jump: "x"})
	update(t, s, id, sessions.Any(), sessions.Applied, sessions.Change{Jump: "x"})
	update(t, s, id, sessions.Jump("y"), sessions.Stale, sessions.Change{})
	rec := update(t, s, id, sessions.Jump("x"), sessions.Applied, sessions.Change{})
	if rec.Turn != 2 {
		t.Errorf("turn %d after the jump, want 2", rec.Turn)
	}
	update(t, s, id, sessions.Jump("x"), sessions.Repeat, sessions.Change{})
	update(t, s, id, sessions.Turn(1), sessions.Stale, sessions.Change{}) // the jump answered in its place
	update(t, s, id, sessions.Turn(2), sessions.Applied, sessions.Change{})
	update(t, s, id, sessions.Jump("x"), sessions.Stale, sessions.Change{})
	// The last eight announcements are remembered.
	for i := range 9 {
		update(t, s, id, sessions.Any(), sessions.Applied, sessions.Change{Jump: strconv.Itoa(i)})
	}
	update(t, s, id, sessions.Jump("0"), sessions.Stale, sessions.Change{})
	update(t, s, id, sessions.Jump("8"), sessions.Applied, sessions.Change{})
	update(t, s, id, sessions.Jump("1"), sessions.Applied, sessions.Change{})
}

func refusedChange(t *testing.T, s *sessions.Store, _ *Clock) {
	const id = "CA8"
	no := errors.New("no")
	refuse := func([]byte, sessions.Outcome) (sessions.Change, error) { return sessions.Change{}, no }
	if _, out, err := s.Update(t.Context(), id, sessions.Create(), refuse); !errors.Is(err, no) || out != sessions.OutcomeUnknown {
		t.Errorf("create: %v, %v", out, err)
	}
	want := update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{Body: []byte("b"), Open: []uint32{1}})
	if _, _, err := s.Update(t.Context(), id, sessions.Turn(1), refuse); !errors.Is(err, no) {
		t.Errorf("turn: %v", err)
	}
	twice := func([]byte, sessions.Outcome) (sessions.Change, error) {
		return sessions.Change{Open: []uint32{1}}, nil
	}
	if _, _, err := s.Update(t.Context(), id, sessions.Turn(1), twice); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("an effect opened twice: %v", err)
	}
	many := func([]byte, sessions.Outcome) (sessions.Change, error) {
		var c sessions.Change
		for i := range uint32(64) {
			c.Open = append(c.Open, i+2)
		}
		return c, nil
	}
	if _, _, err := s.Update(t.Context(), id, sessions.Turn(1), many); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("65 open effects: %v", err)
	}
	got, _, err := s.Load(t.Context(), id)
	if diff := cmp.Diff(want, got, sameInstant()); err != nil || diff != "" {
		t.Errorf("the record changed: %v (-want +got):\n%s", err, diff)
	}
}

func badArguments(t *testing.T, s *sessions.Store, _ *Clock) {
	for _, id := range []string{"", "a{b", "a}b", "a\nb", string(make([]byte, 300))} {
		if _, _, err := s.Update(t.Context(), id, sessions.Create(), set("x")); !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("Update(%.5q) = %v", id, err)
		}
		if _, _, err := s.Load(t.Context(), id); !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("Load(%.5q) = %v", id, err)
		}
		if _, _, err := s.Claim(t.Context(), id, 1, 0); !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("Claim(%.5q) = %v", id, err)
		}
		if err := s.Delete(t.Context(), id); !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("Delete(%.5q) = %v", id, err)
		}
	}
	if _, _, err := s.Update(t.Context(), "CA9", sessions.Guard{}, set("x")); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("zero guard: %v", err)
	}
}

func writersAtOnce(t *testing.T, s *sessions.Store, _ *Clock) {
	const id, writers, each = "CA10", 4, 10
	update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{Body: []byte("0")})
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				_, _, err := s.Update(t.Context(), id, sessions.Any(), func(body []byte, _ sessions.Outcome) (sessions.Change, error) {
					n, err := strconv.Atoi(string(body))
					return sessions.Change{Body: []byte(strconv.Itoa(n + 1))}, err
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			}
		})
	}
	wg.Wait()
	rec, _, err := s.Load(t.Context(), id)
	if want := strconv.Itoa(writers * each); err != nil || string(rec.Body) != want {
		t.Errorf("counted %s, want %s (%v)", rec.Body, want, err)
	}
}

func oneTakesTheTurn(t *testing.T, s *sessions.Store, _ *Clock) {
	const id, callers = "CA11", 8
	update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{})
	var mu sync.Mutex
	answers := map[string]int{}
	outcomes := map[sessions.Outcome]int{}
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			rec, out, err := s.Update(t.Context(), id, sessions.Turn(1), set(fmt.Sprint("by ", i)))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("Update: %v", err)
			}
			answers[string(rec.Body)]++
			outcomes[out]++
		})
	}
	wg.Wait()
	want := map[sessions.Outcome]int{sessions.Applied: 1, sessions.Repeat: callers - 1}
	if diff := cmp.Diff(want, outcomes); diff != "" || len(answers) != 1 {
		t.Errorf("answers %v, outcomes (-want +got):\n%s", answers, diff)
	}
}

func deletedRecord(t *testing.T, s *sessions.Store, _ *Clock) {
	const id = "CA12"
	update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{Body: []byte("old")})
	if err := s.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	update(t, s, id, sessions.Turn(1), sessions.Missing, sessions.Change{})
	rec := update(t, s, id, sessions.Create(), sessions.Applied, sessions.Change{Body: []byte("new")})
	if rec.Version != 1 || rec.Turn != 1 {
		t.Errorf("created again as %+v", rec)
	}
	if err := s.Delete(t.Context(), "CA13"); err != nil {
		t.Errorf("delete nothing: %v", err)
	}
}

func largeBody(t *testing.T, s *sessions.Store, _ *Clock) {
	body := make([]byte, 64<<10)
	for i := range body {
		body[i] = byte(i * 7)
	}
	update(t, s, "CA14", sessions.Create(), sessions.Applied, sessions.Change{Body: body})
	rec, _, err := s.Load(t.Context(), "CA14")
	if err != nil || !cmp.Equal(body, rec.Body) {
		t.Errorf("64 KiB came back as %d bytes, %v", len(rec.Body), err)
	}
}
