package sessionstest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/sessions"
)

var windowCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"a window slides", windowSlides},
	{"all limits or none", allLimitsOrNone},
	{"nobody races past a limit", limitIsNotRaced},
	{"a window can be forgotten", windowForgotten},
	{"bad limits are refused", badLimits},
	{"a cap holds and lapses", capHolds},
}

func reserve(t *testing.T, s *sessions.Store, want bool, limits ...sessions.Limit) sessions.Limit {
	t.Helper()
	ok, failed, err := s.Windows().Reserve(t.Context(), limits)
	if err != nil || ok != want {
		t.Errorf("Reserve = %v, %v, %v; want %v", ok, failed, err, want)
	}
	return failed
}

func count(t *testing.T, s *sessions.Store, want int, l sessions.Limit) {
	t.Helper()
	if n, err := s.Windows().Count(t.Context(), l); err != nil || n != want {
		t.Errorf("Count(%s) = %d, %v; want %d", l.Key, n, err, want)
	}
}

func windowSlides(t *testing.T, s *sessions.Store, c *Clock) {
	l := sessions.Limit{Key: "w1", Max: 2, Window: time.Minute}
	count(t, s, 0, l)
	reserve(t, s, true, l)
	c.Advance(30 * time.Second)
	reserve(t, s, true, l)
	for range 3 {
		reserve(t, s, false, l) // refusals take no place
	}
	count(t, s, 2, l)
	c.Advance(30*time.Second - time.Millisecond)
	reserve(t, s, false, l)
	c.Advance(time.Millisecond)
	count(t, s, 1, l)
	reserve(t, s, true, l)
	reserve(t, s, false, l)
	reserve(t, s, true) // no limits, no refusal
}

func allLimitsOrNone(t *testing.T, s *sessions.Store, _ *Clock) {
	wide := sessions.Limit{Key: "w2", Max: 10, Window: time.Hour}
	tight := sessions.Limit{Key: "w3", Max: 1, Window: 30 * time.Second}
	last := sessions.Limit{Key: "w4", Max: 5, Window: time.Hour}
	reserve(t, s, true, wide, tight, last)
	if failed := reserve(t, s, false, wide, tight, last); failed != tight {
		t.Errorf("failed limit %+v, want %+v", failed, tight)
	}
	count(t, s, 1, wide)
	count(t, s, 1, tight)
	count(t, s, 1, last)
}

func limitIsNotRaced(t *testing.T, s *sessions.Store, _ *Clock) {
	l := sessions.Limit{Key: "w5", Max: 3, Window: time.Hour}
	var mu sync.Mutex
	passed := 0
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			ok, _, err := s.Windows().Reserve(t.Context(), []sessions.Limit{l})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("Reserve: %v", err)
			}
			if ok {
				passed++
			}
		})
	}
	wg.Wait()
	if passed != 3 {
		t.Errorf("%d passed, want 3", passed)
	}
}

func windowForgotten(t *testing.T, s *sessions.Store, _ *Clock) {
	l := sessions.Limit{Key: "w6", Max: 1, Window: time.Hour}
	reserve(t, s, true, l)
	if err := s.Windows().Forget(t.Context(), l.Key); err != nil {
		t.Fatal(err)
	}
	reserve(t, s, true, l)
}

func badLimits(t *testing.T, s *sessions.Store, _ *Clock) {
	good := sessions.Limit{Key: "w7", Max: 1, Window: time.Second}
	for name, bad := range map[string]sessions.Limit{
		"no key":    {Max: 1, Window: time.Second},
		"braces":    {Key: "a{b}", Max: 1, Window: time.Second},
		"no max":    {Key: "k", Window: time.Second},
		"no window": {Key: "k", Max: 1},
		"twice":     good,
	} {
		if ok, _, err := s.Windows().Reserve(t.Context(), []sessions.Limit{good, bad}); ok || !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	count(t, s, 0, good)
	w := s.Windows()
	_, countErr := w.Count(t.Context(), sessions.Limit{})
	_, enterErr := w.Enter(t.Context(), "", "m", 1, time.Second)
	_, maxErr := w.Enter(t.Context(), "k", "m", 0, time.Second)
	for name, err := range map[string]error{
		"count": countErr, "enter": enterErr, "max": maxErr,
		"forget": w.Forget(t.Context(), ""), "exit": w.Exit(t.Context(), "", "m"),
	} {
		if !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func capHolds(t *testing.T, s *sessions.Store, c *Clock) {
	enter := func(member string, want bool) {
		t.Helper()
		if in, err := s.Windows().Enter(t.Context(), "c1", member, 2, time.Minute); err != nil || in != want {
			t.Errorf("Enter(%s) = %v, %v; want %v", member, in, err, want)
		}
	}
	enter("a", true)
	enter("b", true)
	enter("c", false)
	enter("a", true) // again is no second place
	if err := s.Windows().Exit(t.Context(), "c1", "b"); err != nil {
		t.Fatal(err)
	}
	enter("c", true)
	c.Advance(59 * time.Second)
	enter("a", true) // renews
	c.Advance(time.Second)
	enter("d", true) // c lapsed, a did not
	enter("e", false)
}

var leaseCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"one owner at a time", oneOwner},
	{"one of many acquires", oneAcquires},
	{"bad leases are refused", badLeases},
}

func oneOwner(t *testing.T, s *sessions.Store, c *Clock) {
	l := s.Leases()
	ctx := t.Context()
	step := func(what string, want bool) func(bool, error) {
		return func(got bool, err error) {
			t.Helper()
			if err != nil || got != want {
				t.Errorf("%s: %v, %v; want %v", what, got, err, want)
			}
		}
	}
	step("nobody's renew", false)(l.Renew(ctx, "l1", "a", time.Minute))
	step("nobody's release", false)(l.Release(ctx, "l1", "a"))
	step("acquire", true)(l.Acquire(ctx, "l1", "a", time.Minute))
	step("other's acquire", false)(l.Acquire(ctx, "l1", "b b", time.Minute))
	step("other's renew", false)(l.Renew(ctx, "l1", "b b", time.Minute))
	step("other's release", false)(l.Release(ctx, "l1", "b b"))
	c.Advance(59 * time.Second)
	step("renew", true)(l.Renew(ctx, "l1", "a", time.Minute))
	c.Advance(59 * time.Second)
	step("own acquire", true)(l.Acquire(ctx, "l1", "a", time.Minute))
	c.Advance(time.Minute)
	step("late renew", false)(l.Renew(ctx, "l1", "a", time.Minute))
	step("late release", false)(l.Release(ctx, "l1", "a"))
	step("lapsed", true)(l.Acquire(ctx, "l1", "b b", time.Minute))
	step("release", true)(l.Release(ctx, "l1", "b b"))
	step("released", true)(l.Acquire(ctx, "l1", "c", time.Minute))
}

func oneAcquires(t *testing.T, s *sessions.Store, _ *Clock) {
	var mu sync.Mutex
	owners := 0
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ok, err := s.Leases().Acquire(t.Context(), "l2", string(rune('a'+i)), time.Minute)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("Acquire: %v", err)
			}
			if ok {
				owners++
			}
		})
	}
	wg.Wait()
	if owners != 1 {
		t.Errorf("%d owners", owners)
	}
}

