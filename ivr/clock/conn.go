package clock

import (
	"context"
	"net"
	"sync"
)

// DialFunc makes a connection, as [net.Dialer.DialContext] does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Dial has connections made by a task wait on this clock, for protocols other
// than HTTP: while the other side, which says so by [Virtual.Accepted], serves
// the connection, its task is the one that counts. A nil base is a plain dialer.
//
// ctx is the one whose end wakes the task, so it has to live as long as the
// connection. The task must do nothing else until the connection is closed.
func (v *Virtual) Dial(base DialFunc) DialFunc {
	if base == nil {
		base = (&net.Dialer{}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := base(ctx, network, address)
		if err != nil {
			return nil, err
		}
		t, ok := ctx.Value(taskKey{}).(*task)
		if !ok {
			return c, nil
		}
		id := connID(c.LocalAddr(), c.RemoteAddr())
		v.connected(ctx, t, id)
		return &dialled{Conn: c, done: sync.OnceFunc(func() { v.received(t, id) })}, nil
	}
}

// Accepted begins a task that serves an accepted connection until done is
// called. The context is that of the task.
func (v *Virtual) Accepted(ctx context.Context, c net.Conn) (_ context.Context, done func()) {
	t := v.begin()
	id := connID(c.RemoteAddr(), c.LocalAddr())
	v.mu.Lock()
	v.accepted[id] = true
	v.mu.Unlock()
	v.handOver(id)
	return context.WithValue(ctx, taskKey{}, t), sync.OnceFunc(func() {
		v.mu.Lock()
		delete(v.accepted, id)
		v.mu.Unlock()
		v.handBack(id)
		v.end(t)
	})
}

// connected notes that t has dialled. Either end may be the first to know.
func (v *Virtual) connected(ctx context.Context, t *task, id string) {
	v.mu.Lock()
	v.requests[id] = request{sender: t, ctx: ctx}
	there := v.accepted[id]
	v.mu.Unlock()
	if there {
		v.handOver(id)
	}
}

// connID is what both ends know of a connection. It is no header's number.
func connID(from, to net.Addr) string { return from.String() + ">" + to.String() }

// dialled is a connection whose end is the end of the wait.
type dialled struct {
	net.Conn
	done func()
}

// Close ends the connection, and the wait for it.
func (c *dialled) Close() error {
	defer c.done()
	return c.Conn.Close()
}
