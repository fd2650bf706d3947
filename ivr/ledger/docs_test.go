package ledger_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
	for action := range found {
		if !strings.Contains(string(doc), "`"+action) {
			t.Errorf("`%s` is not in docs/ledger.md", action)
		}
	}
	for _, known := range []string{"freeze", "remove_pin", "threat_on", "event", "end_session"} {
		if !found[known] {
			t.Errorf("nothing is found that writes %s", known)
		}
	}
}
