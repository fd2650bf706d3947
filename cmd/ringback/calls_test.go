package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/cmd/internal/box"
	"ringback/twiml/carrier"
)

var update = flag.Bool("update", false, "write transcripts and the picture of the dialogue anew")

// golden compares what was made with a file, or writes the file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // it is documentation
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test ./cmd/ringback -update", err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s is stale; run go test ./cmd/ringback -update and look at what changed (-file +now):\n%s", path, d)
	}
}

// scripts are all call scripts.
func scripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/calls/*.call")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	return files
}

// nameOf is a script's name.
func nameOf(path string) string { return strings.TrimSuffix(filepath.Base(path), ".call") }

// Every script holds and has its transcript; the carrier found nothing wrong with
// any document; and nothing personal has been logged or counted.
func TestCallScripts(t *testing.T) {
	for _, path := range scripts(t) {
		t.Run(nameOf(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			script, err := box.Parse(filepath.Base(path), bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			ctx := context.Background()
			w, err := box.Open(ctx, box.Options{Virtual: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			if err != nil {
				t.Fatal(err)
			}
			result, err := w.Play(ctx, script)
			rec := httptest.NewRecorder()
			w.App.MetricsHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
			if cerr := w.Close(ctx); err != nil || cerr != nil {
				t.Fatalf("%v, %v", err, cerr)
			}
			if result.Failure != "" {
				t.Error(result.Failure)
			}
			for _, p := range w.Carrier.Errors() {
				// Without Redis a status callback cannot be kept: the carrier is told so.
				if !bytes.Contains(text, []byte("down redis")) {
					t.Errorf("the carrier found: %v", p)
				}
			}
			isPrivate(t, "the log", log.String(), w, result)
			isPrivate(t, "the metrics", rec.Body.String(), w, result)
			if !strings.Contains(rec.Body.String(), "ringback_unverified_actions_total 0") {
				t.Error("an action without a verdict, or no count of them")
			}
			golden(t, "testdata/transcripts/"+nameOf(path)+".txt", steady(result))
		})
	}
}

// Every transcript is of a script.
func TestNoStrayTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".txt")
		if _, err := os.Stat("testdata/calls/" + name + ".call"); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

var (
	texted = regexp.MustCompile(`\b(\d{6}) is your code`)
	link   = regexp.MustCompile(`/activate/(\w+)`)
	shown  = regexp.MustCompile(`which shows (\d{6})\b`)
	ref    = regexp.MustCompile(`(?:key in|reference is|, reference) (\d{8})\b`)
	tenths = regexp.MustCompile(`(?m)(^\d\d:\d\d|^ok, \d\d:\d\d)\.0|^  (  +)`)
	proof  = regexp.MustCompile(`((?:note this number:|proof number for this caller is|tell you the number|Their number is)) \d \d \d \d`)
	inCall = regexp.MustCompile(`in call [0-9a-f]{16}\b`)
	port   = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
)

// steady is a transcript without what is different each time: ports, codes,
// proof numbers, links, and parts of a second, since back-off has jitter.
func steady(r box.Result) string {
	codes := map[string]bool{}
	for _, m := range r.Transcript {
		for _, c := range texted.FindAllStringSubmatch(m.Text, -1) {
			codes[c[1]] = true
		}
		for _, c := range shown.FindAllStringSubmatch(m.Text, -1) {
			codes[c[1]] = true
		}
		for _, c := range ref.FindAllStringSubmatch(m.Text, -1) {
			codes[c[1]] = true
		}
		if m.Who == string(carrier.KindKey) && len(m.Text) == 7 { // six digits and the pound key
			codes[m.Text[:6]] = true
		}
	}
	for i, m := range r.Transcript {
		for c := range codes {
			m.Text = strings.ReplaceAll(m.Text, c, "{code}")
		}
		m.Text = link.ReplaceAllString(m.Text, "/activate/LINK")
		m.Text = inCall.ReplaceAllString(m.Text, "in call {call}")
		m.Text = proof.ReplaceAllString(m.Text, "$1 {proof}")
		r.Transcript[i].At = m.At.Truncate(time.Second)
		r.Transcript[i].Text = port.ReplaceAllString(m.Text, "http://127.0.0.1:PORT")
	}
	// Two legs that are moved at once are served in either order.
	slices.SortStableFunc(r.Transcript, func(a, b box.Moment) int {
		if a.At != b.At {
			return int(a.At - b.At)
		}
		return strings.Compare(a.Call, b.Call)
	})
	var b strings.Builder
	printTranscript(&b, r, 100)
	return tenths.ReplaceAllString(b.String(), "$1$2")
}

// private is what must stand in no log and in no metric: the people's numbers,
// IDs, PINs and names, and every code and link of this play.
func private(w *box.World, r box.Result) []*regexp.Regexp {
	digits := func(s string) *regexp.Regexp {
		return regexp.MustCompile(`(^|[^.\d])\+?` + regexp.QuoteMeta(s) + `($|\D)`) // no fraction of a number
	}
	word := func(s string) *regexp.Regexp { return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(s) + `\b`) }
	all := []*regexp.Regexp{
		regexp.MustCompile("/activate/"), digits("7654321"), regexp.MustCompile(`91955502\d\d`), regexp.MustCompile(`919555017`),
		digits("16180339887498948482"), digits("27182818284590452353"), regexp.MustCompile(`\w@example\.`),
	}
	bodies := []string{}
	for _, p := range box.People() {
		for name := range strings.FieldsSeq(p.Name) {
			all = append(all, word(name))
		}
		all = append(all, digits(p.ID))
		if p.PIN != "" {
			all = append(all, digits(p.PIN))
		}
		for _, n := range p.Numbers {
			all = append(all, regexp.MustCompile(n[1:]))
			for _, t := range w.Carrier.Phone(n).Texts() {
				bodies = append(bodies, t.Body)
			}
		}
	}
	for _, m := range r.Transcript {
		bodies = append(bodies, m.Text)
	}
	for _, b := range bodies {
		for _, c := range texted.FindAllStringSubmatch(b, -1) {
			all = append(all, digits(c[1]))
		}
		for _, c := range ref.FindAllStringSubmatch(b, -1) {
			all = append(all, digits(c[1]))
		}
		for _, l := range link.FindAllStringSubmatch(b, -1) {
			all = append(all, regexp.MustCompile(l[1]))
		}
	}
	return all
}

func isPrivate(t *testing.T, where, text string, w *box.World, r box.Result) {
	t.Helper()
	for _, p := range private(w, r) {
		if found := p.FindString(text); found != "" {
			t.Errorf("%q is in %s", found, where)
		}
	}
}

// The search finds what it looks for.
func TestPrivateFinds(t *testing.T) {
	w, err := box.Open(t.Context(), box.Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.WithoutCancel(t.Context())) })
	r := box.Result{Transcript: []box.Moment{{Text: "123456 is your code"}, {Text: "http://x/activate/aBc9"}}}
	for _, leak := range []string{
		"call from +19195550101", "from=+19195550201", `id="1000005"`, "pin 24681357", "msg=Okafor", "user=dana", "code=123456", "url=/x/aBc9", "GET /activate/x",
	} {
		if !findsAny(private(w, r), leak) {
			t.Errorf("%q is not found", leak)
		}
	}
	for _, fine := range []string{"seconds=0.123456", "1123456", "same_number", "sample=1", "agent=alex"} {
		if findsAny(private(w, r), fine) {
			t.Errorf("%q is found", fine)
		}
	}
}

func findsAny(all []*regexp.Regexp, text string) bool {
	for _, p := range all {
		if p.MatchString(text) {
			return true
		}
	}
	return false
}

// An unknown ID and a known one with a wrong PIN: the same words, the same
// number of turns, to the end.
func TestUnknownAndKnownSoundTheSame(t *testing.T) {
	heard := func(name string) string {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"call", "--script", "testdata/calls/" + name + ".call"}, streams{strings.NewReader(""), &out, &errs}); code != 0 {
			t.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
		}
		_, transcript, _ := strings.Cut(out.String(), "\n")
		return strings.NewReplacer("7 6 5 4 3 2 1", "ID", "1 0 0 0 0 0 1", "ID", "7654321", "ID", "1000001", "ID", "24681357", "PIN", "11112222", "PIN").Replace(transcript)
	}
	if unknown, known := heard("unknown-id"), heard("known-id-wrong-pin"); unknown != known {
		t.Errorf("they differ:\n%s\n%s", unknown, known)
	}
}

// Lines break between words, go on under the words, and lose nothing.
func TestPrintTranscript(t *testing.T) {
	r := box.Result{Name: "x.call", Transcript: []box.Moment{
		{Who: "say", Text: "one two three four five six seven eight nine"},
		{Call: "agent alex", Who: "say", Text: "http://127.0.0.1:12345/a/very/long/link/that/stays/whole"},
		{Who: "ring"},
	}}
	var b strings.Builder
	printTranscript(&b, r, 48)
	want := fmt.Sprintf("== x.call\n%s\n%s\n%s\n%s\n%s\n",
		"00:00.0  say            one two three four five",
		"                        six seven eight nine",
		"00:00.0  agent alex say http://127.0.0.1:12345/a/very/long/link/that/stays/whole",
		"00:00.0  ring",
		"ok, 00:00.0 long")
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
