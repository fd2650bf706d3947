package event

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr/ledger"
	"ringback/ivr/outbox"
)

type metrics struct{ total *prometheus.CounterVec }

func newMetrics(reg prometheus.Registerer, l outbox.Ledger) *metrics {
	m := &metrics{total: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_events_total",
		Help: "Attempts to tell another system what has happened, by how they ended.",
	}, []string{"event", "outcome"})}
	for _, t := range Types() {
		for _, o := range outbox.Outcomes() {
			m.total.WithLabelValues(t.String(), o.String())
		}
	}
	if reg != nil {
		reg.MustRegister(&outbox.Gauges{
			Ledger: l, Channels: channels(),
			Pending: prometheus.NewDesc("ringback_events_pending", "Events that are still to be posted.", nil, nil),
			Dead:    prometheus.NewDesc("ringback_events_dead", "Events that were given up.", nil, nil),
			Oldest: prometheus.NewDesc("ringback_event_oldest_timestamp_seconds",
				"Since when the oldest pending event is due, as Unix time; 0 when there is none.", nil, nil),
		})
	}
	return m
}

// ended counts an attempt. A kind that is none of ours was written by a newer
// release.
func (m *metrics) ended(n ledger.Notice, o outbox.Outcome) {
	if t, err := ParseType(n.Kind); err == nil {
		m.total.WithLabelValues(t.String(), o.String()).Inc()
	}
}
