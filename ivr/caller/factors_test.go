package caller_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr"
	"ringback/ivr/caller"
)

var pinPassed = []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Unix()}}

func TestEmailedCode(t *testing.T) {
	w := newWorld(t)
	code := ivr.Code{Factor: ivr.FactorEmailedCode, Effect: 4, Issued: noon.Unix(), Tries: 1}
	send := func(id string, passed []ivr.Passed) {
		w.do(t, ivr.Call{ID: id, Passed: passed}, ivr.SendCode{ID: id, Code: code, Ref: "r1", Salt: 7})
	}
	send("1000001", pinPassed)
	send("1000002", pinPassed) // has no address
	send("9999999", pinPassed)
	send("1000001", nil) // has a PIN and skipped it
	if len(w.sent) != 1 || !strings.HasPrefix(w.sent[0], "mail dana@example.com ") {
		t.Fatalf("sent %v", w.sent)
	}
	right := ivr.CheckFactor{Factor: ivr.FactorEmailedCode, ID: "1000001", Secret: ivr.Secret(strings.Fields(w.sent[0])[2]), Code: code, Ref: "r1", Salt: 7}
	for name, change := range map[string]func(*ivr.CheckFactor){
		"as a texted code":   func(e *ivr.CheckFactor) { e.Factor = ivr.FactorTextedCode },
		"of a text":          func(e *ivr.CheckFactor) { e.Code.Factor = ivr.FactorTextedCode },
		"of an old release":  func(e *ivr.CheckFactor) { e.Code.Factor = ivr.FactorUnknown },
		"another call":       func(e *ivr.CheckFactor) { e.Ref = "r2" },
		"five minutes later": func(e *ivr.CheckFactor) { e.Code.Issued = noon.Add(-5 * time.Minute).Unix() },
		"the fourth try":     func(e *ivr.CheckFactor) { e.Code.Tries = 4 },
		"another person":     func(e *ivr.CheckFactor) { e.ID = "1000006" },
	} {
		e := right
		change(&e)
		if got := w.check(t, e); got != ivr.OutcomeFailed {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, want := range []ivr.Outcome{ivr.OutcomeOK, ivr.OutcomeFailed} {
		if got := w.check(t, right); got != want {
			t.Errorf("the right code: %v, want %v", got, want)
		}
	}
}

func TestRecoveryCode(t *testing.T) {
	for _, tt := range []struct {
		name, id, code string
		want           ivr.Outcome
	}{
		{"by argon2id", "1000001", danaCode, ivr.OutcomeOK},
		{"as it is keyed", "1000001", strings.ReplaceAll(danaCode, "-", ""), ivr.OutcomeOK},
		{"keyed, in the directory", "1000006", noorCode, ivr.OutcomeOK},
		{"in the ledger", "1000004", miaCode, ivr.OutcomeOK},
		{"somebody else's", "1000001", noorCode, ivr.OutcomeFailed},
		{"in the ledger of nobody", "9999998", miaCode, ivr.OutcomeFailed},
		{"too short", "1000001", danaCode[:20], ivr.OutcomeFailed},
		{"none enrolled", "1000002", danaCode, ivr.OutcomeFailed},
		{"the dummy's own", "1000002", "a secret that nobody has", ivr.OutcomeFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			e := ivr.CheckFactor{Factor: ivr.FactorRecoveryCode, ID: tt.id, Secret: ivr.Secret(tt.code)}
			if got := w.check(t, e); got != tt.want {
				t.Errorf("outcome %v, want %v", got, tt.want)
			}
			if got := w.check(t, e); got != ivr.OutcomeFailed {
				t.Errorf("once more: %v", got)
			}
		})
	}
}

// Two calls key the same code at the same time.
func TestOneCodeWinsOnce(t *testing.T) {
	for _, e := range []ivr.CheckFactor{
		{Factor: ivr.FactorRecoveryCode, ID: "1000001", Secret: danaCode},
		{Factor: ivr.FactorRecoveryCode, ID: "1000004", Secret: miaCode},
	} {
		w := newWorld(t)
		var wg sync.WaitGroup
		wins := make(chan struct{}, 8)
		for range cap(wins) {
			wg.Go(func() {
				if w.Run(t.Context(), "CA1", ivr.Call{}, e).(ivr.Checked).Outcome == ivr.OutcomeOK {
					wins <- struct{}{}
				}
			})
		}
		wg.Wait()
		if len(wins) != 1 {
			t.Errorf("%s won %d times", e.ID, len(wins))
		}
	}
}

func TestNewRecoveryCode(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		c, err := caller.NewRecoveryCode()
		if err != nil || len(c) != 24 || strings.Count(c, "-") != 4 || seen[c] {
			t.Fatalf("%q, %v", c, err)
		}
		seen[c] = true
	}
	names := pseudonyms()
	if names.RecoveryHash("s", danaCode) != names.RecoveryHash("s", strings.ReplaceAll(danaCode, "-", " ")) || names.RecoveryHash("s", danaCode) == names.RecoveryHash("t", danaCode) {
		t.Error("the hash is not of digits and subject")
	}
}

