package sessions_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

func TestTrip(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    sessions.Reading
		p    sessions.MeterParams
		want bool
	}{
		{"nothing", sessions.Reading{}, sessions.MeterParams{}, false},
		{"twenty", sessions.Reading{Failures: 20, Members: 20, Origins: 3}, sessions.MeterParams{}, false},
		{"more than twenty over ten", sessions.Reading{Failures: 21, Members: 10, Origins: 3}, sessions.MeterParams{}, true},
		{"more than twenty over nine", sessions.Reading{Failures: 210, Members: 9, Origins: 3}, sessions.MeterParams{}, false},
		{"from two places", sessions.Reading{Failures: 210, Members: 100, Origins: 2}, sessions.MeterParams{}, false},
		{"from one, which is enough", sessions.Reading{Failures: 21, Members: 10, Origins: 1}, sessions.MeterParams{Origins: 1}, true},
		{"none is usual", sessions.Reading{Failures: 21, Members: 10, Origins: 3, Known: true}, sessions.MeterParams{}, true},
		{"three times the usual", sessions.Reading{Failures: 21, Members: 10, Origins: 3, Known: true, Usual: 7}, sessions.MeterParams{}, true},
		{"less than that", sessions.Reading{Failures: 21, Members: 10, Origins: 3, Known: true, Usual: 7.1}, sessions.MeterParams{}, false},
		{"a busy morning", sessions.Reading{Failures: 60, Members: 50, Origins: 3, Known: true, Usual: 25}, sessions.MeterParams{}, false},
		{"a usual that is not known", sessions.Reading{Failures: 21, Members: 10, Origins: 3, Usual: 1000}, sessions.MeterParams{}, true},
		{"full", sessions.Reading{Failures: 2_000, Members: 1_000, Origins: 3, Known: true, Usual: 1_900}, sessions.MeterParams{}, true},
		{"other params", sessions.Reading{Failures: 6, Members: 2, Origins: 3, Known: true, Usual: 3}, sessions.MeterParams{Failures: 5, Members: 2, Factor: 2}, true},
		{"other params, less", sessions.Reading{Failures: 5, Members: 2, Origins: 3, Known: true, Usual: 1}, sessions.MeterParams{Failures: 5, Members: 2, Factor: 2}, false},
	} {
		if got := sessions.Trip(tt.r, tt.p); got != tt.want {
			t.Errorf("%s: Trip(%+v) = %v", tt.name, tt.r, got)
		}
	}
}

// An attack of any length takes no more memory than a meter has.
func TestMeterIsBounded(t *testing.T) {
	r := sessionstest.StartRedis(t)
	c := sessionstest.NewClock()
	s := open(t, sessions.Options{URL: r.URL(), Namespace: "n", Now: c.Now})
	now := strconv.FormatInt(c.Now().UnixMilli(), 10)
	failures, members, origins, counts := []string{"RPUSH", "n:{k}:meter"}, []string{"ZADD", "n:{k}:meter:members"}, []string{"HSET", "n:{k}:meter:from"}, []string{"HSET", "n:{k}:meter:counts"}
	for i := range 2_000 {
		origin := fmt.Sprintf("%032d", i) // as long as a pseudonym
		failures, origins = append(failures, now+" "+origin), append(origins, origin, "1")
		if i < 1_000 {
			members = append(members, now, origin)
		}
		if i < 7*144+6 {
			counts = append(counts, strconv.FormatInt(c.Now().Add(-time.Duration(i)*10*time.Minute).UnixMilli()/600_000, 10), "1000000")
		}
	}
	for _, fill := range [][]string{failures, members, origins, counts} {
		r.Do(fill...)
	}
	for i := range 20 {
		got, err := s.Meter().Note(t.Context(), "k", sessions.Failure{Member: fmt.Sprint("another", i), Origin: fmt.Sprint("another", i)}, sessions.MeterParams{})
		if err != nil || got.Failures != 2_000 || got.Members != 1_000 || got.Origins != 2_000 {
			t.Fatalf("Note = %+v, %v", got, err)
		}
	}
	total := 0
	for _, key := range []string{"n:{k}:meter", "n:{k}:meter:members", "n:{k}:meter:from", "n:{k}:meter:counts"} {
		n, err := strconv.Atoi(strings.TrimPrefix(r.Do("MEMORY", "USAGE", key, "SAMPLES", "0"), ":"))
		if err != nil {
			t.Fatal(err)
		}
		ttl, err := strconv.Atoi(strings.TrimPrefix(r.Do("PTTL", key), ":"))
		if err != nil || ttl <= 0 {
			t.Errorf("%s lives for %d ms, %v", key, ttl, err)
		}
		total += n
	}
	t.Logf("a full meter takes %d bytes", total)
	if total > 500<<10 {
		t.Errorf("a full meter takes %d bytes", total)
	}
}

// Counts are kept for a week and an hour, however long the line is there.
func TestMeterForgets(t *testing.T) {
	r := sessionstest.StartRedis(t)
	c := sessionstest.NewClock()
	s := open(t, sessions.Options{URL: r.URL(), Namespace: "n", Now: c.Now})
	trips := s.Trips()
	for range 30 {
		c.Advance(24 * time.Hour)
		before := trips.Load()
		if _, err := s.Meter().Note(t.Context(), "k", sessions.Failure{Member: "m", Origin: "o"}, sessions.MeterParams{}); err != nil {
			t.Fatal(err)
		}
		if n := trips.Load() - before; n != 1 && before > 1 { // the first one brings the script
			t.Errorf("Note took %d round trips", n)
		}
	}
	if got := r.Do("HLEN", "n:{k}:meter:counts"); got != ":9" { // eight days, and since when
		t.Errorf("%s counts are kept", got)
	}
}

// What somebody else wrote there is an error and no reading.
func TestMeterOfAnotherKind(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL(), Namespace: "n"})
	r.Do("SET", "n:{k}:meter", "x")
	if got, err := s.Meter().Note(t.Context(), "k", sessions.Failure{Member: "m", Origin: "o"}, sessions.MeterParams{}); err == nil || got != (sessions.Reading{}) {
		t.Errorf("Note = %+v, %v", got, err)
	}
}
