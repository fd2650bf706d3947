package duo

import (
	"context"
	"errors"
	"time"
)

// The operations, as they are counted and as errors name them.
const (
	opUser           = "user"
	opPhones         = "phones"
	opPhone          = "phone"
	opFindPhone      = "find_phone"
	opActivationURL  = "activation_url"
	opSendPush       = "send_push"
	opPushResponse   = "push_response"
	opCreatePhone    = "create_phone"
	opAssociate      = "associate_phone"
	opDisassociate   = "disassociate_phone"
	opDeletePhone    = "delete_phone"
	opCheck          = "check"
	opPing           = "ping"
	outcomeOK        = "ok"
	outcomeRefused   = "refused"
	outcomeThrottled = "throttled"
	outcomeDown      = "unavailable"
	outcomeTimeout   = "timeout"
	outcomeUnknown   = "unknown"
)

// Operations are the names under which requests are counted.
func Operations() []string {
	return []string{
		opUser, opPhones, opPhone, opFindPhone, opActivationURL, opSendPush, opPushResponse,
		opCreatePhone, opAssociate, opDisassociate, opDeletePhone, opCheck, opPing,
	}
}

// outcome is the metric label of a try.
func outcome(e *Error) string {
	switch {
	case e == nil:
		return outcomeOK
	case errors.Is(e, ErrThrottled):
		return outcomeThrottled
	case errors.Is(e, ErrUnclear):
		return outcomeUnknown
	case errors.Is(e, context.DeadlineExceeded):
		return outcomeTimeout
	case errors.Is(e, ErrUnavailable):
		return outcomeDown
	default:
		return outcomeRefused
	}
}

func (c *Client) observe(op string, e *Error, d time.Duration) {
	if c.recorder != nil {
		c.recorder.Observe(op, outcome(e), d)
	}
}
