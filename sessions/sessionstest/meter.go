package sessionstest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
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
	{"one place counts for its share", meterShares},
	{"one place does not say what is usual", meterIsNotTaught},
	{"bad meters are refused", badMeters},
}

func note(t *testing.T, s *sessions.Store, key, member string) sessions.Reading {
	t.Helper()
	return noteFrom(t, s, key, member, "o")
}

func noteFrom(t *testing.T, s *sessions.Store, key, member, origin string) sessions.Reading {
	t.Helper()
	r, err := s.Meter().Note(t.Context(), key, sessions.Failure{Member: member, Origin: origin}, sessions.MeterParams{})
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
	if got := noteFrom(t, s, "m1", "c", "p"); got != (sessions.Reading{Failures: 4, Members: 3, Origins: 2}) {
		t.Errorf("Note = %+v", got)
	}
	shows(t, s, "m2", sessions.Reading{}) // another key
	c.Advance(6*time.Minute - time.Millisecond)
	shows(t, s, "m1", sessions.Reading{Failures: 4, Members: 3, Origins: 2})
	c.Advance(time.Millisecond)
	shows(t, s, "m1", sessions.Reading{Failures: 3, Members: 2, Origins: 2})
	note(t, s, "m1", "b") // stays longer than its first failure
	c.Advance(4 * time.Minute)
	shows(t, s, "m1", sessions.Reading{Failures: 1, Members: 1, Origins: 1}) // and so does its origin
	c.Advance(6 * time.Minute)
	shows(t, s, "m1", sessions.Reading{})
}

func meterLikeAList(t *testing.T, s *sessions.Store, c *Clock) {
	random := rand.New(rand.NewPCG(3, 1)) //nolint:gosec // the same dice each time
	type failure struct {
		at     time.Time
		origin string
	}
	var counted []failure
	last := map[string]time.Time{}
	for i := range 150 {
		c.Advance(time.Duration(random.IntN(60_000)) * time.Millisecond)
		now, origin, member := c.Now(), fmt.Sprint("origin", random.IntN(5)), fmt.Sprint("member", random.IntN(12))
		last[member] = now
		counted = slices.DeleteFunc(counted, func(f failure) bool { return now.Sub(f.at) >= 10*time.Minute })
		of := map[string]int{}
		for _, f := range counted {
			of[f.origin]++
		}
		if of[origin] < 7 {
			counted = append(counted, failure{now, origin})
			of[origin]++
		}
		members := 0
		for _, at := range last {
			if now.Sub(at) < 10*time.Minute {
				members++
			}
		}
		if got := noteFrom(t, s, "m3", member, origin); got.Failures != len(counted) || got.Members != members || got.Origins != len(of) {
			t.Fatalf("after %d: %+v, want %d over %d from %d", i, got, len(counted), members, len(of))
		}
	}
}

// spray notes failures of so many different members from one origin.
func spray(t *testing.T, s *sessions.Store, key, origin string, n int) (r sessions.Reading) {
	t.Helper()
	for i := range n {
		r = noteFrom(t, s, key, fmt.Sprint(origin, i), origin)
	}
	return r
}

// However many failures come from one or two places, a few mistakes of others
// beside them are no attack; three places are one.
func meterShares(t *testing.T, s *sessions.Store, c *Clock) {
	for _, from := range []string{"o1", "o2"} {
		spray(t, s, "m7", from, 100)
	}
	if r := spray(t, s, "m7", "somebody", 1); sessions.Trip(r, sessions.MeterParams{}) || r.Origins != 3 || r.Members != 201 {
		t.Errorf("two places and a mistake: %+v", r)
	}
	if r := spray(t, s, "m7", "o3", 6); !sessions.Trip(r, sessions.MeterParams{}) {
		t.Errorf("three places: %+v", r)
	}
	for range 4 { // an origin that goes on counts for its share, again and again
		c.Advance(5 * time.Minute)
		spray(t, s, "m8", "o1", 100)
	}
	shows(t, s, "m8", sessions.Reading{Failures: 7, Members: 100, Origins: 1})
	one := sessions.MeterParams{Origins: 1}
	for i := range 21 {
		r, err := s.Meter().Note(t.Context(), "m9", sessions.Failure{Member: fmt.Sprint(i), Origin: "o"}, one)
		if err != nil || sessions.Trip(r, one) != (i == 20) {
			t.Errorf("one origin is enough: %+v, %v", r, err)
		}
	}
}

// One place cannot make an attack usual beforehand, day by day.
func meterIsNotTaught(t *testing.T, s *sessions.Store, c *Clock) {
	for range 9 {
		for range 6 {
			spray(t, s, "m10", "teacher", 90)
			c.Advance(10 * time.Minute)
		}
		c.Advance(23 * time.Hour)
	}
	c.Advance(30 * time.Minute)
	var r sessions.Reading
	for i := range 30 {
		r = noteFrom(t, s, "m10", fmt.Sprint("m", i), fmt.Sprint("place", i%10))
	}
	if !r.Known || r.Usual > 7 || !sessions.Trip(r, sessions.MeterParams{}) {
		t.Errorf("after lessons: %+v", r)
	}
}

func meterIsNotRaced(t *testing.T, s *sessions.Store, _ *Clock) {
	var mu sync.Mutex
	seen := map[int]bool{}
	var wg sync.WaitGroup
	all := sessions.MeterParams{Failures: 100, Origins: 1}
	for i := range 100 {
		wg.Go(func() {
			r, err := s.Meter().Note(t.Context(), "m4", sessions.Failure{Member: fmt.Sprint(i % 25), Origin: fmt.Sprint(i % 7)}, all)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[r.Failures] {
				t.Errorf("Note = %+v, %v", r, err)
			}
			seen[r.Failures] = true
		})
	}
	wg.Wait()
	shows(t, s, "m4", sessions.Reading{Failures: 100, Members: 25, Origins: 7})
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
		key string
		f   sessions.Failure
		p   sessions.MeterParams
	}{
		"no key":        {"", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{}},
		"braces":        {"{", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{}},
		"no member":     {"k", sessions.Failure{Origin: "o"}, sessions.MeterParams{}},
		"long member":   {"k", sessions.Failure{Member: strings.Repeat("a", 201), Origin: "o"}, sessions.MeterParams{}},
		"short window":  {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Window: time.Second}},
		"long window":   {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Window: 2 * time.Hour}},
		"few failures":  {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Failures: -1}},
		"more failures": {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Failures: 10_000}},
		"few members":   {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Members: -1}},
		"more members":  {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Members: 1_001}},
		"factor":        {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Factor: -1}},
		"no origin":     {"k", sessions.Failure{Member: "a"}, sessions.MeterParams{}},
		"long origin":   {"k", sessions.Failure{Member: "a", Origin: strings.Repeat("o", 201)}, sessions.MeterParams{}},
		"few origins":   {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Origins: -1}},
		"more origins":  {"k", sessions.Failure{Member: "a", Origin: "o"}, sessions.MeterParams{Origins: 1_001}},
	} {
		if r, err := s.Meter().Note(t.Context(), c.key, c.f, c.p); r != (sessions.Reading{}) || !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if _, err := s.Meter().Read(t.Context(), "", sessions.MeterParams{}); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("read: %v", err)
	}
	shows(t, s, "k", sessions.Reading{})
}
