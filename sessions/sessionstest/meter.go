package sessionstest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"ringback/sessions"
)

var meterCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"failures and members slide out", meterSlides},
	{"a meter counts as a list would", meterLikeAList},
	{"a hundred at once are a hundred", meterIsNotRaced},
	{"a day, and then a week, is the usual", meterUsual},
	{"one bad day is not the usual", meterBadDay},
	{"bad meters are refused", badMeters},
}

func note(t *testing.T, s *sessions.Store, key, member string) sessions.Reading {
	t.Helper()
	r, err := s.Meter().Note(t.Context(), key, member, sessions.MeterParams{})
	if err != nil {
		t.Fatalf("Note: %v", err)
	}
	return r
}

func shows(t *testing.T, s *sessions.Store, key string, want sessions.Reading) {
	t.Helper()
	if got, err := s.Meter().Read(t.Context(), key, sessions.MeterParams{}); err != nil || got != want {
		t.Errorf("Read = %+v, %v; want %+v", got, err, want)
	}
}

func meterSlides(t *testing.T, s *sessions.Store, c *Clock) {
	shows(t, s, "m1", sessions.Reading{})
	note(t, s, "m1", "a")
	c.Advance(4 * time.Minute)
	note(t, s, "m1", "b")
	note(t, s, "m1", "b")
	if got := note(t, s, "m1", "c"); got != (sessions.Reading{Failures: 4, Members: 3}) {
		t.Errorf("Note = %+v", got)
	}
	shows(t, s, "m2", sessions.Reading{}) // another key
	c.Advance(6*time.Minute - time.Millisecond)
	shows(t, s, "m1", sessions.Reading{Failures: 4, Members: 3})
	c.Advance(time.Millisecond)
	shows(t, s, "m1", sessions.Reading{Failures: 3, Members: 2})
	note(t, s, "m1", "b") // stays longer than its first failure
	c.Advance(4 * time.Minute)
	shows(t, s, "m1", sessions.Reading{Failures: 1, Members: 1})
	c.Advance(6 * time.Minute)
	shows(t, s, "m1", sessions.Reading{})
}

func meterLikeAList(t *testing.T, s *sessions.Store, c *Clock) {
	random := rand.New(rand.NewPCG(3, 1)) //nolint:gosec // the same dice each time
	type failure struct {
		at     time.Time
		member string
	}
	var all []failure
	for range 150 {
		c.Advance(time.Duration(random.IntN(60_000)) * time.Millisecond)
		all = append(all, failure{c.Now(), fmt.Sprint("member", random.IntN(12))})
		got := note(t, s, "m3", all[len(all)-1].member)
		want, members := 0, map[string]bool{}
		for _, f := range all {
			if c.Now().Sub(f.at) < 10*time.Minute {
				want++
				members[f.member] = true
			}
		}
		if got.Failures != want || got.Members != len(members) {
			t.Fatalf("after %d: %+v, want %d over %d", len(all), got, want, len(members))
		}
	}
}

func meterIsNotRaced(t *testing.T, s *sessions.Store, _ *Clock) {
	var mu sync.Mutex
	seen := map[int]bool{}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			r, err := s.Meter().Note(t.Context(), "m4", fmt.Sprint(i%25), sessions.MeterParams{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[r.Failures] {
				t.Errorf("Note = %+v, %v", r, err)
			}
			seen[r.Failures] = true
		})
	}
	wg.Wait()
	shows(t, s, "m4", sessions.Reading{Failures: 100, Members: 25})
}

func meterUsual(t *testing.T, s *sessions.Store, c *Clock) {
	start := c.Now()
	for range 144 { // one every ten minutes, for a day
		if got := note(t, s, "m5", "a"); got.Known {
			t.Fatalf("known after %v: %+v", c.Now().Sub(start), got)
		}
		c.Advance(10 * time.Minute)
	}
	note(t, s, "m5", "a")
	c.Advance(20 * time.Minute) // the windows that are not over do not count
	if got := note(t, s, "m5", "a"); !got.Known || got.Usual != 1 {
		t.Errorf("after a day: %+v, want one a window", got)
	}
	// Three in each window of this hour, on each of the days that follow.
	for range 8 {
		c.Advance(24*time.Hour - 50*time.Minute)
		for range 5 {
			for range 3 {
				note(t, s, "m5", "a")
			}
			c.Advance(10 * time.Minute)
		}
	}
	c.Advance(24*time.Hour - 20*time.Minute) // the middle of that hour
	if got := note(t, s, "m5", "a"); !got.Known || got.Usual < 2 || got.Usual > 3 {
		t.Errorf("in the usual hour: %+v, want between two and three", got)
	}
	c.Advance(6 * time.Hour)
	if got := note(t, s, "m5", "a"); !got.Known || got.Usual != 0 {
		t.Errorf("at another time of day: %+v, want none", got)
	}
	// Nothing for so long that all is forgotten.
	c.Advance(9 * 24 * time.Hour)
	if got := note(t, s, "m5", "a"); got.Failures != 1 || got.Usual != 0 {
		t.Errorf("after nine quiet days: %+v", got)
	}
}

