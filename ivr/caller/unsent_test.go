package caller_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// refusing is a sender that does not know what became of a text.
type refusing struct{}

func (refusing) SendCode(context.Context, string, ivr.Call, string, string) ivr.Outcome {
	return ivr.OutcomeUnavailable
}

// A try counts against a person's factor when something was sent to that person for
// that call and lives; against nothing that matters otherwise.
func TestWhatATryCountsAgainst(t *testing.T) {
	const id = "1000001"
	for _, tt := range []struct {
		name   string
		before func(t *testing.T, w *world, call *ivr.Call)
		sent   bool
	}{
		{name: "sent", sent: true},
		{name: "sent, and sent again in another call", sent: true, before: func(t *testing.T, w *world, call *ivr.Call) {
			w.clock.Do(t.Context(), func(ctx context.Context) { w.Run(ctx, "CA2", *call, ivr.SendCode{ID: id, Code: call.Code, Ref: "r2"}) })
		}},
		{name: "sent, and then not once more", sent: true, before: func(t *testing.T, w *world, call *ivr.Call) {
			w.full = true
			w.do(t, *call, ivr.SendCode{ID: id, Code: call.Code, Ref: call.Ref})
			w.full = false
		}},
		{name: "sent, and then withheld", sent: true, before: func(t *testing.T, w *world, call *ivr.Call) {
			w.locked = true
			w.do(t, *call, ivr.SendCode{ID: id, Code: call.Code, Ref: call.Ref})
		}},
		{name: "tried too often", sent: true, before: func(_ *testing.T, _ *world, call *ivr.Call) { call.Code.Tries = 9 }},
		{name: "never asked for", before: func(_ *testing.T, _ *world, call *ivr.Call) { call.Code = ivr.Code{} }},
		{name: "another send", before: func(_ *testing.T, _ *world, call *ivr.Call) { call.Code.Effect++ }},
		{name: "expired", before: func(_ *testing.T, w *world, _ *ivr.Call) { w.clock.Set(noon.Add(5 * time.Minute)) }},
		{name: "forgotten by Redis", before: func(_ *testing.T, w *world, _ *ivr.Call) { clear(w.kept) }},
		{name: "of another factor", before: func(_ *testing.T, _ *world, call *ivr.Call) {
			call.Code.Factor = map[ivr.Factor]ivr.Factor{ivr.FactorTextedCode: ivr.FactorEmailedCode, ivr.FactorEmailedCode: ivr.FactorDuoPush, ivr.FactorDuoPush: ivr.FactorTextedCode}[call.Code.Factor]
		}},
	} {
		for _, f := range []ivr.Factor{ivr.FactorTextedCode, ivr.FactorEmailedCode, ivr.FactorDuoPush} {
			t.Run(tt.name+"/"+f.String(), func(t *testing.T) {
				w := newWorld(t)
				call := ivr.Call{ID: id, Passed: pinPassed, Ref: "r1", Code: ivr.Code{Factor: f, Effect: 4, Issued: noon.Unix(), Tries: 1}}
				w.do(t, call, ivr.SendCode{ID: id, Code: call.Code, Ref: call.Ref})
				if len(w.sent)+len(w.pushes) != 1 {
					t.Fatalf("sent %v %v", w.sent, w.pushes)
				}
				if tt.before != nil {
					tt.before(t, w, &call)
				}
				checkCounted(t, w, call, f, tt.sent)
			})
		}
	}
}

// What is not sent is not guessed at either, why ever it was not.
func TestWithheldCountsAgainstNothing(t *testing.T) {
	for name, before := range map[string]func(*world, *ivr.Call){
		"before a PIN":   func(_ *world, call *ivr.Call) { call.Passed = nil },
		"over the limit": func(w *world, _ *ivr.Call) { w.full = true },
		"frozen":         func(w *world, call *ivr.Call) { w.frozen[w.names.Subject(call.ID)] = "repudiated" },
		"nobody":         func(_ *world, call *ivr.Call) { call.ID = "9999999" },
		"has nothing":    func(w *world, call *ivr.Call) { call.ID, w.devices = "1000007", nil },
		"Redis is down":  func(w *world, _ *ivr.Call) { w.down = "redis" },
	} {
		for _, f := range []ivr.Factor{ivr.FactorTextedCode, ivr.FactorEmailedCode, ivr.FactorDuoPush} {
			w := newWorld(t)
			call := ivr.Call{ID: "1000001", Passed: pinPassed, Ref: "r1", Code: ivr.Code{Factor: f, Effect: 4, Issued: noon.Unix(), Tries: 1}}
			before(w, &call)
			w.do(t, call, ivr.SendCode{ID: call.ID, Code: call.Code, Ref: call.Ref})
			w.full, w.down = false, ""
			if len(w.sent)+len(w.pushes) > 0 {
				t.Fatalf("%s: sent %v %v", name, w.sent, w.pushes)
			}
			t.Run(name+"/"+f.String(), func(t *testing.T) { checkCounted(t, w, call, f, false) })
		}
	}
}

