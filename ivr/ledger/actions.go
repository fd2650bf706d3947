package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"
)

// State is how far an action is.
type State uint8

// The states.
const (
	StateUnknown State = iota // no state: the zero value
	Claimed                   // about to be done; after a crash, perhaps done
	Done                      // certainly done
	Failed                    // certainly not done: its place is free again
	Unsure                    // nobody knows; reading the other side will tell
)

// String is the state's name in the ledger; [Unsure] is "unknown".
func (s State) String() string {
	names := [...]string{"none", "claimed", "done", "failed", "unknown"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state(%d)", s)
}

// ParseState is the inverse of [State.String], but refuses "none".
func ParseState(name string) (State, error) {
	for s := Claimed; s <= Unsure; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return StateUnknown, fmt.Errorf("state: %w", ErrInvalid)
}

// Action is something that must not happen twice. Kind, Subject, Day and
// Ordinal are its place; Kind, CallRef and EffectID are who claims it; the rest
// goes into the audit's intent.
type Action struct {
	Kind     string // a constant such as "links"
	Subject  string // HMAC
	Day      string // "2006-01-02" in the line's zone
	Ordinal  int    // from 1: the how manieth of that day
	CallRef  string
	EffectID uint32 // the effect's number in its call

	Actor         string
	Reason        string
	Factors       []string
	PolicyVersion string
	Detail        map[string]string
}

// ActionRow is a claimed action.
type ActionRow struct {
	ID       int64 // also the number of the audit's intent
	Kind     string
	Subject  string
	Day      string
	Ordinal  int
	CallRef  string
	EffectID uint32
	State    State
	Detail   map[string]string // of the last [Ledger.Finish]
	Claimed  time.Time
	Finished time.Time // zero while claimed
}

func (a Action) check() error {
	if a.Kind == "" || a.Subject == "" || a.CallRef == "" || a.EffectID == 0 || a.Ordinal < 1 {
		return fmt.Errorf("action: %w", ErrInvalid)
	}
	if _, err := time.Parse(time.DateOnly, a.Day); err != nil {
		return fmt.Errorf("action day: %w", ErrInvalid)
	}
	return nil
}

// Claim takes the place of an action and writes the intent, before the action
// is done. Only if created is true may the caller go on and do it.
//
// The same effect (kind, call and number) gets its own row again, whatever the
// day: created is false and State tells how far it came. Another effect on the
// same place gets the row that holds it, with [ErrTaken]. A frozen subject gets
// no place: [ErrFrozen].
//
// The notices are owed in the same transaction, if the row is created. Give them
// a Due in the future: until then they are held back for [Ledger.Finish], which
// has them sent at once or withdraws them. Whoever dies in between leaves them to
// be sent when due, since what they tell of may have happened.
func (l *Ledger) Claim(ctx context.Context, a Action, notices ...Notice) (row ActionRow, created bool, err error) {
	if err := a.check(); err != nil {
		return ActionRow{}, false, fmt.Errorf("claim: %w", err)
	}
	err = l.write(ctx, "claim", func(ctx context.Context, tx *writing) error {
		row, err = oneAction(ctx, tx, `kind = $1 AND call_ref = $2 AND effect_id = $3`, a.Kind, a.CallRef, int64(a.EffectID))
		if err == nil && row.Subject != a.Subject {
			return ErrMismatch
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		row, err = oneAction(ctx, tx, `kind = $1 AND subject = $2 AND day = $3 AND ordinal = $4 AND state <> 'failed'`,
			a.Kind, a.Subject, a.Day, a.Ordinal)
		if err == nil {
			return ErrTaken
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if _, frozen, err := readFreeze(ctx, tx, a.Subject); err != nil || frozen {
			return cmp.Or(err, ErrFrozen)
		}
		created = true
		if row, err = l.claim(ctx, tx, a); err != nil {
			return err
		}
		_, err = l.owe(ctx, tx, row.ID, notices)
		return err
	})
	if err != nil {
		created = false
		if !errors.Is(err, ErrTaken) {
			row = ActionRow{}
		}
	}
	return row, created, err
}

func (l *Ledger) claim(ctx context.Context, tx *writing, a Action) (ActionRow, error) {
	detail := map[string]string{}
	maps.Copy(detail, a.Detail)
	detail["day"], detail["ordinal"] = a.Day, strconv.Itoa(a.Ordinal)
	id, err := l.append(ctx, tx, Entry{
		Phase: Intent, Action: a.Kind, Subject: a.Subject, Actor: a.Actor, Reason: a.Reason,
		Factors: a.Factors, PolicyVersion: a.PolicyVersion, CallRef: a.CallRef, Detail: detail,
	})
	if err != nil {
		return ActionRow{}, err
	}
	at := millis(l.now())
	_, err = tx.ExecContext(ctx, `INSERT INTO actions
		(id, kind, subject, day, ordinal, call_ref, effect_id, state, detail, claimed_ms, finished_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'claimed', '{}', $8, 0)`,
		id, a.Kind, a.Subject, a.Day, a.Ordinal, a.CallRef, int64(a.EffectID), at)
	if err != nil {
		return ActionRow{}, fmt.Errorf("insert action: %w", err)
	}
	return ActionRow{
		ID: id, Kind: a.Kind, Subject: a.Subject, Day: a.Day, Ordinal: a.Ordinal, CallRef: a.CallRef,
		EffectID: a.EffectID, State: Claimed, Detail: map[string]string{}, Claimed: moment(at),
	}, nil
}

// Finish writes how an action ended, with the audit's outcome. [Unsure] may be
// finished again once somebody has looked; a repeat of the same end does
// nothing; any other change is [ErrFinal].
//
// The notices that [Ledger.Claim] held back are due from now on; after [Failed]
// those that nobody has tried to send are withdrawn.
func (l *Ledger) Finish(ctx context.Context, id int64, state State, detail map[string]string) error {
	return l.FinishOwing(ctx, id, state, detail)
}

// FinishOwing is [Ledger.Finish] and [Ledger.Owe] in one transaction: an action
// that is done is never untold. A repeat of the same end owes what is not owed yet.
func (l *Ledger) FinishOwing(ctx context.Context, id int64, state State, detail map[string]string, notices ...Notice) error {
	if state != Done && state != Failed && state != Unsure {
		return fmt.Errorf("finish: state: %w", ErrInvalid)
	}
	return l.write(ctx, "finish", func(ctx context.Context, tx *writing) error {
		row, err := oneAction(ctx, tx, `id = $1`, id)
		switch {
		case err != nil:
			return err
		case row.State == state:
			_, err = l.owe(ctx, tx, id, notices)
			return err
		case row.State != Claimed && row.State != Unsure:
			return ErrFinal
		}
		var intent Row
		err = readRecords(ctx, tx, id, func(rec record) error {
			if intent, err = rec.row(); err != nil {
				return err
			}
			return errStop
		})
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
		if err := l.finish(ctx, tx, row, intent, state, detail); err != nil {
			return err
		}
		if err := l.settleHeld(ctx, tx, row, state); err != nil {
			return err
		}
		_, err = l.owe(ctx, tx, id, notices)
		return err
	})
}

var errStop = errors.New("enough")

func (l *Ledger) finish(ctx context.Context, tx *writing, row ActionRow, intent Row, state State, detail map[string]string) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("encode detail: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE actions SET state = $1, detail = $2, finished_ms = $3 WHERE id = $4`,
		state.String(), string(text), millis(l.now()), row.ID)
	if err != nil {
		return fmt.Errorf("update action: %w", err)
	}
	out := map[string]string{}
	maps.Copy(out, detail)
	out["state"], out["intent"] = state.String(), strconv.FormatInt(row.ID, 10)
	e := intent.Entry
	e.Phase, e.Detail = Outcome, out
	_, err = l.append(ctx, tx, e)
	return err
}

// Find returns the action with an id, or [ErrNotFound].
func (l *Ledger) Find(ctx context.Context, id int64) (ActionRow, error) {
	var row ActionRow
	err := l.read(ctx, "find action", func(ctx context.Context) (err error) {
		row, err = oneAction(ctx, l.r, `id = $1`, id)
		return err
	})
	return row, err
}

// CountToday returns how many actions of a kind a subject has on a day; those
// that certainly failed do not count.
func (l *Ledger) CountToday(ctx context.Context, kind, subject, day string) (int, error) {
	var n int
	err := l.read(ctx, "count actions", func(ctx context.Context) error {
		return l.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM actions
			WHERE kind = $1 AND subject = $2 AND day = $3 AND state <> 'failed'`, kind, subject, day).Scan(&n)
	})
	return n, err
}

// Stale lists the actions of a kind that were claimed before a moment and have
// no end yet, the oldest first, at most 1000: whoever claimed them is dead.
func (l *Ledger) Stale(ctx context.Context, kind string, before time.Time, limit int) (all []ActionRow, err error) {
	err = l.read(ctx, "list stale actions", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanAction, `SELECT `+actionColumns+` FROM actions
			WHERE state = 'claimed' AND kind = $1 AND claimed_ms < $2 ORDER BY claimed_ms, id LIMIT $3`,
			kind, millis(before), bounded(limit))
		return err
	})
	return all, err
}

const actionColumns = `id, kind, subject, day, ordinal, call_ref, effect_id, state, detail, claimed_ms, finished_ms`

// oneAction reads the action that a condition names.
func oneAction(ctx context.Context, q querier, where string, args ...any) (ActionRow, error) {
	a, err := scanAction(q.QueryRowContext(ctx, `SELECT `+actionColumns+` FROM actions WHERE `+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return ActionRow{}, fmt.Errorf("action: %w", ErrNotFound)
	}
	return a, err
}

func scanAction(r scanner) (a ActionRow, err error) {
	var (
		state, detail     string
		claimed, finished int64
	)
	if err := r.Scan(&a.ID, &a.Kind, &a.Subject, &a.Day, &a.Ordinal, &a.CallRef, &a.EffectID, &state, &detail, &claimed, &finished); err != nil {
		return ActionRow{}, fmt.Errorf("read action: %w", err)
	}
	if a.State, err = ParseState(state); err != nil {
		return ActionRow{}, fmt.Errorf("read action: %w", err)
	}
	if err := json.Unmarshal([]byte(detail), &a.Detail); err != nil {
		return ActionRow{}, fmt.Errorf("read action: detail: %w", err)
	}
	a.Claimed, a.Finished = moment(claimed), moment(finished)
	return a, nil
}
