package notice

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The outcomes of an attempt, which are also why a notice ended.
const (
	outcomeSent        = "sent"
	outcomeUnavailable = "unavailable" // not taken: tried again
	outcomeUnclear     = "unclear"     // perhaps taken: tried once more, then counted as sent
	outcomeRefused     = "refused"     // dead: the address takes none
	outcomeExpired     = "expired"     // dead: tried for too long
	outcomeUnreadable  = "unreadable"  // dead: sealed by a key that we have not, or tampered with
)

func outcomes() []string {
	return []string{outcomeSent, outcomeUnavailable, outcomeUnclear, outcomeRefused, outcomeExpired, outcomeUnreadable}
}

type metrics struct{ total *prometheus.CounterVec }

func newMetrics(reg prometheus.Registerer, l Ledger) *metrics {
	m := &metrics{total: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_notices_total",
		Help: "Attempts to tell somebody what was done in their name, by how they ended.",
	}, []string{"channel", "outcome"})}
	for _, c := range []string{byText, byMail} {
		for _, o := range outcomes() {
			m.total.WithLabelValues(c, o)
		}
	}
	if reg != nil {
		reg.MustRegister(newGauges(l))
	}
	return m
}

func (m *metrics) ended(channel, outcome string) { m.total.WithLabelValues(channel, outcome).Inc() }

// gaugesTimeout bounds a collection, in real time.
const gaugesTimeout = time.Second

// gauges reads the ledger on each collection, so that every instance tells the
// same. While it is down they are absent, which alerts can tell from zero.
type gauges struct {
	ledger                Ledger
	pending, dead, oldest *prometheus.Desc
}

func newGauges(l Ledger) *gauges {
	return &gauges{
		ledger:  l,
		pending: prometheus.NewDesc("ringback_notices_pending", "Notices that are still to be sent.", nil, nil),
		dead:    prometheus.NewDesc("ringback_notices_dead", "Notices that were given up, and that somebody has to look at.", nil, nil),
		oldest: prometheus.NewDesc("ringback_notice_oldest_timestamp_seconds",
			"Since when the oldest pending notice is due, as Unix time; 0 when there is none.", nil, nil),
	}
}

// Describe names the gauges.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	ch <- g.pending
	ch <- g.dead
	ch <- g.oldest
}

// Collect reads the gauges. A collector is given no context to pass on.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugesTimeout)
	defer cancel()
	s, err := g.ledger.NoticeStats(ctx)
	if err != nil {
		return
	}
	var oldest float64
	if !s.Oldest.IsZero() {
		oldest = float64(s.Oldest.UnixMilli()) / 1000
	}
	ch <- prometheus.MustNewConstMetric(g.pending, prometheus.GaugeValue, float64(s.Pending))
	ch <- prometheus.MustNewConstMetric(g.dead, prometheus.GaugeValue, float64(s.Dead))
	ch <- prometheus.MustNewConstMetric(g.oldest, prometheus.GaugeValue, oldest)
}
