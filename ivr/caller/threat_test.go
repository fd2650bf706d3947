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
	w.reading = sessions.Reading{Failures: 21, Members: 10}
	for _, id := range []string{"9999999", "1000001", "1000002"} {
		w.check(t, pin(id, "11112222"))
	}
	until := noon.Add(30 * time.Minute)
	if !w.threat.Until.Equal(until) || w.threat.By != "line" || !w.flag.Equal(until) {
		t.Errorf("threat %+v, flag %v", w.threat, w.flag)
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
	w.reading = sessions.Reading{Failures: 21, Members: 10}
	w.check(t, pin("9999999", "11112222"))
	if w.threat != was || !w.flag.IsZero() {
		t.Errorf("threat %+v, flag %v", w.threat, w.flag)
	}
}

func TestThreatInFacts(t *testing.T) {
	later, before := noon.Add(20*time.Minute), noon.Add(-time.Minute)
	for _, tt := range []struct {
		name   string
		threat ledger.Threat
		flag   time.Time
		want   bool
	}{
		{"nothing", ledger.Threat{}, time.Time{}, false},
		{"by a lead", ledger.Threat{Until: later}, time.Time{}, true},
		{"over", ledger.Threat{Until: before}, time.Time{}, false},
		{"by the flag", ledger.Threat{Until: before}, later, true},
		{"a lead has switched it off", ledger.Threat{Set: before}, later, false},
		{"tripped since", ledger.Threat{Set: noon.Add(-11 * time.Minute)}, later, true},
	} {
		for _, id := range []string{"1000001", "9999999"} {
			w := newWorld(t)
			w.threat, w.flag = tt.threat, tt.flag
			if got := w.do(t, ivr.Call{}, ivr.LookUp{ID: id}).(ivr.LookedUp); got.Facts.Threat != tt.want || got.Outcome != ivr.OutcomeOK {
				t.Errorf("%s, %s: %+v", tt.name, id, got)
			}
		}
	}
}
