package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"ringback/ivr"
	"ringback/ivr/ledger"
)

// closuresAge is how old what an instance knows of closures may be: so long after a
// lead has closed a desk every instance says so.
const closuresAge = 5 * time.Second

// closures are the desks that leads have closed. While the ledger is away, what was
// known last holds: each ends by itself.
type closures struct {
	ledger interface {
		Closures(ctx context.Context) ([]ledger.Closure, error)
	}
	gate   func() error
	now    func() time.Time
	logger *slog.Logger

	mu   sync.Mutex
	read time.Time
	all  []ledger.Closure
}

// list is what holds now, as the dialogue wants it.
func (c *closures) list(ctx context.Context) []ivr.Closure {
	c.refresh(ctx)
	var list []ivr.Closure
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		if now.Before(one.Until) {
			list = append(list, ivr.Closure{Line: one.Line, Words: one.Words, Until: one.Until.Unix()})
		}
	}
	return list
}

// refresh reads the ledger unless that was done a moment ago.
func (c *closures) refresh(ctx context.Context) {
	now := c.now()
	c.mu.Lock()
	fresh := !c.read.IsZero() && now.Sub(c.read) < closuresAge
	c.mu.Unlock()
	if fresh {
		return
	}
	err := c.gate()
	var all []ledger.Closure
	if err == nil {
		all, err = c.ledger.Closures(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read = now; err != nil {
		c.logger.WarnContext(ctx, "closures not read", "error", err.Error())
		return
	}
	c.all = all
}

// forget has the next look read the ledger: this instance has changed something.
func (c *closures) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = time.Time{}
}

// shut reports whether a line's desk was closed by a lead at a moment, as far as this
// instance knows.
func (c *closures) shut(line string, at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		if (one.Line == "" || one.Line == line) && !at.Before(one.Set) && at.Before(one.Until) {
			return true
		}
	}
	return false
}

// CloseDesk closes a line's desk on the spot, or every desk when line is empty, until
// a moment to come: words are said to whoever calls.
func (l *Lead) CloseDesk(ctx context.Context, line, words string, until time.Time, by string) error {
	if line != "" {
		if _, err := l.On(line); err != nil {
			return fmt.Errorf("close desk: %w", err)
		}
	}
	words = strings.Join(strings.Fields(words), " ")
	if err := l.ledger.SetClosure(ctx, ledger.Closure{Line: line, Words: words, Until: until, By: by}); err != nil {
		return fmt.Errorf("close desk: %w", err)
	}
	if l.closures != nil {
		l.closures.forget()
	}
	return nil
}

// OpenDesk ends a closure before its time.
func (l *Lead) OpenDesk(ctx context.Context, line, by, reason string) error {
	if err := l.ledger.LiftClosure(ctx, line, by, reason); err != nil {
		return fmt.Errorf("open desk: %w", err)
	}
	if l.closures != nil {
		l.closures.forget()
	}
	return nil
}

// Closures lists the desks that are closed now.
func (b deskBooks) Closures(ctx context.Context) ([]ledger.Closure, error) {
	return behindGate(b, func() ([]ledger.Closure, error) { return b.ledger.Closures(ctx) })
}

// CloseDesk closes one, or all.
func (b deskBooks) CloseDesk(ctx context.Context, line, words string, until time.Time, by string) error {
	_, err := behindGate(b, func() (struct{}, error) { return struct{}{}, b.lead.CloseDesk(ctx, line, words, until, by) })
	return err
}

// OpenDesk ends a closure.
func (b deskBooks) OpenDesk(ctx context.Context, line, by, reason string) error {
	_, err := behindGate(b, func() (struct{}, error) { return struct{}{}, b.lead.OpenDesk(ctx, line, by, reason) })
	return err
}
