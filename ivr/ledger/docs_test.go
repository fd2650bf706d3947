package ledger_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

// written is where code names the action of a row.
var written = regexp.MustCompile(`\bAction(?::|, [\w.]+ =| =) +"([a-z_]+)"`)

// Whoever reads an export finds every action in docs/ledger.md, whichever package
// writes it.
func TestActionsAreDocumented(t *testing.T) {
	const root = "../.."
	doc, err := os.ReadFile(root + "/docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "ledgertest") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		for _, m := range written.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, action := range ledger.AuditActions() {
		listed[action] = true
	}
	for action := range found {
		if !listed[action] && !strings.HasPrefix(action, "number_change_") {
			t.Errorf("`%s` is not in AuditActions", action)
		}
	}
	if diff := cmp.Diff(listed, documented(string(doc))); diff != "" {
		t.Errorf("actions (-AuditActions +docs/ledger.md):\n%s", diff)
	}
	for _, known := range []string{"freeze", "remove_pin", "threat_on", "event", "end_session"} {
		if !found[known] {
			t.Errorf("nothing is found that writes %s", known)
		}
	}
}

// documented are the actions in the first column of the document's table, but for
// those of number changes.
func documented(doc string) map[string]bool {
	_, table, _ := strings.Cut(doc, "\n| action | written when |")
	table, _, _ = strings.Cut(table, "\n\n")
	names := map[string]bool{}
	for row := range strings.Lines(table) {
		if first := strings.SplitN(row, "|", 3); len(first) == 3 {
			for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(first[1], -1) {
				names[m[1]] = true
			}
		}
	}
	return names
}
