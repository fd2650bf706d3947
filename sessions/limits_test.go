package sessions_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

// guess reserves and compares, as one call of many does, and says whether it came
// to compare and whether that is sure.
func guess(ctx context.Context, s *sessions.Store, limits ...sessions.Limit) (compared, unsure bool, err error) {
	ok, _, err := s.Windows().Reserve(ctx, limits)
	if errors.Is(err, sessions.ErrUnavailable) {
		return false, true, nil // Redis may have taken the place; nothing is compared
	}
	return ok, false, err
}

// guesses runs n guesses at once over the stores and counts those that came to
// compare and those that failed; between is called when half of them have ended.
func guesses(t *testing.T, n int, stores []*sessions.Store, between func(), limits ...sessions.Limit) (compares, unsure int) {
	t.Helper()
	type end struct{ compared, unsure bool }
	ends := make(chan end)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			compared, unsure, err := guess(t.Context(), stores[i%len(stores)], limits...)
			if err != nil {
				t.Errorf("guess: %v", err)
			}
			ends <- end{compared, unsure}
		})
	}
	for i := range n {
		e := <-ends
		if e.compared {
			compares++
		}
		if e.unsure {
			unsure++
		}
		if i == n/2 && between != nil {
			between()
		}
	}
	wg.Wait()
	return compares, unsure
}

// TestParallelGuesses has fifty callers guess at one subject, on three instances.
func TestParallelGuesses(t *testing.T) {
	r := sessionstest.StartRedis(t)
	var stores []*sessions.Store
	for range 3 {
		stores = append(stores, open(t, sessions.Options{URL: r.URL()}))
	}
	for _, limits := range [][]sessions.Limit{
		{{Key: "code", Max: 3, Window: 5 * time.Minute}},
		{{Key: "call", Max: 6, Window: time.Hour}, {Key: "code2", Max: 3, Window: 5 * time.Minute}, {Key: "prefix", Max: 30, Window: time.Hour}},
		{{Key: "one", Max: 1, Window: time.Minute}, {Key: "many", Max: 49, Window: time.Minute}},
	} {
		most := limits[0].Max
		for _, l := range limits {
			most = min(most, l.Max)
		}
		compares, _ := guesses(t, 50, stores, nil, limits...)
		t.Logf("50 guesses at once, %d allowed: %d compares", most, compares)
		if compares != most {
			t.Errorf("%d compares, want %d", compares, most)
		}
		for _, l := range limits { // those refused have taken no place in any
			if n, err := stores[0].Windows().Count(t.Context(), l); err != nil || n != most {
				t.Errorf("%s: %d places taken, %v; want %d", l.Key, n, err, most)
			}
		}
	}
}

// TestParallelGuessesOverARestart kills Redis, which writes what it takes to disk
// before it answers, in the midst of fifty guesses and starts it again: whoever
// keeps trying never compares more often than the cap.
func TestParallelGuessesOverARestart(t *testing.T) {
	r := sessionstest.StartRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	stores := []*sessions.Store{
		open(t, sessions.Options{URL: r.URL()}),
		open(t, sessions.Options{URL: r.URL()}),
	}
	few := sessions.Limit{Key: "few", Max: 3, Window: time.Hour}
	if compares, _ := guesses(t, 50, stores, nil, few); compares != few.Max {
		t.Errorf("%d compares before the restarts, want %d", compares, few.Max)
	}
	l := sessions.Limit{Key: "subject", Max: 70, Window: time.Hour}
	total, lost := 0, 0
	for range 2 {
		compares, unsure := guesses(t, 50, stores, func() {
			r.Kill()
			r.Restart()
		}, l)
		total, lost = total+compares, lost+unsure
		for _, s := range stores {
			recovers(t, s)
		}
		taken, err := stores[0].Windows().Count(t.Context(), l)
		if err != nil || taken < total || taken > l.Max {
			t.Errorf("%d places taken for %d compares, %v", taken, total, err)
		}
	}
	if compares, _ := guesses(t, 50, stores, nil, few); compares != 0 {
		t.Errorf("%d compares after the restarts: Redis has forgotten the others", compares)
	}
	compares, unsure := guesses(t, 50, stores, nil, l)
	total, lost = total+compares, lost+unsure
	t.Logf("150 guesses, %d allowed, two restarts: %d compares, %d guesses lost", l.Max, total, lost)
	if total > l.Max || total+lost < l.Max {
		t.Errorf("%d compares and %d lost, want %d in all at most", total, lost, l.Max)
	}
}
