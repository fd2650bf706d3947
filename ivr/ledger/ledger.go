package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Ledger is an open ledger. It is safe for concurrent use, also by several
// processes on one database. Get it from [Open].
type Ledger struct {
	w, r    *sql.DB // few connections that write (none when read only), more that read
	lock    string  // reads the head and keeps every other writer away
	tx      *sql.TxOptions
	now     func() time.Time
	key     []byte
	log     *slog.Logger
	limits  Limits
	timeout time.Duration
	// step is told where a write stands, by tests that crash there; nil.
	step func(op, step string)
}

// Open opens the ledger, creates it when there is none (as a file that only its
// owner can read; a database of PostgreSQL must exist), and brings its schema up
// to date. Close it with [Ledger.Close].
func Open(ctx context.Context, o Options) (*Ledger, error) {
	src, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	l := &Ledger{now: o.Now, key: slices.Clone(o.Key), log: o.Logger, timeout: cmp.Or(o.Timeout, 3*time.Second)}
	if l.limits, err = o.Limits.withDefaults(); err != nil {
		return nil, err
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if err := src.open(ctx, l, o.ReadOnly); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if err := l.checkKey(ctx, o.ReadOnly); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Ping reports whether the ledger can be read, for readiness probes.
func (l *Ledger) Ping(ctx context.Context) error {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	if _, _, err := readHead(ctx, l.r, readHeadSQL); err != nil {
		return fmt.Errorf("ping ledger: %w", err)
	}
	return nil
}

// Close waits for what is running and closes the ledger. Later calls do nothing.
func (l *Ledger) Close() error {
	var errs []error
	for _, db := range []*sql.DB{l.r, l.w} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close ledger: %w", err)
	}
	return nil
}

var errTimeout = errors.New("ledger: no answer in time")

func (l *Ledger) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, l.timeout, errTimeout)
}

// writing is a transaction that nobody else writes beside, and the end of the
// chain as it will be.
type writing struct {
	*sql.Tx
	head Head
}

// write runs f alone: no other write happens at the same time, in no process.
// All of it is kept or nothing. A head that was not made with the key ends it:
// going on would seal what somebody else wrote.
func (l *Ledger) write(ctx context.Context, op string, f func(context.Context, *writing) error) error {
	if l.w == nil {
		return fmt.Errorf("%s: %w", op, ErrReadOnly)
	}
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	tx, err := l.w.BeginTx(ctx, l.tx)
	if err != nil {
		return fmt.Errorf("%s: begin: %w", op, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	head, mac, err := readHead(ctx, tx, l.lock)
	if err != nil {
		return fmt.Errorf("%s: lock: %w", op, err)
	}
	if !l.made(head, mac) {
		return fmt.Errorf("%s: %w", op, ErrKey)
	}
	l.at(op, "locked")
	w := &writing{Tx: tx, head: head}
	if err := f(ctx, w); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if w.head != head {
		if err := l.moveHead(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	l.at(op, "written")
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: commit: %w", op, err)
	}
	l.at(op, "committed")
	return nil
}

func (l *Ledger) at(op, step string) {
	if l.step != nil {
		l.step(op, step)
	}
}

// read bounds what reads little.
func (l *Ledger) read(ctx context.Context, op string, f func(context.Context) error) error {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	if err := f(ctx); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// millis is how times are stored. Zero is no time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
