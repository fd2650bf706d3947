package metricstest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ringback/metrics/metricstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const config = `global: {scrape_interval: 1h}
rule_files: [rules.yml]
alerting:
  alertmanagers: [{static_configs: [{targets: [alertmanager:9093]}]}]
scrape_configs:
  - job_name: other
    static_configs: [{targets: ["elsewhere:1"]}]
  - job_name: ringback
    static_configs: [{targets: ["ringback:9090"]}]
`

const ruleFile = `groups:
  - name: sample
    rules:
      - record: job:rings:sum
        expr: sum by (job) (ringback_rings)
      - alert: RingsHigh
        expr: ringback_rings{line="health"} > 3
      - alert: RingsNone
        expr: ringback_rings == 0
`

func start(t *testing.T) *metricstest.Prometheus {
	t.Helper()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, "# TYPE ringback_rings gauge\nringback_rings{line=\"health\"} 4\nringback_rings{line=\"university\"} 1\n")
	}))
	t.Cleanup(target.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{"prometheus.yml": config, "rules.yml": ruleFile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return metricstest.Start(t, metricstest.Options{
		Target: strings.TrimPrefix(target.URL, "http://"), Dir: dir,
	})
}

func TestPrometheus(t *testing.T) {
	p := start(t)
	for _, c := range []struct {
		name, expr string
		want       []float64
	}{
		{"a series", `ringback_rings{line="health"}`, []float64{4}},
		{"the job's name", `up{job="ringback"}`, []float64{1}},
		{"one job only", `count(up)`, []float64{1}},
		{"a rate of two scrapes", `rate(ringback_rings{line="health"}[1m])`, []float64{0}},
		{"a recorded series", `job:rings:sum`, []float64{5}},
		{"a scalar", `7`, []float64{7}},
		{"no data", `ringback_nothing`, []float64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			samples, err := p.Query(t.Context(), c.expr)
			if err != nil {
				t.Fatal(err)
			}
			got := []float64{}
			for _, s := range samples {
				got = append(got, s.Value)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.expr, diff)
			}
		})
	}
	for _, expr := range []string{"sum by (", "ringback_rings[1m]"} {
		if s, err := p.Query(t.Context(), expr); err == nil {
			t.Errorf("%s is no error: %v", expr, s)
		}
	}

	loaded, err := p.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, r := range loaded {
		states[r.Name] = r.Health + " " + r.State
	}
	want := map[string]string{"job:rings:sum": "ok ", "RingsHigh": "ok firing", "RingsNone": "ok inactive"}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestQueries(t *testing.T) {
	got, err := metricstest.Queries(fstest.MapFS{
		"prometheus/rules.yml":      {Data: []byte(ruleFile)},
		"prometheus/prometheus.yml": {Data: []byte(config)},
		"README.md":                 {Data: []byte("sum(")},
		"grafana/overview.json": {Data: []byte(`{
			"templating": {"list": [
				{"name": "datasource", "type": "datasource", "query": "prometheus"},
				{"name": "line", "type": "query", "query": {"query": "label_values(ringback_rings{job=\"ringback\"}, line)"}}]},
			"panels": [
				{"title": "Row", "panels": [{"title": "Inner", "targets": [{"expr": "up"}]}]},
				{"title": "Rings", "targets": [{"expr": "sum(rate(ringback_rings{line=~\"$line\"}[$__rate_interval]))"}]}]}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	const dash, file = "grafana/overview.json", "prometheus/rules.yml"
	want := []metricstest.Query{
		{Kind: metricstest.Variable, File: dash, Name: "line", Expr: `count by (line) (ringback_rings{job="ringback"})`},
		{Kind: metricstest.Panel, File: dash, Name: "Inner", Expr: "up"},
		{Kind: metricstest.Panel, File: dash, Name: "Rings", Expr: `sum(rate(ringback_rings{line=~".*"}[1m]))`},
		{Kind: metricstest.Recording, File: file, Name: "job:rings:sum", Expr: "sum by (job) (ringback_rings)"},
		{Kind: metricstest.Alert, File: file, Name: "RingsHigh", Expr: `ringback_rings{line="health"} > 3`},
		{Kind: metricstest.Alert, File: file, Name: "RingsNone", Expr: "ringback_rings == 0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestQueriesRefusesWhatItCannotRead(t *testing.T) {
	for _, name := range []string{"a.json", "a.yml"} {
		if q, err := metricstest.Queries(fstest.MapFS{name: {Data: []byte("{")}}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, %v", name, q, err)
		}
	}
}

func TestChecks(t *testing.T) {
	expr := `job:turns:rate5m{job="ringback"} > 1 and sum by (line) (increase(ringback_calls_total[1h])) > 3 unless up == 0 or up == 0`
	alert := metricstest.Query{Kind: metricstest.Alert, Expr: expr}
	want := []string{`job:turns:rate5m{job="ringback"}`, "ringback_calls_total", "up"}
	if diff := cmp.Diff(want, alert.Checks()); diff != "" {
		t.Errorf("an alert (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{expr}, metricstest.Query{Kind: metricstest.Panel, Expr: expr}.Checks()); diff != "" {
		t.Errorf("a panel (-want +got):\n%s", diff)
	}
}
