package caller

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr"
)

// metrics are the collectors of what the line does not count already: it counts
// tries and their outcomes.
type metrics struct {
	lockouts *prometheus.CounterVec
	sends    *prometheus.CounterVec
	reports  *prometheus.CounterVec
	trips    prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, elevated func() float64) *metrics {
	f := promauto.With(reg)
	m := &metrics{
		lockouts: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_lockouts_total", Help: "Factors that were disabled after too many failures in a row.",
		}, []string{"factor"}),
		sends: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_code_sends_total", Help: "Codes and pushes that were asked for, by factor and what came of it.",
		}, []string{"factor", "outcome"}),
		reports: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_reports_total", Help: "Reports that it was somebody else, by outcome.",
		}, []string{"outcome"}),
		trips: f.NewCounter(prometheus.CounterOpts{
			Name: "ringback_threat_trips_total", Help: "How often failures elevated the threat.",
		}),
	}
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ringback_elevated_threat", Help: "1 while the threat is elevated, as this instance saw it last.",
	}, elevated)
	for _, factor := range ivr.Factors() {
		m.lockouts.WithLabelValues(factor.String())
		for _, o := range []string{"sent", "withheld", "limited", "failed"} {
			if factor.Sends() {
				m.sends.WithLabelValues(factor.String(), o)
			}
		}
	}
	for _, o := range []ivr.Outcome{ivr.OutcomeOK, ivr.OutcomeFailed, ivr.OutcomeLimited, ivr.OutcomeUnavailable} {
		m.reports.WithLabelValues(o.String())
	}
	return m
}

// sent counts a send. Withheld is what went to nobody, for whatever reason.
func (m *metrics) sent(f ivr.Factor, o ivr.Outcome, sent bool) {
	label := "failed"
	switch {
	case sent:
		label = "sent"
	case o == ivr.OutcomeLimited:
		label = "limited"
	case o == ivr.OutcomeOK:
		label = "withheld"
	}
	m.sends.WithLabelValues(f.String(), label).Inc()
}
