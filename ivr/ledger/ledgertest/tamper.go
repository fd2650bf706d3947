package ledgertest

import (
	"bytes"
	"strings"
	"testing"

	"ringback/ivr/ledger"
)

func tamperCases() []testCase {
	cases := []testCase{
		{"an end put back is never sealed", putBack},
		{"only a pin shows an older state", onlyAPin},
		{"export of an edited row", exportEdited},
	}
	for _, c := range tampers() {
		cases = append(cases, testCase{"verify: " + c.name, func(t *testing.T, b *book) {
			b.three()
			b.tamper(c.edits...)
			r := must(b.Verify(t.Context()))(t)
			if c.want == "" {
				c.want = "3 rows, chain whole"
			}
			if got := r.String(); !strings.HasPrefix(got, c.want) {
				t.Errorf("report %q, want %q", got, c.want)
			}
		}})
	}
	return cases
}

type tamper struct {
	name, want string
	edits      []string
}

func tampers() []tamper {
	return []tamper{
		{"nothing", "", []string{`SELECT 1`}},
		{"edited", "row 2: edited", []string{`UPDATE audit SET action = 'six' WHERE seq = 2`}},
		{"edited with its hash", "row 2: edited", []string{`UPDATE audit SET action = 'six', hash = prev_hash WHERE seq = 2`}},
		{"the last edited", "row 3: edited", []string{`UPDATE audit SET reason = '' WHERE seq = 3`}},
		{"removed", "row 2: removed", []string{`DELETE FROM audit WHERE seq = 2`}},
		{"the first removed", "row 1: removed", []string{`DELETE FROM audit WHERE seq = 1`}},
		{"cut off", "row 3: truncated", []string{`DELETE FROM audit WHERE seq = 3`}},
		{"two cut off", "rows 2 to 3: truncated", []string{`DELETE FROM audit WHERE seq > 1`}},
		{"reordered", "row 2: reordered", []string{
			`UPDATE audit SET seq = -2 WHERE seq = 2`, `UPDATE audit SET seq = 2 WHERE seq = 3`, `UPDATE audit SET seq = 3 WHERE seq = -2`,
		}},
		{"appended", "row 4: ", []string{`INSERT INTO audit SELECT 4, at_ms, phase, action, subject, actor, reason, factors,
			policy_version, call_ref, detail, hash, hash FROM audit WHERE seq = 3`}},
		{"the end lost", "row 3: head", []string{`DELETE FROM audit_head`}},
		{"the end moved", "row 2: head", []string{`UPDATE audit_head SET seq = 2`}},
	}
}

func (b *book) tamper(edits ...string) {
	b.t.Helper()
	db := b.raw()
	for _, e := range edits {
		if _, err := db.ExecContext(b.t.Context(), e); err != nil {
			b.t.Fatal(err)
		}
	}
}

// putBack: whoever cuts rows off and moves the end back cannot seal it; and the
// ledger does not, by going on.
func putBack(t *testing.T, b *book) {
	b.three()
	b.tamper(`DELETE FROM audit WHERE seq = 3`, `UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)`)
	_, err := b.Append(t.Context(), ledger.Entry{Phase: ledger.Outcome, Action: "x"})
	wants(t, "an append", err, ledger.ErrKey)
	a, err := b.Reserve(t.Context(), "s1", "pin", b.now())
	wants(t, "a try", err, ledger.ErrKey)
	if a.Granted {
		t.Error("granted")
	}
	if r := must(b.Verify(t.Context()))(t); r.OK() {
		t.Errorf("report %v", r)
	}
}

func onlyAPin(t *testing.T, b *book) {
	must(b.Append(t.Context(), ledger.Entry{Phase: ledger.Outcome, Action: "x"}))(t)
	db := b.raw()
	var older string
	if err := db.QueryRowContext(t.Context(), `SELECT mac FROM audit_head`).Scan(&older); err != nil {
		t.Fatal(err)
	}
	b.three()
	pin := must(b.Head(t.Context()))(t)
	if r := must(b.Verify(t.Context(), pin))(t); !r.OK() {
		t.Errorf("with its pin: %v", r)
	}
	if r := must(b.Verify(t.Context(), ledger.Head{Seq: 2, Hash: pin.Hash}))(t); r.String() != "row 2: pin" {
		t.Errorf("with another pin: %v", r)
	}
	if _, err := db.ExecContext(t.Context(), `DELETE FROM audit WHERE seq > 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit WHERE seq = 1), mac = $1`, older); err != nil {
		t.Fatal(err)
	}
	if r := must(b.Verify(t.Context()))(t); !r.OK() {
		t.Errorf("an older state: %v", r)
	}
	if r := must(b.Verify(t.Context(), pin))(t); r.String() != "rows 2 to 4: truncated" {
		t.Errorf("an older state, with a pin: %v", r)
	}
}

func exportEdited(t *testing.T, b *book) {
	b.three()
	b.tamper(`UPDATE audit SET detail = 'no JSON "' WHERE seq = 2`)
	var out bytes.Buffer
	if n := must(b.Export(t.Context(), &out, 0))(t); n != 3 || !strings.Contains(out.String(), `"detail":"no JSON \""`) {
		t.Errorf("%d rows:\n%s", n, &out)
	}
}
