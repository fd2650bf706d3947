package main

import (
	"strings"
	"testing"
)

const (
	passA = `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
`
	endP = `{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"pass","Package":"p","Elapsed":0.4}
`
)

func TestTally(t *testing.T) {
	for _, c := range []struct {
		name, in, line string
		good           bool
		shows, hides   string
	}{
		{
			name: "all pass", in: passA + endP, line: "1 passed, 0 failed", good: true,
			shows: "ok    p ", hides: "=== RUN",
		},
		{name: "nothing ran", in: endP, line: "0 passed, 0 failed", hides: "ok "},
		{
			name: "a test fails",
			in: passA + `{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: want 1\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
`,
			line: "1 passed, 1 failed", shows: "b_test.go:3: want 1",
		},
		{
			name: "a test is skipped",
			in: passA + `{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: no server\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
` + endP,
			line: "1 passed, 0 failed, 1 skipped", shows: "no server",
		},
		{
			name: "a package does not build",
			in: passA + endP + `{"ImportPath":"q [q.test]","Action":"build-output","Output":"q.go:1:1: oops\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"fail","Package":"q","Elapsed":0,"FailedBuild":"q [q.test]"}
`,
			line: "1 passed, 1 failed", shows: "q.go:1:1: oops",
		},
		{
			name: "a panic cuts a package short",
			in: `{"Action":"output","Package":"p","Test":"TestC","Output":"panic: boom\n"}
{"Action":"fail","Package":"p"}
`,
			line: "0 passed, 1 failed", shows: "panic: boom",
		},
		{name: "lines that are no events", in: "go: downloading x\n" + passA + endP, line: "1 passed, 0 failed", good: true, shows: "go: downloading x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			tl := newTally(&out)
			if err := tl.read(strings.NewReader(c.in)); err != nil {
				t.Fatal(err)
			}
			if got := tl.close(); got != c.line {
				t.Errorf("closing line %q, want %q", got, c.line)
			}
			if !strings.HasSuffix(out.String(), c.line+"\n") {
				t.Errorf("output does not end in the closing line:\n%s", out.String())
			}
			if tl.good() != c.good {
				t.Errorf("good() = %v, want %v", tl.good(), c.good)
			}
			if !strings.Contains(out.String(), c.shows) {
				t.Errorf("output lacks %q:\n%s", c.shows, out.String())
			}
			if c.hides != "" && strings.Contains(out.String(), c.hides) {
				t.Errorf("output shows %q:\n%s", c.hides, out.String())
			}
		})
	}
}
