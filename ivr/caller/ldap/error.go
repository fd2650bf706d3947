package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"ringback/ivr/caller"
)

var (
	// ErrCertificate is a server that does not prove who it is.
	ErrCertificate = errors.New("the server's certificate is not accepted")
	// ErrClosed is a directory that was closed.
	ErrClosed = errors.New("the directory is closed")
	// errAnswer is an answer that is no answer to the question.
	errAnswer = errors.New("the server's answer cannot be used")
)

// ServerError is a no of the server. The server's own words are left out: they
// may be about people.
type ServerError struct{ Code uint16 }

// Error is the code with its name in RFC 4511.
func (e *ServerError) Error() string {
	return fmt.Sprintf("the server answers %d %s", e.Code, ldap.LDAPResultCodeMap[e.Code])
}

// Misconfigured reports whether an error will stay until somebody mends the
// configuration: a wrong password, a certificate that is not the server's, a base
// that is not there.
func Misconfigured(err error) bool {
	if errors.Is(err, ErrCertificate) {
		return true
	}
	e, ok := errors.AsType[*ServerError](err)
	return ok && e.Code != ldap.LDAPResultBusy && e.Code != ldap.LDAPResultUnavailable
}

// plain rids an error of what does not belong into logs, and tells the end of
// the context from a connection that broke because of it.
func plain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) //nolint:wrapcheck // the callers say what was being done
	}
	if code := resultCode(err); code != 0 {
		return &ServerError{Code: code}
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return context.DeadlineExceeded
	}
	if certificate(err) {
		return ErrCertificate
	}
	if n, ok := errors.AsType[*net.OpError](err); ok {
		return n
	}
	if r, ok := errors.AsType[tls.RecordHeaderError](err); ok { // no TLS is spoken there
		return r
	}
	if a, ok := errors.AsType[tls.AlertError](err); ok {
		return a
	}
	return errors.New("the connection broke")
}

// resultCode is the server's, or 0 when the error is of our side.
func resultCode(err error) uint16 {
	e, ok := errors.AsType[*ldap.Error](err)
	if !ok || e.ResultCode >= ldap.ErrorNetwork { // from 200 on: the client library's own
		return 0
	}
	return e.ResultCode
}

// certificate looks at the words too: the client library makes a text of what
// goes wrong in StartTLS.
func certificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok || strings.Contains(err.Error(), "failed to verify certificate")
}

// unusable is an entry that cannot be worked with.
func unusable(what string) error { return fmt.Errorf("%w: %s", caller.ErrUnusable, what) }
