package ledgertest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func credentialCases() []testCase {
	return []testCase{
		{"a PIN", pins},
		{"recovery codes", recoveryCodes},
		{"who is told of credentials", toldOfCredentials},
		{"enrolled again", enrolledAgain},
		{"bad credentials", badCredentials},
	}
}

func (b *book) holds(want ledger.Credentials) {
	b.t.Helper()
	if diff := cmp.Diff(want, must(b.Credentials(b.t.Context(), "s1"))(b.t)); diff != "" {
		b.t.Errorf("credentials (-want +got):\n%s", diff)
	}
}

func pins(t *testing.T, b *book) {
	b.holds(ledger.Credentials{})
	for _, hash := range []string{"h1", "h2", "", ""} { // what is not there is removed silently
		if err := b.SetPIN(t.Context(), "s1", hash, "jo", "enrolled"); err != nil {
			t.Fatal(err)
		}
		b.holds(ledger.Credentials{PINHash: hash})
	}
	b.whole(map[string]int{"set_pin": 2, "remove_pin": 1})
	for _, r := range must(b.Audit(t.Context(), ledger.AuditFilter{}))(t) {
		if r.Actor != "jo" || len(r.Detail) != 0 || r.Reason != "enrolled" {
			t.Errorf("the audit says %+v", r)
		}
	}
}

func recoveryCodes(t *testing.T, b *book) {
	ctx := t.Context()
	set := func(hashes ...string) {
		t.Helper()
		if err := b.SetRecoveryCodes(ctx, "s1", hashes, "jo", "a new paper"); err != nil {
			t.Fatal(err)
		}
	}
	use := func(subject, hash string, want bool) {
		t.Helper()
		if first := must(b.UseRecoveryCode(ctx, subject, hash, "call"))(t); first != want {
			t.Errorf("use of %s: first %v, want %v", hash, first, want)
		}
	}
	set("c", "a", "b")
	b.holds(ledger.Credentials{Recovery: []string{"c", "a", "b"}})
	use("s1", "a", true)
	use("s1", "a", false)
	use("s1", "nothing", false)
	use("s2", "b", false)
	b.holds(ledger.Credentials{Recovery: []string{"c", "b"}})
	set("d", "e")
	use("s1", "c", false)
	b.holds(ledger.Credentials{Recovery: []string{"d", "e"}})
	set()
	set()
	b.holds(ledger.Credentials{})
	b.whole(map[string]int{"set_recovery_codes": 3, "use_recovery_code": 1})
}

