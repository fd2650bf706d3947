// Package clock is the time that everything which waits is built on.
//
// [Real] is the machine's time. [Virtual] is a time that a whole process
// shares: it stands still while anybody works and jumps to the next timer when
// everybody waits, so that a call with a 40 s pause plays in milliseconds and
// plays the same each time.
//
// The virtual clock must know who works and who waits. It counts tasks. A task
// is begun by [Clock.Go] (or, for a served request, by [Virtual.Handler]) and
// travels in the context; whoever waits must wait through the clock with that
// context: [Clock.Sleep], [Signal.Wait], a request sent through
// [Virtual.Transport], or a connection made by [Virtual.Dial]. Waiting on a bare channel or time.Sleep holds the
// virtual time still, which shows up at once as a test that hangs.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and waits. Both clocks are safe for concurrent use.
type Clock interface {
	// Now is the present time. The real clock's carries a monotonic reading.
	Now() time.Time
	// Sleep returns nil after d, or the context's cause when that comes first.
	Sleep(ctx context.Context, d time.Duration) error
	// Go runs f as a task of its own, with ctx (values, cancellation) as parent.
	Go(ctx context.Context, f func(context.Context))
	// WithTimeout is context.WithTimeout on this clock; the cause of the end is
	// context.DeadlineExceeded. The context has no Deadline of its own on the
	// virtual clock, so that no socket deadline is computed from virtual time.
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
	// NewSignal makes an event that others can wait for on this clock.
	NewSignal() Signal
}

// Signal is an event that happens once.
type Signal interface {
	// Fire marks the event as happened; later calls do nothing.
	Fire()
	// Fired reports whether it has happened.
	Fired() bool
	// Wait returns nil when the event has happened, [context.DeadlineExceeded]
	// after d, or the context's cause. A d of zero or less only looks.
	Wait(ctx context.Context, d time.Duration) error
}
