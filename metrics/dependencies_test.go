package metrics_test

import (
	"strings"
	"testing"
	"time"

	"ringback/metrics"
)

const (
	requests = "ringback_dependency_requests_total"
	duration = "ringback_dependency_duration_seconds"
)

func TestEverySeriesExistsAtZero(t *testing.T) {
	e := exporter(t, metrics.Options{})
	metrics.NewDependencies(e.Registry()).For("duo", []string{"user", "activation_url"})
	text := scrape(t, e.Handler())
	want := 3 * len(metrics.Outcomes()) // the two operations and "other"
	if n := strings.Count(text, "\n"+requests+"{"); n != want {
		t.Errorf("%d series of %s, want %d", n, requests, want)
	}
	if n := strings.Count(text, "\n"+duration+"_count{"); n != 3 {
		t.Errorf("%d series of %s, want 3", n, duration)
	}
}

func TestObserve(t *testing.T) {
	for _, c := range []struct {
		name, operation, outcome string
		counted, timed           string
	}{
		{"as listed", "user", metrics.Timeout, `operation="user",outcome="timeout"`, "user"},
		{"foreign outcome", "user", "Dana said no", `operation="user",outcome="other"`, "user"},
		{"foreign operation", "GET /admin/v1/users?username=dana", metrics.OK, `operation="other",outcome="ok"`, "other"},
		{"both", "x", "y", `operation="other",outcome="other"`, "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := exporter(t, metrics.Options{})
			r := metrics.NewDependencies(e.Registry()).For("duo", []string{"user"})
			before := strings.Count(scrape(t, e.Handler()), "\n")
			r.Observe(c.operation, c.outcome, 300*time.Millisecond)
			text := scrape(t, e.Handler())
			for _, line := range []string{
				requests + `{dependency="duo",` + c.counted + "} 1\n",
				duration + `_sum{dependency="duo",operation="` + c.timed + "\"} 0.3\n",
			} {
				if !strings.Contains(text, line) {
					t.Errorf("lacks %q in\n%s", line, text)
				}
			}
			if after := strings.Count(text, "\n"); after != before {
				t.Errorf("observing made a series: %d lines, before %d", after, before)
			}
		})
	}
}

func TestDependenciesShareTheFamilies(t *testing.T) {
	e := exporter(t, metrics.Options{})
	d := metrics.NewDependencies(e.Registry())
	d.For("duo", []string{"ping"}).Observe("ping", metrics.OK, time.Second)
	d.For("twilio", []string{"ping"}).Observe("ping", metrics.Refused, time.Second)
	text := scrape(t, e.Handler())
	for _, line := range []string{
		requests + `{dependency="duo",operation="ping",outcome="ok"} 1`,
		requests + `{dependency="twilio",operation="ping",outcome="refused"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("lacks %q", line)
		}
	}
}

func TestNowhereToCount(*testing.T) {
	var none *metrics.Recorder
	none.Observe("ping", metrics.OK, time.Second) // must not panic
	metrics.NewDependencies(nil).For("duo", nil).Observe("ping", metrics.OK, time.Second)
}
