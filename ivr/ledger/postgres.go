package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgres is a server, or several of which one takes writes.
type postgres struct{ config *pgx.ConnConfig }

// parsePostgres repeats nothing of what it refuses, nor the driver's words about
// it: a slip of the pen puts the password anywhere.
func parsePostgres(raw string) (postgres, error) {
	c, err := pgx.ParseConfig(raw)
	if err != nil {
		return postgres{}, fmt.Errorf("ledger url: no URL of PostgreSQL: %w", ErrInvalid)
	}
	return postgres{c}, nil
}

// The pools of one instance. Writes wait for each other anyway.
const (
	postgresWriters = 2
	postgresReaders = 8
)

func (p postgres) open(ctx context.Context, l *Ledger, readOnly bool) error {
	if !readOnly {
		if err := p.migrate(ctx, l.timeout); err != nil {
			return err
		}
		l.w = p.pool(l.timeout, postgresWriters, map[string]string{
			// What the client has given up must not go on holding the head; nor
			// what an instance began that has gone without a word.
			"statement_timeout":                   inMillis(l.timeout),
			"idle_in_transaction_session_timeout": inMillis(2 * l.timeout),
		})
	}
	l.r = p.pool(l.timeout, postgresReaders, nil, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		// Not a parameter of the connection, which target_session_attrs would see.
		_, err := c.Exec(ctx, `SET default_transaction_read_only = on`)
		return err //nolint:wrapcheck // the driver's own
	}))
	// Under this level a statement sees what was committed while it waited.
	l.lock, l.tx = readHeadSQL+` FOR UPDATE`, &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	return p.warn(ctx, l)
}

func inMillis(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// pool connects on demand. Parameters that the URL sets are the operator's.
func (p postgres) pool(timeout time.Duration, size int, params map[string]string, opts ...stdlib.OptionOpenDB) *sql.DB {
	c := p.config.Copy()
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = timeout
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "ringback"
	}
	for k, v := range params {
		if c.RuntimeParams[k] == "" {
			c.RuntimeParams[k] = v
		}
	}
	db := stdlib.OpenDB(*c, opts...)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(30 * time.Minute) // a name may point elsewhere by then
	return db
}

// migrate holds a lock, so that instances which start together wait for one.
func (p postgres) migrate(ctx context.Context, timeout time.Duration) error {
	db := p.pool(timeout, 2, nil) // without a limit for statements
	defer func() { _ = db.Close() }()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("migrate ledger: %w", err)
	}
	return migrate(ctx, goose.DialectPostgres, db, goose.WithSessionLocker(locker))
}

// warn tells of a server that may forget what it has acknowledged.
func (p postgres) warn(ctx context.Context, l *Ledger) error {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := l.r.QueryRowContext(ctx, `SELECT current_setting($1)`, setting).Scan(&value); err != nil {
			return fmt.Errorf("open ledger: %w", err)
		}
		if value == "off" {
			l.log.WarnContext(ctx, "PostgreSQL may forget what it has acknowledged", "durable", false, "off", setting)
		}
	}
	return nil
}
