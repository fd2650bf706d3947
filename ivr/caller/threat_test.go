package caller_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
	"ringback/sessions"
)

// Many failures over many people raise the threat, once, whoever they are.
func TestThreatTrips(t *testing.T) {
	var log bytes.Buffer
	w := newWorldWith(t, func(o *caller.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	w.check(t, pin("1000001", "11112222"))
	if !w.threat.Until.IsZero() {
		t.Fatalf("threat %+v after one failure", w.threat)
	}
	w.reading = sessions.Reading{Failures: 21, Members: 10, Origins: 3}
	for _, id := range []string{"9999999", "1000001", "1000002"} {
		w.check(t, pin(id, "11112222"))
	}
	until := noon.Add(30 * time.Minute)
	if !w.threat.Until.Equal(until) || w.threat.By != "line" {
		t.Errorf("threat %+v", w.threat)
	}
	if n := strings.Count(log.String(), "elevated threat"); n != 1 || !strings.Contains(log.String(), "ERROR") {
		t.Errorf("logged %d times: %s", n, &log)
	}
	gauge := func(want string) {
		t.Helper()
		if err := testutil.GatherAndCompare(w.registry, strings.NewReader(`
# HELP ringback_elevated_threat 1 while the threat is elevated, as this instance saw it last.
# TYPE ringback_elevated_threat gauge
ringback_elevated_threat `+want+`
# HELP ringback_threat_trips_total How often failures elevated the threat.
# TYPE ringback_threat_trips_total counter
ringback_threat_trips_total 1
`), "ringback_elevated_threat", "ringback_threat_trips_total"); err != nil {
			t.Error(err)
		}
	}
	gauge("1")
	w.clock.Set(noon.Add(26 * time.Minute)) // it goes on: renewed, not tripped again
	w.check(t, pin("9999999", "11112222"))
	if want := noon.Add(56 * time.Minute); !w.threat.Until.Equal(want) {
		t.Errorf("renewed until %v, want %v", w.threat.Until, want)
	}
	gauge("1")
	w.clock.Set(noon.Add(57 * time.Minute))
	gauge("0")
}

func TestThreatIsNotShortened(t *testing.T) {
	w := newWorld(t)
	w.threat = ledger.Threat{Until: noon.Add(8 * time.Hour), By: "jo", Reason: "a campaign"}
	was := w.threat
	w.reading = sessions.Reading{Failures: 21, Members: 10, Origins: 3}
	w.check(t, pin("9999999", "11112222"))
	if w.threat != was {
		t.Errorf("threat %+v", w.threat)
	}
}

func TestThreatInFacts(t *testing.T) {
	later, before := noon.Add(20*time.Minute), noon.Add(-time.Minute)
	for _, tt := range []struct {
		name   string
		threat ledger.Threat
		down   string
		want   bool
	}{
		{"nothing", ledger.Threat{}, "", false},
		{"by a lead", ledger.Threat{Until: later}, "", true},
		{"over", ledger.Threat{Until: before}, "", false},
		{"a lead has switched it off", ledger.Threat{Set: before}, "", false},
		{"not to be read", ledger.Threat{}, "ledger.threat", true},
	} {
		for _, id := range []string{"1000001", "9999999"} {
			w := newWorld(t)
			w.threat, w.down = tt.threat, tt.down
			if got := w.do(t, ivr.Call{}, ivr.LookUp{ID: id}).(ivr.LookedUp); got.Facts.Threat != tt.want || got.Outcome != ivr.OutcomeOK {
				t.Errorf("%s, %s: %+v", tt.name, id, got)
			}
			for _, op := range w.ops {
				if strings.HasPrefix(op, "redis.") && op != "redis.enter" {
					t.Errorf("%s, %s: a look-up asks Redis for %s", tt.name, id, op)
				}
			}
		}
	}
}

// A lead's off holds at once, whatever was set for longer before, and until failures
// trip it again.
func TestThreatOffHolds(t *testing.T) {
	w := newWorld(t)
	w.reading = sessions.Reading{Failures: 21, Members: 10, Origins: 3}
	elevated := func() bool { return w.do(t, ivr.Call{}, ivr.LookUp{ID: "1000001"}).(ivr.LookedUp).Facts.Threat }
	w.check(t, pin("9999999", "11112222"))
	if !elevated() {
		t.Fatal("not elevated")
	}
	w.threat = ledger.Threat{By: "jo", Reason: "over", Set: noon}
	if elevated() {
		t.Error("elevated after a lead's off")
	}
	w.check(t, pin("9999999", "11112222"))
	if !elevated() {
		t.Error("not elevated again, and the failures go on")
	}
}

// What the ledger did not take is tried again with the next failure.
func TestThreatIsRaisedAgain(t *testing.T) {
	w := newWorld(t)
	w.reading, w.down = sessions.Reading{Failures: 21, Members: 10, Origins: 3}, "raise"
	w.check(t, pin("9999999", "11112222"))
	w.down = ""
	w.check(t, pin("9999999", "11112222"))
	if !w.threat.Until.Equal(noon.Add(30 * time.Minute)) {
		t.Errorf("threat %+v", w.threat)
	}
}

// Numbers of one prefix are one origin, and so are all that say nothing of where
// they come from: two telephones, or a forger, do not raise the bar for everybody.
// Shared numbers are one each: their prefix bounds no look-ups.
func TestOrigins(t *testing.T) {
	w := newWorldWith(t, func(o *caller.Options) { o.Shared = func(n string) bool { return strings.HasPrefix(n, "+1919684") } })
	for _, call := range []ivr.Call{
		{From: "+19195550161"},
		{From: "+19195550162"},
		{From: "+19195561161"},
		{From: ""},
		{From: "+19195572161", Suspect: true},
		{From: "+19195583161", Suspect: true},
		{From: "+1"},
		{From: "+19196840001"}, // each with look-ups enough for a spray
		{From: "+19196840002"},
		{From: "+19196840002", Suspect: true},
	} {
		w.do(t, call, pin("9999999", "11112222"))
	}
	same := func(i, j int) bool { return w.origins[i] == w.origins[j] }
	if len(w.origins) != 10 || !same(0, 1) || same(0, 2) || same(0, 3) || same(2, 3) || !same(3, 4) || !same(4, 5) || same(3, 6) || w.origins[6] == "" || same(7, 8) || !same(3, 9) {
		t.Errorf("origins %v", w.origins)
	}
	for _, o := range w.origins {
		if strings.Contains(o, "919") {
			t.Errorf("origin %s", o)
		}
	}
}
