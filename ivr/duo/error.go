package duo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// The kinds of failure; test for them with errors.Is.
var (
	// ErrNotFound is Duo's word that there is no such user, phone or push.
	ErrNotFound = errors.New("no such thing in Duo")
	// ErrInvalid is a request that Duo, or this package before it, does not
	// accept. For an activation: the phone's type or platform is Unknown.
	ErrInvalid = errors.New("request not accepted by Duo")
	// ErrCredentials is a wrong integration key, secret key or API host.
	ErrCredentials = errors.New("credentials not accepted by Duo")
	// ErrForbidden is a permission that the integration lacks.
	ErrForbidden = errors.New("the integration lacks the permission")
	// ErrClock is a clock of ours that Duo finds too far from its own.
	ErrClock = errors.New("our clock not accepted by Duo")
	// ErrThrottled is Duo asking for fewer requests, still after the back-off.
	ErrThrottled = errors.New("too many requests")
	// ErrUnavailable is a request that did not reach Duo, or that Duo answered
	// with a failure of its own; a write was not done.
	ErrUnavailable = errors.New("request not taken by Duo")
	// ErrUnclear is a write that left and whose answer was lost: it may have been
	// done. Read before anything is sent again.
	ErrUnclear = errors.New("request perhaps done by Duo")
)

// Error is a request that failed. It holds no URL, no number and no body, and
// nothing of what a server or a transport said.
type Error struct {
	Op     string // one of [Operations]
	Kind   error  // one of the kinds above
	Code   int    // Duo's error code such as 40401, or 0
	Status int    // HTTP, or 0 without an answer

	ended   error // context.Canceled or context.DeadlineExceeded, if that was it
	refused bool  // no connection was made, other than for want of time
}

// Error is the operation, the kind, and the numbers if there are any.
func (e *Error) Error() string {
	s := fmt.Sprintf("duo %s: %v", e.Op, e.Kind)
	switch {
	case e.Code != 0:
		return fmt.Sprintf("%s (code %d, status %d)", s, e.Code, e.Status)
	case e.Status != 0:
		return fmt.Sprintf("%s (status %d)", s, e.Status)
	case e.ended != nil:
		return fmt.Sprintf("%s (%v)", s, e.ended)
	}
	return s
}

// Unwrap is the kind, and the context's error where time ran out or the caller
// gave up.
func (e *Error) Unwrap() []error {
	if e.ended == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.ended}
}

// invalid is a request that is not sent.
func invalid(op string) error { return &Error{Op: op, Kind: ErrInvalid} }

// answered is the error of an answer with Duo's own words for a failure.
func answered(op string, status, code int) *Error {
	e := &Error{Op: op, Code: code, Status: status}
	if class := code / 100; class >= 400 && class < 600 {
		status = class // the first three digits of a code are its status
	}
	switch {
	case code == 40104 || code == 40105:
		e.Kind = ErrClock
	case status == http.StatusUnauthorized:
		e.Kind = ErrCredentials
	case status == http.StatusForbidden:
		e.Kind = ErrForbidden
	case status == http.StatusNotFound:
		e.Kind = ErrNotFound
	case status == http.StatusTooManyRequests:
		e.Kind = ErrThrottled
	case status >= 400 && status < 500:
		e.Kind = ErrInvalid
	default:
		e.Kind = ErrUnavailable
	}
	return e
}

// unanswered is the error of an answer that is not Duo's, or not all of it. Only
// statuses by which the request was turned away say that a write was not done;
// a 404 from something in between does not say that somebody is unknown to Duo.
func unanswered(op string, write bool, status int) *Error {
	e := &Error{Op: op, Kind: ErrUnavailable, Status: status}
	switch {
	case status == http.StatusTooManyRequests:
		e.Kind = ErrThrottled
	case write && status != http.StatusServiceUnavailable && (status < 400 || status >= 500):
		e.Kind = ErrUnclear
	}
	return e
}

// lost is the error of a request without an answer.
func lost(op string, write, left bool, ended error) *Error {
	e := &Error{Op: op, Kind: ErrUnavailable, ended: ended, refused: !left && ended == nil}
	if write && left {
		e.Kind = ErrUnclear
	}
	return e
}

// ending reduces why a request ended to the context's two words, or nil.
func ending(err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &timeout) && timeout.Timeout():
		return context.DeadlineExceeded
	}
	return nil
}
