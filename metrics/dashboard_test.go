package metrics_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"ringback/metrics"
	"ringback/metrics/metricstest"
)

type dashboard struct {
	UID, Title, Description string
	Editable                bool
	Templating              struct{ List []struct{ Name, Type string } }
	Links                   []struct{ URL string }
	Panels                  []struct {
		ID                       int
		Type, Title, Description string
		GridPos                  struct{ H, W, X, Y int }
		Datasource               struct{ UID string }
		FieldConfig              struct{ Defaults struct{ Unit string } }
		Targets                  []struct {
			RefID, Expr string
			Datasource  struct{ UID string }
		}
	}
}

// dashboards are all of them, by file.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("grafana/dashboards/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("dashboards %q, %v", files, err)
	}
	boards := map[string]dashboard{}
	for _, name := range files {
		var d dashboard
		if err := json.Unmarshal([]byte(read(t, name)), &d); err != nil {
			t.Fatal(err)
		}
		boards[name] = d
	}
	return boards
}

func TestDashboards(t *testing.T) {
	boards := dashboards(t)
	places := map[string]bool{}
	for name, d := range boards {
		if places["/d/"+d.UID] {
			t.Errorf("%s: another dashboard has its uid", name)
		}
		places["/d/"+d.UID] = true
	}
	for name, d := range boards {
		if d.UID == "" || d.Title == "" || d.Description == "" || d.Editable {
			t.Errorf("%s: wants a uid, a title, a description, and to be read-only", name)
		}
		for _, l := range d.Links {
			if !places[l.URL] {
				t.Errorf("%s: links to %s, which is no dashboard of ours", name, l.URL)
			}
		}
		checkVariables(t, name, d)
		checkPanels(t, name, d)
	}
}

// checkVariables wants the data source to be chosen, and no choice without effect.
func checkVariables(t *testing.T, name string, d dashboard) {
	t.Helper()
	text := read(t, name)
	chosen := map[string]bool{}
	for _, v := range d.Templating.List {
		chosen[v.Name] = true
		if v.Name != "datasource" && !strings.Contains(text, "$"+v.Name) {
			t.Errorf("%s: no query uses the variable %s", name, v.Name)
		}
	}
	if !chosen["datasource"] || strings.Contains(text, "$line") && !chosen["line"] {
		t.Errorf("%s: variables %v, want datasource and what the queries use", name, chosen)
	}
}

func checkPanels(t *testing.T, name string, d dashboard) {
	t.Helper()
	ids, titles := map[int]bool{}, map[string]bool{}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || titles[p.Title] || p.Title == "" {
			t.Errorf("%s: panel %d %q: id and title must be its own", name, p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x > 23 {
					t.Fatalf("%s: panel %q lies on %q or over the edge", name, p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("%s: panel %q wants a description, a unit, a query and the chosen data source", name, p.Title)
		}
		for _, target := range p.Targets {
			if !strings.Contains(target.Expr, `job="ringback"`) {
				t.Errorf("%s: panel %q reads other jobs too: %s", name, p.Title, target.Expr)
			}
			if target.Datasource.UID != "${datasource}" {
				t.Errorf("%s: panel %q has a query on a data source of its own", name, p.Title)
			}
		}
	}
}

func TestProvisioning(t *testing.T) {
	var sources struct {
		Datasources []struct{ Type, UID, URL string }
	}
	if err := yaml.Unmarshal([]byte(read(t, "grafana/provisioning/datasources/prometheus.yml")), &sources); err != nil {
		t.Fatal(err)
	}
	if len(sources.Datasources) != 1 || sources.Datasources[0].Type != "prometheus" {
		t.Errorf("data sources %+v, want one Prometheus", sources.Datasources)
	}
	var boards struct {
		Providers []struct {
			Type    string
			Options struct{ Path string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "grafana/provisioning/dashboards/ringback.yml")), &boards); err != nil {
		t.Fatal(err)
	}
	if len(boards.Providers) != 1 || boards.Providers[0].Options.Path != "/etc/grafana/dashboards" {
		t.Errorf("providers %+v, want one that reads where docker-compose.yml mounts the dashboards", boards.Providers)
	}
}

// TestPrometheusReadsEveryQuery asks a real one, over a target that has no
// metrics of ours; that the queries have data is for the test that runs the
// whole service.
func TestPrometheusReadsEveryQuery(t *testing.T) {
	e := exporter(t, metrics.Options{})
	if err := e.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- e.Serve() }()
	t.Cleanup(func() {
		if err := e.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	p := metricstest.Start(t, metricstest.Options{Target: e.Addr(), Dir: "prometheus"})
	for _, q := range queries(t) {
		for _, expr := range append(q.Checks(), q.Expr) {
			if _, err := p.Query(t.Context(), expr); err != nil {
				t.Errorf("%s: %s: %v", q.File, q.Name, err)
			}
		}
	}
	rules, err := p.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if r.Health != "ok" {
			t.Errorf("rule %s is %s: %s", r.Name, r.Health, r.Err)
		}
	}
	if samples, err := p.Query(t.Context(), `ringback_build_info{job="ringback"}`); err != nil || len(samples) != 1 {
		t.Errorf("build info: %v, %v", samples, err)
	}
}
