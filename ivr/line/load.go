package line

import (
	"context"
	"errors"
	"sync/atomic"

	"ringback/twiml"
)

// load is what the server bears: whether it is leaving, and how much is under way.
type load struct {
	draining atomic.Bool
	inFlight atomic.Int64
}

// The reasons for which a new call is not taken; they label a metric.
const (
	shedDraining = "draining"
	shedOverload = "overload"
)

func shedReasons() []string { return []string{shedDraining, shedOverload} }

// errDraining refuses a new call without a document: the carrier asks again, by
// the overrides of the number's URL, and comes to another instance; or it goes on
// at the number's fallback URL.
var errDraining = errors.New("draining: new calls go to another instance")

// Drain has new calls go elsewhere from now on. Calls that have begun, here or on
// another instance, are served until Close.
func (s *Server) Drain() { s.load.draining.Store(true) }

// shed decides whether a new call is turned away, and with what. A call of which
// anything is stored is not new.
func (s *Server) shed(ctx context.Context, w *webhook) (doc twiml.Response, shed bool, err error) {
	reason := ""
	switch {
	case s.load.draining.Load():
		reason = shedDraining
	case s.load.inFlight.Load() > int64(s.MaxInFlight):
		reason = shedOverload
	default:
		return doc, false, nil
	}
	if _, ok, err := s.Records.Load(ctx, w.sid); err == nil && ok {
		return doc, false, nil
	}
	s.metrics.shed.WithLabelValues(reason).Inc()
	if reason == shedDraining {
		return doc, true, errDraining
	}
	l := s.lineOf(w)
	last := "dialling_desk"
	if l.Fallback == "" {
		last = "call_again"
	}
	return s.plain(l, "overloaded", last), true, nil
}
