package sessionstest

import (
	"sync"
	"time"
)

// Clock is a virtual clock: it moves only by Advance. The zero Clock stands
// at the year 1, which no store accepts; make one with [NewClock].
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock at a full second of 2026.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)} }

// Now is the present virtual time, for sessions.Options.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
