package ledger

import (
	"context"
	"fmt"
	"time"
)

// Case is somebody who is not on the line but with the desk, by a lead's word:
// on camera, or in the office.
type Case struct {
	ID      int64  // of its row in the audit
	Subject string // HMAC
	Sealed  []byte // who that is, which the ledger cannot read; at most 16 KiB
	By      string
	Reason  string // such as the ticket's number
	At      time.Time
	Until   time.Time
}

// OpenCase opens a case until a moment, or opens the subject's anew, with who did
// it and why.
func (l *Ledger) OpenCase(ctx context.Context, c Case) error {
	if c.Subject == "" || c.By == "" || c.Reason == "" || c.Until.IsZero() || len(c.Sealed) == 0 || len(c.Sealed) > maxSealed {
		return fmt.Errorf("open case: %w", ErrInvalid)
	}
	return l.write(ctx, "open case", func(ctx context.Context, tx *writing) error {
		seq, err := l.append(ctx, tx, Entry{
			Phase: Outcome, Action: "case", Subject: c.Subject, Actor: c.By, Reason: c.Reason,
			Detail: map[string]string{"until": c.Until.UTC().Format(time.RFC3339)},
		})
		if err != nil {
			return err
		}
		if _, err := change(ctx, tx, `DELETE FROM cases WHERE subject = $1`, c.Subject); err != nil {
			return err
		}
		_, err = change(ctx, tx, `INSERT INTO cases (id, subject, sealed, actor, reason, at_ms, until_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, seq, c.Subject, c.Sealed, c.By, c.Reason, millis(l.now()), millis(c.Until))
		return err
	})
}

// Cases lists the cases that are open, the newest first, at most 1000.
func (l *Ledger) Cases(ctx context.Context) (all []Case, err error) {
	err = l.read(ctx, "list cases", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanCase, `SELECT id, subject, sealed, actor, reason, at_ms, until_ms FROM cases
			WHERE until_ms > $1 ORDER BY id DESC LIMIT $2`, millis(l.now()), maxList)
		return err
	})
	return all, err
}

func scanCase(r scanner) (c Case, err error) {
	var at, until int64
	if err := r.Scan(&c.ID, &c.Subject, &c.Sealed, &c.By, &c.Reason, &at, &until); err != nil {
		return Case{}, fmt.Errorf("read case: %w", err)
	}
	c.At, c.Until = moment(at), moment(until)
	return c, nil
}
