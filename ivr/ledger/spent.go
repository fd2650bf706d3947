package ledger

import (
	"context"
	"fmt"
)

// Spent is something that counts once and never again.
type Spent struct {
	Subject string // HMAC
	Kind    string // a constant: "texted_code", "emailed_code", "recovery_code"
	Token   string // HMAC of what was used
	CallRef string // that used it; the first one's is kept
}

// Spend notes that something was used. first is true for exactly one use of a
// subject's kind and token, whatever calls, instances and restarts lie between;
// only then may it count. A repeat writes nothing.
func (l *Ledger) Spend(ctx context.Context, s Spent) (first bool, err error) {
	if s.Subject == "" || s.Kind == "" || s.Token == "" || !clean(s.Token) {
		return false, fmt.Errorf("spend: %w", ErrInvalid)
	}
	err = l.write(ctx, "spend", func(ctx context.Context, tx *writing) error {
		n, err := change(ctx, tx, `INSERT INTO spent (subject, kind, token, call_ref, at_ms) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (subject, kind, token) DO NOTHING`, s.Subject, s.Kind, s.Token, s.CallRef, millis(l.now()))
		if err != nil || n == 0 {
			return err
		}
		first = true
		_, err = l.append(ctx, tx, Entry{
			Phase: Outcome, Action: "spend", Subject: s.Subject, Actor: line, Reason: s.Kind, CallRef: s.CallRef,
		})
		return err
	})
	return first && err == nil, err
}

// line is the actor of what no person did.
const line = "line"

// change executes a statement and tells how many rows it changed.
func change(ctx context.Context, tx *writing, statement string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, fmt.Errorf("change rows: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("count rows: %w", err)
	}
	return n, nil
}
