package sessions_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/sessions"
)

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	s := open(t, sessions.Options{URL: "embedded", Registerer: reg})
	series := func() map[string]float64 {
		t.Helper()
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				got[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		return got
	}
	start := series()
	if want := 16*5 + 16; len(start) != want {
		t.Errorf("%d series before the first event, want %d", len(start), want)
	}
	for name, v := range start {
		if v != 0 || strings.Contains(name, "unknown") {
			t.Errorf("%s = %v at the start", name, v)
		}
	}
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	down, _ := s.Embedded()
	down(true)
	everything(t.Context(), s)
	got := series()
	for name, want := range map[string]float64{
		"ringback_redis_operations_total update ok":           1,
		"ringback_redis_operations_total update unavailable":  2,
		"ringback_redis_operations_total load unavailable":    1,
		"ringback_redis_operations_total ping ok":             0,
		"ringback_redis_operation_duration_seconds update":    3,
		"ringback_redis_operations_total reserve unavailable": 1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s = %v, want %v", name, v, want)
		}
	}
	if len(got) != len(start) {
		t.Errorf("%d series, %d at the start", len(got), len(start))
	}
}

func TestLogOfAnOutage(t *testing.T) {
	var log bytes.Buffer
	s := open(t, sessions.Options{URL: "embedded", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	down, _ := s.Embedded()
	const id = "CA-in-the-log"
	for _, off := range []bool{false, true, true, false, false} {
		down(off)
		_, _, _ = s.Load(t.Context(), id)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "redis unavailable") || !strings.Contains(lines[1], "available again") {
		t.Errorf("log of one outage:\n%s", &log)
	}
	if strings.Contains(log.String(), id) {
		t.Errorf("an id is in the log:\n%s", &log)
	}
}
