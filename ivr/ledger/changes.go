package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// NumberChange is a change of somebody's number as it is kept: sealed, with its
// version as its lock. Package numberchange says what is in it.
type NumberChange struct {
	ID      string // random
	Subject string // HMAC; a subject has one change at a time that has not ended
	// Version is 1 for a new one, and one more with each write.
	Version int64
	State   string    // a constant, for lists and metrics
	Ended   bool      // nothing more happens
	Due     time.Time // when it wants to be looked at; zero when it waits for people alone
	// Frozen is whether whoever decided on this version knew that the subject is
	// frozen. A freeze that came since is no less than another version. It is not kept.
	Frozen  bool
	Sealed  []byte // which the ledger cannot read; at most 16 KiB
	Created time.Time
	Changed time.Time
}

func (c NumberChange) check() error {
	switch {
	case c.ID == "" || c.Subject == "" || c.State == "" || c.Version < 1:
	case len(c.ID) > 64 || !clean(c.ID, c.Subject, c.State):
	case len(c.Sealed) == 0 || len(c.Sealed) > maxSealed:
	default:
		return nil
	}
	return fmt.Errorf("number change: %w", ErrInvalid)
}

// PutNumberChange writes a change over the version before it, with the rows of
// the audit that speak of it and the notices of it, all in one transaction: what
// is done next has its intent, and what was done is told. The notices belong to
// the first row.
//
// A change that somebody else has written meanwhile, or whose subject was frozen
// meanwhile, is [ErrStale]; a new one for
// a subject that has one already is [ErrTaken]; one that has ended stays as it
// is, but for another end of the same state. Whoever gets an error has done
// nothing, and does nothing.
func (l *Ledger) PutNumberChange(ctx context.Context, c NumberChange, rows []Entry, notices ...Notice) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("put number change: %w", err)
	}
	return l.write(ctx, "put number change", func(ctx context.Context, tx *writing) error {
		if err := l.putChange(ctx, tx, c); err != nil {
			return err
		}
		var first int64
		for _, e := range rows {
			seq, err := l.append(ctx, tx, e)
			if err != nil {
				return err
			}
			if first == 0 {
				first = seq
			}
		}
		_, err := l.owe(ctx, tx, first, notices)
		return err
	})
}

func (l *Ledger) putChange(ctx context.Context, tx *writing, c NumberChange) error {
	now := millis(l.now())
	if !c.Frozen {
		if _, frozen, err := readFreeze(ctx, tx, c.Subject); err != nil || frozen {
			return cmp.Or(err, ErrStale)
		}
	}
	if c.Version == 1 {
		return l.newChange(ctx, tx, c, now)
	}
	n, err := change(ctx, tx, `UPDATE number_changes SET version = $1, state = $2, ended = $3, due_ms = $4, sealed = $5, changed_ms = $6
		WHERE id = $7 AND version = $8 AND subject = $9 AND (ended = 0 OR state = $2)`,
		c.Version, c.State, bit(c.Ended), millis(c.Due), c.Sealed, now, c.ID, c.Version-1, c.Subject)
	if err == nil && n == 0 {
		return ErrStale
	}
	return err
}

func (l *Ledger) newChange(ctx context.Context, tx *writing, c NumberChange, now int64) error {
	var id string
	err := tx.QueryRowContext(ctx, `SELECT id FROM number_changes WHERE id = $1 OR (subject = $2 AND ended = 0)
		ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1`, c.ID, c.Subject).Scan(&id)
	switch {
	case err == nil && id == c.ID:
		return ErrStale
	case err == nil:
		return ErrTaken
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("read number change: %w", err)
	}
	_, err = change(ctx, tx, `INSERT INTO number_changes (id, subject, version, state, ended, due_ms, sealed, created_ms, changed_ms)
		VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $7)`, c.ID, c.Subject, c.State, bit(c.Ended), millis(c.Due), c.Sealed, now)
	return err
}

// NumberChange reads a change, or [ErrNotFound].
func (l *Ledger) NumberChange(ctx context.Context, id string) (c NumberChange, err error) {
	err = l.read(ctx, "read number change", func(ctx context.Context) error {
		c, err = scanChange(l.r.QueryRowContext(ctx, `SELECT `+changeColumns+` FROM number_changes WHERE id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("number change: %w", ErrNotFound)
		}
		return err
	})
	return c, err
}

// NumberChanges lists the changes that have not ended, and those that were
// written since a moment, the newest first, at most 1000.
func (l *Ledger) NumberChanges(ctx context.Context, since time.Time, limit int) (all []NumberChange, err error) {
	err = l.read(ctx, "list number changes", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanChange, `SELECT `+changeColumns+` FROM number_changes
			WHERE ended = 0 OR changed_ms >= $1 ORDER BY created_ms DESC, id LIMIT $2`, millis(since), bounded(limit))
		return err
	})
	return all, err
}

// NumberChangeOf finds the change of a subject that has not ended.
func (l *Ledger) NumberChangeOf(ctx context.Context, subject string) (c NumberChange, found bool, err error) {
	err = l.read(ctx, "find number change", func(ctx context.Context) error {
		c, err = scanChange(l.r.QueryRowContext(ctx, `SELECT `+changeColumns+` FROM number_changes WHERE subject = $1 AND ended = 0`, subject))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = err == nil
		return err
	})
	return c, found, err
}

// DueNumberChanges lists the changes that are due, and those that must stop since
// their subject was frozen, the longest due first, at most 1000. Those that are
// in the state "undoing" have stopped already. Nobody needs to be kept away from
// them: only one of those who deal with a version of a change can write the next.
func (l *Ledger) DueNumberChanges(ctx context.Context, now time.Time, limit int) (all []NumberChange, err error) {
	err = l.read(ctx, "list due number changes", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanChange, `SELECT `+changeColumns+` FROM number_changes WHERE ended = 0 AND (
			due_ms > 0 AND due_ms <= $1 OR state <> 'undoing' AND subject IN (SELECT subject FROM freezes))
			ORDER BY due_ms, id LIMIT $2`, millis(now), bounded(limit))
		return err
	})
	return all, err
}

// NextNumberChange is when the next change is due; zero when none is.
func (l *Ledger) NextNumberChange(ctx context.Context) (due time.Time, err error) {
	var ms int64
	err = l.read(ctx, "find due number change", func(ctx context.Context) error {
		return l.r.QueryRowContext(ctx, `SELECT COALESCE(MIN(due_ms), 0) FROM number_changes WHERE ended = 0 AND due_ms > 0`).Scan(&ms)
	})
	return moment(ms), err
}

const changeColumns = `id, subject, version, state, ended, due_ms, sealed, created_ms, changed_ms`

func scanChange(r scanner) (c NumberChange, err error) {
	var ended, due, created, changed int64
	if err := r.Scan(&c.ID, &c.Subject, &c.Version, &c.State, &ended, &due, &c.Sealed, &created, &changed); err != nil {
		return NumberChange{}, fmt.Errorf("read number change: %w", err)
	}
	c.Ended, c.Due, c.Created, c.Changed = ended != 0, moment(due), moment(created), moment(changed)
	return c, nil
}

// bit is how a truth is stored: the two databases agree on no better type.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
