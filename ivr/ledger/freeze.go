package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Freeze stops the recovery of a subject by phone, until somebody lifts it.
type Freeze struct {
	Subject string // HMAC
	By      string // a person, or "line"; never empty
	Reason  string
	CallRef string
	At      time.Time // zero is now
}

// Freeze stops a subject's recovery and owes the notices of it, in one
// transaction. Of a subject that is frozen already nothing changes: created is
// false, and nothing is owed. A freeze is never refused for want of a reason.
// From then on [Ledger.Claim] refuses the subject with [ErrFrozen].
func (l *Ledger) Freeze(ctx context.Context, f Freeze, notices ...Notice) (created bool, err error) {
	if f.Subject == "" || !named(f.By) {
		return false, fmt.Errorf("freeze: %w", ErrInvalid)
	}
	err = l.write(ctx, "freeze", func(ctx context.Context, tx *writing) error {
		if _, frozen, err := readFreeze(ctx, tx, f.Subject); err != nil || frozen {
			return err
		}
		seq, err := l.append(ctx, tx, Entry{
			Phase: Outcome, Action: "freeze", Subject: f.Subject, Actor: f.By, Reason: f.Reason, CallRef: f.CallRef,
		})
		if err != nil {
			return err
		}
		if f.At.IsZero() {
			f.At = l.now()
		}
		if _, err := change(ctx, tx, `INSERT INTO freezes (subject, actor, reason, call_ref, at_ms, audit)
			VALUES ($1, $2, $3, $4, $5, $6)`, f.Subject, f.By, f.Reason, f.CallRef, millis(f.At), seq); err != nil {
			return err
		}
		created = true
		_, err = l.owe(ctx, tx, seq, notices)
		return err
	})
	return created && err == nil, err
}

// Unfreeze lifts a freeze and owes the notices of it. It takes who did it and
// why, for the audit. A subject that is not frozen is [ErrNotFound].
func (l *Ledger) Unfreeze(ctx context.Context, subject, by, reason string, notices ...Notice) error {
	if subject == "" || !person(by) || reason == "" {
		return fmt.Errorf("unfreeze: whom, who and why: %w", ErrInvalid)
	}
	return l.write(ctx, "unfreeze", func(ctx context.Context, tx *writing) error {
		n, err := change(ctx, tx, `DELETE FROM freezes WHERE subject = $1`, subject)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("freeze: %w", ErrNotFound)
		}
		return l.appendOwing(ctx, tx, Entry{Phase: Outcome, Action: "unfreeze", Subject: subject, Actor: by, Reason: reason}, notices)
	})
}

// Frozen tells whether a subject's recovery is stopped, and by whom.
func (l *Ledger) Frozen(ctx context.Context, subject string) (f Freeze, frozen bool, err error) {
	err = l.read(ctx, "read freeze", func(ctx context.Context) error {
		f, frozen, err = readFreeze(ctx, l.r, subject)
		return err
	})
	return f, frozen, err
}

// Freezes lists who is frozen, the newest first, at most 1000.
func (l *Ledger) Freezes(ctx context.Context, limit int) (all []Freeze, err error) {
	err = l.read(ctx, "list freezes", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanFreeze,
			`SELECT subject, actor, reason, call_ref, at_ms FROM freezes ORDER BY at_ms DESC, audit DESC LIMIT $1`, bounded(limit))
		return err
	})
	return all, err
}

func readFreeze(ctx context.Context, q querier, subject string) (Freeze, bool, error) {
	f, err := scanFreeze(q.QueryRowContext(ctx, `SELECT subject, actor, reason, call_ref, at_ms FROM freezes WHERE subject = $1`, subject))
	if errors.Is(err, sql.ErrNoRows) {
		return Freeze{}, false, nil
	}
	return f, err == nil, err
}

func scanFreeze(r scanner) (f Freeze, err error) {
	var at int64
	if err := r.Scan(&f.Subject, &f.By, &f.Reason, &f.CallRef, &at); err != nil {
		return Freeze{}, fmt.Errorf("read freeze: %w", err)
	}
	f.At = moment(at)
	return f, nil
}
