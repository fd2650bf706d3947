package console

import (
	"net/http"
)

// fault is a request that was not served: what to answer, what to count, and for
// the log alone the cause.
type fault struct {
	outcome outcome
	public  string // for the person in front of the page
	err     error  // nil: there is no more to it
}

// Error is for the log.
func (f *fault) Error() string {
	if f.err != nil {
		return f.outcome.String() + ": " + f.err.Error()
	}
	return f.outcome.String()
}

// Unwrap is the cause.
func (f *fault) Unwrap() error { return f.err }

// status is the HTTP status of an outcome; nothing else here names them.
func (o outcome) status() int {
	switch o {
	case outcomeOK:
		return http.StatusOK
	case outcomeUnauthenticated:
		return http.StatusUnauthorized
	case outcomeForbidden, outcomeCrossSite:
		return http.StatusForbidden
	case outcomeInvalid:
		return http.StatusBadRequest
	case outcomeTooLarge:
		return http.StatusRequestEntityTooLarge
	case outcomeLimited:
		return http.StatusTooManyRequests
	case outcomeConflict:
		return http.StatusConflict
	case outcomeUnavailable:
		return http.StatusServiceUnavailable
	case outcomeError, outcomes:
	}
	return http.StatusInternalServerError
}

func refuse(o outcome, public string) error { return &fault{outcome: o, public: public} }

// unavailable is a store that does not answer: nothing was done.
func unavailable(err error) error {
	return &fault{outcomeUnavailable, "A part of Ringback does not answer. Nothing was changed: try again in a minute.", err}
}

func internal(err error) error {
	return &fault{outcomeError, "Something went wrong here. It has been noted.", err}
}
