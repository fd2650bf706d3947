package ldap

import (
	"context"
	"errors"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ringback/ivr/caller"
)

// The operations, as they are counted and as errors name them, and their
// outcomes; see package metrics.
const (
	opConnect = "connect"
	opLookUp  = "look_up"
	opPing    = "ping"
	opList    = "list"

	outcomeOK        = "ok"
	outcomeRefused   = "refused"
	outcomeThrottled = "throttled"
	outcomeDown      = "unavailable"
	outcomeTimeout   = "timeout"
)

// Operations are the names under which requests are counted.
func Operations() []string { return []string{opConnect, opLookUp, opPing, opList} }

// outcome is the metric label of an error.
func outcome(err error) string {
	e, answered := errors.AsType[*ServerError](err)
	switch {
	case err == nil:
		return outcomeOK
	case errors.Is(err, context.DeadlineExceeded):
		return outcomeTimeout
	case answered && e.Code == ldap.LDAPResultBusy:
		return outcomeThrottled
	case answered && e.Code != ldap.LDAPResultUnavailable,
		errors.Is(err, ErrCertificate), errors.Is(err, errAnswer), errors.Is(err, caller.ErrUnusable):
		return outcomeRefused
	}
	return outcomeDown
}

func (d *Directory) observe(op string, err error, began time.Time) {
	d.tools.Observe(op, outcome(err), began)
}
