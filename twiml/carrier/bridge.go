package carrier

import (
	"context"
	"time"
)

// bridge connects two legs that hear each other.
type bridge struct {
	a, b *Leg
	from time.Time
	over bool
}

func (c *Carrier) connect(a, b *Leg) *bridge {
	br := &bridge{a: a, b: b, from: c.now()}
	a.bridge, b.bridge = br, br
	a.ring()
	b.ring()
	return br
}

// other is whom a leg is connected with, or nil. It works on nil.
func (b *bridge) other(l *Leg) *Leg {
	switch {
	case b == nil || b.over:
		return nil
	case b.a == l:
		return b.b
	}
	return b.a
}

// talk holds a leg on its bridge until either side goes, at most limit.
func (l *Leg) talk(ctx context.Context, b *bridge, limit time.Duration) {
	l.wait(ctx, limit, func() bool { return l.cut() || b.over })
	l.bridge = nil
	if !b.over {
		b.over = true
		b.a.ring()
		b.b.ring()
	}
}
