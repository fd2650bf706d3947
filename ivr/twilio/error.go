package twilio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/twilio/twilio-go/client"
)

// The kinds of failure; test for them with errors.Is.
var (
	ErrOptedOut    = errors.New("that number asked for no texts")
	ErrNotTextable = errors.New("that number takes no texts")
	ErrInvalid     = errors.New("request not accepted by Twilio")
	ErrThrottled   = errors.New("too many requests")
	ErrCredentials = errors.New("credentials not accepted by Twilio")
	ErrGone        = errors.New("that call is over")
	ErrUnavailable = errors.New("request not taken by Twilio")
	ErrUnclear     = errors.New("request perhaps done by Twilio")
	ErrTooLarge    = errors.New("answer too large")
)

// Error is a request that failed. It holds no number, no URL and no body.
type Error struct {
	Op     string // one of [Operations]
	Kind   error  // one of the kinds above
	Code   int    // Twilio's error code, or 0
	Status int    // HTTP, or 0 without an answer
}

// Error is the operation, the kind and the code.
func (e *Error) Error() string {
	return fmt.Sprintf("twilio %s: %v (code %d, status %d)", e.Op, e.Kind, e.Code, e.Status)
}

// Unwrap is the kind.
func (e *Error) Unwrap() error { return e.Kind }

// classify makes an [Error] of whatever twilio-go returned.
func classify(op string, write bool, t *transport, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Op: op, Status: t.status}
	if rest, ok := errors.AsType[*client.TwilioRestError](err); ok {
		e.Code = rest.Code
		if e.Status == 0 {
			e.Status = rest.Status
		}
	}
	e.Kind = kindOf(e.Code, e.Status, write, err)
	return e
}

func kindOf(code, status int, write bool, err error) error {
	if kind := kindOfCode(code); kind != nil {
		return kind
	}
	switch {
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	case errors.Is(err, errNotThatCall):
		return ErrInvalid
	}
	switch {
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return ErrCredentials
	case status == http.StatusNotFound:
		return ErrGone
	case status >= 500 || status == 0 && neverLeft(err):
		return ErrUnavailable
	case status == 0 && write, status >= 200 && status < 300: // no answer, or half of one
		return ErrUnclear
	case status == 0:
		return ErrUnavailable
	default:
		return ErrInvalid
	}
}

func kindOfCode(code int) error {
	switch code {
	case 21610:
		return ErrOptedOut
	case 21211, 21217, 21401, 21408, 21612, 21614, 21635, 30450:
		return ErrNotTextable
	case 20429, 14107:
		return ErrThrottled
	case 20003, 21222, 21224:
		return ErrCredentials
	case 21220, 20404:
		return ErrGone
	}
	return nil
}

// neverLeft reports whether the request cannot have reached Twilio.
func neverLeft(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// outcome is the metric label of an error.
func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrThrottled):
		return "throttled"
	case errors.Is(err, ErrUnclear):
		return "unknown"
	case errors.Is(err, ErrUnavailable):
		return "unavailable"
	default:
		return "refused"
	}
}
