package clock

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

const (
	// closeGrace is how long Close waits for what is at work.
	closeGrace = 20 * time.Second
	// taskTime bounds the work of a task; each call to a carrier or a store has its
	// own, smaller limit.
	taskTime = time.Minute
)

// Tasks is work that outlives the request that began it: at once, or when its time
// has come. It owns the goroutines of whoever has it. Make one with [NewTasks], and
// close it.
type Tasks struct {
	clock Clock

	mu     sync.Mutex
	seq    int
	live   map[int]owned
	closed bool
	idle   Signal // made by close, fired by the last task
}

type owned struct {
	cancel context.CancelFunc
	timer  bool // only waits for its time
}

// NewTasks are tasks on a clock.
func NewTasks(c Clock) *Tasks { return &Tasks{clock: c, live: map[int]owned{}} }

// After starts f when wait has passed, unless the tasks are closing: then it is
// lost, as with an instance that dies.
func (ts *Tasks) After(ctx context.Context, wait time.Duration, f func(context.Context)) {
	ts.mu.Lock()
	if ts.closed {
		ts.mu.Unlock()
		return
	}
	ts.seq++
	id := ts.seq
	// The clock's own context: its end wakes whoever waits on the clock.
	ctx, cancel := ts.clock.WithTimeout(context.WithoutCancel(ctx), wait+taskTime)
	ts.live[id] = owned{cancel: cancel, timer: wait > 0}
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
func (ts *Tasks) wake(id int) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.live[id]
	t.timer = false
	ts.live[id] = t
	return !ts.closed
}

func (ts *Tasks) end(id int) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.live[id].cancel()
	delete(ts.live, id)
	if len(ts.live) == 0 && ts.idle != nil {
		ts.idle.Fire()
	}
}

// Close waits for what is at work, until ctx ends or 20 s are over, and breaks off
// the rest. What waits for its time is dropped.
func (ts *Tasks) Close(ctx context.Context) error {
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
	ts.cancel(func(t owned) bool { return t.timer })
	if err := idle.Wait(ctx, closeGrace); err == nil {
		return nil
	}
	ts.cancel(func(owned) bool { return true })
	if err := idle.Wait(context.WithoutCancel(ctx), time.Second); err != nil {
		return fmt.Errorf("close tasks: %w", err)
	}
	return nil
}

func (ts *Tasks) cancel(which func(owned) bool) {
	ts.mu.Lock()
	live := maps.Clone(ts.live)
	ts.mu.Unlock()
	for _, t := range live {
		if which(t) {
			t.cancel()
		}
	}
}
