package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
)

// The kinds of failure; test for them with errors.Is.
var (
	// ErrRefused is a server's lasting no to this message.
	ErrRefused = errors.New("message refused")
	// ErrUnavailable is a message that was certainly not accepted, this time.
	ErrUnavailable = errors.New("message not accepted")
	// ErrUnclear is a message that was sent and whose answer was lost: it may
	// have been accepted.
	ErrUnclear = errors.New("message perhaps accepted")

	// ErrInvalid is a message that this package does not send, such as one with
	// a line break in its subject. It is an [ErrRefused].
	ErrInvalid = fmt.Errorf("message not sendable: %w", ErrRefused)
	// ErrInsecure is a connection that did not become a trusted one. It is an
	// [ErrUnavailable].
	ErrInsecure = fmt.Errorf("connection not secure: %w", ErrUnavailable)
	// ErrCredentials is a user name or a password that the server does not
	// take, or lacks. It is an [ErrUnavailable]: messages wait until it is right.
	ErrCredentials = fmt.Errorf("credentials not accepted: %w", ErrUnavailable)
)

// The stages of an exchange, as errors name them.
const (
	stageCompose = "compose"
	stageConnect = "connect" // the server's greeting included
	stageHello   = "hello"
	stageTLS     = "tls"
	stageAuth    = "auth"
	stageMail    = "mail"
	stageRcpt    = "rcpt"
	stageData    = "data" // up to the last byte of the message
	stageEnd     = "end"  // from there on the server may have it
)

// Error is an exchange that failed. It holds no address, no subject, no text,
// and nothing of what a server said but a number.
type Error struct {
	Op    string // one of [Operations]
	Stage string // compose, connect, hello, tls, auth, mail, rcpt, data, end
	Kind  error  // one of the kinds above
	Code  int    // SMTP's, or 0 without an answer

	ended error // context.Canceled or context.DeadlineExceeded, if that was it
}

// Error is the operation, the stage, the kind, and the code if there is one.
func (e *Error) Error() string {
	s := fmt.Sprintf("mail %s: %s: %v", e.Op, e.Stage, e.Kind)
	switch {
	case e.Code != 0:
		return fmt.Sprintf("%s (code %d)", s, e.Code)
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

// The failures that have no error of their own in the libraries.
var (
	errNoSTARTTLS = errors.New("no STARTTLS offered")
	errNoAuth     = errors.New("no usable AUTH offered")
)

// classify makes an [Error] of what a stage returned.
func classify(ctx context.Context, op, stage string, err error) *Error {
	e := &Error{Op: op, Stage: stage}
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		e.Code = said.Code
	} else if ctx.Err() != nil {
		e.ended = ending(context.Cause(ctx))
	}
	e.Kind = kindOf(stage, e.Code, err)
	return e
}

func kindOf(stage string, code int, err error) error {
	switch stage {
	case stageTLS:
		if code >= 500 || code == 0 && !network(err) {
			return ErrInsecure
		}
	case stageAuth:
		if code >= 500 || errors.Is(err, errNoAuth) {
			return ErrCredentials
		}
	case stageMail, stageRcpt, stageData, stageEnd:
		return kindOfCode(code, stage == stageEnd)
	}
	return ErrUnavailable
}

// kindOfCode is the kind of an answer to a message, or of none. A message that
// has been sent is in doubt unless the answer is a no.
func kindOfCode(code int, sent bool) error {
	switch {
	case code == 530 || code == 534 || code == 535 || code == 538: // RFC 4954, 6
		return ErrCredentials
	case code >= 500 && code < 600:
		return ErrRefused
	case sent && (code < 400 || code >= 600):
		return ErrUnclear
	}
	return ErrUnavailable
}

// network reports whether an error is of the connection and not of what the
// peer is. TLS wraps its alerts as errors of the connection, by these names.
func network(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op != "remote error" && op.Op != "local error"
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || ending(err) != nil
}

// ending reduces why an exchange ended to the context's two words, or nil.
func ending(err error) error {
	for _, word := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, word) {
			return word
		}
	}
	return nil
}
