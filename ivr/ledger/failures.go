package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Attempt is a reserved try, or the refusal of one.
type Attempt struct {
	Subject, Factor string
	// Granted is true when the try may be compared. It counts as failed until
	// [Ledger.Settle] says otherwise.
	Granted bool
	// Number is the try's number among all tries ever; 0 without a grant.
	Number int64
	// Count is the number of consecutive failures, this try included.
	Count int
	// LockedUntil is when the next try may be made; zero is now.
	LockedUntil time.Time
	// Wait is how long that is from the moment of asking.
	Wait time.Duration
	// JustDisabled is true when this very try, granted, is the one that disabled
	// the factor: the time to owe its notice.
	JustDisabled bool
	// Disabled is true when no try is granted before [Ledger.Unlock], other
	// than, after this one passed, the next.
	Disabled bool
}

// unsent begins the names of [Unsent].
const unsent = "unsent_"

// Unsent is the name under which tries of a factor count of which nothing was sent.
// Such a count costs what others cost, and nobody has to lift it: it opens and
// shuts nothing, and [Ledger.Locks] leaves it out.
func Unsent(factor string) string { return unsent + factor }

// failures is a row of the table.
type failures struct{ tries, settled, disabledBy, waitMS int64 }

func (f failures) count() int64 { return f.tries - f.settled }

// Reserve counts a try of a subject's factor as failed, before it is compared,
// and tells whether it may be compared at all. A refused try is not counted.
// Subject is an HMAC of what was keyed, whether or not such a person exists.
// The last try before the cap disables the factor, and the audit says so.
func (l *Ledger) Reserve(ctx context.Context, subject, factor string, now time.Time) (Attempt, error) {
	if subject == "" || factor == "" || now.IsZero() || !clean(subject, factor) {
		return Attempt{}, fmt.Errorf("reserve try: %w", ErrInvalid)
	}
	a := Attempt{Subject: subject, Factor: factor}
	err := l.write(ctx, "reserve try", func(ctx context.Context, tx *writing) error {
		f, err := touchFailures(ctx, tx, subject, factor, now)
		if err != nil {
			return err
		}
		a.Count = int(f.count())
		if f.disabledBy != 0 {
			a.Disabled = true
			return nil
		}
		if millis(now) < f.waitMS {
			a.LockedUntil = moment(f.waitMS)
			a.Wait = a.LockedUntil.Sub(now)
			return nil
		}
		return l.reserve(ctx, tx, &a, f, now)
	})
	if err != nil {
		return Attempt{}, err
	}
	return a, nil
}

func (l *Ledger) reserve(ctx context.Context, tx *writing, a *Attempt, f failures, now time.Time) error {
	f.tries++
	a.Granted, a.Number, a.Count = true, f.tries, int(f.count())
	if a.Wait = l.limits.wait(f.count()); a.Wait > 0 {
		a.LockedUntil = moment(millis(now.Add(a.Wait)))
	}
	if a.Count >= l.limits.Consecutive {
		a.Disabled, a.JustDisabled, f.disabledBy = true, true, f.tries
		if _, err := l.append(ctx, tx, Entry{
			Phase: Outcome, Action: "disable_factor", Subject: a.Subject, Actor: "line", Reason: "consecutive_failures",
			Detail: map[string]string{"factor": a.Factor, "failures": strconv.Itoa(a.Count)},
		}); err != nil {
			return err
		}
	}
	f.waitMS = millis(a.LockedUntil)
	return storeFailures(ctx, tx, a.Subject, a.Factor, f)
}

// Settle tells how a granted try ended. One that passed clears the failures up
// to it; those of later tries stay. One that failed is counted already. When
// stands is false the pass must be treated as a failure: other tries at the
// same time have disabled the factor.
func (l *Ledger) Settle(ctx context.Context, a Attempt, passed bool) (stands bool, err error) {
	if !a.Granted || a.Number < 1 {
		return false, fmt.Errorf("settle try: %w", ErrInvalid)
	}
	if !passed {
		return false, nil
	}
	err = l.write(ctx, "settle try", func(ctx context.Context, tx *writing) error {
		f, err := readFailures(ctx, tx, a.Subject, a.Factor)
		if err != nil {
			return err
		}
		if f.disabledBy != 0 && f.disabledBy != a.Number {
			return nil
		}
		if f.disabledBy != 0 {
			if _, err := l.append(ctx, tx, Entry{
				Phase: Outcome, Action: "enable_factor", Subject: a.Subject, Actor: "line", Reason: "last_try_passed",
				Detail: map[string]string{"factor": a.Factor},
			}); err != nil {
				return err
			}
		}
		stands = true
		f.settled = max(f.settled, a.Number)
		f.disabledBy, f.waitMS = 0, 0
		return storeFailures(ctx, tx, a.Subject, a.Factor, f)
	})
	if err != nil {
		return false, err
	}
	return stands, nil
}

