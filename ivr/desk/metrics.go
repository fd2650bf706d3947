package desk

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr/transfer"
)

// metrics counts attempts and measures waits; the gauges are read from the
// store when they are collected, so that every instance tells the same.
type metrics struct {
	total    *prometheus.CounterVec
	consults *prometheus.CounterVec
	deeds    *prometheus.CounterVec
	wait     *prometheus.HistogramVec

	offered   *prometheus.CounterVec
	abandoned *prometheus.HistogramVec
	estimate  *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer, d *Desk) *metrics {
	m := &metrics{
		total: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_transfers_total",
			Help: "Attempts to connect a caller with an agent, by how they ended.",
		}, []string{"line", "result", "reason"}),
		consults: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_consults_total",
			Help: "Colleagues whom agents asked for help with a caller, by how that ended.",
		}, []string{"line", "result", "reason"}),
		deeds: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_desk_deeds_total",
			Help: "What agents asked for on their page about a call, by what became of it.",
		}, []string{"deed", "answer"}),
		wait: promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ringback_transfer_wait_seconds",
			Help:    "Time from joining the queue to talking to an agent.",
			Buckets: []float64{5, 10, 20, 30, 60, 120, 300, 600},
		}, []string{"line"}),
	}
	m.queue(reg)
	for _, l := range d.Lines {
		m.wait.WithLabelValues(l.ID)
		m.offered.WithLabelValues(l.ID)
		m.abandoned.WithLabelValues(l.ID)
		m.estimate.WithLabelValues(l.ID)
		for _, r := range transfer.Results() {
			for _, why := range r.Reasons() {
				m.total.WithLabelValues(l.ID, r.String(), why.String())
				m.consults.WithLabelValues(l.ID, r.String(), why.String())
			}
		}
	}
	for _, deed := range transfer.Deeds() {
		for _, a := range transfer.Answers() {
			m.deeds.WithLabelValues(deed.String(), a.String())
		}
	}
	if reg != nil {
		reg.MustRegister(newGauges(d))
	}
	return m
}

// queue are the metrics of waiting that have nothing to do with an agent.
func (m *metrics) queue(reg prometheus.Registerer) {
	m.offered = promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_queue_offered_total",
		Help: "Waits for an agent that began, those of callers who came back after a talk included.",
	}, []string{"line"})
	m.abandoned = promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
		Name:    "ringback_queue_abandoned_seconds",
		Help:    "Time from joining the queue to hanging up, of callers who did before they talked to an agent.",
		Buckets: []float64{5, 10, 20, 30, 60, 120, 300, 600},
	}, []string{"line"})
	m.estimate = promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
		Name:    "ringback_queue_estimate_error_seconds",
		Help:    "Wait until an agent had the caller, less what the first estimate of it was; below zero it was shorter.",
		Buckets: []float64{-300, -120, -60, -30, -10, 10, 30, 60, 120, 300},
	}, []string{"line"})
}

func (m *metrics) ended(line string, a transfer.Report) {
	counter := m.total
	if a.Second {
		counter = m.consults
	}
	counter.WithLabelValues(line, a.Ending.Result.String(), a.Ending.Reason.String()).Inc()
}

func (m *metrics) done(d transfer.Deed, a transfer.Answer) {
	m.deeds.WithLabelValues(d.String(), a.String()).Inc()
}

func (m *metrics) waited(line string, d time.Duration) {
	m.wait.WithLabelValues(line).Observe(d.Seconds())
}

// gaugesTimeout bounds a collection, in real time.
const gaugesTimeout = time.Second

// gauges reads the store on each collection. While that is down they are
// absent, which alerts can tell from zero.
type gauges struct {
	desk    *Desk
	callers *prometheus.Desc
	agents  *prometheus.Desc
}

func newGauges(d *Desk) *gauges {
	return &gauges{
		desk: d,
		callers: prometheus.NewDesc("ringback_queue_callers",
			"Callers who wait for an agent, those being offered to one included.", []string{"line"}, nil),
		agents: prometheus.NewDesc("ringback_agents", "Agents by what they are doing.", []string{"state"}, nil),
	}
}

// Describe names the gauges.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	ch <- g.callers
	ch <- g.agents
}

// Collect reads the gauges. A collector is given no context to pass on.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugesTimeout)
	defer cancel()
	s, err := g.desk.Snapshot(ctx)
	if err != nil {
		return
	}
	for _, l := range s.Lines {
		ch <- prometheus.MustNewConstMetric(g.callers, prometheus.GaugeValue, float64(l.Waiting), l.Line)
	}
	count := map[transfer.Presence]int{}
	for _, a := range s.Agents {
		count[a.State]++
	}
	for _, p := range transfer.Presences() {
		ch <- prometheus.MustNewConstMetric(g.agents, prometheus.GaugeValue, float64(count[p]), p.String())
	}
}
