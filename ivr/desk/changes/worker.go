package changes

import (
	"context"
	"sync"
	"time"

	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

// batch is how many changes are looked at in one go.
const batch = 50

// looks has one look at a time.
type looks struct {
	mu      sync.Mutex
	looking bool
	again   bool
	closed  bool
}

// begin reports whether the caller looks; otherwise whoever looks does so again.
func (l *looks) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.looking || l.closed {
		l.again = true
		return false
	}
	l.looking = true
	return true
}

// end reports whether to look again.
func (l *looks) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.again && !l.closed {
		l.again = false
		return true
	}
	l.looking, l.again = false, false
	return false
}

func (l *looks) close(stopped chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(stopped)
	}
}

// Run looks at once, and then from time to time, for what other instances left
// behind, until ctx ends or the service is closed. The time is real, and waiting
// for it is nobody's work: on a virtual clock, call Run outside any task.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(s.o.Every)
	defer t.Stop()
	for {
		s.Kick()
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		case <-s.stopped:
			return
		}
	}
}

// Kick has the service look for what is due now, and for changes of people who
// were frozen. It does not wait.
func (s *Service) Kick() {
	if !s.looks.begin() {
		return
	}
	s.tasks.After(context.Background(), 0, func(ctx context.Context) {
		for {
			s.look(ctx)
			if !s.looks.end() {
				return
			}
		}
	})
}

// look ticks what is due. What several instances find, one of them ticks: the
// others lose the race, and find nothing to do.
func (s *Service) look(ctx context.Context) {
	due, err := s.o.Agenda.DueNumberChanges(ctx, s.o.Clock.Now(), batch)
	if err != nil {
		s.o.Logger.WarnContext(ctx, "number changes wait for the ledger", "error", err.Error())
		return
	}
	for _, row := range due {
		if err := s.tick(ctx, row); err != nil {
			s.o.Logger.ErrorContext(ctx, "number change not seen to", "change", row.ID, "error", err.Error())
		}
	}
	if at, err := s.o.Agenda.NextNumberChange(ctx); err == nil && !at.IsZero() {
		s.wakeAt(ctx, at)
	}
	s.measure(ctx)
}

// tick sees to one change. Whoever was told and said no has it repudiated, other
// freezes stop it as such.
func (s *Service) tick(ctx context.Context, row ledger.NumberChange) error {
	t := report(nc.Tick{})
	f, frozen, err := s.o.Books.Frozen(ctx, row.Subject)
	if err == nil && frozen && f.Reason == "repudiated" {
		t = report(nc.Repudiated{})
		t.repudiated = true
	}
	_, err = s.apply(ctx, row.ID, t)
	return err
}

// wake has a change looked at when it is due. It may be lost: the row says when.
func (s *Service) wake(ctx context.Context, r record) {
	if due := s.due(r); !due.IsZero() && (!r.Change.State.Over() || len(r.Untold) > 0) {
		s.wakeAt(ctx, due)
	}
}

// overdueGap is the wait before what a look could not see to is looked at again.
const overdueGap = 5 * time.Second

// wakeAt sets a timer.
func (s *Service) wakeAt(ctx context.Context, at time.Time) {
	now := s.o.Clock.Now()
	if !at.After(now) {
		at = now.Add(overdueGap)
	}
	if !s.timers.add(at) {
		return
	}
	s.tasks.After(ctx, at.Sub(now), func(context.Context) {
		s.timers.rung(at)
		s.Kick()
	})
}

// measure counts the changes that have not ended.
func (s *Service) measure(ctx context.Context) {
	all, err := s.o.Store.NumberChanges(ctx, s.o.Clock.Now(), 0)
	if err != nil {
		return
	}
	n := map[string]int{}
	for _, row := range all {
		if !row.Ended {
			n[row.State]++
		}
	}
	for _, st := range nc.States() {
		if !st.Over() {
			s.metrics.open.WithLabelValues(st.String()).Set(float64(n[st.String()]))
		}
	}
}

// timers are the moments for which one is set, each once.
type timers struct {
	mu  sync.Mutex
	set map[int64]bool // unix ms
}

// add reports whether one has to be set for a moment.
func (ts *timers) add(at time.Time) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.set == nil {
		ts.set = map[int64]bool{}
	}
	if ts.set[at.UnixMilli()] {
		return false
	}
	ts.set[at.UnixMilli()] = true
	return true
}

func (ts *timers) rung(at time.Time) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	delete(ts.set, at.UnixMilli())
}
