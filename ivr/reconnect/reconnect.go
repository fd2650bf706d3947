// Package reconnect does what callers came for: it reads their account in Duo,
// has the activation link made, texts the two links, and looks whether the phone
// has been activated.
//
// It runs the effects of the dialogue that concern Duo and texts. It trusts
// nobody's word that a caller is verified: [Service.Run] weighs the evidence again
// before it makes a link, claims the day's row in the ledger before it asks Duo
// (so that no second instance, retry or call can make another), and never asks
// again when it cannot know what became of the first request.
package reconnect

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr"
	"ringback/ivr/clock"
)

// SetsPerDay is how many sets of links a person may have on a day: one, and one fresh.
const SetsPerDay = 2

// Options configures [New]. Every field without a note is required.
type Options struct {
	Duo        Duo
	People     People
	Texter     Texter
	Ledger     Ledger
	Kept       Kept
	Guard      Guard
	SIMs       SIMs // nil: nothing is known of SIMs
	Wording    Wording
	Policy     ivr.Policy
	Zones      map[string]*time.Location                           // by line id: whose day it is
	WebPages   map[string]string                                   // by line id: the self-service page
	StatusURL  func(callSID string, t ivr.Text, send uint8) string // where deliveries are told, of which sending
	Life       time.Duration                                       // of a link; 0: 10 min
	SetsPerDay int                                                 // 0: [SetsPerDay]
	Clock      clock.Clock
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: none
}

// Service runs the effects. Make one with [New].
type Service struct {
	Options
	unverified prometheus.Counter
	sims       *prometheus.CounterVec
}

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Duo == nil || o.People == nil || o.Texter == nil || o.Ledger == nil || o.Kept == nil || o.Guard == nil || o.Wording == nil || o.Clock == nil || o.StatusURL == nil {
		return nil, errors.New("reconnect: a dependency is missing")
	}
	if o.Life == 0 {
		o.Life = 10 * time.Minute
	}
	if o.SetsPerDay == 0 {
		o.SetsPerDay = SetsPerDay
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{Options: o, unverified: promauto.With(o.Registerer).NewCounter(prometheus.CounterOpts{
		Name: "ringback_unverified_actions_total",
		Help: "Actions that were about to be taken without a sufficient verdict, and were not. Any is an alarm.",
	}), sims: promauto.With(o.Registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_sim_checks_total",
		Help: "Look-ups of SIMs by what they found.",
	}, []string{"sim"})}
	for _, sim := range []ivr.SIM{ivr.SIMUnknown, ivr.SIMSame, ivr.SIMChanged} {
		s.sims.WithLabelValues(sim.String())
	}
	return s, nil
}

// Run runs one effect. Effects of others are a bug.
func (s *Service) Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What {
	switch e := e.(type) {
	case ivr.ReadAccount:
		return s.readAccount(ctx, call, e)
	case ivr.MakeLinks:
		return s.makeLinks(ctx, callSID, call, e)
	case ivr.SendText:
		return s.sendText(ctx, callSID, call, e)
	case ivr.ReadPhone:
		return s.readPhone(ctx, e)
	}
	panic("reconnect: not an effect of ours: " + e.Kind().String())
}

func (s *Service) warn(ctx context.Context, msg string, err error) {
	if err != nil {
		s.Logger.WarnContext(ctx, msg, //nolint:sloglint // constants, all of them
			"error", err.Error())
	}
}
