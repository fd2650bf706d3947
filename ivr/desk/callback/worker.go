package callback

import (
	"context"
	"fmt"
	"time"

	"ringback/ivr"
	"ringback/ivr/desk"
	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
)

const (
	// every is how often Run looks for what other instances took, in real time.
	every = 30 * time.Second
	// tick is how often somebody who is due is looked at again.
	tick = 15 * time.Second
	// leaseTime is how long one instance looks alone.
	leaseTime = 2 * tick
	// workTime bounds one look.
	workTime = 20 * time.Second
	// dialTime is longer than an attempt can take; then it is asked how it ended.
	dialTime = 3 * time.Minute
	// lostTime is when an attempt of which nobody knows an end is taken for lost.
	lostTime = 10 * time.Minute
	// batch is how many are looked at in one go.
	batch = 200
	// closeGrace is how long a service that closes waits for a look.
	closeGrace = 20 * time.Second
	// unlimited is the time of the task at work, which is ended otherwise.
	unlimited = 100 * 365 * 24 * time.Hour
)

// Run looks at once, and then from time to time, until ctx ends or the service is
// closed. The time is real, and waiting for it is nobody's work: on a virtual clock,
// call Run outside any task.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(every)
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

// Kick has the service look for who is due now. It does not wait.
func (s *Service) Kick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
	case s.ended == nil:
		ended := s.o.Clock.NewSignal()
		ctx, cancel := s.o.Clock.WithTimeout(context.Background(), unlimited)
		s.ended = ended
		s.o.Clock.Go(ctx, func(ctx context.Context) {
			defer ended.Fire()
			defer cancel()
			s.work(ctx)
		})
	default:
		s.again = true
		if s.wake != nil {
			s.wake.Fire()
		}
	}
}

// Close waits for the look that is under way, until ctx ends or 20 s are over.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stopped)
	}
	if s.wake != nil {
		s.wake.Fire()
	}
	ended := s.ended
	s.mu.Unlock()
	if ended == nil {
		return nil
	}
	if err := ended.Wait(ctx, closeGrace); err != nil {
		return fmt.Errorf("close callbacks: %w", err)
	}
	return nil
}

// work is the one task: it looks, waits until somebody is due, and ends when nobody
// is to be called at all.
func (s *Service) work(ctx context.Context) {
	for {
		next := s.look(ctx)
		s.mu.Lock()
		s.wake = nil
		switch {
		case s.closed || next.IsZero() && !s.again:
			s.ended = nil
			s.mu.Unlock()
			return
		case s.again:
			s.again = false
			s.mu.Unlock()
			continue
		}
		wake := s.o.Clock.NewSignal()
		s.wake = wake
		s.mu.Unlock()
		_ = wake.Wait(ctx, max(next.Sub(s.o.Clock.Now()), time.Millisecond))
	}
}

// look sees to everybody who is due, and says when to look again; zero when nobody
// is to be called.
func (s *Service) look(ctx context.Context) (next time.Time) {
	ctx, cancel := s.o.Clock.WithTimeout(ctx, workTime)
	defer cancel()
	now := s.o.Clock.Now()
	mine, err := s.o.Leases.Acquire(ctx, "callbacks", s.o.Owner, leaseTime)
	if err == nil && !mine {
		return now.Add(leaseTime)
	}
	// Without Redis there is nobody to be called with; with it, two that look do no harm.
	due, err := s.o.Reader.DueCallbacks(ctx, now, batch)
	if err != nil {
		s.o.Logger.WarnContext(ctx, "callbacks wait for the ledger", "error", err.Error())
		return now.Add(every)
	}
	for _, c := range due {
		if err := s.see(ctx, c, now); err != nil {
			s.o.Logger.WarnContext(ctx, "callback not seen to", "call", c.ID, "line", c.Line, "error", err.Error())
		}
	}
	at, err := s.o.Reader.NextCallback(ctx)
	switch {
	case err != nil:
		return now.Add(every)
	case at.IsZero() || at.After(now):
		return at
	}
	return now.Add(tick)
}

// see deals with one that is due.
func (s *Service) see(ctx context.Context, c ledger.Callback, now time.Time) error {
	line := s.o.Lines[c.Line]
	switch {
	case c.State == ledger.CallbackDialling:
		return s.dialling(ctx, c, now)
	case line == nil:
		return s.put(ctx, c, ledger.CallbackFailed, now, "no_line")
	case now.Sub(c.Created) > s.o.Life:
		return s.put(ctx, c, ledger.CallbackFailed, now, "too_old")
	}
	if at := line.MayCall(now); at.IsZero() {
		return s.put(ctx, c, ledger.CallbackFailed, now, "never_open")
	} else if at.After(now) {
		return s.put(ctx, c, ledger.CallbackWaiting, at, c.Why)
	}
	v, err := s.open(c)
	if err != nil {
		return s.put(ctx, c, ledger.CallbackFailed, now, "sealed")
	}
	_, err = s.o.Desk.CallBack(ctx, desk.Callback{
		ID: c.ID, Attempt: c.Attempts + 1, Place: c.Place, Promised: c.Promised,
		Ticket: transfer.Ticket{
			CallRef: c.ID, Line: c.Line, Language: c.Language, Request: c.Request, NumberHint: ivr.Phone{Number: v.To}.Last2(),
			Level: ivr.LevelNone.String(), WhyNot: "nothing_proven", Proof: v.Proof,
		},
	})
	return err //nolint:wrapcheck // it names itself
}

// dialling asks how an attempt ended of which it should have been told.
func (s *Service) dialling(ctx context.Context, c ledger.Callback, now time.Time) error {
	if now.Sub(c.Due) < dialTime {
		return nil
	}
	o, err := s.o.Desk.CallbackEnded(ctx, c.ID, c.Attempts)
	switch {
	case now.Sub(c.Due) >= lostTime && (err != nil || o == transfer.CallbackPending):
		o = transfer.CallbackLost
	case err != nil:
		return err //nolint:wrapcheck // it names itself
	}
	return s.Settle(ctx, c.ID, c.Attempts, o)
}
