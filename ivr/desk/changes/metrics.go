package changes

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	nc "ringback/ivr/numberchange"
)

// metrics count how changes end, what people do, and what becomes of the steps.
type metrics struct {
	ended *prometheus.CounterVec
	acts  *prometheus.CounterVec
	why   *prometheus.CounterVec
	steps *prometheus.CounterVec
	open  *prometheus.GaugeVec
}

// The answers to an act.
const (
	answerOK      = "ok"
	answerRefused = "refused"
	answerError   = "error"
)

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		ended: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_number_changes_total",
			Help: "Number changes that ended, by how and why.",
		}, []string{"result", "reason"}),
		acts: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_number_change_acts_total",
			Help: "What people did to number changes, by the answer.",
		}, []string{"act", "answer"}),
		why: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_number_change_refusals_total",
			Help: "What people were refused about number changes, by why.",
		}, []string{"reason"}),
		steps: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_number_change_steps_total",
			Help: "Steps of number changes in Duo and by text, by what became of them.",
		}, []string{"step", "result"}),
		open: promauto.With(reg).NewGaugeVec(prometheus.GaugeOpts{
			Name: "ringback_number_changes_open",
			Help: "Number changes that have not ended, by where they stand, at the last look.",
		}, []string{"state"}),
	}
	for _, st := range nc.States() {
		if !st.Over() {
			m.open.WithLabelValues(st.String())
			continue
		}
		for _, why := range nc.Reasons() {
			m.ended.WithLabelValues(st.String(), why.String())
		}
	}
	for _, w := range Whats() {
		for _, answer := range []string{answerOK, answerRefused, answerError} {
			m.acts.WithLabelValues(w.String(), answer)
		}
	}
	for _, r := range nc.Refusals() {
		m.why.WithLabelValues(r.String())
	}
	for _, d := range nc.Steps() {
		for _, r := range []nc.Status{nc.StatusOK, nc.StatusFailed, nc.StatusUnclear} {
			m.steps.WithLabelValues(d.String(), r.String())
		}
	}
	return m
}

// did counts an act.
func (m *metrics) did(w What, why nc.Refusal, err error) {
	answer := answerOK
	switch {
	case err != nil:
		answer = answerError
	case why != nc.RefusalNone:
		answer = answerRefused
		m.why.WithLabelValues(why.String()).Inc()
	}
	m.acts.WithLabelValues(w.String(), answer).Inc()
}

// stepped counts what a written step brought.
func (m *metrics) stepped(before, after nc.Change) {
	if after.State == nc.StateUnknown {
		return
	}
	for _, d := range nc.Steps() {
		now := after.Step(d)
		if was := before.Step(d); was.Status == now.Status && was.Try == now.Try {
			continue
		}
		switch now.Status {
		case nc.StatusOK, nc.StatusFailed, nc.StatusUnclear:
			m.steps.WithLabelValues(d.String(), now.Status.String()).Inc()
		case nc.StatusTodo, nc.StatusRunning:
		}
	}
	if after.State.Over() && !before.State.Over() {
		m.ended.WithLabelValues(after.State.String(), after.Reason.String()).Inc()
	}
}
