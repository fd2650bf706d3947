package line

import (
	"context"
	"sync"
	"time"

	"ringback/ivr/clock"
)

// mailboxes tell the turns of this instance what became of the calls that they
// wait for. A turn opens its mailbox before it starts anything, so that no
// result can be missed.
type mailboxes struct {
	clock clock.Clock
	mu    sync.Mutex
	boxes map[string]*mailbox
}

// mailbox holds the newest state of one call, for all turns that wait for it.
type mailbox struct {
	readers int
	seq     uint64
	state   state
	signal  clock.Signal // fired at the next change; nil while nobody waits
}

// reader is one turn's view of a mailbox.
type reader struct {
	all  *mailboxes
	sid  string
	box  *mailbox
	seen uint64
}

// open begins to read; the reader has to be closed.
func (m *mailboxes) open(sid string) *reader {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.boxes == nil {
		m.boxes = map[string]*mailbox{}
	}
	b, ok := m.boxes[sid]
	if !ok {
		b = &mailbox{}
		m.boxes[sid] = b
	}
	b.readers++
	return &reader{all: m, sid: sid, box: b, seen: b.seq}
}

// publish tells whoever reads, unless a newer state was told before.
func (m *mailboxes) publish(sid string, st state) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.boxes[sid]
	if !ok || st.version < b.state.version {
		return
	}
	b.seq++
	b.state = st
	if b.signal != nil {
		b.signal.Fire()
		b.signal = nil
	}
}

// wait returns the newest state that this reader has not seen, or false after d.
func (r *reader) wait(ctx context.Context, d time.Duration) (state, bool) {
	if st, ok := r.take(); ok {
		return st, true
	}
	if err := r.next().Wait(ctx, d); err != nil {
		return state{}, false
	}
	return r.take()
}

func (r *reader) take() (state, bool) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.box.seq == r.seen {
		return state{}, false
	}
	r.seen = r.box.seq
	return r.box.state, true
}

// next is the signal of the next change; one that has happened is fired already.
func (r *reader) next() clock.Signal {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.box.seq != r.seen {
		fired := r.all.clock.NewSignal()
		fired.Fire()
		return fired
	}
	if r.box.signal == nil {
		r.box.signal = r.all.clock.NewSignal()
	}
	return r.box.signal
}

// close ends the reading.
func (r *reader) close() {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.box.readers--; r.box.readers == 0 {
		delete(r.all.boxes, r.sid)
	}
}