// toldOfCredentials: the notices are owed with the change or not at all, and
// belong to its row.
func toldOfCredentials(t *testing.T, b *book) {
	ctx := t.Context()
	bad := notice("pin/0")
	bad.Sealed = nil
	wants(t, "a PIN with a bad notice", b.SetPIN(ctx, "s1", "h", "jo", "enrolled", bad), ledger.ErrInvalid)
	wants(t, "codes with a bad notice", b.SetRecoveryCodes(ctx, "s1", []string{"a"}, "jo", "enrolled", bad), ledger.ErrInvalid)
	b.holds(ledger.Credentials{})
	for i, set := range []func(ledger.Notice) error{
		func(n ledger.Notice) error { return b.SetPIN(ctx, "s1", "", "jo", "nothing to remove", n) },
		func(n ledger.Notice) error { return b.SetRecoveryCodes(ctx, "s1", nil, "jo", "nothing to remove", n) },
		func(n ledger.Notice) error { return b.SetPIN(ctx, "s1", "h", "jo", "enrolled", n) },
		func(n ledger.Notice) error { return b.SetPIN(ctx, "s1", "", "jo", "left", n) },
		func(n ledger.Notice) error { return b.SetRecoveryCodes(ctx, "s1", []string{"a"}, "jo", "enrolled", n) },
		func(n ledger.Notice) error { return b.SetRecoveryCodes(ctx, "s1", nil, "jo", "left", n) },
	} {
		if err := set(notice("told/" + strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	rows := map[int64]string{}
	for _, r := range must(b.Audit(ctx, ledger.AuditFilter{}))(t) {
		rows[r.Seq] = r.Action + " by " + r.Actor + ": " + r.Reason
	}
	told := map[string]string{}
	for _, n := range must(b.Notices(ctx, ledger.NoticePending, 0))(t) {
		told[n.Event] = rows[n.Intent]
	}
	want := map[string]string{
		"told/2": "set_pin by jo: enrolled", "told/3": "remove_pin by jo: left",
		"told/4": "set_recovery_codes by jo: enrolled", "told/5": "set_recovery_codes by jo: left",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("owed, and for what (-want +got):\n%s", diff)
	}
	b.whole(map[string]int{"set_pin": 1, "remove_pin": 1, "set_recovery_codes": 2, "notice": 4})
}

// enrolledAgain: a new secret has no failures behind it, and shuts out nobody; to
// take one away lifts nothing, and nothing is lifted of another factor.
func enrolledAgain(t *testing.T, b *book) {
	ctx := t.Context()
	enrol := map[string]func(hash ...string) error{
		"pin":           func(hash ...string) error { return b.SetPIN(ctx, "s1", strings.Join(hash, ""), "jo", "came in person") },
		"recovery_code": func(hash ...string) error { return b.SetRecoveryCodes(ctx, "s1", hash, "jo", "came in person") },
	}
	for factor, set := range enrol {
		if err := set("a"); err != nil { // of one that never failed there is nothing to lift
			t.Fatal(err)
		}
		at := b.now()
		for range 10 {
			a := must(b.Reserve(ctx, "s1", factor, at))(t)
			at = at.Add(a.Wait)
		}
	}
	for factor, set := range enrol {
		for _, step := range []struct {
			hash     []string
			disabled bool
		}{{nil, true}, {[]string{"b"}, false}} {
			if err := set(step.hash...); err != nil {
				t.Fatal(err)
			}
			if lock := must(b.Lock(ctx, "s1", factor))(t); lock.Disabled != step.disabled || (lock.Failures == 0) == step.disabled {
				t.Errorf("%s, after %q: %+v", factor, step.hash, lock)
			}
		}
	}
	b.whole(map[string]int{"set_pin": 2, "remove_pin": 1, "set_recovery_codes": 3, "disable_factor": 2, "unlock": 2})
	for _, r := range must(b.Audit(ctx, ledger.AuditFilter{Action: "unlock"}))(t) {
		if r.Actor != "jo" || r.Reason != "came in person" || r.Detail["failures"] != "10" {
			t.Errorf("the audit says %+v", r)
		}
	}
}

func badCredentials(t *testing.T, b *book) {
	ctx := t.Context()
	wants(t, "nobody's PIN", b.SetPIN(ctx, "", "h", "jo", "enrolled"), ledger.ErrInvalid)
	wants(t, "a PIN by nobody", b.SetPIN(ctx, "s1", "h", "", "enrolled"), ledger.ErrInvalid)
	wants(t, "a PIN for no reason", b.SetPIN(ctx, "s1", "h", "jo", ""), ledger.ErrInvalid)
	wants(t, "a long hash", b.SetPIN(ctx, "s1", strings.Repeat("h", 5000), "jo", "enrolled"), ledger.ErrInvalid)
	var many []string
	for i := range 101 {
		many = append(many, strconv.Itoa(i))
	}
	for name, hashes := range map[string][]string{"one twice": {"a", "b", "a"}, "an empty one": {"a", ""}, "too many": many} {
		wants(t, name, b.SetRecoveryCodes(ctx, "s1", hashes, "jo", "enrolled"), ledger.ErrInvalid)
	}
	wants(t, "codes by nobody", b.SetRecoveryCodes(ctx, "s1", []string{"a"}, "", "enrolled"), ledger.ErrInvalid)
	wants(t, "codes for no reason", b.SetRecoveryCodes(ctx, "s1", []string{"a"}, "jo", ""), ledger.ErrInvalid)
	_, err := b.UseRecoveryCode(ctx, "s1", "", "call")
	wants(t, "use of nothing", err, ledger.ErrInvalid)
	b.holds(ledger.Credentials{})
}
