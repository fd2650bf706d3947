package numberchange_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	nc "ringback/ivr/numberchange"
)

// label is what a picture says of an event that changes the state.
func label(e nc.Event, before, after nc.Change) string {
	frozen := e.Facts.Frozen
	switch {
	case frozen || after.State.Over() && after.Reason == nc.ReasonFrozen && before.Reason != nc.ReasonFrozen:
		return "frozen"
	case after.State.Over() && after.Reason == nc.ReasonLate, after.State == nc.StateUndoing && after.Reason == nc.ReasonLate:
		return "too late"
	case after.State == nc.StateFailed && after.Reason == nc.ReasonCodes:
		return "no more codes"
	case after.State == nc.StateFailed && after.Reason == nc.ReasonTaken:
		return "number is taken"
	case after.State == nc.StateUndoing && after.Reason == nc.ReasonNotActivated:
		return "not activated in time"
	}
	return strings.TrimPrefix(strings.ToLower(fmt.Sprintf("%T", e.What)), "numberchange.")
}

// words are the labels of the picture for what the events are called.
var words = map[string]string{
	"opened": "opened", "evidence": "evidence", "identityconfirmed": "identity confirmed", "numbergiven": "number given",
	"codesent": "code sent", "codetried": "right code", "coderesend": "code resend", "approved": "approved", "denied": "denied",
	"cancelled": "cancelled", "resume": "fresh links", "undo": "undo", "activated": "activated",
	"frozen": "frozen", "repudiated": "repudiated", "too late": "too late", "no more codes": "no more codes",
	"number is taken":       "number is taken",
	"not activated in time": "not activated in time",
}

// picture is the machine as a mermaid diagram.
func picture(t *testing.T, edges map[edge]bool) string {
	t.Helper()
	labels := map[[2]nc.State][]string{}
	for e := range edges {
		word, ok := words[e.what]
		if !ok {
			word = ""
		}
		word = worded(e, word)
		if word == "" {
			t.Fatalf("no words for %s from %v to %v", e.what, e.from, e.to)
		}
		key := [2]nc.State{e.from, e.to}
		if !slices.Contains(labels[key], word) {
			labels[key] = append(labels[key], word)
		}
	}
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n")
	for _, from := range append([]nc.State{nc.StateUnknown}, nc.States()...) {
		for _, to := range nc.States() {
			if l := labels[[2]nc.State{from, to}]; len(l) > 0 {
				slices.Sort(l)
				name := from.String()
				if from == nc.StateUnknown {
					name = "[*]"
				}
				fmt.Fprintf(&b, "    %s --> %s: %s\n", name, to, strings.Join(l, ", "))
			}
		}
		if from.Over() {
			fmt.Fprintf(&b, "    %s --> [*]\n", from)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

// worded gives the steps in Duo their words, which hang on where they lead.
func worded(e edge, word string) string {
	switch {
	case e.from == nc.StateHolding && e.to == nc.StateApplying && word != words["identityconfirmed"]:
		return "hold is over" // whatever came then
	case e.to == nc.StateAwaitingActivation:
		return "links are out"
	case e.to == nc.StateUndone:
		return "new phone is off"
	case e.from == nc.StateUndoing && e.to == nc.StateCancelled:
		return "new phone was never on"
	case e.to == nc.StateDone && e.from == nc.StateRemovingOld:
		return "old phone is off"
	}
	return word
}

// The picture in the documentation is that of the code.
func TestPicture(t *testing.T) {
	edges, _ := walks(t, 2, 300_000)
	got := picture(t, edges)
	const file = "../../docs/number-change.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	from := strings.Index(string(page), "```mermaid\n")
	if from < 0 {
		t.Fatalf("%s has no picture", file)
	}
	to := from + strings.Index(string(page[from+3:]), "```\n") + 3 + 4
	if string(page[from:to]) == got {
		return
	}
	if !*update {
		t.Fatalf("the picture in %s is not that of the code; look at it, then -update:\n%s", file, got)
	}
	if err := os.WriteFile(file, []byte(string(page[:from])+got+string(page[to:])), 0o600); err != nil {
		t.Fatal(err)
	}
}
