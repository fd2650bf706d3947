package caller

import (
	"context"
	"time"

	"ringback/ivr/ledger"
	"ringback/sessions"
)

const (
	// renewEvery bounds how often further failures renew it.
	renewEvery = 5 * time.Minute
	// ThreatFlag is the elevated threat's flag in Redis, and the meter's key.
	ThreatFlag = "threat"
)

// raised reads whether the threat is elevated: of the ledger, where leads set it,
// and of Redis, where it is tripped should the ledger be down. Not to know is to
// be threatened.
func (s *Service) raised(ctx context.Context) bool {
	now := s.o.Clock.Now()
	t, err := s.o.Threats.Threat(ctx)
	flag, flagErr := s.o.Flags.Flag(ctx, ThreatFlag)
	if err != nil || flagErr != nil {
		if err == nil {
			err = flagErr
		}
		s.warn(ctx, "threat not read, so it is elevated", err)
		return true
	}
	until := t.Until
	// A lead may have switched off what the flag still says.
	if off := t.Until.IsZero() && t.Set.After(flag.Add(-s.o.ThreatLasts)); flag.After(until) && !off {
		until = flag
	}
	s.threat.Store(unixMilli(until))
	return now.Before(until)
}

// elevated is the threat as it was last seen, for the gauge.
func (s *Service) elevated() float64 {
	if s.o.Clock.Now().UnixMilli() < s.threat.Load() {
		return 1
	}
	return 0
}

// note counts a failure of whichever subject, known or not, and raises the threat
// when there are too many over too many.
func (s *Service) note(ctx context.Context, subject string) {
	r, err := s.o.Meter.Note(ctx, ThreatFlag, subject, s.o.Threat)
	switch {
	case err != nil:
		s.warn(ctx, "failure not metered", err)
	case sessions.Trip(r, s.o.Threat):
		s.raise(ctx)
	}
}

// raise elevates the threat, or renews it; it never shortens what a lead has set.
func (s *Service) raise(ctx context.Context) {
	s.trip.Lock()
	defer s.trip.Unlock()
	now := s.o.Clock.Now()
	until := now.Add(s.o.ThreatLasts)
	t, err := s.o.Threats.Threat(ctx)
	if err != nil {
		s.warn(ctx, "threat not read", err)
	}
	known := time.UnixMilli(max(unixMilli(t.Until), s.threat.Load()))
	if !known.Before(until.Add(-renewEvery)) {
		return
	}
	if err := s.o.Flags.SetFlag(ctx, ThreatFlag, until); err != nil {
		s.warn(ctx, "threat not flagged", err)
	}
	if err := s.o.Threats.SetThreat(ctx, ledger.Threat{Until: until, By: "line", Reason: "tripped", Set: now}); err != nil {
		s.warn(ctx, "threat not written", err)
	}
	s.threat.Store(until.UnixMilli())
	if known.After(now) {
		return
	}
	s.metrics.trips.Inc()
	s.o.Logger.ErrorContext(ctx, "elevated threat: many failures over many people; links need a strong factor now", "until", until)
}

func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
