package console

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// outcome is how a request ended; it labels metrics.
type outcome uint8

const (
	outcomeOK outcome = iota
	outcomeUnauthenticated
	outcomeForbidden
	outcomeCrossSite
	outcomeInvalid
	outcomeTooLarge
	outcomeLimited
	outcomeConflict
	outcomeUnavailable
	outcomeError
	outcomes // the number of them
)

// String is the outcome's metric label.
func (o outcome) String() string {
	names := [...]string{
		"ok", "unauthenticated", "forbidden", "cross_site", "invalid", "too_large", "limited", "conflict", "unavailable", "error",
	}
	if int(o) < len(names) {
		return names[o]
	}
	return "error"
}

// method is a way to sign in; it labels metrics.
type method uint8

const (
	methodLocal method = iota
	methodOIDC
	methods // the number of them
)

// String is the method's metric label.
func (m method) String() string {
	if m == methodOIDC {
		return "oidc"
	}
	return "local"
}

// signIn is how a sign-in ended; it labels metrics.
type signIn uint8

const (
	signInOK          signIn = iota
	signInDenied             // wrong name or password, or the provider said no
	signInLimited            // too many tries
	signInNoMFA              // one factor only
	signInNoRole             // nobody of the desk's
	signInStale              // too long ago for a step-up
	signInInvalid            // a state or token that does not fit
	signInUnavailable        // the provider or a store does not answer
	signIns                  // the number of them
)

// String is the outcome's metric label.
func (s signIn) String() string {
	names := [...]string{"ok", "denied", "limited", "no_mfa", "no_role", "stale", "invalid", "unavailable"}
	if int(s) < len(names) {
		return names[s]
	}
	return "invalid"
}

// metrics are the console's collectors; every series exists at zero.
type metrics struct {
	requests *prometheus.CounterVec
	signIns  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, roster Roster) *metrics {
	f := promauto.With(reg)
	m := &metrics{
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_desk_requests_total", Help: "Requests to the web desk, by route and outcome.",
		}, []string{"route", "outcome"}),
		signIns: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_desk_sign_ins_total", Help: "Attempts to sign in at the web desk, by method and outcome.",
		}, []string{"method", "outcome"}),
	}
	for _, r := range routes() {
		for o := range outcomes {
			m.requests.WithLabelValues(r.name, o.String())
		}
	}
	for w := range methods {
		for o := range signIns {
			m.signIns.WithLabelValues(w.String(), o.String())
		}
	}
	if reg != nil {
		reg.MustRegister(newGauge(roster))
	}
	return m
}

// gaugeTimeout bounds a collection, in real time.
const gaugeTimeout = time.Second

// gauge reads the sessions on each collection, so that every instance tells the
// same. While the store is down it is absent.
type gauge struct {
	roster   Roster
	sessions *prometheus.Desc
}

func newGauge(r Roster) *gauge {
	return &gauge{roster: r, sessions: prometheus.NewDesc("ringback_desk_sessions", "Sessions of the web desk that are open.", nil, nil)}
}

// Describe names the gauge.
func (g *gauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.sessions }

// Collect reads it. A collector is given no context to pass on.
func (g *gauge) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugeTimeout)
	defer cancel()
	all, err := g.roster.List(ctx)
	if err != nil {
		return
	}
	ch <- prometheus.MustNewConstMetric(g.sessions, prometheus.GaugeValue, float64(len(all)))
}
