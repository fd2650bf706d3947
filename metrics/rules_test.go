package metrics_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"ringback/metrics/metricstest"
)

const (
	rulesFile   = "prometheus/rules.yml"
	runbookFile = "../docs/runbook.md"
)

// caseFiles are the tests of the rules, in promtool's format.
func caseFiles() []string {
	return []string{"prometheus/rules_test.yml", "prometheus/rules_slow_test.yml"}
}

// TestPromtool lets Prometheus' own tool judge the files.
func TestPromtool(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
	}{
		{"config", []string{"check", "config", "prometheus/prometheus.yml"}},
		{"rules", []string{"check", "rules", "--lint=all", "--lint-fatal", rulesFile}},
		{"cases", append([]string{"test", "rules"}, caseFiles()...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if out, err := promtool(t, c.args...); err != nil {
				t.Errorf("promtool %s: %v\n%s", strings.Join(c.args, " "), err, out)
			}
		})
	}
}

// TestPromtoolCanFail keeps the test above honest: a threshold moved in a copy
// of the rules must not go unnoticed.
func TestPromtoolCanFail(t *testing.T) {
	dir := t.TempDir()
	changed := strings.Replace(read(t, rulesFile), `{reason="signature"}[5m])) > 5`, `{reason="signature"}[5m])) > 4`, 1)
	if changed == read(t, rulesFile) {
		t.Fatal("the rule that this test changes is not there")
	}
	blocks := strings.Split(read(t, caseFiles()[0]), "\n  - name: ")
	cases := blocks[0]
	for _, b := range blocks[1:] {
		if strings.HasPrefix(b, "RingbackSignatureRejects") {
			cases += "\n  - name: " + b
		}
	}
	for name, text := range map[string]string{"rules.yml": changed, "rules_test.yml": cases} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := promtool(t, "test", "rules", filepath.Join(dir, "rules_test.yml"))
	if err == nil || !strings.Contains(out, "RingbackSignatureRejects below") {
		t.Errorf("a lower threshold passes the cases: %v\n%s", err, out)
	}
}

func promtool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("no promtool in PATH: install Debian's package prometheus, or run .ci/install test")
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	return string(out), err
}

// ruleFile is what we read of a rule file ourselves.
type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Record, Alert, Expr string
			Labels, Annotations map[string]string
		}
	}
}

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	var file ruleFile
	if err := yaml.Unmarshal([]byte(read(t, rulesFile)), &file); err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{} // by anchor, as the forges make them
	for line := range strings.Lines(read(t, runbookFile)) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			headings[strings.ToLower(strings.TrimSpace(title))] = false
		}
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			anchor := strings.ToLower(r.Alert)
			if _, ok := headings[anchor]; !ok {
				t.Errorf("%s: docs/runbook.md has no section ## %s", r.Alert, r.Alert)
			}
			headings[anchor] = true
			if want := "docs/runbook.md#" + anchor; r.Annotations["runbook"] != want {
				t.Errorf("%s: its runbook is %q, want %q", r.Alert, r.Annotations["runbook"], want)
			}
			for _, a := range []string{"summary", "description"} {
				if r.Annotations[a] == "" {
					t.Errorf("%s: no %s", r.Alert, a)
				}
			}
			if s := r.Labels["severity"]; s != "page" && s != "ticket" {
				t.Errorf("%s: severity %q, want page or ticket", r.Alert, s)
			}
		}
	}
	for anchor, used := range headings {
		if !used {
			t.Errorf("docs/runbook.md: the section %s belongs to no alert", anchor)
		}
	}
}

// What the runbook tells people to look at is there: panels by their titles, in
// italics, and what to do in an incident by its words in security.md.
func TestRunbookNamesPanels(t *testing.T) {
	there := map[string]bool{"Page.": true, "Page, always.": true, "Ticket.": true}
	for _, q := range queries(t) {
		if q.Kind == metricstest.Panel {
			there[q.Name] = true
		}
	}
	for _, d := range dashboards(t) {
		there[d.Title] = true
	}
	security := read(t, "../docs/security.md")
	named := 0
	for _, m := range regexp.MustCompile(`(?:^|[^*])\*([^*\n]+)\*(?:[^*]|$)`).FindAllStringSubmatch(read(t, runbookFile), -1) {
		named++
		if !there[m[1]] && !strings.Contains(security, "**"+m[1]+".**") {
			t.Errorf("docs/runbook.md: there is no panel and no incident called %s", m[1])
		}
	}
	if named < 60 {
		t.Errorf("only %d names found", named)
	}
}

func TestEveryAlertHasItsCases(t *testing.T) {
	var rules ruleFile
	if err := yaml.Unmarshal([]byte(read(t, rulesFile)), &rules); err != nil {
		t.Fatal(err)
	}
	var groups []string
	for _, g := range rules.Groups {
		groups = append(groups, g.Name)
	}
	type expectation struct {
		Alertname string
		ExpAlerts []any `yaml:"exp_alerts"`
	}
	fires, ends, below, empty := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, name := range caseFiles() {
		var file struct {
			// Without it promtool takes the groups in any order, and an alert may
			// see what was recorded an evaluation ago, or nothing.
			Order []string `yaml:"group_eval_order"`
			Tests []struct {
				Name          string
				InputSeries   []any         `yaml:"input_series"`
				AlertRuleTest []expectation `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, name)), &file); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(groups, file.Order); diff != "" {
			t.Errorf("%s: group_eval_order (-the groups of rules.yml +got):\n%s", name, diff)
		}
		for _, c := range file.Tests {
			fired := false
			for _, e := range c.AlertRuleTest {
				switch {
				case len(c.InputSeries) == 0:
					empty[e.Alertname] = true
				case len(e.ExpAlerts) > 0:
					fires[e.Alertname], fired = true, true
				case fired:
					ends[e.Alertname] = true
				case strings.HasSuffix(c.Name, " below"):
					below[e.Alertname] = true
				}
			}
		}
	}
	for _, q := range queries(t) {
		if q.Kind != metricstest.Alert {
			continue
		}
		for what, has := range map[string]map[string]bool{
			"fires": fires, "ends again": ends, "stays quiet below": below, "sees no data": empty,
		} {
			if !has[q.Name] {
				t.Errorf("%s: no case in which it %s", q.Name, what)
			}
		}
	}
}

func queries(t *testing.T) []metricstest.Query {
	t.Helper()
	all, err := metricstest.Queries(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 60 {
		t.Fatalf("only %d queries in rules and dashboards", len(all))
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
