package sql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"ringback/ivr/caller"
)

var (
	// ErrQuery is a query that cannot be used.
	ErrQuery = errors.New("directory.config.query cannot be used")
	// ErrCertificate is a server that does not prove who it is.
	ErrCertificate = errors.New("the server's certificate is not accepted")
)

// ServerError is a no of the server. The server's own words are left out: they
// may be about people.
type ServerError struct{ State string }

// Error is the SQLSTATE, as in appendix A of PostgreSQL's manual.
func (e *ServerError) Error() string { return "the server answers SQLSTATE " + e.State }

// down reports whether the server says that it cannot work just now: connection
// exceptions, insufficient resources, operator intervention, system errors.
func (e *ServerError) down() bool {
	for _, class := range []string{"08", "53", "57", "58"} {
		if strings.HasPrefix(e.State, class) {
			return true
		}
	}
	return false
}

// Misconfigured reports whether an error will stay until somebody mends the
// configuration: a wrong password, a certificate that is not the server's, a
// query that cannot be used.
func Misconfigured(err error) bool {
	if errors.Is(err, ErrCertificate) || errors.Is(err, ErrQuery) {
		return true
	}
	e, ok := errors.AsType[*ServerError](err)
	return ok && !e.down()
}

// plain rids an error of what does not belong into logs, and tells the end of
// the context from a connection that broke because of it.
func plain(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, ErrQuery) && ctx.Err() == nil {
		return err
	}
	for _, ours := range []error{caller.ErrUnusable, ErrCertificate} {
		if errors.Is(err, ours) {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) //nolint:wrapcheck // the callers say what was being done
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return &ServerError{State: e.Code}
	}
	if e, ok := errors.AsType[*ServerError](err); ok {
		return e
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return ErrCertificate
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	if n, ok := errors.AsType[*net.OpError](err); ok {
		return n
	}
	return errors.New("the connection broke")
}

// stale reports whether the server no longer has the query as it was prepared,
// because a table has changed (0A000) or a proxy gave us another session (26000).
func stale(err error) bool {
	e, ok := errors.AsType[*ServerError](err)
	return ok && (e.State == "0A000" || e.State == "26000")
}

// refusedQuery is what the server says about the query itself, which has no
// person in it.
func refusedQuery(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && !(&ServerError{State: e.Code}).down() {
		return fmt.Errorf("%w: %s (SQLSTATE %s)", ErrQuery, e.Message, e.Code)
	}
	return plain(ctx, err)
}

// The operations, as they are counted, and their outcomes; see package metrics.
const (
	opLookUp = "look_up"
	opPing   = "ping"
	opList   = "list"
)

// Operations are the names under which requests are counted.
func Operations() []string { return []string{opLookUp, opPing, opList} }

// outcome is the metric label of an error.
func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case Misconfigured(err), errors.Is(err, caller.ErrUnusable):
		return "refused"
	}
	if e, ok := errors.AsType[*ServerError](err); ok && e.State == "53300" { // too many connections
		return "throttled"
	}
	return "unavailable"
}

func (d *Directory) observe(op string, err error, began time.Time) {
	d.tools.Observe(op, outcome(err), began)
}
