package clock

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Virtual is a clock that moves by itself, and only when every task waits. Make
// one with [NewVirtual].
type Virtual struct {
	mu       sync.Mutex
	now      time.Time
	seq      uint64
	busy     int
	parked   map[*task]context.Context // who waits, and on which context
	timers   timerHeap
	requests map[string]request // under way: id in the header, or connection -> who sent it
	accepted map[string]bool    // connections that are being served
	reqSeq   uint64
	moved    []func(now time.Time, by time.Duration)
	moving   bool
}

// task is one chain of work. It counts as busy unless it is parked or done.
type task struct {
	busy bool
	done bool
}

type taskKey struct{}

// NewVirtual returns a virtual clock that stands at start. Nothing moves until a
// task has been started and waits.
func NewVirtual(start time.Time) *Virtual {
	return &Virtual{now: start, parked: map[*task]context.Context{}, requests: map[string]request{}, accepted: map[string]bool{}}
}

// OnMove has f called after each jump, before any timer fires, so that other
// clocks (an embedded store's) can follow. f must not wait on this clock.
func (v *Virtual) OnMove(f func(now time.Time, by time.Duration)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.moved = append(v.moved, f)
}

// Now is the virtual time.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Set moves the clock to t at once, without firing the timers in between; it is
// for setting the scene before anything runs. A t in the past is allowed then.
func (v *Virtual) Set(t time.Time) {
	v.mu.Lock()
	by := t.Sub(v.now)
	v.now = t
	hooks := v.moved
	v.mu.Unlock()
	for _, f := range hooks {
		f(t, by)
	}
}

// Go starts a task.
func (v *Virtual) Go(ctx context.Context, f func(context.Context)) {
	t := v.begin()
	go func() {
		defer v.end(t)
		f(context.WithValue(ctx, taskKey{}, t))
	}()
}

// Do runs f as a task in the calling goroutine: the way in from a test or main.
func (v *Virtual) Do(ctx context.Context, f func(context.Context)) {
	t := v.begin()
	defer v.end(t)
	f(context.WithValue(ctx, taskKey{}, t))
}

// Sleep waits until the clock has moved by d.
func (v *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	t, own := v.taskOf(ctx)
	if own {
		defer v.end(t)
	}
	done := make(chan struct{})
	stop := v.after(t, d, func() { close(done) })
	defer stop()
	v.park(ctx, t, done)
	defer v.unpark(t)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WithTimeout returns a context that ends when the clock has moved by d.
func (v *Virtual) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := v.after(nil, d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		stop()
		cancel(context.Canceled)
		v.mu.Lock()
		defer v.mu.Unlock()
		v.wakeEnded()
	}
}

// NewSignal makes an event.
func (v *Virtual) NewSignal() Signal { return &virtualSignal{v: v, done: make(chan struct{})} }

// taskOf returns the task in ctx, or a new one that the caller must end.
func (v *Virtual) taskOf(ctx context.Context) (t *task, own bool) {
	if t, ok := ctx.Value(taskKey{}).(*task); ok {
		return t, false
	}
	return v.begin(), true
}

func (v *Virtual) begin() *task {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy++
	return &task{busy: true}
}

func (v *Virtual) end(t *task) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t.done = true
	v.setBusy(t, false)
}

// park counts t as waiting until done is closed or ctx ends. Whoever closes done
// must wake t.
func (v *Virtual) park(ctx context.Context, t *task, done <-chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	select {
	case <-done: // happened already: stay busy
		return
	default:
	}
	if ctx.Err() != nil {
		return
	}
	v.parked[t] = ctx
	v.setBusy(t, false)
}

func (v *Virtual) unpark(t *task) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.parked, t)
	if !t.done {
		v.setBusy(t, true)
	}
}

// setBusy counts t in or out and lets time move when nobody is left.
func (v *Virtual) setBusy(t *task, busy bool) {
	if t.busy == busy {
		return
	}
	t.busy = busy
	if busy {
		v.busy++
		return
	}
	v.busy--
	if v.idle() && !v.moving {
		v.moving = true
		go v.move()
	}
}

// idle reports whether time may move: nobody works, somebody waits, and there is a
// moment to move to. With nobody waiting it would only run to the end of contexts
// whose work has yet to begin.
func (v *Virtual) idle() bool { return v.busy == 0 && len(v.parked) > 0 && len(v.timers) > 0 }

// move jumps from timer to timer, one at a time, until somebody is busy.
func (v *Virtual) move() {
	for {
		v.mu.Lock()
		if !v.idle() {
			v.moving = false
			v.mu.Unlock()
			return
		}
		next := heap.Pop(&v.timers).(*timer)
		by := max(next.at.Sub(v.now), 0)
		v.now = v.now.Add(by)
		now, hooks := v.now, v.moved
		firing := &task{}
		v.setBusy(firing, true) // holds the time while the timer's waiter wakes
		v.mu.Unlock()
		if by > 0 {
			for _, f := range hooks {
				f(now, by)
			}
		}
		v.fire(next)
		v.mu.Lock()
		v.setBusy(firing, false)
		v.mu.Unlock()
	}
}

// fire runs a timer and marks busy whoever it wakes.
func (v *Virtual) fire(t *timer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t.fire()
	if t.waiter != nil {
		v.wake(t.waiter)
	}
	v.wakeEnded()
}

func (v *Virtual) wake(t *task) {
	if _, ok := v.parked[t]; ok {
		delete(v.parked, t)
		v.setBusy(t, true)
	}
}

// wakeEnded marks busy every task that waits on a context which has ended.
// Cancellation reaches derived contexts before cancel returns, so that this sees
// all of them.
func (v *Virtual) wakeEnded() {
	for t, ctx := range v.parked {
		if ctx.Err() != nil {
			v.wake(t)
		}
	}
}

type virtualSignal struct {
	v       *Virtual
	fired   bool
	done    chan struct{}
	waiters []*task
}

func (s *virtualSignal) Fire() {
	s.v.mu.Lock()
	defer s.v.mu.Unlock()
	if s.fired {
		return
	}
	s.fired = true
	close(s.done)
	for _, t := range s.waiters {
		s.v.wake(t)
	}
	s.waiters = nil
}

func (s *virtualSignal) Fired() bool {
	s.v.mu.Lock()
	defer s.v.mu.Unlock()
	return s.fired
}

func (s *virtualSignal) Wait(ctx context.Context, d time.Duration) error {
	if s.Fired() {
		return nil
	}
	if d <= 0 {
		return context.DeadlineExceeded
	}
	t, own := s.v.taskOf(ctx)
	if own {
		defer s.v.end(t)
	}
	late := make(chan struct{})
	stop := s.v.after(t, d, func() { close(late) })
	defer stop()
	s.v.mu.Lock()
	s.waiters = append(s.waiters, t)
	s.v.mu.Unlock()
	defer s.forget(t)
	s.v.park(ctx, t, s.done)
	defer s.v.unpark(t)
	select {
	case <-s.done:
		return nil
	case <-late:
		return context.DeadlineExceeded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// forget takes a task that waits no more out of those that Fire wakes: it may be
// parked on something else by then.
func (s *virtualSignal) forget(t *task) {
	s.v.mu.Lock()
	defer s.v.mu.Unlock()
	for i, w := range s.waiters {
		if w == t {
			s.waiters = append(s.waiters[:i], s.waiters[i+1:]...)
			return
		}
	}
}
