package caller_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
	"ringback/ivr/duo"
	"ringback/ivr/ledger"
)

// Nobody can tell from what is done who is there: an unknown ID, wrong ones,
// people without the thing, frozen and locked ones take the same steps, and hear
// the same.
func TestNoOracle(t *testing.T) {
	kinds := map[string]struct {
		id      string
		prepare func(*world)
	}{
		"everything":   {"1000001", nil},
		"two phones":   {"1000002", nil},
		"privileged":   {"1000003", nil},
		"by ledger":    {"1000004", nil},
		"no phone":     {"1000006", nil},
		"nothing":      {"1000007", nil},
		"no device":    {"1000001", func(w *world) { w.devices = nil }},
		"push denied":  {"1000001", func(w *world) { w.result = duo.PushDenied }},
		"frozen":       {"1000001", func(w *world) { w.frozen[w.names.Subject("1000001")] = "repudiated" }},
		"locked":       {"1000001", func(w *world) { lock(w, "1000001") }},
		"unknown":      {"9999999", nil},
		"unknown, too": {"9999998", nil},
		"unknown, locked": {"9999999", func(w *world) {
			lock(w, "9999999")
		}},
		"guessed at before":          {"1000001", func(w *world) { guess(w, "1000001") }},
		"unknown, guessed at before": {"9999999", func(w *world) { guess(w, "9999999") }},
	}
	for _, f := range ivr.Factors() {
		for _, passed := range [][]ivr.Passed{nil, {{Factor: ivr.FactorPIN, At: noon.Unix()}}} {
			want := steps(t, f, passed, "9999999", nil)
			for name, k := range kinds {
				if diff := cmp.Diff(want, steps(t, f, passed, k.id, k.prepare)); diff != "" {
					t.Errorf("%v after %d factors: %s differs from an unknown ID:\n%s", f, len(passed), name, diff)
				}
			}
		}
	}
}

func lock(w *world, id string) {
	w.locked = true
	for _, f := range ivr.Factors() {
		w.fails[w.names.Subject(id)+f.String()] = 10
	}
}

// guess has somebody have guessed too often at codes that were never sent.
func guess(w *world, id string) {
	for _, f := range ivr.Factors() {
		w.fails[w.names.Subject(id)+ledger.Unsent(f.String())] = 10
	}
}

// steps looks up, sends and fails, and returns what was done, and said: one that
// is locked is a wrong one to whoever listens.
func steps(t *testing.T, f ivr.Factor, passed []ivr.Passed, id string, prepare func(*world)) []string {
	t.Helper()
	w := newWorld(t)
	if prepare != nil {
		prepare(w)
	}
	call := ivr.Call{ID: id, Passed: passed, Ref: "r1"}
	var said []string
	looked := w.do(t, call, ivr.LookUp{ID: id, From: "+19195550199"}).(ivr.LookedUp)
	said = append(said, looked.Outcome.String())
	code := ivr.Code{Factor: f, Effect: 4, Issued: noon.Unix(), Tries: 1}
	if f.Sends() {
		said = append(said, w.do(t, call, ivr.SendCode{ID: id, Code: code, Ref: "r1"}).(ivr.CodeSent).Outcome.String())
	}
	got := w.do(t, call, ivr.CheckFactor{Factor: f, ID: id, Secret: "11112222333344445555", Code: code, Ref: "r1"}).(ivr.Checked)
	if got.Outcome == ivr.OutcomeLocked {
		got.Outcome = ivr.OutcomeFailed
	}
	said = append(said, got.Outcome.String())
	return append(said, w.ops...)
}
