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
		if err := b.SetPIN(t.Context(), "s1", hash, "self"); err != nil {
			t.Fatal(err)
		}
		b.holds(ledger.Credentials{PINHash: hash})
	}
	b.whole(map[string]int{"set_pin": 2, "remove_pin": 1})
	for _, r := range must(b.Audit(t.Context(), ledger.AuditFilter{}))(t) {
		if r.Actor != "self" || len(r.Detail) != 0 || r.Reason != "" {
			t.Errorf("the audit says %+v", r)
		}
	}
}

func recoveryCodes(t *testing.T, b *book) {
	ctx := t.Context()
	set := func(hashes ...string) {
		t.Helper()
		if err := b.SetRecoveryCodes(ctx, "s1", hashes, "self"); err != nil {
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

func badCredentials(t *testing.T, b *book) {
	ctx := t.Context()
	wants(t, "nobody's PIN", b.SetPIN(ctx, "", "h", "self"), ledger.ErrInvalid)
	wants(t, "a PIN by nobody", b.SetPIN(ctx, "s1", "h", ""), ledger.ErrInvalid)
	wants(t, "a long hash", b.SetPIN(ctx, "s1", strings.Repeat("h", 5000), "self"), ledger.ErrInvalid)
	var many []string
	for i := range 101 {
		many = append(many, strconv.Itoa(i))
	}
	for name, hashes := range map[string][]string{"one twice": {"a", "b", "a"}, "an empty one": {"a", ""}, "too many": many} {
		wants(t, name, b.SetRecoveryCodes(ctx, "s1", hashes, "self"), ledger.ErrInvalid)
	}
	wants(t, "codes by nobody", b.SetRecoveryCodes(ctx, "s1", []string{"a"}, ""), ledger.ErrInvalid)
	_, err := b.UseRecoveryCode(ctx, "s1", "", "call")
	wants(t, "use of nothing", err, ledger.ErrInvalid)
	b.holds(ledger.Credentials{})
}
