package caller

import (
	"context"
	"fmt"
	"time"
)

// ErrSlow is a directory that did not answer in time.
var ErrSlow = fmt.Errorf("the directory did not answer in time: %w", context.DeadlineExceeded)

// Bounded gives each look-up a time of its own: whoever is on the phone waits
// for 2 s and hears "one moment" then. The limit covers everything, waiting for a
// connection, connecting to one server after another, and asking; its cause is
// [ErrSlow]. For directories with a server: it takes real time.
func Bounded(d Directory, limit time.Duration) Directory { return bounded{d, limit} }

type bounded struct {
	d     Directory
	limit time.Duration
}

// ByID asks within the limit.
func (b bounded) ByID(ctx context.Context, id string) (Person, bool, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, b.limit, ErrSlow)
	defer cancel()
	return b.d.ByID(ctx, id) //nolint:wrapcheck // the directory names itself
}
