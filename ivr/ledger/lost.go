package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// lost reports whether a connection was lost, as all are when PostgreSQL
// restarts. What has not written yet may be tried on another one.
func lost(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		// 57P01 to 57P03: the server shuts down, or has crashed, or starts.
		return strings.HasPrefix(pg.Code, "57P0") || strings.HasPrefix(pg.Code, "08")
	}
	for _, target := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, target) {
			return true
		}
	}
	return pgconn.SafeToRetry(err)
}

// again runs f until it fails otherwise than by a lost connection, at most as
// often as the pool may hold such.
func again(ctx context.Context, f func() error) error {
	err := f()
	for range postgresReaders {
		if err == nil || !lost(err) || ctx.Err() != nil {
			break
		}
		err = f()
	}
	return err
}

// begin begins a transaction on a connection that is alive.
func begin(ctx context.Context, db *sql.DB, o *sql.TxOptions) (tx *sql.Tx, err error) {
	err = again(ctx, func() error {
		tx, err = db.BeginTx(ctx, o)
		return err
	})
	return tx, err
}
