package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// trustedMS is when a trusted number was first seen: 2 January 1970, which is
// older than any policy asks and yet is a time.
const trustedMS = 24 * 60 * 60 * 1000

// NumberSeen is a number on file at the first start.
type NumberSeen struct {
	Subject string    // HMAC
	Number  string    // HMAC
	Since   time.Time // since when the directory has it; zero is unknown
	Trusted bool      // counts as old whatever Since says
}

// Import is what [Ledger.ImportNumbers] did.
type Import struct {
	At     time.Time // of the first import
	Added  int       // numbers that the first import added
	Repeat bool      // it happened at an earlier start, and this call did nothing
}

// SeeNumber notes that a number is on file for a subject (both are HMACs) and
// returns when that was first seen: now, for a new one. A new number that is
// trusted (by config, for trying out) counts as seen on 2 January 1970.
func (l *Ledger) SeeNumber(ctx context.Context, subject, number string, now time.Time, trusted bool) (firstSeen time.Time, err error) {
	n := NumberSeen{Subject: subject, Number: number, Since: now, Trusted: trusted}
	if err := n.check(); err != nil || now.IsZero() {
		return time.Time{}, fmt.Errorf("see number: %w", ErrInvalid)
	}
	// Nearly always it is known already, and reading waits for nobody.
	firstSeen, ok, err := l.NumberSince(ctx, subject, number)
	if err != nil || ok {
		return firstSeen, err
	}
	err = l.write(ctx, "see number", func(ctx context.Context, tx *writing) error {
		if _, err := insertNumber(ctx, tx, n, now); err != nil {
			return err
		}
		firstSeen, _, err = numberSince(ctx, tx, subject, number)
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	return firstSeen, nil
}

// NumberSince returns when a number was first seen for a subject, and whether
// it ever was.
func (l *Ledger) NumberSince(ctx context.Context, subject, number string) (time.Time, bool, error) {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	return numberSince(ctx, l.r, subject, number)
}

// ImportNumbers adds the numbers of the first start with their age in the
// directory, once in the life of a ledger: later a number that says of itself
// that it is old is believed no more. A Since that is zero or in the future is now.
func (l *Ledger) ImportNumbers(ctx context.Context, now time.Time, numbers []NumberSeen) (imp Import, err error) {
	if now.IsZero() {
		return Import{}, fmt.Errorf("import numbers: %w", ErrInvalid)
	}
	for _, n := range numbers {
		if err := n.check(); err != nil {
			return Import{}, fmt.Errorf("import numbers: %w", err)
		}
	}
	err = l.write(ctx, "import numbers", func(ctx context.Context, tx *writing) error {
		var at int64
		err := tx.QueryRowContext(ctx, `SELECT at_ms, added FROM numbers_import WHERE id = 1`).Scan(&at, &imp.Added)
		if err == nil {
			imp.At, imp.Repeat = moment(at), true
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read import: %w", err)
		}
		imp, err = l.importNumbers(ctx, tx, now, numbers)
		return err
	})
	if err != nil {
		return Import{}, err
	}
	return imp, nil
}

func (l *Ledger) importNumbers(ctx context.Context, tx *writing, now time.Time, numbers []NumberSeen) (Import, error) {
	imp := Import{At: moment(millis(now))}
	for _, n := range numbers {
		added, err := insertNumber(ctx, tx, n, now)
		if err != nil {
			return Import{}, err
		}
		imp.Added += added
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO numbers_import (id, at_ms, added) VALUES (1, $1, $2)`, millis(now), imp.Added)
	if err != nil {
		return Import{}, fmt.Errorf("note import: %w", err)
	}
	_, err = l.append(ctx, tx, Entry{
		Phase: Outcome, Action: "import_numbers", Actor: "line", Reason: "first_start",
		Detail: map[string]string{"added": strconv.Itoa(imp.Added)},
	})
	return imp, err
}

func (n NumberSeen) check() error {
	if n.Subject == "" || n.Number == "" || !clean(n.Subject, n.Number) {
		return fmt.Errorf("number: %w", ErrInvalid)
	}
	return nil
}

func insertNumber(ctx context.Context, tx *writing, n NumberSeen, now time.Time) (added int, err error) {
	first := millis(now)
	switch {
	case n.Trusted:
		first = trustedMS
	case !n.Since.IsZero() && n.Since.Before(now):
		first = max(millis(n.Since), trustedMS)
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO numbers (subject, number, first_ms) VALUES ($1, $2, $3)
		ON CONFLICT (subject, number) DO NOTHING`, n.Subject, n.Number, first)
	if err != nil {
		return 0, fmt.Errorf("insert number: %w", err)
	}
	rows, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("insert number: %w", err)
	}
	return int(rows), nil
}

func numberSince(ctx context.Context, q querier, subject, number string) (time.Time, bool, error) {
	var ms int64
	err := q.QueryRowContext(ctx, `SELECT first_ms FROM numbers WHERE subject = $1 AND number = $2`, subject, number).Scan(&ms)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read number: %w", err)
	}
	return moment(ms), true, nil
}
