package outbox

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"ringback/ivr/clock"
)

const (
	// closeGrace is how long a worker that closes waits for what is being sent.
	closeGrace = 20 * time.Second
	// unlimited is the time of the task at work, which is ended otherwise.
	unlimited = 100 * 365 * 24 * time.Hour
)

// Worker sends what is owed. Make one with [New]. It is safe for concurrent use,
// and several may share a ledger.
type Worker struct {
	o       Options
	stopped chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
	ended  clock.Signal // of the task at work, nil while there is none
	cancel func()       // breaks that task off
	wake   clock.Signal // for the task that waits for a retry, or nil
	again  bool         // somebody called Kick while the task was looking
	dues   []time.Time  // of the retries that we know of
	down   down         // the ledger, if it is
}

// New returns a worker that does nothing before [Worker.Kick]. The caller closes
// it.
func New(o Options) (*Worker, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("outbox options: %w", err)
	}
	return &Worker{o: o.withDefaults(), stopped: make(chan struct{})}, nil
}

// Run looks at once, and then from time to time, for what other instances left
// behind, until ctx ends or the worker is closed. The time is real, and waiting
// for it is nobody's work: on a virtual clock, call Run outside any task.
func (w *Worker) Run(ctx context.Context) {
	t := time.NewTicker(w.o.Every)
	defer t.Stop()
	for {
		w.Kick()
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		case <-w.stopped:
			return
		}
	}
}

// Kick has the worker look for what is due now. It does not wait.
func (w *Worker) Kick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
	case w.ended == nil:
		ended := w.o.Clock.NewSignal()
		// The clock's own context: its end wakes whoever waits on the clock.
		ctx, cancel := w.o.Clock.WithTimeout(context.Background(), unlimited)
		w.ended, w.cancel = ended, cancel
		w.o.Clock.Go(ctx, func(ctx context.Context) {
			defer ended.Fire()
			defer cancel()
			w.work(ctx)
		})
	default:
		w.again = true
		if w.wake != nil {
			w.wake.Fire()
		}
	}
}

// Close waits for what is being sent until ctx ends or 20 s are over, and breaks
// off the rest, which other instances find when its lease has run out.
func (w *Worker) Close(ctx context.Context) error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.stopped)
	}
	if w.wake != nil {
		w.wake.Fire()
	}
	ended, cancel := w.ended, w.cancel
	w.mu.Unlock()
	if ended == nil || ended.Wait(ctx, closeGrace) == nil {
		return nil
	}
	cancel()
	if err := ended.Wait(context.WithoutCancel(ctx), time.Second); err != nil {
		return fmt.Errorf("close outbox: %w", err)
	}
	return nil
}

// work is the one task: it looks until nothing is due, waits for the next retry,
// and ends when there is none.
func (w *Worker) work(ctx context.Context) {
	for {
		for w.look(ctx) {
		}
		wake, wait, ok := w.next()
		if !ok {
			return
		}
		if wait > 0 {
			_ = wake.Wait(ctx, wait)
		}
	}
}

// next says how long to wait and for what, or that the task may end.
func (w *Worker) next() (wake clock.Signal, wait time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wake = nil
	now := w.o.Clock.Now()
	switch {
	case w.closed || !w.again && len(w.dues) == 0:
		w.ended = nil
		return nil, 0, false
	case w.again:
		w.again = false
		return nil, 0, true
	}
	w.wake = w.o.Clock.NewSignal()
	return w.wake, slices.MinFunc(w.dues, time.Time.Compare).Sub(now), true
}

// due notes when to look again.
func (w *Worker) due(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dues = append(w.dues, at)
}

// over forgets the retries that are being looked at.
func (w *Worker) over(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dues = slices.DeleteFunc(w.dues, func(t time.Time) bool { return !t.After(now) })
}

func (w *Worker) closing() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}
