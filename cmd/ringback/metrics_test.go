package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/cmd/internal/box"
)

// family is a metric as it is documented and as it is scraped.
type family struct {
	Type   string
	Labels map[string][]string // with all their values, or nil where these are not listed
}

// scrape is what a running service exports. In a box the directory is a file.
func scrape(t *testing.T) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // closing comes after the test's own has ended
	w, err := box.Open(ctx, box.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.App.MetricsHandler().ServeHTTP(rec, httptest.NewRequestWithContext(ctx, "GET", "/metrics", nil))
	if err := w.Close(ctx); err != nil {
		t.Error(err)
	}
	return rec.Body.String()
}

var (
	typeLine   = regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)$`)
	seriesLine = regexp.MustCompile(`(?m)^(ringback_\w+)(?:\{(.*)\})? \S+$`)
	labelPair  = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

func scraped(t *testing.T, text string) map[string]family {
	t.Helper()
	found := map[string]family{}
	for _, m := range typeLine.FindAllStringSubmatch(text, -1) {
		switch prefix, _, _ := strings.Cut(m[1], "_"); prefix {
		case "ringback":
			found[m[1]] = family{m[2], map[string][]string{}}
		case "go", "process", "promhttp":
		default:
			t.Errorf("%s: a metric of nobody", m[1])
		}
	}
	for _, m := range seriesLine.FindAllStringSubmatch(text, -1) {
		f, ok := found[m[1]]
		if base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(m[1], ""); !ok {
			f, ok = found[base]
		}
		if !ok {
			t.Errorf("%s has no type", m[1])
			continue
		}
		for _, l := range labelPair.FindAllStringSubmatch(m[2], -1) {
			if l[1] != "le" && !slices.Contains(f.Labels[l[1]], l[2]) {
				f.Labels[l[1]] = append(f.Labels[l[1]], l[2])
			}
		}
	}
	return found
}

// documented reads the tables: metric, type, labels, unit, what.
func documented(t *testing.T, text string) map[string]family {
	t.Helper()
	found := map[string]family{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(ringback_\\w+)` \\|(.*)\\|$").FindAllStringSubmatch(text, -1) {
		cells := strings.Split(m[2], " | ")
		if len(cells) != 4 || strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("%s: want a type, labels, a unit and a meaning: %q", m[1], cells)
			continue
		}
		if _, twice := found[m[1]]; twice {
			t.Errorf("%s is there twice", m[1])
		}
		f := family{strings.TrimSpace(cells[0]), map[string][]string{}}
		for label := range strings.SplitSeq(cells[1], "; ") {
			if label == "–" {
				continue
			}
			name, values, listed := strings.Cut(label, ": ")
			f.Labels[strings.Trim(name, "`")] = nil
			if listed {
				f.Labels[strings.Trim(name, "`")] = strings.Split(values, ", ")
			}
		}
		found[m[1]] = f
	}
	return found
}

func TestMetricsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	main, server, ok := strings.Cut(string(doc), "\n## With a directory that has a server\n")
	if !ok {
		t.Fatal("docs/metrics.md lacks the section on directories with a server")
	}
	want, got := documented(t, main), scraped(t, scrape(t))
	for name, f := range got {
		for label, values := range f.Labels {
			if slices.Sort(values); want[name].Labels[label] == nil {
				f.Labels[label] = nil // a long list, or a site's own
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-docs/metrics.md +exported):\n%s", diff)
	}
	all := slices.Sorted(maps.Keys(want))
	all = append(all, slices.Collect(maps.Keys(documented(t, server)))...)
	slices.Sort(all)
	if diff := cmp.Diff(declared(t), all); diff != "" {
		t.Errorf("metrics (-declared in the code +docs/metrics.md):\n%s", diff)
	}
}

// declared are the names that the code gives to metrics, wherever these are
// registered.
func declared(t *testing.T) []string {
	t.Helper()
	name := regexp.MustCompile(`(?:Name:\s+|NewDesc\(|counter\(|gauge\()"(ringback_\w+)"`)
	var names []string
	tree := os.DirFS("../..")
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(tree, path)
		if err != nil {
			return fmt.Errorf("read source: %w", err)
		}
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Prometheus' own opinion of the names, units and helps.
func TestPromtoolChecksMetrics(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	cmd.Stdin = strings.NewReader(scrape(t))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	cmd = exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	cmd.Stdin = strings.NewReader("# TYPE ringback_bad counter\nringback_bad 1\n")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("promtool takes a counter without _total and help: %s", out)
	}
}