func badLeases(t *testing.T, s *sessions.Store, _ *Clock) {
	for name, c := range map[string]struct {
		key, owner string
		ttl        time.Duration
	}{
		"no key": {"", "a", time.Second}, "no owner": {"k", "", time.Second}, "no time": {"k", "a", 0},
	} {
		if ok, err := s.Leases().Acquire(t.Context(), c.key, c.owner, c.ttl); ok || !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

var valueCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"a value is kept and ends", valueEnds},
	{"a value is taken once", valueTakenOnce},
	{"a value is put once", valuePutOnce},
	{"bad values are refused", badValues},
}

func get(t *testing.T, s *sessions.Store, kind, id, want string) {
	t.Helper()
	got, ok, err := s.Values().Get(t.Context(), kind, id)
	if err != nil || ok != (want != "-") || (ok && string(got) != want) {
		t.Errorf("Get(%s, %s) = %q, %v, %v; want %q", kind, id, got, ok, err, want)
	}
}

func valueEnds(t *testing.T, s *sessions.Store, c *Clock) {
	v := s.Values()
	get(t, s, "code", "v1", "-")
	for _, body := range []string{"123456", "654321"} {
		if err := v.Put(t.Context(), "code", "v1", 5*time.Minute, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Put(t.Context(), "link", "v1", time.Hour, nil); err != nil {
		t.Fatal(err)
	}
	c.Advance(5*time.Minute - time.Millisecond)
	get(t, s, "code", "v1", "654321")
	get(t, s, "code", "v2", "-")
	c.Advance(time.Millisecond)
	get(t, s, "code", "v1", "-")
	get(t, s, "link", "v1", "")
	if err := v.Delete(t.Context(), "link", "v1"); err != nil {
		t.Fatal(err)
	}
	get(t, s, "link", "v1", "-")
}

func valueTakenOnce(t *testing.T, s *sessions.Store, _ *Clock) {
	if err := s.Values().Put(t.Context(), "code", "v3", time.Minute, []byte("1")); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	took := 0
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			body, ok, err := s.Values().Take(t.Context(), "code", "v3")
			mu.Lock()
			defer mu.Unlock()
			if err != nil || (ok && string(body) != "1") {
				t.Errorf("Take = %q, %v, %v", body, ok, err)
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
}

func valuePutOnce(t *testing.T, s *sessions.Store, _ *Clock) {
	for i, want := range []bool{true, false} {
		got, err := s.Values().PutOnce(t.Context(), "seen", "v4", time.Minute, []byte{byte('a' + i)})
		if err != nil || got != want {
			t.Errorf("PutOnce no. %d = %v, %v", i, got, err)
		}
	}
	get(t, s, "seen", "v4", "a")
}

func badValues(t *testing.T, s *sessions.Store, _ *Clock) {
	v := s.Values()
	_, _, getErr := v.Get(t.Context(), "", "id")
	_, _, takeErr := v.Take(t.Context(), "kind", "")
	got := map[string]bool{}
	for name, err := range map[string]error{
		"no kind": v.Put(t.Context(), "", "id", time.Minute, nil), "no id": v.Put(t.Context(), "kind", "", time.Minute, nil),
		"no time": v.Put(t.Context(), "kind", "id", 0, nil), "delete": v.Delete(t.Context(), "kind", "{"),
		"get": getErr, "take": takeErr,
	} {
		got[name] = errors.Is(err, sessions.ErrInvalid)
	}
	want := map[string]bool{"no kind": true, "no id": true, "no time": true, "delete": true, "get": true, "take": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}
