package ledger

import "testing"

// OnStep tells f where each write stands: after it "locked" the chain, when it
// has "written" everything, and once it is "committed".
func (l *Ledger) OnStep(f func(op, step string)) { l.step = f }

// Setting is what a server's setting is for those who write.
func (l *Ledger) Setting(t *testing.T, name string) (value string) {
	t.Helper()
	tx, err := l.w.BeginTx(t.Context(), l.tx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := tx.QueryRowContext(t.Context(), `SELECT current_setting($1)`, name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// CheckURL says what is wrong with a URL, without opening anything.
func CheckURL(raw string) error {
	_, err := parseURL(raw)
	return err
}
