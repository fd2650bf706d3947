package ldap

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// maxIdle is how long a connection may lie unused: less than firewalls and
// servers allow, which often drop without a word.
const maxIdle = time.Minute

// pool keeps connections, so many at once and no more.
type pool struct {
	slots chan struct{}
	open  func(context.Context) (*conn, error)

	mu     sync.Mutex
	idle   []*conn // the last used at the end
	closed bool
}

func newPool(size int, open func(context.Context) (*conn, error)) *pool {
	return &pool{slots: make(chan struct{}, size), open: open}
}

// with runs f on a connection. When one that had lain in the pool turns out to
// be broken, all that lie there are distrusted and f runs once more, on a new
// one: reading twice does no harm.
func (p *pool) with(ctx context.Context, f func(*conn) error) error {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return fmt.Errorf("wait for a connection: %w", context.Cause(ctx))
	}
	c, reused, err := p.take(ctx)
	if err != nil {
		return err
	}
	err = p.run(c, f)
	if reused && c.broken() {
		p.flush()
		if ctx.Err() == nil {
			if c, err = p.open(ctx); err != nil {
				return err
			}
			err = p.run(c, f)
		}
	}
	return err
}

// run gives the connection back when it is still good.
func (p *pool) run(c *conn, f func(*conn) error) error {
	err := f(c)
	c.used = time.Now()
	p.mu.Lock()
	keep := !p.closed && !c.broken()
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
	return err
}

// take is a connection that lies idle and lives, or a new one.
func (p *pool) take(ctx context.Context) (c *conn, reused bool, err error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, false, ErrClosed
		}
		if len(p.idle) == 0 {
			p.mu.Unlock()
			break
		}
		last := len(p.idle) - 1
		c, p.idle = p.idle[last], p.idle[:last]
		p.mu.Unlock()
		if !c.broken() && time.Since(c.used) < maxIdle {
			return c, true, nil
		}
		c.close()
	}
	c, err = p.open(ctx)
	return c, false, err
}

// flush closes what lies idle.
func (p *pool) flush() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}

// close closes the pool; connections in use are closed when they come back.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.flush()
}
