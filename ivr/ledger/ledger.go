package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is an open ledger. It is safe for concurrent use, also by several
// processes on one file. Get it from [Open].
type Ledger struct {
	w, r    *sql.DB // one connection that writes, a few that read
	now     func() time.Time
	key     []byte
	log     *slog.Logger
	limits  Limits
	timeout time.Duration
}

// Open opens the ledger, creates it when there is none (a file only its owner
// can read), and brings its schema up to date. Close it with [Ledger.Close].
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
	if err := l.connect(ctx, src); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Ledger) connect(ctx context.Context, src source) (err error) {
	if src.file != "" {
		f, err := os.OpenFile(src.file, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("open ledger: %w", err)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("open ledger: %w", err)
		}
	}
	memory := rand.Text()
	if l.w, err = sql.Open("sqlite", src.dsn(memory, true)); err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	l.w.SetMaxOpenConns(1)
	if src.file == "" {
		// A database in memory lives as long as somebody is connected; the
		// reader's idle connection outlives a writer's that breaks.
		l.log.WarnContext(ctx, "ledger is in memory", "durable", false)
	}
	if err := l.migrate(ctx); err != nil {
		return err
	}
	if l.r, err = sql.Open("sqlite", src.dsn(memory, false)); err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	l.r.SetMaxOpenConns(4)
	return l.Ping(ctx)
}

func (l *Ledger) migrate(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, l.w, dir,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate ledger: %w", err)
	}
	return nil
}

// Ping reports whether the ledger can be read, for readiness probes.
func (l *Ledger) Ping(ctx context.Context) error {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	var seq int64
	if err := l.r.QueryRowContext(ctx, `SELECT seq FROM audit_head WHERE id = 1`).Scan(&seq); err != nil {
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

// write runs f alone: no other write happens at the same time, in no process.
// All of it is kept or nothing.
func (l *Ledger) write(ctx context.Context, op string, f func(context.Context, *sql.Tx) error) error {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	tx, err := l.w.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: begin: %w", op, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := tx.ExecContext(ctx, `UPDATE audit_head SET seq = seq WHERE id = 1`); err != nil {
		return fmt.Errorf("%s: lock: %w", op, err)
	}
	if err := f(ctx, tx); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: commit: %w", op, err)
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
