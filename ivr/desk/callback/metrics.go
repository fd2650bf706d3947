package callback

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr"
	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
)

type metrics struct {
	requests *prometheus.CounterVec
	refused  *prometheus.CounterVec
	attempts *prometheus.CounterVec
	ended    *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

// callbackBuckets are from a minute to two days: a callback may be for tomorrow.
func callbackBuckets() []float64 {
	return []float64{60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 57600, 86400, 172800}
}

func newMetrics(reg prometheus.Registerer, s *Service) *metrics {
	f := promauto.With(reg)
	m := &metrics{
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_callback_requests_total", Help: "Callbacks that callers asked for, by what became of it.",
		}, []string{"line", "outcome"}),
		refused: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_callback_refused_numbers_total", Help: "Numbers that are not called, by why.",
		}, []string{"reason"}),
		attempts: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_callback_attempts_total", Help: "Attempts to reach somebody, by how they ended.",
		}, []string{"line", "outcome"}),
		ended: f.NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_callbacks_total", Help: "Callbacks that are over, by how.",
		}, []string{"line", "state"}),
		took: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ringback_callback_wait_seconds", Help: "From the start of the wait to the talk, of those who were reached.", Buckets: callbackBuckets(),
		}, []string{"line"}),
	}
	for line := range s.o.Lines {
		for _, o := range ivr.Outcomes() {
			m.requests.WithLabelValues(line, o.String())
		}
		for _, o := range transfer.CallbackOutcomes() {
			m.attempts.WithLabelValues(line, o.String())
		}
		for _, st := range ledger.CallbackStates() {
			if !st.Open() {
				m.ended.WithLabelValues(line, st.String())
			}
		}
		m.took.WithLabelValues(line)
	}
	for _, why := range []string{ivr.NumberInvalid, ivr.NumberForeign, ivr.NumberPremium} {
		m.refused.WithLabelValues(why)
	}
	if reg != nil {
		reg.MustRegister(&collector{s: s, desc: prometheus.NewDesc("ringback_callbacks", "Callbacks that are open, by what they wait for.",
			[]string{"line", "state"}, nil)})
	}
	return m
}

func (m *metrics) asked(line string, o ivr.Outcome) {
	m.requests.WithLabelValues(line, o.String()).Inc()
}

func (m *metrics) refusal(why string) { m.refused.WithLabelValues(why).Inc() }

func (m *metrics) attempt(line string, o transfer.CallbackOutcome) {
	m.attempts.WithLabelValues(line, o.String()).Inc()
}

func (m *metrics) settled(c ledger.Callback, now time.Time) {
	if c.State.Open() {
		return
	}
	m.ended.WithLabelValues(c.Line, c.State.String()).Inc()
	if c.State == ledger.CallbackReached {
		m.took.WithLabelValues(c.Line).Observe(now.Sub(c.Place).Seconds())
	}
}

// collector reads the ledger when it is scraped: the number is the same whichever
// instance is asked.
type collector struct {
	s    *Service
	desc *prometheus.Desc
}

// scrapeTime bounds that read.
const scrapeTime = time.Second

// Describe implements [prometheus.Collector].
func (c *collector) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements [prometheus.Collector]. While the ledger is down there is no
// number rather than an old one.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	all, err := c.s.Waiting(ctx)
	if err != nil {
		return
	}
	type at struct{ line, state string }
	n := map[at]int{}
	now := c.s.o.Clock.Now()
	for line := range c.s.o.Lines {
		for _, state := range []string{"later", "due", "dialling"} {
			n[at{line, state}] = 0
		}
	}
	for _, one := range all {
		state := "due"
		switch {
		case one.State == ledger.CallbackDialling:
			state = "dialling"
		case one.Due.After(now):
			state = "later"
		}
		if c.s.o.Lines[one.Line] != nil {
			n[at{one.Line, state}]++
		}
	}
	for k, v := range n {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(v), k.line, k.state)
	}
}
