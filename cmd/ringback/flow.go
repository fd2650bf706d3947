package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// flowCmd draws the dialogue.
type flowCmd struct {
	Format string `enum:"mermaid,dot,json" default:"mermaid" placeholder:"FORMAT" help:"One of mermaid, dot and json."`
}

// Run draws it.
func (c *flowCmd) Run(s streams) error {
	f := walkFlow()
	switch c.Format {
	case "dot":
		f.dot(s.out)
	case "json":
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(f) //nolint:wrapcheck // a writer's error
	default:
		f.mermaid(s.out)
	}
	return nil
}

// phase is a part of the dialogue.
type phase struct {
	name  string
	steps []string
}

// phases are the parts, in the order of a call. A step that is in none of them
// is drawn among the others.
func phases() []phase {
	return []phase{
		{"Answer", []string{"ring", "admit", "line", "menu"}},
		{"Who it is", []string{"id", "confirm", "factor_pin", "factor_texted_code", "factor_emailed_code", "factor_recovery_code", "factor_duo_push"}},
		{"Reconnect", []string{"account", "phone", "links", "unclear", "duo_wait", "watch", "nothing", "expired", "reconnected"}},
		{"Help", []string{"trouble", "trouble_qr", "web", "report", "refused"}},
		{"A person", []string{"queue", "bridged", "returned", "fallback"}},
		{"Called back", []string{"callback", "callback_to", "callback_confirm", "callback_slot", "called"}},
		{"The end", []string{"done"}},
		{"Others", nil},
	}
}

func phaseOf(step string) string {
	for _, p := range phases() {
		if slices.Contains(p.steps, step) {
			return p.name
		}
	}
	return "Others"
}

// finish puts the graph in order and leaves out what would be drawn at every step.
func (w *flowWalk) finish() {
	f := &w.flow
	again := map[string][]string{} // what leads back to the same step
	for _, e := range f.Edges {
		if e.From == e.To {
			again[e.From] = e.Labels
		}
	}
	var edges []flowEdge
	for _, e := range f.Edges {
		labels := plain(e.Labels, again[e.From])
		if e.From == e.To || len(labels) == 0 && len(e.Labels) > 0 {
			continue
		}
		e.Labels = labels
		edges = append(edges, e)
	}
	f.Edges = edges
	for _, e := range f.Edges {
		for _, id := range []string{e.From, e.To} {
			if !slices.ContainsFunc(f.Nodes, func(n flowNode) bool { return n.ID == id }) {
				f.Nodes = append(f.Nodes, flowNode{id, phaseOf(id)})
			}
		}
	}
	order := func(id string) int {
		n := 0
		for _, p := range phases() {
			if i := slices.Index(p.steps, id); i >= 0 {
				return n + i
			}
			n += len(p.steps)
		}
		return n
	}
	slices.SortStableFunc(f.Nodes, func(a, b flowNode) int { return order(a.ID) - order(b.ID) })
	slices.SortStableFunc(f.Edges, func(a, b flowEdge) int {
		if d := order(a.From) - order(b.From); d != 0 {
			return d
		}
		return order(a.To) - order(b.To)
	})
	f.Notes = []string{
		"At every menu: 9 repeats, * goes back, 0 asks for a person, 7 says \"this was not me\". Where digits are collected, 0 and 9 do so alone before the pound key, and * clears.",
		"Three wrong or silent tries in a row lead to a person. When the desk is closed, whatever leads to the queue says the hours and ends.",
		"A hang-up ends the call from anywhere.",
	}
}

// plain are the labels of an edge that are worth drawing. What also leads back to
// the same step is the third in a row here, and a note says so.
func plain(labels, again []string) []string {
	var out []string
	for _, l := range labels {
		switch {
		case slices.Contains(again, l) && (l == silence || l == pound):
			continue
		case slices.Contains(again, l) && l == wrong:
			l = "wrong three times"
		default:
			l = strings.TrimPrefix(strings.TrimPrefix(l, silence+": "), "the link dies: ")
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// words is a node's id as words.
func words(id string) string { return strings.ReplaceAll(id, "_", " ") }

// mermaid draws the graph as a Mermaid flow chart.
func (f flow) mermaid(w io.Writer) {
	fmt.Fprintln(w, "flowchart TD")
	for i, p := range phases() {
		var nodes []flowNode
		for _, n := range f.Nodes {
			if n.Phase == p.name {
				nodes = append(nodes, n)
			}
		}
		if len(nodes) == 0 {
			continue
		}
		fmt.Fprintf(w, "  subgraph p%d[%q]\n", i, p.name)
		for _, n := range nodes {
			fmt.Fprintf(w, "    %s([%q])\n", mermaidID(n.ID), words(n.ID))
		}
		fmt.Fprintln(w, "  end")
	}
	for _, e := range f.Edges {
		if len(e.Labels) == 0 {
			fmt.Fprintf(w, "  %s --> %s\n", mermaidID(e.From), mermaidID(e.To))
			continue
		}
		fmt.Fprintf(w, "  %s -->|%q| %s\n", mermaidID(e.From), strings.ReplaceAll(strings.Join(e.Labels, " · "), "#", "#35;"), mermaidID(e.To))
	}
	for _, n := range f.Notes {
		fmt.Fprintf(w, "  %%%% %s\n", n)
	}
}

// mermaidID keeps clear of Mermaid's own words.
func mermaidID(id string) string { return "s_" + id }

// dot draws the graph for Graphviz.
func (f flow) dot(w io.Writer) {
	fmt.Fprintln(w, "digraph dialogue {\n  node [shape=box, style=rounded];")
	for i, p := range phases() {
		fmt.Fprintf(w, "  subgraph cluster_%d {\n    label=%q;\n", i, p.name)
		for _, n := range f.Nodes {
			if n.Phase == p.name {
				fmt.Fprintf(w, "    %q [label=%q];\n", n.ID, words(n.ID))
			}
		}
		fmt.Fprintln(w, "  }")
	}
	for _, e := range f.Edges {
		fmt.Fprintf(w, "  %q -> %q [label=%q];\n", e.From, e.To, strings.Join(e.Labels, "\n"))
	}
	for _, n := range f.Notes {
		fmt.Fprintf(w, "  // %s\n", n)
	}
	fmt.Fprintln(w, "}")
}
