package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CallbackState is how far a callback is.
type CallbackState uint8

// The states.
const (
	CallbackUnknown   CallbackState = iota // no state: the zero value
	CallbackWaiting                        // to be called once it is due and an agent is there
	CallbackDialling                       // an agent has accepted, the person is being called
	CallbackReached                        // the person and the agent met
	CallbackFailed                         // given up
	CallbackCancelled                      // by the person, or by a lead
)

// CallbackStates returns every state but CallbackUnknown.
func CallbackStates() []CallbackState {
	return []CallbackState{CallbackWaiting, CallbackDialling, CallbackReached, CallbackFailed, CallbackCancelled}
}

// String is the state's name in the ledger and in metrics.
func (s CallbackState) String() string {
	names := [...]string{"unknown", "waiting", "dialling", "reached", "failed", "cancelled"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("callback(%d)", s)
}

// ParseCallbackState is the inverse of [CallbackState.String], but refuses "unknown".
func ParseCallbackState(name string) (CallbackState, error) {
	for _, s := range CallbackStates() {
		if s.String() == name {
			return s, nil
		}
	}
	return CallbackUnknown, fmt.Errorf("callback state: %w", ErrInvalid)
}

// Open reports whether somebody is still to be called.
func (s CallbackState) Open() bool { return s == CallbackWaiting || s == CallbackDialling }

// Callback is somebody who is to be called back. All but the version, the state
// and what belongs to them stays as it was taken.
type Callback struct {
	ID       string // random
	Number   string // HMAC; a number has one callback at a time that is open
	Prefix   string // HMAC of the number without its last digits
	Line     string
	Language string // BCP 47
	Request  string // a constant, such as "new_number"
	State    CallbackState
	// Version is 1 for a new one, and one more with each write.
	Version  int64
	Attempts int // how often the person has been dialled
	// Promised says that Due is a time that the person was told; if not, they keep
	// their place in the queue.
	Promised bool
	Place    time.Time // since when they wait
	Due      time.Time // not called before; while dialling, when that was begun
	Why      string    // of the last attempt, or of the end: a constant, or what a lead wrote
	// Sealed is the number and what else it takes, which the ledger cannot read; at
	// most 16 KiB. It is erased once the callback is no longer open.
	Sealed  []byte
	Created time.Time
	Changed time.Time
}

func (c Callback) check() error {
	switch {
	case slices.Contains([]string{c.ID, c.Number, c.Prefix, c.Line}, "") || c.Version < 1 || c.Attempts < 0:
	case len(c.ID) > 64 || len(c.Why) > maxText || !clean(c.ID, c.Number, c.Prefix, c.Line, c.Language, c.Request, c.Why):
	case c.State < CallbackWaiting || c.State > CallbackCancelled || c.Due.IsZero() || c.Place.IsZero():
	case c.State.Open() && (len(c.Sealed) == 0 || len(c.Sealed) > maxSealed):
	default:
		return nil
	}
	return fmt.Errorf("callback: %w", ErrInvalid)
}

// CallbackCaps bound what a stranger can have the line dial. Zero is no bound.
type CallbackCaps struct {
	Number int // callbacks of one number taken within a day
	Prefix int // likewise, of numbers that begin alike
	Line   int // callbacks of one line that are open
}

const (
	// WhyDeclined is why a callback was cancelled by whoever picked up: nobody there
	// asked for it.
	WhyDeclined = "declined"
	// declinedFor is how long such a number is left alone. Later it may be another's.
	declinedFor = 30 * 24 * time.Hour
)

// TakeCallback keeps a new callback, with its row of the audit. A number that has
// an open one is [ErrTaken]; one more than the caps allow is [ErrFull], and so is a
// number at which somebody said of late that they want none.
func (l *Ledger) TakeCallback(ctx context.Context, c Callback, caps CallbackCaps, row Entry) error {
	c.Version, c.State, c.Attempts = 1, CallbackWaiting, 0
	if err := c.check(); err != nil {
		return fmt.Errorf("take callback: %w", err)
	}
	return l.write(ctx, "take callback", func(ctx context.Context, tx *writing) error {
		now := l.now()
		if err := refuseCallback(ctx, tx, c, caps, now); err != nil {
			return err
		}
		if _, err := l.append(ctx, tx, row); err != nil {
			return err
		}
		_, err := change(ctx, tx, `INSERT INTO callbacks (id, number, prefix, line, language, request, state, version, attempts,
			promised, place_ms, due_ms, why, sealed, created_ms, changed_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, $9, $10, $11, $12, $13, $13)`,
			c.ID, c.Number, c.Prefix, c.Line, c.Language, c.Request, c.State.String(), bit(c.Promised), millis(c.Place), millis(c.Due),
			c.Why, c.Sealed, millis(now))
		return err
	})
}

// refuseCallback counts in the writing transaction, of which there is one at a
// time: two who ask at once do not both get the last place.
func refuseCallback(ctx context.Context, tx *writing, c Callback, caps CallbackCaps, now time.Time) error {
	day := millis(now.Add(-24 * time.Hour))
	for _, q := range []struct {
		err   error
		most  int
		where string
		args  []any
	}{
		{ErrTaken, 1, `number = $1 AND state IN ('waiting', 'dialling')`, []any{c.Number}},
		{ErrFull, 1, `number = $1 AND state = 'cancelled' AND why = '` + WhyDeclined + `' AND changed_ms > $2`, []any{c.Number, millis(now.Add(-declinedFor))}},
		{ErrFull, caps.Number, `number = $1 AND created_ms > $2`, []any{c.Number, day}},
		{ErrFull, caps.Prefix, `prefix = $1 AND created_ms > $2`, []any{c.Prefix, day}},
		{ErrFull, caps.Line, `line = $1 AND state IN ('waiting', 'dialling')`, []any{c.Line}},
	} {
		if q.most == 0 {
			continue
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM callbacks WHERE `+q.where, q.args...).Scan(&n); err != nil {
			return fmt.Errorf("count callbacks: %w", err)
		}
		if n >= q.most {
			return q.err
		}
	}
	return nil
}

// PutCallback writes a callback over the version before it, with the rows of the
// audit that speak of it and what is owed because of it, all in one transaction.
// One that somebody else has written meanwhile, or that is not open any more, is
// [ErrStale]: whoever gets an error has done nothing, and does nothing.
func (l *Ledger) PutCallback(ctx context.Context, c Callback, rows []Entry, notices ...Notice) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("put callback: %w", err)
	}
	if !c.State.Open() {
		c.Sealed = []byte{}
	}
	return l.write(ctx, "put callback", func(ctx context.Context, tx *writing) error {
		n, err := change(ctx, tx, `UPDATE callbacks SET version = $1, state = $2, attempts = $3, due_ms = $4, why = $5, sealed = $6,
			promised = $7, changed_ms = $8
			WHERE id = $9 AND version = $10 AND state IN ('waiting', 'dialling')`,
			c.Version, c.State.String(), c.Attempts, millis(c.Due), c.Why, c.Sealed, bit(c.Promised), millis(l.now()), c.ID, c.Version-1)
		switch {
		case err != nil:
			return err
		case n == 0:
			return ErrStale
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
		_, err = l.owe(ctx, tx, first, notices)
		return err
	})
}

// Callback reads a callback, or [ErrNotFound].
func (l *Ledger) Callback(ctx context.Context, id string) (c Callback, err error) {
	err = l.read(ctx, "read callback", func(ctx context.Context) error {
		c, err = scanCallback(l.r.QueryRowContext(ctx, `SELECT `+callbackColumns+` FROM callbacks WHERE id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("callback: %w", ErrNotFound)
		}
		return err
	})
	return c, err
}

