package sessions_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

func body(b string) func([]byte, sessions.Outcome) (sessions.Change, error) {
	return func([]byte, sessions.Outcome) (sessions.Change, error) {
		return sessions.Change{Body: []byte(b)}, nil
	}
}

func mustUpdate(t *testing.T, s *sessions.Store, id string, g sessions.Guard, want sessions.Outcome) sessions.Record {
	t.Helper()
	rec, out, err := s.Update(t.Context(), id, g, body("a body"))
	if err != nil || out != want {
		t.Fatalf("Update = %v, %v; want %v", out, err, want)
	}
	return rec
}

func TestRoundTrips(t *testing.T) {
	for name, url := range map[string]func() string{
		"embedded": func() string { return "embedded" },
		"server":   func() string { return sessionstest.StartRedis(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			at := url()
			a := open(t, sessions.Options{URL: at})
			mustUpdate(t, a, "warm", sessions.Create(), sessions.Applied) // the embedded server learns the script
			trips := a.Trips()
			step := func(what string, want int64, run func()) {
				t.Helper()
				before := trips.Load()
				run()
				if got := trips.Load() - before; got != want {
					t.Errorf("%s: %d round trips, want %d", what, got, want)
				}
			}
			const id = "CA1"
			step("create", 1, func() { mustUpdate(t, a, id, sessions.Create(), sessions.Applied) })
			for turn := range uint32(5) {
				step("turn on its instance", 1, func() { mustUpdate(t, a, id, sessions.Turn(turn+1), sessions.Applied) })
			}
			step("repeat", 1, func() { mustUpdate(t, a, id, sessions.Turn(5), sessions.Repeat) })
			step("stale", 1, func() { mustUpdate(t, a, id, sessions.Turn(1), sessions.Stale) })
			step("missing", 1, func() { mustUpdate(t, a, "CA2", sessions.Turn(1), sessions.Missing) })
			step("create again", 1, func() { mustUpdate(t, a, id, sessions.Create(), sessions.Stale) })
			if at == "embedded" {
				return
			}
			b := open(t, sessions.Options{URL: at})
			mustUpdate(t, b, id, sessions.Turn(6), sessions.Applied)
			mustUpdate(t, b, id, sessions.Turn(7), sessions.Applied)
			step("turn that moved back", 2, func() { mustUpdate(t, a, id, sessions.Turn(8), sessions.Applied) })
			mustUpdate(t, b, id, sessions.Any(), sessions.Applied)
			step("a callback elsewhere in between", 2, func() { mustUpdate(t, a, id, sessions.Turn(9), sessions.Applied) })
			mustUpdate(t, b, "CA3", sessions.Create(), sessions.Applied)
			step("turn never seen here", 2, func() { mustUpdate(t, a, "CA3", sessions.Turn(1), sessions.Applied) })
			mustUpdate(t, b, "CA3", sessions.Turn(2), sessions.Applied)
			step("repeat of a turn taken elsewhere", 1, func() { mustUpdate(t, a, "CA3", sessions.Turn(2), sessions.Repeat) })
		})
	}
}

func TestTripsAfterConnecting(t *testing.T) {
	s := open(t, sessions.Options{URL: sessionstest.StartRedis(t).URL()})
	trips := s.Trips()
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	if got := trips.Load(); got != 1 {
		t.Errorf("the first turn of all took %d trips, want 1: connecting loads the script", got)
	}
}

func TestForgottenScripts(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL()})
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	r.Do("SCRIPT", "FLUSH")
	mustUpdate(t, s, "CA1", sessions.Turn(1), sessions.Applied)
	if ok, _, err := s.Windows().Reserve(t.Context(), []sessions.Limit{{Key: "k", Max: 1, Window: time.Second}}); err != nil || !ok {
		t.Errorf("Reserve = %v, %v", ok, err)
	}
}

func TestCopiesAreBounded(t *testing.T) {
	s := open(t, sessions.Options{URL: "embedded", CacheSize: 2})
	for _, id := range []string{"a", "b", "c"} {
		mustUpdate(t, s, id, sessions.Create(), sessions.Applied)
	}
	trips := s.Trips()
	for _, c := range []struct {
		id   string
		want int64
	}{{"c", 1}, {"b", 1}, {"a", 2}, {"c", 2}} { // a evicts the one used longest ago
		before := trips.Load()
		mustUpdate(t, s, c.id, sessions.Any(), sessions.Applied)
		if got := trips.Load() - before; got != c.want {
			t.Errorf("%s: %d round trips, want %d", c.id, got, c.want)
		}
	}
}

func TestStoredSizeAndTTL(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL(), Namespace: "n"})
	five := bytes.Repeat([]byte("x"), 500)
	var c sessions.Change
	for turn := range uint32(10) { // a call in full swing
		g := sessions.Turn(turn)
		if turn == 0 {
			g = sessions.Create()
		}
		c = sessions.Change{Body: five, Open: []uint32{turn}, Lease: time.Second}
		if turn > 0 {
			c.Close = []uint32{turn - 1}
		}
		if _, _, err := s.Update(t.Context(), "CA1", g, func([]byte, sessions.Outcome) (sessions.Change, error) { return c, nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, source := range []string{"CA1/status", "CA2/status"} {
		if _, _, err := s.Update(t.Context(), "CA1", sessions.Callback(source, 4),
			func(b []byte, _ sessions.Outcome) (sessions.Change, error) { return sessions.Change{Body: b}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	size, err := strconv.Atoi(strings.TrimPrefix(r.Do("STRLEN", "n:{CA1}:record"), ":"))
	if err != nil || size < 500 || size > 600 {
		t.Errorf("500 bytes are stored in %d, %v; want at most 600", size, err)
	}
	for _, ttl := range []time.Duration{0, time.Minute} {
		c = sessions.Change{Body: five, TTL: ttl}
		if _, _, err := s.Update(t.Context(), "CA1", sessions.Any(), func([]byte, sessions.Outcome) (sessions.Change, error) { return c, nil }); err != nil {
			t.Fatal(err)
		}
		want := ttl
		if want == 0 {
			want = sessions.DefaultTTL
		}
		ms, err := strconv.Atoi(strings.TrimPrefix(r.Do("PTTL", "n:{CA1}:record"), ":"))
		if got := time.Duration(ms) * time.Millisecond; err != nil || got > want || got < want-30*time.Second {
			t.Errorf("TTL %v, %v; want about %v", got, err, want)
		}
	}
}