// Unlock enables a subject's factor again and clears its failures. It takes
// who did it and why, for the audit; a name that is no person's is [ErrInvalid].
// Nothing to unlock is [ErrNotFound].
func (l *Ledger) Unlock(ctx context.Context, subject, factor, by, reason string) error {
	return l.UnlockOwing(ctx, subject, factor, by, reason)
}

// UnlockOwing is [Ledger.Unlock] and [Ledger.Owe] in one transaction.
func (l *Ledger) UnlockOwing(ctx context.Context, subject, factor, by, reason string, notices ...Notice) error {
	if !person(by) || reason == "" {
		return fmt.Errorf("unlock: who and why: %w", ErrInvalid)
	}
	return l.write(ctx, "unlock", func(ctx context.Context, tx *writing) error {
		return l.lift(ctx, tx, factor, Entry{Subject: subject, Actor: by, Reason: reason}, notices)
	})
}

// lift clears a factor's failures, by whom and why the entry says.
func (l *Ledger) lift(ctx context.Context, tx *writing, factor string, e Entry, notices []Notice) error {
	f, err := readFailures(ctx, tx, e.Subject, factor)
	if err != nil {
		return err
	}
	if f.count() == 0 && f.disabledBy == 0 {
		return fmt.Errorf("a lock: %w", ErrNotFound)
	}
	e.Phase, e.Action = Outcome, "unlock"
	e.Detail = map[string]string{"factor": factor, "failures": strconv.FormatInt(f.count(), 10)}
	if err := l.appendOwing(ctx, tx, e, notices); err != nil {
		return err
	}
	f.settled, f.disabledBy, f.waitMS = f.tries, 0, 0
	return storeFailures(ctx, tx, e.Subject, factor, f)
}

// touchFailures reads the row, which it makes when there is none: known and
// unknown subjects cost the same.
func touchFailures(ctx context.Context, tx *writing, subject, factor string, now time.Time) (f failures, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO failures
		(subject, factor, tries, settled, disabled_by, wait_ms, seen_ms) VALUES ($1, $2, 0, 0, 0, 0, $3)
		ON CONFLICT (subject, factor) DO UPDATE SET seen_ms = excluded.seen_ms
		RETURNING tries, settled, disabled_by, wait_ms`, subject, factor, millis(now)).
		Scan(&f.tries, &f.settled, &f.disabledBy, &f.waitMS)
	if err != nil {
		return failures{}, fmt.Errorf("count failures: %w", err)
	}
	return f, nil
}

func readFailures(ctx context.Context, q querier, subject, factor string) (f failures, err error) {
	err = q.QueryRowContext(ctx, `SELECT tries, settled, disabled_by, wait_ms FROM failures
		WHERE subject = $1 AND factor = $2`, subject, factor).Scan(&f.tries, &f.settled, &f.disabledBy, &f.waitMS)
	if errors.Is(err, sql.ErrNoRows) {
		return failures{}, fmt.Errorf("failures: %w", ErrNotFound)
	}
	if err != nil {
		return failures{}, fmt.Errorf("read failures: %w", err)
	}
	return f, nil
}

func storeFailures(ctx context.Context, tx *writing, subject, factor string, f failures) error {
	_, err := tx.ExecContext(ctx, `UPDATE failures SET tries = $1, settled = $2, disabled_by = $3, wait_ms = $4
		WHERE subject = $5 AND factor = $6`, f.tries, f.settled, f.disabledBy, f.waitMS, subject, factor)
	if err != nil {
		return fmt.Errorf("store failures: %w", err)
	}
	return nil
}
