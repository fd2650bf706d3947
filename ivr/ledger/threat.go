package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Threat is the elevated threat, which all instances obey.
type Threat struct {
	Until  time.Time // it is on before this moment; zero is off
	By     string    // empty is "line"
	Reason string
	Set    time.Time // zero is now
}

// SetThreat replaces the threat, whoever set it; the same once more (until
// when, who and why) does nothing.
func (l *Ledger) SetThreat(ctx context.Context, t Threat) error {
	t.By = cmp.Or(t.By, line)
	return l.write(ctx, "set threat", func(ctx context.Context, tx *writing) error {
		was, err := readThreat(ctx, tx)
		if err != nil {
			return err
		}
		if millis(was.Until) == millis(t.Until) && was.By == t.By && was.Reason == t.Reason {
			return nil
		}
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
		_, err = l.append(ctx, tx, e)
		return err
	})
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
