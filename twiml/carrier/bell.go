package carrier

import (
	"context"
	"slices"
	"time"

	"ringback/ivr/clock"
)

// bell wakes whoever waits for a change of some shared state. The carrier's
// lock guards it.
type bell struct{ waiting []clock.Signal }

// ring wakes all who wait now.
func (b *bell) ring() {
	for _, s := range b.waiting {
		s.Fire()
	}
	b.waiting = nil
}

// wait gives up the lock until the bell rings, d has passed or ctx has ended.
// One who was woken waits another share, so that those who wake at the same
// moment go on one after the other, in the order of their shares.
func (b *bell) wait(ctx context.Context, c *Carrier, d, share time.Duration) {
	s := c.clk.NewSignal()
	b.waiting = append(b.waiting, s)
	c.unlocked(func() {
		if err := s.Wait(ctx, d); err == nil && share > 0 {
			_ = c.clk.Sleep(ctx, share)
		}
	})
	b.forget(s)
}

// forget takes back a signal: one that nobody waits for must not be fired.
func (b *bell) forget(s clock.Signal) {
	b.waiting = slices.DeleteFunc(b.waiting, func(o clock.Signal) bool { return o == s })
}