// Whoever has something that needs no sending gets nothing sent before it passed;
// who has not gets one send per call.
func TestNothingIsSentBefore(t *testing.T) {
	for _, tt := range []struct {
		name   string
		id     string
		passed []ivr.Passed
		sends  uint8
		asks   func(string, ivr.Factor) bool
		want   int
	}{
		{"a PIN, skipped", "1000001", nil, 1, nil, 0},
		{"a PIN, passed", "1000001", pinPassed, 2, nil, 1},
		{"a PIN in the ledger", "1000004", nil, 1, nil, 0},
		{"another code only", "1000001", []ivr.Passed{{Factor: ivr.FactorEmailedCode}}, 1, nil, 0},
		{"nothing to pass", "1000003", nil, 1, nil, 1},
		{"nothing to pass, once more", "1000003", nil, 2, nil, 0},
		{"nothing that is asked for", "1000001", nil, 1, func(string, ivr.Factor) bool { return false }, 1},
		{"no phone", "1000007", nil, 1, nil, 0},
		{"nobody", "9999999", pinPassed, 1, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorldWith(t, func(o *caller.Options) { o.Asks = tt.asks })
			code := ivr.Code{Effect: 1, Sends: tt.sends}
			w.do(t, ivr.Call{ID: tt.id, Passed: tt.passed, Code: code}, ivr.SendCode{ID: tt.id, Code: code})
			if len(w.sent) != tt.want {
				t.Errorf("sent %v", w.sent)
			}
		})
	}
}

func TestFrozenAndLockedGetNothing(t *testing.T) {
	for name, prepare := range map[string]func(*world){
		"frozen": func(w *world) { w.frozen[w.names.Subject("1000001")] = "repudiated" },
		"locked": func(w *world) { w.locked = true },
	} {
		w := newWorld(t)
		prepare(w)
		for _, f := range ivr.Factors() {
			if f.Sends() {
				w.do(t, ivr.Call{Passed: pinPassed}, ivr.SendCode{ID: "1000001", Code: ivr.Code{Factor: f, Effect: 1}})
			}
		}
		if len(w.sent)+len(w.pushes) > 0 {
			t.Errorf("%s: sent %v %v", name, w.sent, w.pushes)
		}
	}
}

// A frozen subject's right PIN is none.
func TestFrozenIsLocked(t *testing.T) {
	w := newWorld(t)
	w.frozen[w.names.Subject("1000001")] = "repudiated"
	if got := w.check(t, pin("1000001", "24681357")); got != ivr.OutcomeLocked {
		t.Errorf("outcome %v", got)
	}
	facts := w.do(t, ivr.Call{}, ivr.LookUp{ID: "1000001"}).(ivr.LookedUp).Facts
	if !facts.Frozen {
		t.Errorf("facts %+v", facts)
	}
}

