package ledger

import (
	"context"
	"fmt"
	"time"
)

// Lock is a factor of a subject that takes no try now.
type Lock struct {
	Subject, Factor string
	Failures        int       // in a row
	Disabled        bool      // until [Ledger.Unlock]
	WaitUntil       time.Time // the next try, unless disabled; zero is at once
	Seen            time.Time // the last try, granted or not
}

// Locks lists the disabled factors and the running waits, by the last try, the
// newest first, at most 1000; not those of [Unsent].
func (l *Ledger) Locks(ctx context.Context, limit int) (all []Lock, err error) {
	scan := func(r scanner) (k Lock, err error) {
		var disabledBy, wait, seen int64
		if err := r.Scan(&k.Subject, &k.Factor, &k.Failures, &disabledBy, &wait, &seen); err != nil {
			return Lock{}, fmt.Errorf("read lock: %w", err)
		}
		k.Disabled, k.WaitUntil, k.Seen = disabledBy != 0, moment(wait), moment(seen)
		return k, nil
	}
	err = l.read(ctx, "list locks", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scan, `SELECT subject, factor, tries - settled, disabled_by, wait_ms, seen_ms FROM failures
			WHERE (disabled_by <> 0 OR wait_ms > $1) AND substr(factor, 1, $2) <> $3
			ORDER BY seen_ms DESC, subject, factor LIMIT $4`, millis(l.now()), len(unsent), unsent, bounded(limit))
		return err
	})
	return all, err
}

// Allow lets a subject have one more action of a kind on a day ("2006-01-02" in
// the line's zone) than the limit says. It takes who did it and why, for the
// audit. Each call allows one.
func (l *Ledger) Allow(ctx context.Context, subject, kind, day, by, reason string) error {
	if subject == "" || kind == "" || !person(by) || reason == "" {
		return fmt.Errorf("allow: whom, what, who and why: %w", ErrInvalid)
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return fmt.Errorf("allow: day: %w", ErrInvalid)
	}
	return l.write(ctx, "allow", func(ctx context.Context, tx *writing) error {
		seq, err := l.append(ctx, tx, Entry{
			Phase: Outcome, Action: "allow", Subject: subject, Actor: by, Reason: reason,
			Detail: map[string]string{"kind": kind, "day": day},
		})
		if err != nil {
			return err
		}
		_, err = change(ctx, tx, `INSERT INTO allowances (id, subject, kind, day, actor, reason, at_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, seq, subject, kind, day, by, reason, millis(l.now()))
		return err
	})
}

// Allowances is how many more actions of a kind a subject may have on a day.
func (l *Ledger) Allowances(ctx context.Context, subject, kind, day string) (n int, err error) {
	err = l.read(ctx, "count allowances", func(ctx context.Context) error {
		return l.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM allowances WHERE subject = $1 AND kind = $2 AND day = $3`,
			subject, kind, day).Scan(&n)
	})
	return n, err
}
