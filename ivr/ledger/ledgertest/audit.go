package ledgertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func auditCases() []testCase {
	return []testCase{
		{"the audit by filter", auditByFilter},
		{"the audit as lines", exportLines},
		{"an empty audit", emptyAudit},
		{"bad entries", badEntries},
		{"a closed ledger is an error", closed},
	}
}

// three appends three entries, an hour apart.
func (b *book) three() {
	b.t.Helper()
	for i, e := range []ledger.Entry{
		{Phase: ledger.Intent, Action: "one", Subject: "s1", CallRef: "a", Actor: "line"},
		{Phase: ledger.Outcome, Action: "two", Subject: "s1", CallRef: "b", Factors: []string{"pin"}, PolicyVersion: "7"},
		{Phase: ledger.Outcome, Action: "one", Subject: "s2", CallRef: "a", Reason: "Jürgen said <so> & \"so\"", Detail: map[string]string{"a": "<&>", "b": "2"}},
	} {
		if i > 0 {
			b.advance(time.Hour)
		}
		must(b.Append(b.t.Context(), e))(b.t)
	}
}

func auditByFilter(t *testing.T, b *book) {
	b.three()
	for _, tt := range []struct {
		name string
		f    ledger.AuditFilter
		want []int64
	}{
		{"all", ledger.AuditFilter{}, []int64{3, 2, 1}},
		{"the newest two", ledger.AuditFilter{Limit: 2}, []int64{3, 2}},
		{"a subject", ledger.AuditFilter{Subject: "s1"}, []int64{2, 1}},
		{"an action", ledger.AuditFilter{Action: "one"}, []int64{3, 1}},
		{"a call", ledger.AuditFilter{CallRef: "b"}, []int64{2}},
		{"since", ledger.AuditFilter{Since: Noon().Add(time.Hour)}, []int64{3, 2}},
		{"all at once", ledger.AuditFilter{Subject: "s1", Action: "one", CallRef: "a", Since: Noon(), Limit: 9}, []int64{1}},
		{"nothing", ledger.AuditFilter{Subject: "s1' OR '1'='1"}, nil},
	} {
		var got []int64
		for _, r := range must(b.Audit(t.Context(), tt.f))(t) {
			got = append(got, r.Seq)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	stop := errors.New("enough")
	n := 0
	err := b.Rows(t.Context(), 2, func(ledger.Row) error { n++; return stop })
	wants(t, "rows until enough", err, stop)
	if n != 1 {
		t.Errorf("%d rows read, want 1", n)
	}
}

func exportLines(t *testing.T, b *book) {
	b.three()
	var out bytes.Buffer
	if n := must(b.Export(t.Context(), &out, 2))(t); n != 2 {
		t.Errorf("%d rows exported, want 2", n)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("export:\n%s", &out)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	head := must(b.Head(t.Context()))(t)
	var before struct {
		Hash string `json:"hash"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &before); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"seq": 3.0, "at": "2026-11-24T14:00:00.000Z", "phase": "outcome", "action": "one", "subject": "s2", "actor": "",
		"reason": "Jürgen said <so> & \"so\"", "factors": []any{}, "policy_version": "", "call_ref": "a",
		"detail": map[string]any{"a": "<&>", "b": "2"}, "prev_hash": before.Hash, "hash": head.Hash,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	_, err := b.Export(t.Context(), broken{}, 0)
	wants(t, "export into nothing", err, errBroken)
}

var errBroken = errors.New("broken pipe")

// broken takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func emptyAudit(t *testing.T, b *book) {
	var out bytes.Buffer
	if n := must(b.Export(t.Context(), &out, 0))(t); n != 0 || out.Len() != 0 {
		t.Errorf("%d rows exported: %s", n, &out)
	}
	if rows := must(b.Audit(t.Context(), ledger.AuditFilter{}))(t); len(rows) != 0 {
		t.Errorf("rows %+v", rows)
	}
	if h := must(b.Head(t.Context()))(t); h != (ledger.Head{}) {
		t.Errorf("head %+v", h)
	}
	b.whole(nil)
}

func badEntries(t *testing.T, b *book) {
	long := strings.Repeat("x", 5000)
	for name, e := range map[string]ledger.Entry{
		"no phase":      {Action: "a"},
		"no action":     {Phase: ledger.Intent},
		"a long actor":  {Phase: ledger.Intent, Action: "a", Actor: long},
		"a long detail": {Phase: ledger.Intent, Action: "a", Detail: map[string]string{"a": long}},
		"no UTF-8":      {Phase: ledger.Intent, Action: "a", Subject: "\xfe"},
	} {
		_, err := b.Append(t.Context(), e)
		wants(t, name, err, ledger.ErrInvalid)
	}
}

func closed(t *testing.T, b *book) {
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := b.Reserve(t.Context(), "s1", "pin", b.now()); err == nil || a.Granted {
		t.Errorf("granted %v, %v", a.Granted, err)
	}
	if _, created, err := b.Claim(t.Context(), links("a", 1, 1)); err == nil || created {
		t.Errorf("created %v, %v", created, err)
	}
	if first, err := b.Spend(t.Context(), spent("t")); err == nil || first {
		t.Errorf("first %v, %v", first, err)
	}
	if _, frozen, err := b.Frozen(t.Context(), "s1"); err == nil || frozen {
		t.Errorf("frozen %v, %v", frozen, err)
	}
	if err := b.Ping(t.Context()); err == nil {
		t.Error("answers a ping")
	}
}