// A text of which nobody knows whether it arrived may be in somebody's hands.
func TestUnknownDeliveryCounts(t *testing.T) {
	w := newWorldWith(t, func(o *caller.Options) { o.Sender = refusing{} })
	call := ivr.Call{ID: "1000001", Passed: pinPassed, Ref: "r1", Code: ivr.Code{Factor: ivr.FactorTextedCode, Effect: 4, Issued: noon.Unix(), Tries: 1}}
	w.do(t, call, ivr.SendCode{ID: call.ID, Code: call.Code, Ref: call.Ref})
	checkCounted(t, w, call, ivr.FactorTextedCode, true)
}

// checkCounted tries twelve times, and looks at what that has done.
func checkCounted(t *testing.T, w *world, call ivr.Call, f ivr.Factor, sent bool) {
	t.Helper()
	w.ops = nil
	for range 12 {
		if got := w.do(t, call, ivr.CheckFactor{Factor: f, ID: call.ID, Code: call.Code, Ref: call.Ref, Secret: "12345x"}).(ivr.Checked); got.Outcome == ivr.OutcomeOK {
			t.Fatalf("checked %+v", got)
		}
	}
	name, lockouts, told := ledger.Unsent(f.String()), "0", 0
	if sent {
		name, lockouts, told = f.String(), "1", 1
	}
	if diff := cmp.Diff([]string{w.names.Subject(call.ID) + name}, slices.Collect(maps.Keys(w.fails))); diff != "" {
		t.Errorf("counted:\n%s", diff)
	}
	if len(w.news) != told {
		t.Errorf("told %v", w.news)
	}
	if n := strings.Count(strings.Join(w.ops, " "), "redis.note"); n != 12 {
		t.Errorf("%d failures metered", n)
	}
	want := "# HELP ringback_lockouts_total Factors that were disabled after too many failures in a row.\n# TYPE ringback_lockouts_total counter\n"
	for _, x := range []ivr.Factor{ivr.FactorDuoPush, ivr.FactorEmailedCode, ivr.FactorPIN, ivr.FactorRecoveryCode, ivr.FactorTextedCode} {
		n := "0"
		if x == f {
			n = lockouts
		}
		want += `ringback_lockouts_total{factor="` + x.String() + `"} ` + n + "\n"
	}
	if err := testutil.GatherAndCompare(w.registry, strings.NewReader(want), "ringback_lockouts_total"); err != nil {
		t.Error(err)
	}
}

// Without the mark a right code is none: what counts against nothing opens nothing.
func TestUnmarkedCodeOpensNothing(t *testing.T) {
	w := newWorld(t)
	code := ivr.Code{Factor: ivr.FactorTextedCode, Effect: 4, Issued: noon.Unix(), Tries: 1}
	w.do(t, ivr.Call{ID: "1000001", Passed: pinPassed}, ivr.SendCode{ID: "1000001", Code: code, Ref: "r1"})
	right := ivr.CheckFactor{Factor: ivr.FactorTextedCode, ID: "1000001", Code: code, Ref: "r1", Secret: ivr.Secret(strings.Fields(w.sent[0])[2])}
	for k, v := range w.kept {
		if strings.Contains(k+v, string(right.Secret)) || strings.Contains(k+v, "1000001") {
			t.Errorf("kept %s: %s", k, v)
		}
	}
	kept := maps.Clone(w.kept)
	clear(w.kept)
	if got := w.check(t, right); got != ivr.OutcomeFailed || w.fails[w.names.Subject("1000001")+"texted_code"] != 0 {
		t.Errorf("without a mark: %v, %v", got, w.fails)
	}
	w.kept = kept
	if got := w.check(t, right); got != ivr.OutcomeOK {
		t.Errorf("with it: %v", got)
	}
}
