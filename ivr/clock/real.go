package clock

import (
	"context"
	"sync"
	"time"
)

// Real returns the machine's own clock.
func Real() Clock { return realClock{} }

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (realClock) Go(ctx context.Context, f func(context.Context)) { go f(ctx) }

func (realClock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, context.DeadlineExceeded)
}

func (realClock) NewSignal() Signal { return &realSignal{done: make(chan struct{})} }

type realSignal struct {
	once sync.Once
	done chan struct{}
}

func (s *realSignal) Fire() { s.once.Do(func() { close(s.done) }) }

func (s *realSignal) Fired() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func (s *realSignal) Wait(ctx context.Context, d time.Duration) error {
	if s.Fired() {
		return nil
	}
	if d <= 0 {
		return context.DeadlineExceeded
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.done:
		return nil
	case <-t.C:
		return context.DeadlineExceeded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
