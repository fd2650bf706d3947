package outbox

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gaugesTimeout bounds a collection, in real time.
const gaugesTimeout = time.Second

// Gauges reads the ledger on each collection, so that every instance tells the
// same. While it is down they are absent, which alerts can tell from zero.
type Gauges struct {
	Ledger   Ledger
	Channels []string
	// Pending and Dead count, and Oldest is since when the oldest pending one is
	// due, as Unix time; none has labels.
	Pending, Dead, Oldest *prometheus.Desc
}

// Describe names the gauges.
func (g *Gauges) Describe(ch chan<- *prometheus.Desc) {
	ch <- g.Pending
	ch <- g.Dead
	ch <- g.Oldest
}

// Collect reads the gauges. A collector is given no context to pass on.
func (g *Gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugesTimeout)
	defer cancel()
	s, err := g.Ledger.NoticeStats(ctx, g.Channels...)
	if err != nil {
		return
	}
	var oldest float64
	if !s.Oldest.IsZero() {
		oldest = float64(s.Oldest.UnixMilli()) / 1000
	}
	ch <- prometheus.MustNewConstMetric(g.Pending, prometheus.GaugeValue, float64(s.Pending))
	ch <- prometheus.MustNewConstMetric(g.Dead, prometheus.GaugeValue, float64(s.Dead))
	ch <- prometheus.MustNewConstMetric(g.Oldest, prometheus.GaugeValue, oldest)
}