func meterBadDay(t *testing.T, s *sessions.Store, c *Clock) {
	for day := range 8 {
		n := 1
		if day == 7 {
			n = 60 // yesterday was an attack
		}
		for range n {
			note(t, s, "m6", "a")
		}
		c.Advance(24 * time.Hour)
	}
	if got := note(t, s, "m6", "a"); !got.Known || got.Usual >= 1 {
		t.Errorf("the day after an attack: %+v, want less than one", got)
	}
}

func badMeters(t *testing.T, s *sessions.Store, _ *Clock) {
	for name, c := range map[string]struct {
		key, member string
		p           sessions.MeterParams
	}{
		"no key":        {"", "a", sessions.MeterParams{}},
		"braces":        {"{", "a", sessions.MeterParams{}},
		"no member":     {"k", "", sessions.MeterParams{}},
		"long member":   {"k", strings.Repeat("a", 201), sessions.MeterParams{}},
		"short window":  {"k", "a", sessions.MeterParams{Window: time.Second}},
		"long window":   {"k", "a", sessions.MeterParams{Window: 2 * time.Hour}},
		"few failures":  {"k", "a", sessions.MeterParams{Failures: -1}},
		"more failures": {"k", "a", sessions.MeterParams{Failures: 10_000}},
		"few members":   {"k", "a", sessions.MeterParams{Members: -1}},
		"more members":  {"k", "a", sessions.MeterParams{Members: 1_001}},
		"factor":        {"k", "a", sessions.MeterParams{Factor: -1}},
	} {
		if r, err := s.Meter().Note(t.Context(), c.key, c.member, c.p); r != (sessions.Reading{}) || !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if _, err := s.Meter().Read(t.Context(), "", sessions.MeterParams{}); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("read: %v", err)
	}
	shows(t, s, "k", sessions.Reading{})
}

var flagCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"a flag is up until its time", flagEnds},
	{"the longest of many at once holds", flagIsNotRaced},
	{"bad flags are refused", badFlags},
}

func flag(t *testing.T, s *sessions.Store, name string, want time.Time) {
	t.Helper()
	if got, err := s.Flag(t.Context(), name); err != nil || !got.Equal(want) {
		t.Errorf("Flag(%s) = %v, %v; want %v", name, got, err, want)
	}
}

func raise(t *testing.T, s *sessions.Store, until time.Time) {
	t.Helper()
	if err := s.SetFlag(t.Context(), "threat", until); err != nil {
		t.Errorf("SetFlag: %v", err)
	}
}

func flagEnds(t *testing.T, s *sessions.Store, c *Clock) {
	start := c.Now()
	flag(t, s, "threat", time.Time{})
	raise(t, s, start.Add(30*time.Minute))
	flag(t, s, "threat", start.Add(30*time.Minute))
	flag(t, s, "other", time.Time{})
	raise(t, s, start.Add(2*time.Hour))
	raise(t, s, start.Add(30*time.Minute)) // shortens nothing
	c.Advance(2*time.Hour - time.Millisecond)
	flag(t, s, "threat", start.Add(2*time.Hour))
	c.Advance(time.Millisecond)
	flag(t, s, "threat", time.Time{})
	raise(t, s, c.Now().Add(time.Minute))
	flag(t, s, "threat", c.Now().Add(time.Minute))
	for range 2 { // down twice is down
		if err := s.ClearFlag(t.Context(), "threat"); err != nil {
			t.Errorf("ClearFlag: %v", err)
		}
		flag(t, s, "threat", time.Time{})
	}
}

func flagIsNotRaced(t *testing.T, s *sessions.Store, c *Clock) {
	start := c.Now()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := s.SetFlag(t.Context(), "threat", start.Add(time.Duration(1+i*7%20)*time.Minute)); err != nil {
				t.Errorf("SetFlag: %v", err)
			}
		})
	}
	wg.Wait()
	flag(t, s, "threat", start.Add(20*time.Minute))
}

func badFlags(t *testing.T, s *sessions.Store, c *Clock) {
	_, readErr := s.Flag(t.Context(), "")
	for name, err := range map[string]error{
		"no name": s.SetFlag(t.Context(), "", c.Now().Add(time.Hour)), "braces": s.SetFlag(t.Context(), "}", c.Now().Add(time.Hour)),
		"now": s.SetFlag(t.Context(), "f", c.Now()), "zero": s.SetFlag(t.Context(), "f", time.Time{}),
		"read": readErr, "clear": s.ClearFlag(t.Context(), ""),
	} {
		if !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	flag(t, s, "f", time.Time{})
}
