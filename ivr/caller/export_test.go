package caller

import (
	"context"
	"sync"

	"ringback/ivr"
)

// Compares counts, by subject, how often a factor was compared with a chance to
// match.
type Compares struct {
	mu sync.Mutex
	by map[string]int
}

// Count has a service count its compares of a factor in c.
func (c *Compares) Count(s *Service, f ivr.Factor) {
	n := counted{s.factors[f], c}
	s.factors[f] = n
	if sends, ok := n.factor.(sender); ok {
		s.factors[f] = countedSender{n, sends}
	}
}

// Most is how often the subject that was compared most was, and all together.
func (c *Compares) Most() (most, all int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.by {
		most, all = max(most, n), all+n
	}
	return most, all
}

type counted struct {
	factor
	c *Compares
}

type countedSender struct {
	counted
	sender
}

func (f counted) compare(ctx context.Context, t try) (match, error) {
	if t.found {
		f.c.mu.Lock()
		if f.c.by == nil {
			f.c.by = map[string]int{}
		}
		f.c.by[t.subject]++
		f.c.mu.Unlock()
	}
	return f.factor.compare(ctx, t) //nolint:wrapcheck // it is the same one
}
