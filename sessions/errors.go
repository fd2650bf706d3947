package sessions

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

var (
	// ErrUnavailable says that Redis did not answer in time, refused the
	// connection, or cannot write at the moment (loading, read-only replica,
	// out of memory, cluster down). The operation may or may not have happened.
	ErrUnavailable = errors.New("redis unavailable")
	// ErrConflict says that a record changed under every try of an Update.
	ErrConflict = errors.New("too many conflicting writes")
	// ErrSealed says that a stored value does not open: another key, or
	// somebody wrote to Redis by hand. The value is left as it is.
	ErrSealed = errors.New("sealed value does not open")
	// ErrInvalid says that an argument cannot be stored: an empty or
	// oversized id, braces in it, a zero Guard, a limit below one.
	ErrInvalid = errors.New("invalid argument")
)

// reply is an error that the server sent, reduced to its code word: the rest
// of such a text can repeat keys and values.
type reply string

func (r reply) Error() string { return "redis replied " + string(r) }

// transient lists the codes of replies that say "not now".
func (r reply) transient() bool {
	switch r {
	case "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "OOM",
		"NOREPLICAS", "MISCONF", "BUSY", "UNKILLABLE":
		return true
	}
	return false
}

// classify turns what go-redis returned into one of ours. A null reply is no
// error.
func classify(err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		return nil
	}
	var server redis.Error
	if !errors.As(err, &server) {
		return fmt.Errorf("%w: %s", ErrUnavailable, network(err))
	}
	word, _, _ := strings.Cut(server.Error(), " ")
	r := reply(word)
	if word == "" || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		r = "an error"
	}
	if r.transient() {
		return fmt.Errorf("%w: %w", ErrUnavailable, r)
	}
	return r
}

// network names the kind of a transport error without addresses or payload.
func network(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errEmbeddedDown):
		return "switched off"
	case errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, redis.ErrClosed):
		return "store is closed"
	case errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrPoolExhausted):
		return "no free connection"
	default:
		return "connection lost or refused"
	}
}
