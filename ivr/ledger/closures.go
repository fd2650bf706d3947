package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Closure is a desk that a lead has closed on the spot, for a while.
type Closure struct {
	Line  string    // id; empty is every line
	Words string    // as they are said, at most 200 characters
	Until time.Time // when it ends by itself
	By    string
	Set   time.Time // the ledger's
}

// maxWords bounds what is said of a closure.
const maxWords = 200

func (c Closure) check(now time.Time) error {
	odd := strings.ContainsFunc(c.Words, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError })
	if n := utf8.RuneCountInString(strings.TrimSpace(c.Words)); n == 0 || n > maxWords || odd || c.By == "" || !c.Until.After(now) {
		return fmt.Errorf("closure: words, until when and who: %w", ErrInvalid)
	}
	return nil
}

// SetClosure closes a line's desk, or every desk, in the place of what was set for
// the same before; with who did it and what is said in the audit.
func (l *Ledger) SetClosure(ctx context.Context, c Closure) error {
	if err := c.check(l.now()); err != nil {
		return err
	}
	return l.write(ctx, "set closure", func(ctx context.Context, tx *writing) error {
		if _, err := change(ctx, tx, `INSERT INTO closures (line, words, until_ms, actor, set_ms) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (line) DO UPDATE SET words = excluded.words, until_ms = excluded.until_ms,
			actor = excluded.actor, set_ms = excluded.set_ms`, c.Line, c.Words, millis(c.Until), c.By, millis(l.now())); err != nil {
			return err
		}
		_, err := l.append(ctx, tx, Entry{Phase: Outcome, Action: "close_desk", Actor: c.By, Reason: c.Words, Detail: map[string]string{
			"line": c.Line, "until": c.Until.UTC().Format(time.RFC3339),
		}})
		return err
	})
}

// LiftClosure opens a line's desk again, or ends what was set for every desk. One
// that is not closed any more is [ErrNotFound].
func (l *Ledger) LiftClosure(ctx context.Context, line, by, reason string) error {
	if by == "" || reason == "" {
		return fmt.Errorf("lift closure: who and why: %w", ErrInvalid)
	}
	return l.write(ctx, "lift closure", func(ctx context.Context, tx *writing) error {
		n, err := change(ctx, tx, `DELETE FROM closures WHERE line = $1 AND until_ms > $2`, line, millis(l.now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("closure: %w", ErrNotFound)
		}
		_, err = l.append(ctx, tx, Entry{Phase: Outcome, Action: "open_desk", Actor: by, Reason: reason, Detail: map[string]string{"line": line}})
		return err
	})
}

// Closures are the desks that are closed now, by line; what is set for every line
// comes first.
func (l *Ledger) Closures(ctx context.Context) (all []Closure, err error) {
	scan := func(r scanner) (c Closure, err error) {
		var until, set int64
		if err := r.Scan(&c.Line, &c.Words, &until, &c.By, &set); err != nil {
			return Closure{}, fmt.Errorf("read closure: %w", err)
		}
		c.Until, c.Set = moment(until), moment(set)
		return c, nil
	}
	err = l.read(ctx, "list closures", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scan, `SELECT line, words, until_ms, actor, set_ms FROM closures
			WHERE until_ms > $1 ORDER BY line LIMIT $2`, millis(l.now()), maxList)
		return err
	})
	return all, err
}
