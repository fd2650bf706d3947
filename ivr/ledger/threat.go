package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Threat is the elevated threat, which all instances obey. The ledger is its only
// home.
type Threat struct {
	Until  time.Time // it is on before this moment; zero is off
	By     string    // a person, or "line" of what failures tripped
	Reason string
	Set    time.Time // zero is now
}

// SetThreat replaces the threat for a person, whoever set it; the same once more
// (until when, who and why) does nothing.
func (l *Ledger) SetThreat(ctx context.Context, t Threat) error {
	if !person(t.By) || t.Reason == "" {
		return fmt.Errorf("set threat: who and why: %w", ErrInvalid)
	}
	return l.write(ctx, "set threat", func(ctx context.Context, tx *writing) error {
		was, err := readThreat(ctx, tx)
		if err != nil {
			return err
		}
		if millis(was.Until) == millis(t.Until) && was.By == t.By && was.Reason == t.Reason {
			return nil
		}
		return l.storeThreat(ctx, tx, t)
	})
}

// RaiseThreat elevates the threat for the line until a moment, unless it is elevated
// for as long already: what trips by itself never cuts short what a person has set,
// whichever of them comes first. It returns what was set before.
func (l *Ledger) RaiseThreat(ctx context.Context, until time.Time, reason string) (was Threat, err error) {
	if until.IsZero() || reason == "" {
		return was, fmt.Errorf("raise threat: until when and why: %w", ErrInvalid)
	}
	err = l.write(ctx, "raise threat", func(ctx context.Context, tx *writing) (err error) {
		if was, err = readThreat(ctx, tx); err != nil || millis(until) <= millis(was.Until) {
			return err
		}
		return l.storeThreat(ctx, tx, Threat{Until: until, By: line, Reason: reason})
	})
	return was, err
}

func (l *Ledger) storeThreat(ctx context.Context, tx *writing, t Threat) error {
	if t.Set.IsZero() {
		t.Set = l.now()
	}
	if _, err := change(ctx, tx, `INSERT INTO threat (id, until_ms, actor, reason, set_ms) VALUES (1, $1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms, actor = excluded.actor,
		reason = excluded.reason, set_ms = excluded.set_ms`, millis(t.Until), t.By, t.Reason, millis(t.Set)); err != nil {
		return err
	}
	e := Entry{Phase: Outcome, Action: "threat_off", Actor: t.By, Reason: t.Reason}
	if !t.Until.IsZero() {
		e.Action, e.Detail = "threat_on", map[string]string{"until": moment(millis(t.Until)).Format(time.RFC3339)}
	}
	_, err := l.append(ctx, tx, e)
	return err
}

// Threat returns what was set last, whether or not it is over; compare Until
// with now. It is zero when nothing ever was.
func (l *Ledger) Threat(ctx context.Context) (t Threat, err error) {
	err = l.read(ctx, "read threat", func(ctx context.Context) error {
		t, err = readThreat(ctx, l.r)
		return err
	})
	return t, err
}

func readThreat(ctx context.Context, q querier) (t Threat, err error) {
	var until, set int64
	err = q.QueryRowContext(ctx, `SELECT until_ms, actor, reason, set_ms FROM threat WHERE id = 1`).
		Scan(&until, &t.By, &t.Reason, &set)
	if errors.Is(err, sql.ErrNoRows) {
		return Threat{}, nil
	}
	if err != nil {
		return Threat{}, fmt.Errorf("threat: %w", err)
	}
	t.Until, t.Set = moment(until), moment(set)
	return t, nil
}
