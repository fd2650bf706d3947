package caller

import (
	"context"
	"time"

	"ringback/ivr"
	"ringback/sessions"
)

// renewEvery bounds how often further failures renew it.
const renewEvery = 5 * time.Minute

// raised reads whether the threat is elevated: of the ledger alone, where leads set
// it and failures trip it. Not to know is to be threatened.
func (s *Service) raised(ctx context.Context) bool {
	t, err := s.o.Threats.Threat(ctx)
	if err != nil {
		s.warn(ctx, "threat not read, so it is elevated", err)
		return true
	}
	s.threat.Store(unixMilli(t.Until))
	return s.o.Clock.Now().Before(t.Until)
}

// elevated is the threat as it was last seen, for the gauge.
func (s *Service) elevated() float64 {
	if s.o.Clock.Now().UnixMilli() < s.threat.Load() {
		return 1
	}
	return 0
}

// meterKey is the meter of everybody's failures.
const meterKey = "threat"

// note counts a failure of whichever subject, known or not, and raises the threat
// when there are too many over too many from too many places.
func (s *Service) note(ctx context.Context, subject string, call ivr.Call) {
	r, err := s.o.Meter.Note(ctx, meterKey, sessions.Failure{Member: subject, Origin: s.origin(call)}, s.o.Threat)
	switch {
	case err != nil:
		s.warn(ctx, "failure not metered", err)
	case sessions.Trip(r, s.o.Threat):
		s.raise(ctx)
	}
}

// origin is where a call comes from: its number's prefix or, of a shared one, the
// number, as the limits of look-ups have it. Calls that withhold their number, or have a forged one, come from one place
// together, so that nobody can be as many as he likes.
func (s *Service) origin(call ivr.Call) string {
	if call.Suspect || call.From == "" {
		return "unknown"
	}
	if s.o.Shared(call.From) {
		return s.o.Pseudonyms.Number(call.From)
	}
	return s.o.Pseudonyms.Prefix(call.From)
}

// raise elevates the threat, or renews it; it never shortens what a lead has set.
// What could not be written is tried again with the next failure, and a ledger that
// cannot be read counts as an elevated threat anyway.
func (s *Service) raise(ctx context.Context) {
	s.trip.Lock()
	defer s.trip.Unlock()
	now := s.o.Clock.Now()
	until := now.Add(s.o.ThreatLasts)
	was, err := s.o.Threats.Threat(ctx)
	if err == nil {
		if !was.Until.Before(until.Add(-renewEvery)) {
			return
		}
		was, err = s.o.Threats.RaiseThreat(ctx, until, "tripped")
	}
	if err != nil {
		s.warn(ctx, "threat not raised", err)
		return
	}
	s.threat.Store(max(unixMilli(was.Until), until.UnixMilli()))
	if was.Until.After(now) {
		return
	}
	s.metrics.trips.Inc()
	s.o.Logger.ErrorContext(ctx, "elevated threat: many failures over many people from many places; links need a strong factor now", "until", until)
}

func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