// Callbacks lists those that are open, and those that were written since a
// moment: the open ones first, by when they are due. At most 1000.
func (l *Ledger) Callbacks(ctx context.Context, since time.Time, limit int) (all []Callback, err error) {
	err = l.read(ctx, "list callbacks", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanCallback, `SELECT `+callbackColumns+` FROM callbacks
			WHERE state IN ('waiting', 'dialling') OR changed_ms >= $1
			ORDER BY CASE WHEN state IN ('waiting', 'dialling') THEN 0 ELSE 1 END, due_ms, id LIMIT $2`, millis(since), bounded(limit))
		return err
	})
	return all, err
}

// DueCallbacks lists the open ones whose time has come, the longest due first, at
// most 1000. Nobody needs to be kept away from them: only one of those who deal
// with a version of a callback can write the next.
func (l *Ledger) DueCallbacks(ctx context.Context, now time.Time, limit int) (all []Callback, err error) {
	err = l.read(ctx, "list due callbacks", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanCallback, `SELECT `+callbackColumns+` FROM callbacks
			WHERE state IN ('waiting', 'dialling') AND due_ms <= $1 ORDER BY due_ms, id LIMIT $2`, millis(now), bounded(limit))
		return err
	})
	return all, err
}

// NextCallback is when the next open callback is due; zero when there is none.
func (l *Ledger) NextCallback(ctx context.Context) (due time.Time, err error) {
	var ms int64
	err = l.read(ctx, "find due callback", func(ctx context.Context) error {
		return l.r.QueryRowContext(ctx, `SELECT COALESCE(MIN(due_ms), 0) FROM callbacks WHERE state IN ('waiting', 'dialling')`).Scan(&ms)
	})
	return moment(ms), err
}

const callbackColumns = `id, number, prefix, line, language, request, state, version, attempts, promised, place_ms, due_ms, why, sealed, created_ms, changed_ms`

func scanCallback(r scanner) (c Callback, err error) {
	var state string
	var promised, place, due, created, changed int64
	if err := r.Scan(&c.ID, &c.Number, &c.Prefix, &c.Line, &c.Language, &c.Request, &state, &c.Version, &c.Attempts, &promised,
		&place, &due, &c.Why, &c.Sealed, &created, &changed); err != nil {
		return Callback{}, fmt.Errorf("read callback: %w", err)
	}
	if c.State, err = ParseCallbackState(state); err != nil {
		return Callback{}, err
	}
	if len(c.Sealed) == 0 {
		c.Sealed = nil
	}
	c.Promised, c.Place, c.Due, c.Created, c.Changed = promised != 0, moment(place), moment(due), moment(created), moment(changed)
	return c, nil
}
