package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// typed runs ringback with something on standard input.
func typed(t *testing.T, want int, in string, args ...string) (out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := run(context.Background(), args, streams{strings.NewReader(in), &o, &e}); code != want {
		t.Errorf("%v: exit %d, want %d\n%s%s", args, code, want, &o, &e)
	}
	return o.String(), e.String()
}

// audited opens the ledger of a site and lists what its audit says was done.
func audited(t *testing.T, file string) (l *ledger.Ledger, deeds []string) {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Options{URL: "sqlite:" + file, Key: auditKey()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := l.Rows(t.Context(), 4, func(r ledger.Row) error {
		deeds = append(deeds, r.Actor+" "+r.Action)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return l, deeds
}

func names(t *testing.T) caller.Pseudonyms {
	t.Helper()
	n, err := caller.NewPseudonyms([]byte(strings.Repeat("cd", 16)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRecoveryCodesIssue(t *testing.T) {
	conf, file := auditSite(t, false)
	issue := []string{"recovery-codes", "issue", "--config", conf, "--id", "1000001", "--by", "jo", "--reason", "enrolled"}
	out, _ := typed(t, 0, "", append(issue, "--count", "3")...)
	first := strings.Fields(out)
	if len(first) != 3 || !regexp.MustCompile(`^(\d{4}-){4}\d{4}$`).MatchString(first[0]) {
		t.Fatalf("printed %q", out)
	}
	if _, said := typed(t, 1, "no\n", issue...); !strings.Contains(said, "3 codes of an earlier set are left") || !strings.Contains(said, "nothing was changed") {
		t.Errorf("said %q", said)
	}
	typed(t, 0, "yes\n", issue...)
	out, _ = typed(t, 0, "", append(issue, "--yes", "--count", "2")...)
	last := strings.Fields(out)
	hashes, _ := typed(t, 0, "", "recovery-codes", "issue", "--config", conf, "--id", "1000001", "--print-hashes", "--count", "2")
	l, deeds := audited(t, file)
	subject := names(t).Subject("1000001")
	held, err := l.Credentials(t.Context(), subject)
	if err != nil || len(held.Recovery) != 2 || held.Recovery[1] != names(t).RecoveryHash(subject, last[1]) {
		t.Errorf("kept %v, %v", held, err)
	}
	for line := range strings.Lines(hashes) {
		if code, hash, _ := strings.Cut(strings.TrimSpace(line), " "); names(t).RecoveryHash(subject, code) != hash {
			t.Errorf("printed %q", line)
		}
	}
	if got := strings.Join(deeds, ", "); got != "jo set_recovery_codes, jo set_recovery_codes, jo set_recovery_codes" {
		t.Errorf("audit: %s", got)
	}
	data, err := os.ReadFile(file)
	if err != nil || bytes.Contains(data, []byte(last[0])) || bytes.Contains(data, []byte(strings.ReplaceAll(last[0], "-", ""))) {
		t.Errorf("a code is in the ledger, or %v", err)
	}
}

func TestPINSet(t *testing.T) {
	conf, file := auditSite(t, false)
	set := []string{"pin", "set", "--config", conf, "--id", "1000001", "--by", "jo", "--reason", "enrolled"}
	typed(t, 0, "24681357\n", set...)
	if _, said := typed(t, 1, "12345678\n", set...); !strings.Contains(said, "in a row") {
		t.Errorf("said %q", said)
	}
	typed(t, 1, "", set...)
	l, _ := audited(t, file)
	held, err := l.Credentials(t.Context(), names(t).Subject("1000001"))
	if err != nil || !strings.HasPrefix(held.PINHash, "$argon2id$") {
		t.Errorf("kept %v, %v", held, err)
	}
	for _, args := range [][]string{{"pin"}, {"pin", "hash"}} {
		if out, _ := typed(t, 0, "24681357\n", args...); !strings.HasPrefix(out, "$argon2id$") {
			t.Errorf("%v printed %q", args, out)
		}
	}
}

func TestThreat(t *testing.T) {
	conf, _ := auditSite(t, false)
	at := []string{"--config", conf}
	who := append([]string{"--by", "jo", "--reason", "a campaign"}, at...)
	for _, step := range []struct {
		args []string
		says string
	}{
		{append([]string{"threat", "status"}, at...), "not elevated"},
		{append([]string{"threat", "on", "--for", "2h"}, who...), "elevated until 20"},
		{append([]string{"threat", "status"}, at...), "by \"jo\": \"a campaign\""},
		{append([]string{"threat", "off"}, who...), "not elevated"},
		{append([]string{"threat", "status"}, at...), "not elevated\n"},
	} {
		if out, _ := typed(t, 0, "", step.args...); !strings.Contains(out, step.says) {
			t.Errorf("%v: %q", step.args, out)
		}
	}
}

func TestUnlockAndUnfreeze(t *testing.T) {
	conf, file := auditSite(t, false)
	subject := names(t).Subject("1000001")
	l, _ := audited(t, file)
	for _, f := range []string{"pin", "duo_push"} {
		if _, err := l.Reserve(t.Context(), subject, f, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Freeze(t.Context(), ledger.Freeze{Subject: subject, By: "line", Reason: "repudiated"}); err != nil {
		t.Fatal(err)
	}
	who := []string{"--by", "jo", "--reason", "proven in person", "--config", conf, "--id", "1000001"}
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{append([]string{"unlock", "--factor", "pin"}, who...), 0, "pin is unlocked\n"},
		{append([]string{"unlock"}, who...), 0, "duo_push is unlocked\n"},
		{append([]string{"unlock", "--factor", "emailed_code"}, who...), 1, "nothing to unlock"},
		{append([]string{"unlock", "--factor", "face"}, who...), 1, "unknown factor"},
		{append([]string{"unfreeze"}, who...), 0, "works again"},
		{append([]string{"unfreeze"}, who...), 1, "not frozen"},
	} {
		out, said := typed(t, step.code, "", step.args...)
		if !strings.Contains(out+said, step.says) {
			t.Errorf("%v: %q", step.args, out+said)
		}
	}
	_, deeds := audited(t, file)
	if got := strings.Join(deeds, ", "); got != "line freeze, jo unlock, jo unlock, jo unfreeze" {
		t.Errorf("audit: %s", got)
	}
	if f, frozen, err := l.Frozen(t.Context(), subject); err != nil || frozen {
		t.Errorf("frozen %v, %v", f, err)
	}
}

func TestLeadsCommandsRefuse(t *testing.T) {
	conf, _ := auditSite(t, false)
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no config":           {[]string{"threat", "status"}, 2, "--config"},
		"no such config":      {[]string{"threat", "status", "--config", conf + "x"}, 1, "ringback check"},
		"nobody":              {[]string{"threat", "on", "--config", conf, "--reason", "x"}, 2, "--by"},
		"no reason":           {[]string{"unlock", "--config", conf, "--id", "1000001", "--by", "jo"}, 2, "--reason"},
		"too long":            {[]string{"threat", "on", "--config", conf, "--by", "jo", "--reason", "x", "--for", "200h"}, 2, "1m to 168h"},
		"no ID":               {[]string{"recovery-codes", "issue", "--config", conf, "--by", "jo", "--reason", "x"}, 2, "--id"},
		"too many codes":      {[]string{"recovery-codes", "issue", "--config", conf, "--id", "1000001", "--count", "51"}, 2, "1 to 50"},
		"codes for no reason": {[]string{"recovery-codes", "issue", "--config", conf, "--id", "1000001", "--by", "jo"}, 2, "--reason"},
		"codes by nobody":     {[]string{"recovery-codes", "issue", "--config", conf, "--id", "1000001", "--reason", "x"}, 2, "--by"},
		"a PIN for no reason": {[]string{"pin", "set", "--config", conf, "--id", "1000001", "--by", "jo"}, 2, "--reason"},
		"a PIN by nobody":     {[]string{"pin", "set", "--config", conf, "--id", "1000001", "--reason", "x"}, 2, "--by"},
		"no such line":        {[]string{"freeze", "--config", conf, "--id", "1000001", "--by", "jo", "--reason", "x", "--line", "nowhere"}, 1, "there is no line"},
		"an ID of letters":    {[]string{"pin", "set", "--config", conf, "--id", "abcdefg", "--by", "jo", "--reason", "x"}, 1, "no line has such IDs"},
		"a short ID":          {[]string{"unfreeze", "--config", conf, "--id", "1000", "--by", "jo", "--reason", "x"}, 1, "lines.unique_id.digits"},
	} {
		if _, said := typed(t, tt.code, "24681357\n", tt.args...); !strings.Contains(said, tt.says) {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// A ledger that ends with its process cannot be written to from elsewhere.
func TestLeadsCommandsWantALedger(t *testing.T) {
	conf, _ := auditSite(t, false)
	text, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("#url: sqlite:ringback.db"), []byte("url: \"sqlite::memory:\""))
	if err := os.WriteFile(conf, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said := typed(t, 1, "", "threat", "status", "--config", conf); !strings.Contains(said, "the ledger is in memory") {
		t.Errorf("said %q", said)
	}
}

// broken cannot be written to.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// Codes that could not be printed end no set, and no command calls that a success.
func TestLostOutput(t *testing.T) {
	conf, file := auditSite(t, false)
	who := []string{"--config", conf, "--id", "1000001", "--by", "jo", "--reason", "enrolled"}
	typed(t, 0, "", append([]string{"recovery-codes", "issue", "--count", "3"}, who...)...)
	for _, args := range [][]string{
		append([]string{"recovery-codes", "issue", "--yes"}, who...),
		{"fallback", "--line", "health"},
		{"flow"},
		{"audit", "verify", "--config", conf},
	} {
		var e bytes.Buffer
		if code := run(t.Context(), args, streams{strings.NewReader(""), broken{}, &e}); code == 0 || !strings.Contains(e.String(), "no space left") {
			t.Errorf("%v: exit %d, %s", args, code, &e)
		}
	}
	l, _ := audited(t, file)
	if held, err := l.Credentials(t.Context(), names(t).Subject("1000001")); err != nil || len(held.Recovery) != 3 {
		t.Errorf("kept %d codes, %v", len(held.Recovery), err)
	}
}

func TestWhoMustBeSomebody(t *testing.T) {
	conf, _ := auditSite(t, false)
	for _, tt := range []struct{ by, reason, says string }{
		{"", "x", "a person's name"},
		{"  ", "x", "a person's name"},
		{"line", "x", "a person's name"},
		{"jo", " ", "a reason"},
		{"jo\x1b[31m", "x", "printable"},
		{"jo", strings.Repeat("x", 501), "too long"},
	} {
		if _, said := typed(t, 2, "", "threat", "on", "--config", conf, "--by", tt.by, "--reason", tt.reason); !strings.Contains(said, tt.says) {
			t.Errorf("%q %q: %s", tt.by, tt.reason, said)
		}
	}
}

func TestFreezeAndAllow(t *testing.T) {
	conf, file := auditSite(t, false)
	who := []string{"--by", "jo", "--reason", "called in", "--config", conf, "--id", "1000001"}
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{append([]string{"freeze"}, who...), 0, "is stopped"},
		{append([]string{"unfreeze"}, who...), 0, "works again"},
		{append([]string{"allow"}, who...), 0, "one more set of links may be made on 20"},
		{append([]string{"allow", "--line", "nowhere"}, who...), 1, "there is no line"},
	} {
		out, said := typed(t, step.code, "", step.args...)
		if !strings.Contains(out+said, step.says) {
			t.Errorf("%v: %q", step.args, out+said)
		}
	}
	_, deeds := audited(t, file)
	if got := strings.Join(deeds, ", "); !strings.HasPrefix(got, "jo freeze, jo unfreeze, jo allow") {
		t.Errorf("audit: %s", got)
	}
}
