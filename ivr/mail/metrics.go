package mail

import (
	"context"
	"errors"
	"time"
)

// The operations, as they are counted and as errors name them.
const (
	opSend  = "send"
	opCheck = "check"
)

// Operations are the names under which exchanges are counted.
func Operations() []string { return []string{opSend, opCheck} }

// outcome is the metric label of an exchange.
func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrUnclear):
		return "unknown"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, ErrRefused), errors.Is(err, ErrCredentials):
		return "refused"
	default:
		return "unavailable"
	}
}

func (c *Client) observe(op string, err error, d time.Duration) {
	if c.o.Recorder != nil {
		c.o.Recorder.Observe(op, outcome(err), d)
	}
}
