package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqlite is a file, or memory when it is "".
type sqlite string

func (f sqlite) open(ctx context.Context, l *Ledger, readOnly bool) (err error) {
	if err := f.touch(readOnly); err != nil {
		return err
	}
	memory := rand.Text()
	if !readOnly {
		if l.w, err = sql.Open("sqlite", f.dsn(memory, l.timeout, true)); err != nil {
			return fmt.Errorf("open ledger: %w", err)
		}
		l.w.SetMaxOpenConns(1)
		if err := f.migrate(ctx, l.w); err != nil {
			return err
		}
	}
	if f == "" {
		// A database in memory lives as long as somebody is connected; the
		// reader's idle connection outlives a writer's that breaks.
		l.log.WarnContext(ctx, "ledger is in memory", "durable", false)
	}
	if l.r, err = sql.Open("sqlite", f.dsn(memory, l.timeout, false)); err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	l.r.SetMaxOpenConns(4)
	// A transaction that writes has the only lock from its beginning on.
	l.lock = readHeadSQL
	return nil
}

// touch makes the file, which only its owner can read, unless it is there.
func (f sqlite) touch(readOnly bool) error {
	if f == "" {
		return nil
	}
	flags := os.O_RDWR | os.O_CREATE
	if readOnly {
		flags = os.O_RDONLY
	}
	file, err := os.OpenFile(string(f), flags, 0o600)
	if err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	return nil
}

// dsn is the driver's name of the database. The writer takes the write lock at
// the start of a transaction, so that it never has to give up in the middle.
func (f sqlite) dsn(memory string, timeout time.Duration, writer bool) string {
	busy := "busy_timeout(" + strconv.FormatInt(max(timeout.Milliseconds(), 1), 10) + ")"
	q := url.Values{"_pragma": {busy, "foreign_keys(1)", "synchronous(FULL)"}}
	if writer {
		q.Set("_txlock", "immediate")
	} else {
		q.Add("_pragma", "query_only(1)")
	}
	if f == "" {
		q.Set("vfs", "memdb")
		return "file:/" + memory + "?" + q.Encode()
	}
	q.Add("_pragma", "journal_mode(WAL)")
	return "file:" + (&url.URL{Path: string(f)}).EscapedPath() + "?" + q.Encode()
}

// migrate tries again what another process has just migrated: goose has no
// lock for SQLite, only each migration is a transaction.
func (f sqlite) migrate(ctx context.Context, db *sql.DB) (err error) {
	const tries = 20
	for range tries {
		if err = migrate(ctx, goose.DialectSQLite3, db); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}
