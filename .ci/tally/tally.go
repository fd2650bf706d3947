package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (see `go doc test2json`); a build's
// lines carry ImportPath in place of Package.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// key names a test, or with an empty test its package.
type key struct{ pkg, test string }

// tally counts a stream of events and prints as it goes.
type tally struct {
	out     io.Writer
	output  map[key]*strings.Builder // of what has not ended yet
	builds  map[string]*strings.Builder
	perPkg  map[string]int // tests that passed
	bad     map[string]int // tests that failed
	passed  int
	failed  int
	skipped int
}

func newTally(out io.Writer) *tally {
	return &tally{
		out:    out,
		output: map[key]*strings.Builder{},
		builds: map[string]*strings.Builder{},
		perPkg: map[string]int{},
		bad:    map[string]int{},
	}
}

// read counts everything up to the end of r.
func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			t.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
	}
}

// line takes one line; whatever is no event is passed on as it came.
func (t *tally) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		fmt.Fprint(t.out, string(line))
		return
	}
	k := key{e.Package, e.Test}
	switch e.Action {
	case "output":
		add(t.output, k, e.Output)
	case "build-output":
		add(t.builds, e.ImportPath, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.endPackage(e)
			return
		}
		t.endTest(e)
	}
}

func add[K comparable](m map[K]*strings.Builder, k K, text string) {
	if m[k] == nil {
		m[k] = &strings.Builder{}
	}
	m[k].WriteString(text)
}

// take returns what was kept under k, and forgets it.
func take[K comparable](m map[K]*strings.Builder, k K) string {
	b := m[k]
	delete(m, k)
	if b == nil {
		return ""
	}
	return b.String()
}

func (t *tally) endTest(e event) {
	text := take(t.output, key{e.Package, e.Test})
	switch e.Action {
	case "pass":
		t.passed++
		t.perPkg[e.Package]++
	case "fail":
		t.failed++
		t.bad[e.Package]++
		fmt.Fprint(t.out, text)
	case "skip":
		t.skipped++
		fmt.Fprintf(t.out, "skipped, which counts as a failure: %s %s\n%s", e.Package, e.Test, text)
	}
}

func (t *tally) endPackage(e event) {
	own := take(t.output, key{e.Package, ""})
	if e.Action != "fail" {
		if n := t.perPkg[e.Package]; n > 0 {
			fmt.Fprintf(t.out, "ok    %-40s %4d tests %6.1fs\n", e.Package, n, e.Elapsed)
		}
		return
	}
	fmt.Fprint(t.out, take(t.builds, e.FailedBuild))
	for k := range t.output { // tests that a panic or a time-out cut short
		if k.pkg == e.Package {
			fmt.Fprint(t.out, take(t.output, k))
		}
	}
	if t.bad[e.Package] == 0 {
		t.failed++ // it died without a test to blame
	}
	fmt.Fprint(t.out, own)
	fmt.Fprintf(t.out, "FAIL  %-40s %4d failed %5.1fs\n", e.Package, t.bad[e.Package], e.Elapsed)
}

// close prints the closing line and returns it.
func (t *tally) close() string {
	line := fmt.Sprintf("%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		line += fmt.Sprintf(", %d skipped", t.skipped)
	}
	fmt.Fprintln(t.out, line)
	return line
}

// good reports whether every check was made and held.
func (t *tally) good() bool { return t.passed > 0 && t.failed == 0 && t.skipped == 0 }