func TestAges(t *testing.T) {
	dated := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		trust bool
		seen  time.Time
		want  time.Time
	}{
		{"first seen now", false, time.Time{}, noon},
		{"seen before", false, noon.Add(-time.Hour), noon.Add(-time.Hour)},
		{"the directory is trusted", true, time.Time{}, dated},
		{"the ledger knows better", true, noon.Add(-time.Hour), noon.Add(-time.Hour)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorldWith(t, func(o *caller.Options) { o.TrustDirectoryDates = tt.trust })
			key := w.names.Subject("1000001") + w.names.Number("+19195550101")
			if !tt.seen.IsZero() {
				w.numbers[key] = tt.seen
			}
			facts := w.do(t, ivr.Call{}, ivr.LookUp{ID: "1000001"}).(ivr.LookedUp).Facts
			want := ivr.Facts{Known: true, Phones: []ivr.Phone{{Number: "+19195550101", Since: tt.want.Unix()}}}
			if diff := cmp.Diff(want, facts); diff != "" || !w.numbers[key].Equal(tt.want) {
				t.Errorf("facts:\n%s\nnoted %v", diff, w.numbers[key])
			}
		})
	}
}

func TestGroups(t *testing.T) {
	w := newWorldWith(t, func(o *caller.Options) {
		o.Need = func(line string, _ []string) ivr.Need { return ivr.Need{Strong: line == "health"} }
		o.Privileged = func(line string, _ []string) bool { return line == "bank" }
	})
	for _, tt := range []struct {
		line, id           string
		strict, privileged bool
	}{
		{"university", "1000001", false, false},
		{"health", "1000001", true, false},
		{"bank", "1000001", false, true},
		{"health", "9999999", false, false},
		{"university", "1000003", false, true},
	} {
		f := w.do(t, ivr.Call{Line: tt.line}, ivr.LookUp{ID: tt.id}).(ivr.LookedUp).Facts
		if f.Need.Strong != tt.strict || f.Privileged != tt.privileged {
			t.Errorf("%s on %s: %+v", tt.id, tt.line, f)
		}
	}
}

// The tenth failure is told to the person, if there is one, and counted anyway.
func TestDisabledIsTold(t *testing.T) {
	for id, told := range map[string]int{"1000001": 1, "9999999": 0} {
		w := newWorld(t)
		for range 12 {
			w.check(t, pin(id, "11112222"))
		}
		if len(w.news) != told || told > 0 && (w.news[0].Kind != caller.NewsDisabled || w.news[0].Factor != ivr.FactorPIN || w.owed != 2) {
			t.Errorf("%s: told %v, owed %d", id, w.news, w.owed)
		}
		if err := testutil.GatherAndCompare(w.registry, strings.NewReader(`
# HELP ringback_lockouts_total Factors that were disabled after too many failures in a row.
# TYPE ringback_lockouts_total counter
ringback_lockouts_total{factor="duo_push"} 0
ringback_lockouts_total{factor="emailed_code"} 0
ringback_lockouts_total{factor="pin"} 1
ringback_lockouts_total{factor="recovery_code"} 0
ringback_lockouts_total{factor="texted_code"} 0
`), "ringback_lockouts_total"); err != nil {
			t.Error(err)
		}
	}
}

