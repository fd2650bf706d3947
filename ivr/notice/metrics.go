package notice

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr/ledger"
	"ringback/ivr/outbox"
)

type metrics struct{ total *prometheus.CounterVec }

func newMetrics(reg prometheus.Registerer, l outbox.Ledger) *metrics {
	m := &metrics{total: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_notices_total",
		Help: "Attempts to tell somebody what was done in their name, by how they ended.",
	}, []string{"channel", "outcome"})}
	for _, c := range channels() {
		for _, o := range outbox.Outcomes() {
			m.total.WithLabelValues(c, o.String())
		}
	}
	if reg != nil {
		reg.MustRegister(&outbox.Gauges{
			Ledger: l, Channels: channels(),
			Pending: prometheus.NewDesc("ringback_notices_pending", "Notices that are still to be sent.", nil, nil),
			Dead:    prometheus.NewDesc("ringback_notices_dead", "Notices that were given up, and that somebody has to look at.", nil, nil),
			Oldest: prometheus.NewDesc("ringback_notice_oldest_timestamp_seconds",
				"Since when the oldest pending notice is due, as Unix time; 0 when there is none.", nil, nil),
		})
	}
	return m
}

func (m *metrics) ended(n ledger.Notice, o outbox.Outcome) {
	m.total.WithLabelValues(n.Channel, o.String()).Inc()
}
