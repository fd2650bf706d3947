package main

import (
	"context"
	"os"
	"regexp"
	"slices"
	"testing"

	"ringback/cmd/internal/box"
	"ringback/metrics/metricstest"
)

// A real Prometheus scrapes a running service in which a call is made, and runs
// every rule and every query of the dashboards on it. Each must find data: a name
// or a label that the service does not export is an alert that never fires.
func TestPrometheusFindsWhatRulesAndDashboardsRead(t *testing.T) {
	queries, err := metricstest.Queries(os.DirFS("../../metrics"))
	if err != nil || len(queries) < 60 {
		t.Fatalf("%d queries in rules and dashboards, %v", len(queries), err)
	}
	ctx := context.WithoutCancel(t.Context()) // closing comes after the test's own has ended
	w, err := box.Open(ctx, box.Options{MetricsListen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	call, err := w.Dial(ctx, "university", "+19195550101")
	if err != nil {
		t.Fatal(err)
	}
	p := metricstest.Start(t, metricstest.Options{Target: w.App.MetricsAddr(), Dir: "../../metrics/prometheus"})
	call.Hangup()
	awaitCall(t, p)
	namesExist(t, p, queries)
	for _, q := range queries {
		for _, expr := range q.Checks() {
			switch samples, err := p.Query(ctx, expr); {
			case err != nil:
				t.Errorf("%s: %s %s: %v", q.File, q.Kind, q.Name, err)
			case len(samples) == 0:
				t.Errorf("%s: %s %s has no data: %s", q.File, q.Kind, q.Name, expr)
			}
		}
		// An alert's expression as a whole has data only while it fires.
		if _, err := p.Query(ctx, q.Expr); err != nil {
			t.Errorf("%s: %s %s: %v", q.File, q.Kind, q.Name, err)
		}
	}
	rulesAreQuiet(t, p, queries)
}

// awaitCall scrapes until the call that was hung up is counted, once.
func awaitCall(t *testing.T, p *metricstest.Prometheus) {
	t.Helper()
	const ended = `sum(ringback_calls_total{job="ringback",line="university"})`
	for range 15 {
		if err := p.WaitForScrapes(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		samples, err := p.Query(t.Context(), ended)
		if err != nil {
			t.Fatal(err)
		}
		if len(samples) == 1 && samples[0].Value == 1 {
			return
		}
	}
	t.Fatalf("after 15 scrapes %s is not 1", ended)
}

// namesExist wants every metric of ours that a query reads in the scrape.
func namesExist(t *testing.T, p *metricstest.Prometheus, queries []metricstest.Query) {
	t.Helper()
	samples, err := p.Query(t.Context(), `count by (__name__) ({job="ringback",__name__=~"ringback_.*"})`)
	if err != nil {
		t.Fatal(err)
	}
	scraped := map[string]bool{}
	for _, s := range samples {
		scraped[s.Labels["__name__"]] = true
	}
	ours := regexp.MustCompile(`^ringback_\w+`)
	var missing []string
	read := map[string]bool{}
	for _, q := range queries {
		for _, selector := range q.Selectors() {
			name := ours.FindString(selector)
			if name == "" || read[name] {
				continue
			}
			read[name] = true
			if !scraped[name] {
				missing = append(missing, name)
			}
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		t.Errorf("the service does not export %q", missing)
	}
	if len(read) < 20 {
		t.Errorf("rules and dashboards read only %d metrics", len(read))
	}
}

// rulesAreQuiet wants every rule of the files loaded and evaluated, and none of
// the alerts to fire on a service that is well.
func rulesAreQuiet(t *testing.T, p *metricstest.Prometheus, queries []metricstest.Query) {
	t.Helper()
	rules, err := p.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	loaded := map[string]bool{}
	for _, r := range rules {
		loaded[r.Name] = true
		if r.Health != "ok" {
			t.Errorf("rule %s is %s: %s", r.Name, r.Health, r.Err)
		}
		if r.Alert && r.State == "firing" { // pending may come of a slow machine
			t.Errorf("alert %s fires", r.Name)
		}
	}
	for _, q := range queries {
		if (q.Kind == metricstest.Recording || q.Kind == metricstest.Alert) && !loaded[q.Name] {
			t.Errorf("%s: %s %s is not loaded", q.File, q.Kind, q.Name)
		}
	}
}