func TestSendsAreCounted(t *testing.T) {
	w := newWorld(t)
	send := func() { w.do(t, ivr.Call{Passed: pinPassed}, ivr.SendCode{ID: "1000001", Code: ivr.Code{Effect: 1}}) }
	send()
	w.full = true
	send()
	w.full, w.down = false, "directory"
	send()
	w.down = ""
	w.do(t, ivr.Call{}, ivr.SendCode{ID: "1000001", Code: ivr.Code{Effect: 1}})
	if err := testutil.GatherAndCompare(w.registry, strings.NewReader(`
# HELP ringback_code_sends_total Codes and pushes that were asked for, by factor and what came of it.
# TYPE ringback_code_sends_total counter
ringback_code_sends_total{factor="duo_push",outcome="failed"} 0
ringback_code_sends_total{factor="duo_push",outcome="limited"} 0
ringback_code_sends_total{factor="duo_push",outcome="sent"} 0
ringback_code_sends_total{factor="duo_push",outcome="withheld"} 0
ringback_code_sends_total{factor="emailed_code",outcome="failed"} 0
ringback_code_sends_total{factor="emailed_code",outcome="limited"} 0
ringback_code_sends_total{factor="emailed_code",outcome="sent"} 0
ringback_code_sends_total{factor="emailed_code",outcome="withheld"} 0
ringback_code_sends_total{factor="texted_code",outcome="failed"} 1
ringback_code_sends_total{factor="texted_code",outcome="limited"} 1
ringback_code_sends_total{factor="texted_code",outcome="sent"} 1
ringback_code_sends_total{factor="texted_code",outcome="withheld"} 1
`), "ringback_code_sends_total"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndLint(w.registry); err != nil || len(n) > 0 {
		t.Errorf("lint %v, %v", n, err)
	}
	want := []string{"sends 1/30s", "sends 3/1h0m0s", "sends 5/24h0m0s"}
	if diff := cmp.Diff(want, w.limits[:3]); diff != "" {
		t.Errorf("limits:\n%s", diff)
	}
}

// What a factor needs is there, or the factor is not.
func TestHas(t *testing.T) {
	w := newWorldWith(t, func(o *caller.Options) { o.Mailer, o.Pusher = nil, nil })
	for _, f := range ivr.Factors() {
		want := f != ivr.FactorEmailedCode && f != ivr.FactorDuoPush
		if w.Has(f) != want {
			t.Errorf("%v: %v", f, w.Has(f))
		}
		got := w.check(t, ivr.CheckFactor{Factor: f, ID: "1000001", Secret: "000000"})
		if got != ivr.OutcomeFailed {
			t.Errorf("%v is checked: %v", f, got)
		}
	}
	if out := w.do(t, ivr.Call{}, ivr.SendCode{ID: "1000001", Code: ivr.Code{Factor: ivr.FactorDuoPush}}).(ivr.CodeSent).Outcome; out != ivr.OutcomeFailed {
		t.Errorf("a push without Duo: %v", out)
	}
	if _, err := caller.NewService(caller.Options{}); err == nil {
		t.Error("nothing is enough")
	}
}

func TestHashesOfDirectories(t *testing.T) {
	slow, err := caller.HashPIN("24681357", cheap)
	if err != nil {
		t.Fatal(err)
	}
	keyed := pseudonyms().RecoveryHash("s", danaCode)
	for _, tt := range []struct {
		name     string
		recovery []string
		want     string
	}{
		{"two slow ones, many keyed", []string{slow, slow, keyed, keyed, keyed, keyed}, ""},
		{"three slow ones", []string{slow, slow, slow}, "more than 2"},
		{"a short keyed one", []string{keyed[:40]}, "keyed hash"},
		{"another hash", []string{"sha256$00"}, "argon2id"},
	} {
		in := caller.NewIntake("US", caller.Tools{})
		_, err := in.Person(t.Context(), "1", caller.Record{IDs: []string{"1"}, Username: "a", Recovery: tt.recovery})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// The codes of the README open what they say, once.
func TestSampleRecoveryCodes(t *testing.T) {
	sample, err := caller.NewFile("sample.yaml", caller.SamplePeople())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, func(o *caller.Options) { o.Directory = sample })
	for id, code := range map[string]ivr.Secret{"1000001": danaCode, "1000006": noorCode} {
		for _, want := range []ivr.Outcome{ivr.OutcomeOK, ivr.OutcomeFailed} {
			if got := w.check(t, ivr.CheckFactor{Factor: ivr.FactorRecoveryCode, ID: id, Secret: code}); got != want {
				t.Errorf("%s: %v, want %v", id, got, want)
			}
		}
	}
}
