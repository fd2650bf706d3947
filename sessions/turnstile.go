package sessions

import (
	"context"
	"sync"
)

// turnstile lets the updates of one record in this process pass one by one,
// so that they do not spend round trips on conflicts with each other. Other
// instances are not its business: the write checks the version.
type turnstile struct {
	mu sync.Mutex
	// busy has the records with an update under way; the queue is nil as long
	// as nobody waits.
	busy map[string]*waiters
}

type waiters struct {
	n    int           // those who wait and have not been let in
	pass chan struct{} // capacity 1: the leaver's token for one of them
}

func newTurnstile() *turnstile { return &turnstile{busy: make(map[string]*waiters)} }

// enter waits until key is free, or returns the context's error.
func (t *turnstile) enter(ctx context.Context, key string) error {
	t.mu.Lock()
	w, busy := t.busy[key]
	if !busy {
		t.busy[key] = nil
		t.mu.Unlock()
		return nil
	}
	if w == nil {
		w = &waiters{pass: make(chan struct{}, 1)}
		t.busy[key] = w
	}
	w.n++
	t.mu.Unlock()
	select {
	case <-w.pass:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-w.pass: // let in at the same moment: hand it on
		t.hand(key, w)
	default:
		w.n--
	}
	return ctx.Err()
}

// leave lets the next one in.
func (t *turnstile) leave(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hand(key, t.busy[key])
}

func (t *turnstile) hand(key string, w *waiters) {
	if w == nil || w.n == 0 {
		delete(t.busy, key)
		return
	}
	w.n--
	w.pass <- struct{}{}
}
