package metricstest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Kind says where an expression stands.
type Kind int

// The kinds of a [Query]; a panel's and a recording rule's expression should
// always have data, an alert's has data only while it fires.
const (
	KindUnknown Kind = iota
	Panel
	Variable
	Recording
	Alert
)

func (k Kind) String() string {
	switch k {
	case Panel:
		return "panel"
	case Variable:
		return "variable"
	case Recording:
		return "recording"
	case Alert:
		return "alert"
	case KindUnknown:
	}
	return "unknown"
}

// Query is one expression of a dashboard or a rule file.
type Query struct {
	Kind Kind
	// File is its path within the file system, Name the panel's title, the
	// variable's name, the rule's or the alert's.
	File, Name string
	// Expr is PromQL, with the dashboard's variables put in: every line, and
	// one minute for a rate interval.
	Expr string
}

// Checks are the expressions to ask Prometheus: each must be accepted and have
// at least one sample. That is the query itself, and for an alert each series
// that it selects.
func (q Query) Checks() []string {
	if q.Kind == Alert {
		return q.Selectors()
	}
	return []string{q.Expr}
}

// selector finds the series that are ours by their names: ringback_..., a
// recorded level:metric:operation, or up.
var selector = regexp.MustCompile(`\b(?:ringback_\w+|\w+:\w+:\w+|up)\b(?:\{[^}]*\})?`)

// Selectors are the series that the expression reads, label matchers included,
// in order and without repeats.
func (q Query) Selectors() []string {
	found := selector.FindAllString(q.Expr, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Queries lists the expressions of every dashboard (*.json) and rule file
// (*.yml with groups) in the tree.
func Queries(tree fs.FS) ([]Query, error) {
	var all []Query
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		read := map[string]func([]byte) ([]Query, error){
			".json": dashboard, ".yml": rules, ".yaml": rules,
		}[path.Ext(name)]
		if read == nil {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		found, err := read(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, q := range found {
			q.File = name
			all = append(all, q)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list queries: %w", err)
	}
	return all, nil
}

type panel struct {
	Title   string
	Targets []struct{ Expr string }
	Panels  []panel // of a row
}

func dashboard(text []byte) ([]Query, error) {
	var d struct {
		Panels     []panel
		Templating struct {
			List []struct {
				Name, Type string
				Query      any
			}
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read dashboard: %w", err)
	}
	var found []Query
	for _, v := range d.Templating.List {
		if expr, ok := variable(v.Query); ok && v.Type == "query" {
			found = append(found, Query{Kind: Variable, Name: v.Name, Expr: expr})
		}
	}
	return append(found, ofPanels(d.Panels)...), nil
}

func ofPanels(panels []panel) []Query {
	var found []Query
	for _, p := range panels {
		for _, t := range p.Targets {
			found = append(found, Query{Kind: Panel, Name: p.Title, Expr: filled(t.Expr)})
		}
		found = append(found, ofPanels(p.Panels)...)
	}
	return found
}

// variable turns Grafana's label_values(SERIES, LABEL), written as a text or
// as an object's "query", into the PromQL that it stands for.
func variable(query any) (string, bool) {
	if o, ok := query.(map[string]any); ok {
		query = o["query"]
	}
	text, _ := query.(string)
	inner, ok := strings.CutPrefix(text, "label_values(")
	if !ok {
		return "", false
	}
	inner = strings.TrimSuffix(inner, ")")
	comma := strings.LastIndex(inner, ",")
	if comma < 0 {
		return "", false
	}
	return fmt.Sprintf("count by (%s) (%s)", strings.TrimSpace(inner[comma+1:]), filled(inner[:comma])), true
}

// filled puts values where Grafana would.
func filled(expr string) string {
	return strings.NewReplacer(
		"$__rate_interval", "1m",
		"$__interval", "1m",
		"$__range", "1h",
		"$line", ".*",
	).Replace(expr)
}

func rules(text []byte) ([]Query, error) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Record, Alert, Expr string
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	var found []Query
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			switch {
			case r.Record != "":
				found = append(found, Query{Kind: Recording, Name: r.Record, Expr: r.Expr})
			case r.Alert != "":
				found = append(found, Query{Kind: Alert, Name: r.Alert, Expr: r.Expr})
			}
		}
	}
	return found, nil
}
