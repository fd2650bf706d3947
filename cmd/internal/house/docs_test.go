package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ringback/cmd/internal/house"
)

var (
	// mdLink is a link that stays in the repository: its target, and its anchor.
	mdLink = regexp.MustCompile(`\]\(([^)#\s:]*)(#[^)\s]*)?\)`)
	// mdPath is a path of ours in backticks, from the top of the repository.
	mdPath = regexp.MustCompile("`((?:cmd|docs|ivr|metrics|sessions|twiml|\\.ci)/[A-Za-z0-9_./-]*)`")
	// mdTest is the name of a test that holds what is said.
	mdTest    = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]*)`")
	mdHeading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	goTest    = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Z]\w*)\(`)
)

// TestDocs holds that every file, heading and test that the documents name is
// there: a claim whose proof has moved is no claim.
func TestDocs(t *testing.T) {
	tests := testNames(t)
	for _, name := range documents(t) {
		for _, missing := range deadReferences(t, name, read(t, name), tests) {
			t.Errorf("%s: %s", name, missing)
		}
	}
}

func TestDocsCanFail(t *testing.T) {
	text := "[a](docs/nowhere.md) [b](README.md#no-such-heading) `ivr/nothing.go` `TestOfNothing` [c](https://example.edu/x)\n# Yes, *this* one!\n[d](#yes-this-one)"
	want := []string{"docs/nowhere.md is not there", "README.md has no heading #no-such-heading", "ivr/nothing.go is not there", "no test is called TestOfNothing"}
	got := deadReferences(t, "CONTRIBUTING.md", text, map[string]bool{})
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func documents(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(top, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			name, err := filepath.Rel(top, f)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, filepath.ToSlash(name))
		}
	}
	if len(names) < 8 {
		t.Fatalf("only %d documents: %q", len(names), names)
	}
	return names
}

// deadReferences says what a document names that is not there.
func deadReferences(t *testing.T, name, text string, tests map[string]bool) (missing []string) {
	t.Helper()
	exists := func(p string) bool {
		_, err := os.Stat(filepath.Join(top, p))
		return err == nil
	}
	for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
		target, anchor := name, m[2]
		if m[1] != "" {
			target = filepath.ToSlash(filepath.Join(filepath.Dir(name), m[1]))
		}
		switch {
		case !exists(target):
			missing = append(missing, target+" is not there")
		case anchor != "" && strings.HasSuffix(target, ".md"):
			in := text
			if target != name {
				in = read(t, target)
			}
			if !slices.Contains(anchors(in), anchor) {
				missing = append(missing, target+" has no heading "+anchor)
			}
		}
	}
	for _, m := range mdPath.FindAllStringSubmatch(text, -1) {
		// A package may be walled in before it is built.
		if !exists(m[1]) && !slices.Contains(house.Pure(), m[1]) {
			missing = append(missing, m[1]+" is not there")
		}
	}
	for _, m := range mdTest.FindAllStringSubmatch(text, -1) {
		if !tests[m[1]] {
			missing = append(missing, "no test is called "+m[1])
		}
	}
	return missing
}

// anchors are those that GitHub gives to headings: lower case, spaces as dashes,
// nothing but letters, digits, dashes and underscores.
func anchors(text string) (all []string) {
	for _, m := range mdHeading.FindAllStringSubmatch(text, -1) {
		all = append(all, "#"+strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return all
}

func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, f := range source(t) {
		if !f.Test {
			continue
		}
		for _, m := range goTest.FindAllStringSubmatch(read(t, f.Path), -1) {
			names[m[1]] = true
		}
	}
	return names
}
