package desk

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"ringback/ivr/clock"
)

const (
	// closeGrace is how long a desk that closes waits for the carrier.
	closeGrace = 20 * time.Second
	// taskTime bounds the work of a task; each call to carrier and store has its
	// own, smaller limit.
	taskTime = time.Minute
)

// tasks is the work that outlives the webhook that began it. It owns every
// goroutine of the desk.
type tasks struct {
	clock clock.Clock

	mu     sync.Mutex
	seq    int
	live   map[int]task
	closed bool
	idle   clock.Signal // made by close, fired by the last task
}

type task struct {
	cancel context.CancelFunc
	timer  bool // only waits for its time
}

func newTasks(c clock.Clock) *tasks { return &tasks{clock: c, live: map[int]task{}} }

// after starts f when wait has passed, unless the desk is closing: then it is
// lost, as with an instance that dies.
func (ts *tasks) after(ctx context.Context, wait time.Duration, f func(context.Context)) {
	ts.mu.Lock()
	if ts.closed {
		ts.mu.Unlock()
		return
	}
	ts.seq++
	id := ts.seq
	// The clock's own context: its end wakes whoever waits on the clock.
	ctx, cancel := ts.clock.WithTimeout(context.WithoutCancel(ctx), wait+taskTime)
	ts.live[id] = task{cancel: cancel, timer: wait > 0}
	ts.mu.Unlock()
	ts.clock.Go(ctx, func(ctx context.Context) {
		defer ts.end(id)
		if wait > 0 && (ts.clock.Sleep(ctx, wait) != nil || !ts.wake(id)) {
			return
		}
		f(ctx)
	})
}

// wake turns a timer into work.
func (ts *tasks) wake(id int) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.live[id]
	t.timer = false
	ts.live[id] = t
	return !ts.closed
}

func (ts *tasks) end(id int) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.live[id].cancel()
	delete(ts.live, id)
	if len(ts.live) == 0 && ts.idle != nil {
		ts.idle.Fire()
	}
}

func (ts *tasks) close(ctx context.Context) error {
	ts.mu.Lock()
	ts.closed = true
	if ts.idle == nil {
		ts.idle = ts.clock.NewSignal()
	}
	idle := ts.idle
	if len(ts.live) == 0 {
		idle.Fire()
	}
	ts.mu.Unlock()
	ts.cancel(func(t task) bool { return t.timer })
	if err := idle.Wait(ctx, closeGrace); err == nil {
		return nil
	}
	ts.cancel(func(task) bool { return true })
	if err := idle.Wait(context.WithoutCancel(ctx), time.Second); err != nil {
		return fmt.Errorf("close desk: %w", err)
	}
	return nil
}

func (ts *tasks) cancel(which func(task) bool) {
	ts.mu.Lock()
	live := maps.Clone(ts.live)
	ts.mu.Unlock()
	for _, t := range live {
		if which(t) {
			t.cancel()
		}
	}
}
