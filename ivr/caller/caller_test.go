package caller_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
	"ringback/ivr/caller"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// cheap makes hashing fast; only for tests.
var cheap = caller.HashParams{MemoryKiB: 64, Passes: 1}

func (w *world) check(t *testing.T, e ivr.CheckFactor) ivr.Outcome {
	t.Helper()
	out := w.Run(t.Context(), "CA1", ivr.Call{}, e).(ivr.Checked).Outcome
	w.Wait()
	return out
}

func pin(id, secret string) ivr.CheckFactor {
	return ivr.CheckFactor{Factor: ivr.FactorPIN, ID: id, Secret: ivr.Secret(secret)}
}

func TestPIN(t *testing.T) {
	for _, tt := range []struct {
		name, id, secret string
		want             ivr.Outcome
	}{
		{"right", "1000001", "24681357", ivr.OutcomeOK},
		{"wrong", "1000001", "24681358", ivr.OutcomeFailed},
		{"unknown ID", "9999999", "24681357", ivr.OutcomeFailed},
		{"none enrolled", "1000003", "24681357", ivr.OutcomeFailed},
		{"the dummy's own secret", "9999999", "a secret that nobody has", ivr.OutcomeFailed},
		{"in the ledger", "1000004", "55667788", ivr.OutcomeOK},
		{"wrong in the ledger", "1000004", "24681357", ivr.OutcomeFailed},
		{"in the ledger of nobody", "9999998", "55667788", ivr.OutcomeFailed},
		{"picked up without the secret", "1000001", "", ivr.OutcomeLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := newWorld(t).check(t, pin(tt.id, tt.secret)); got != tt.want {
				t.Errorf("outcome %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTextedCode(t *testing.T) {
	w := newWorld(t)
	code := ivr.Code{Effect: 4, Issued: noon.Unix(), Tries: 1}
	w.Run(t.Context(), "CA1", ivr.Call{}, ivr.SendCode{ID: "1000001", Code: code, Ref: "r1", Salt: 7})
	if len(w.sent) != 0 {
		t.Fatalf("sent %v to somebody whose PIN was skipped", w.sent)
	}
	call := ivr.Call{Passed: []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Unix()}}}
	w.Run(t.Context(), "CA1", call, ivr.SendCode{ID: "1000001", Code: code, Ref: "r1", Salt: 7})
	w.Run(t.Context(), "CA1", call, ivr.SendCode{ID: "1000001", Code: code, Ref: "r1", Salt: 7})
	if len(w.sent) != 2 || w.sent[0] != w.sent[1] {
		t.Fatalf("sent %v: a second run must send the same code", w.sent)
	}
	secret := ivr.Secret(strings.Fields(w.sent[0])[2])
	right := ivr.CheckFactor{Factor: ivr.FactorTextedCode, ID: "1000001", Secret: secret, Code: code, Ref: "r1", Salt: 7}
	for name, change := range map[string]func(*ivr.CheckFactor){
		"another call":      func(e *ivr.CheckFactor) { e.Ref = "r2" },
		"another person":    func(e *ivr.CheckFactor) { e.ID = "1000003" },
		"another send":      func(e *ivr.CheckFactor) { e.Code.Effect = 5 },
		"another salt":      func(e *ivr.CheckFactor) { e.Salt = 8 },
		"the fourth try":    func(e *ivr.CheckFactor) { e.Code.Tries = 4 },
		"never sent":        func(e *ivr.CheckFactor) { e.Code.Effect = 0 },
		"too late":          func(e *ivr.CheckFactor) { e.Code.Issued = noon.Add(-5 * time.Minute).Unix() },
		"no such phone":     func(e *ivr.CheckFactor) { e.Code.Phone = 3 },
		"one digit differs": func(e *ivr.CheckFactor) { e.Secret = e.Secret[:5] + "x" },
	} {
		e := right
		change(&e)
		w.fails = map[string]int{}
		if got := w.check(t, e); got != ivr.OutcomeFailed {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, want := range []ivr.Outcome{ivr.OutcomeOK, ivr.OutcomeFailed} { // once, and never again
		if got := w.check(t, right); got != want {
			t.Errorf("the right code: %v, want %v", got, want)
		}
	}
}

func TestLockedSoundsLikeWrongAndCostsNoCompare(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.check(t, pin("1000001", "11112222"))
	}
	if got := w.check(t, pin("1000001", "24681357")); got != ivr.OutcomeLocked {
		t.Errorf("the eleventh try with the right PIN: %v", got)
	}
}

func TestMatchThatDoesNotStand(t *testing.T) {
	w := newWorld(t)
	w.disabled = true
	if got := w.check(t, pin("1000001", "24681357")); got != ivr.OutcomeLocked {
		t.Errorf("a match after others disabled the factor: %v", got)
	}
}

func TestEverythingDownIsUnavailable(t *testing.T) {
	for _, tt := range []struct {
		down string
		run  ivr.Effect
		want ivr.What
	}{
		{"redis", ivr.Admit{From: "+19195550199"}, ivr.Admitted{Outcome: ivr.OutcomeUnavailable}},
		{"redis", ivr.LookUp{ID: "1000001", From: "+19195550199"}, ivr.LookedUp{Outcome: ivr.OutcomeUnavailable}},
		{"directory", ivr.LookUp{ID: "1000001"}, ivr.LookedUp{Outcome: ivr.OutcomeUnavailable}},
		{"ledger", ivr.LookUp{ID: "1000001"}, ivr.LookedUp{Outcome: ivr.OutcomeUnavailable}},
		{"ledger", pin("1000001", "24681357"), ivr.Checked{Outcome: ivr.OutcomeUnavailable, Phone: ivr.NoPhone}},
		{"directory", pin("1000001", "24681357"), ivr.Checked{Outcome: ivr.OutcomeUnavailable, Phone: ivr.NoPhone}},
		{"redis", ivr.SendCode{ID: "1000001"}, ivr.CodeSent{Outcome: ivr.OutcomeUnavailable}},
		{"directory", ivr.SendCode{ID: "1000001"}, ivr.CodeSent{Outcome: ivr.OutcomeUnavailable}},
	} {
		w := newWorld(t)
		w.down = tt.down
		if diff := cmp.Diff(tt.want, w.Run(t.Context(), "CA1", ivr.Call{}, tt.run)); diff != "" {
			t.Errorf("%s down, %v:\n%s", tt.down, tt.run.Kind(), diff)
		}
	}
}

// Only one call at a time verifies an ID, known or not.
func TestOneVerificationPerID(t *testing.T) {
	for _, id := range []string{"1000001", "9999999"} {
		w := newWorld(t)
		w.full = true
		if got := w.Run(t.Context(), "CA2", ivr.Call{}, ivr.LookUp{ID: id}).(ivr.LookedUp).Outcome; got != ivr.OutcomeLimited {
			t.Errorf("%s: a second call looks up: %v", id, got)
		}
		if got := w.check(t, pin(id, "24681357")); got != ivr.OutcomeLocked {
			t.Errorf("%s: a second call is compared: %v", id, got)
		}
	}
}

func TestLimitsRefuse(t *testing.T) {
	w := newWorld(t)
	w.full = true
	for _, tt := range []struct {
		run  ivr.Effect
		want ivr.What
	}{
		{ivr.Admit{From: "+19195550199"}, ivr.Admitted{Outcome: ivr.OutcomeLimited}},
		{ivr.LookUp{ID: "1000001", From: "+19195550199"}, ivr.LookedUp{Outcome: ivr.OutcomeLimited}},
		{ivr.SendCode{ID: "1000001"}, ivr.CodeSent{Outcome: ivr.OutcomeLimited}},
	} {
		if diff := cmp.Diff(tt.want, w.Run(t.Context(), "CA1", ivr.Call{}, tt.run)); diff != "" {
			t.Errorf("%v:\n%s", tt.run.Kind(), diff)
		}
	}
	w.Wait()
	if slices.Contains(w.ops, "directory.by_id") || len(w.sent) > 0 {
		t.Errorf("went on past a limit: %v", w.ops)
	}
}

func TestHashPINRefuses(t *testing.T) {
	for _, p := range []string{"", "1234567", "11111111", "12345678", "87654321", "13579135", "2468135a", strings.Repeat("12", 20)} {
		if _, err := caller.HashPIN(p, cheap); err == nil {
			t.Errorf("%q is accepted", p)
		} else if p != "" && strings.Contains(err.Error(), p) {
			t.Errorf("the error tells the PIN: %v", err)
		}
	}
	for _, p := range []string{"24681357", "13572468", "11223344", "55667788"} {
		if _, err := caller.HashPIN(p, cheap); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
}

func TestSamplePeople(t *testing.T) {
	f, err := caller.NewFile("sample.yaml", caller.SamplePeople())
	if err != nil {
		t.Fatal(err)
	}
	if f.Len() != 5 {
		t.Errorf("%d people, want 5", f.Len())
	}
	p, ok, _ := f.ByID(t.Context(), "1000002")
	if !ok || len(p.Phones) != 2 || p.Phones[1].Number != "+19195550112" {
		t.Errorf("Sam is %#v", p)
	}
	if s := fmt.Sprint(p); strings.Contains(s, "Sam") || strings.Contains(s, "555") {
		t.Errorf("a person prints as %s", s)
	}
}

func TestBadPeopleFiles(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"unknown key", "people:\n  - id: \"1\"\n    pim: x\n", "pim"},
		{"no id", "people:\n  - {username: a}\n", "id: digits"},
		{"id with letters", "people:\n  - {id: abc, username: a}\n", "id: digits"},
		{"no username", "people:\n  - {id: \"1\"}\n", "username"},
		{"bad number", "people:\n  - {id: \"1\", username: a, phones: [{number: \"555\"}]}\n", "international"},
		{"bad date", "people:\n  - {id: \"1\", username: a, phones: [{number: \"+19195550101\", since: soon}]}\n", "since"},
		{"bad hash", "people:\n  - {id: \"1\", username: a, pin_hash: plain}\n", "argon2id"},
		{"bad address", "people:\n  - {id: \"1\", username: a, emails: [{address: nobody}]}\n", "no @"},
		{"twice", "people:\n  - {id: \"1\", username: a}\n  - {id: \"1\", username: b}\n", ":3: this id is in the file twice"},
		{"no YAML", "people: [", "people file x.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := caller.NewFile("x.yaml", []byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzPeople(f *testing.F) {
	f.Add(string(caller.SamplePeople()))
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = caller.NewFile("f.yaml", []byte(text))
	})
}
