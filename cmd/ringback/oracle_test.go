package main

import (
	"context"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/cmd/internal/box"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// whom is somebody whose ID is keyed, and what has become of them before.
type whom struct {
	id, pin string // the PIN that is keyed
	people  string // instead of the sample people
	before  func(ctx context.Context, t *testing.T, p played)
}

// bare are people of whom the directory knows nothing but a PIN.
var bare = "people:\n  - id: \"1000009\"\n    name: Ann Other\n    username: ann\n    " +
	regexp.MustCompile(`pin_hash: .*`).FindString(string(caller.SamplePeople())) + "\n"

func everybody() map[string]whom {
	const wrong, unknown = "11112222", "7654321"
	return map[string]whom{
		"unknown":                 {id: unknown, pin: wrong},
		"unknown and locked":      {id: unknown, pin: wrong, before: locked(unknown)},
		"a wrong PIN":             {id: "1000001", pin: wrong},
		"no PIN enrolled":         {id: "1000006", pin: wrong},
		"two phones, and a push":  {id: "1000002", pin: wrong},
		"a changed SIM":           {id: "1000005", pin: wrong},
		"privileged":              {id: "1000003", pin: wrong},
		"neither phone nor mail":  {id: "1000009", pin: wrong, people: bare},
		"locked, the right PIN":   {id: "1000001", pin: "24681357", before: locked("1000001")},
		"frozen, the right PIN":   {id: "1000001", pin: "24681357", before: frozen("1000001")},
		"frozen, with two phones": {id: "1000002", pin: "13572468", before: frozen("1000002")},
		"guessed at before":       {id: "1000001", pin: wrong, before: disabled("1000001", ledger.Unsent)},
		"unknown, guessed at":     {id: unknown, pin: wrong, before: disabled(unknown, ledger.Unsent)},
	}
}

// locked has every factor of an ID disabled.
func locked(id string) func(context.Context, *testing.T, played) {
	return disabled(id, func(factor string) string { return factor })
}

// disabled has every factor of an ID disabled under the name that it counts as.
func disabled(id string, name func(factor string) string) func(context.Context, *testing.T, played) {
	return func(ctx context.Context, t *testing.T, p played) {
		names, err := caller.NewPseudonyms(p.Config.Keys.Pseudonym.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		at := p.Clock.Now().AddDate(0, 0, -1)
		for _, f := range ivr.Factors() {
			for a := range 10 {
				got, err := p.App.Ledger().Reserve(ctx, names.Subject(id), name(f.String()), at)
				if err != nil || !got.Granted {
					t.Fatalf("failure %d of %v: %+v, %v", a+1, f, got, err)
				}
				at = at.Add(got.Wait)
			}
		}
	}
}

func frozen(id string) func(context.Context, *testing.T, played) {
	return func(ctx context.Context, t *testing.T, p played) {
		if err := p.App.Lead().Freeze(ctx, id, "jo", "test"); err != nil {
			t.Error(err)
		}
	}
}

// walks are ways through the factors that prove nothing, after the ID.
func walks() map[string][]string {
	const paper, code = "11112222333344445555#", "999998#"
	return map[string][]string{
		"three wrong PINs":      {"{pin}#", "{pin}#", "{pin}#"},
		"all five, once":        {"{pin}#", "#", paper, "#", code, "#", code, "#", code, "#"},
		"everything is skipped": {"#", "#", "#", "#", "#"},
		"other phones":          {"#", "#", "2#", "2#", "3#", code, "#", "3#", "#", "3#", "#"},
		"codes of nobody's":     {"#", "#", "3#", code, code, code},
		"six wrong ones":        {"{pin}#", "{pin}#", "#", paper, paper, "#", code, code},
	}
}

// No oracle, end to end: whoever proves nothing hears the same words at the same
// moments over the same number of turns, whoever is asked for.
func TestNoOracle(t *testing.T) {
	for name, walk := range walks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kinds := everybody()
			want, turns := heardOf(t, kinds["unknown"], walk)
			if turns < len(walk)+3 || !strings.Contains(want, "person") {
				t.Fatalf("%d turns:\n%s", turns, want)
			}
			for kind, k := range kinds {
				got, n := heardOf(t, k, walk)
				if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); d != "" || n != turns {
					t.Errorf("%s: %d turns, an unknown ID %d (-unknown +%s):\n%s", kind, n, turns, kind, d)
				}
			}
		})
	}
}

// heardOf is what is heard on a walk, without the ID and the PIN, and how many turns
// it took.
func heardOf(t *testing.T, k whom, walk []string) (transcript string, turns int) {
	t.Helper()
	o := box.Options{LedgerURL: "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")} // with keys that can be asked for
	if k.people != "" {
		o.People = []byte(k.people)
	}
	p := opened(t, o)
	if k.before != nil {
		p.Do(t.Context(), func(ctx context.Context) { k.before(ctx, t, p) })
	}
	text := atPIN("+19195550161", k.id)
	for _, keys := range walk {
		keys = strings.ReplaceAll(strings.ReplaceAll(keys, "{pin}", k.pin), "#", " pound")
		text += lines("press "+keys, "hear /./")
	}
	r := p.more(t, "oracle", text+lines("hangup", "wait 1s"))
	var b strings.Builder
	printTranscript(&b, r, 100)
	spoken := strings.Join(strings.Split(k.id, ""), " ")
	for _, m := range regexp.MustCompile(`(?m)^ringback_turns_total\{outcome="\w+",route="turn"\} (\d+)$`).FindAllStringSubmatch(p.metrics(), -1) {
		n, _ := strconv.Atoi(m[1])
		turns += n
	}
	text = regexp.MustCompile(`(?m)^.* dials .*\n`).ReplaceAllString(b.String(), "") // it shares its moment with the ring
	return strings.NewReplacer(spoken, "ID", k.id, "ID", " "+k.pin+"#", " PIN#").Replace(text), turns
}
