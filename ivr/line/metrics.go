package line

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr"
	"ringback/twiml"
)

// metrics are the line's collectors. Every series exists at zero, because a
// counter that first appears at one is missed by increase().
type metrics struct {
	calls        *prometheus.CounterVec
	inProgress   *prometheus.GaugeVec
	callSeconds  *prometheus.HistogramVec
	turns        *prometheus.CounterVec
	turnSeconds  *prometheus.HistogramVec
	rejected     *prometheus.CounterVec
	verification *prometheus.CounterVec
	limits       *prometheus.CounterVec
	links        *prometheus.CounterVec
	texts        *prometheus.CounterVec
	activations  *prometheus.CounterVec
	effects      *prometheus.CounterVec
	lastResort   *prometheus.CounterVec
	shed         *prometheus.CounterVec
	verstats     *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, lines []ivr.Line) *metrics {
	f := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		calls:      counter("ringback_calls_total", "Calls that ended, by line and result.", "line", "result"),
		inProgress: f.NewGaugeVec(prometheus.GaugeOpts{Name: "ringback_calls_in_progress", Help: "Calls answered by this instance and not seen to end by it."}, []string{"line"}),
		callSeconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ringback_call_duration_seconds", Help: "How long calls lasted.", Buckets: []float64{15, 30, 60, 120, 300, 600, 1200, 3600},
		}, []string{"line"}),
		turns: counter("ringback_turns_total", "Webhooks of the carrier, by route and outcome.", "route", "outcome"),
		turnSeconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ringback_turn_duration_seconds", Help: "How long webhooks took to answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, .8, 1, 2, 3, 5, 10, 15},
		}, []string{"route"}),
		rejected:     counter("ringback_webhooks_rejected_total", "Requests that were not the carrier's, by reason.", "reason"),
		verification: counter("ringback_verification_attempts_total", "Factors that were tried, by factor and outcome.", "factor", "outcome"),
		limits:       counter("ringback_limits_reached_total", "Refusals by a limit, by what was limited.", "limit"),
		links:        counter("ringback_links_total", "Sets of links that were asked for, by outcome.", "outcome"),
		texts:        counter("ringback_texts_total", "Texts, by purpose and the statuses they reached.", "purpose", "status"),
		activations:  counter("ringback_activations_total", "Activations that a caller waited for, by outcome: of one that was not seen the call ended first.", "outcome"),
		effects:      counter("ringback_effects_total", "Effects that were run, by kind and outcome.", "effect", "outcome"),
		lastResort:   counter("ringback_last_resort_total", "Answers of last resort, by route.", "route"),
		shed:         counter("ringback_calls_shed_total", "New calls that were not taken, by reason.", "reason"),
		verstats:     counter("ringback_stir_verstat_total", "New calls by what the telephone companies say of the number (STIR).", "verstat"),
	}
	m.zeroCalls(lines)
	m.zero()
	return m
}

// zeroCalls makes every series of calls and webhooks exist.
func (m *metrics) zeroCalls(lines []ivr.Line) {
	for _, l := range lines {
		for _, r := range ivr.Results() {
			m.calls.WithLabelValues(l.ID, r.String())
		}
		m.inProgress.WithLabelValues(l.ID)
		m.callSeconds.WithLabelValues(l.ID)
	}
	for _, r := range Routes() {
		for _, o := range []string{"ok", "repeat", "stale", "shed", "error"} {
			m.turns.WithLabelValues(r.name, o)
		}
		m.turnSeconds.WithLabelValues(r.name)
		if r.voice {
			m.lastResort.WithLabelValues(r.name)
		}
	}
	for _, r := range []string{"signature", "size", "form", "account"} {
		m.rejected.WithLabelValues(r)
	}
}

// zero makes the other series exist.
func (m *metrics) zero() {
	for _, r := range shedReasons() {
		m.shed.WithLabelValues(r)
	}
	for _, v := range twiml.Verstats() {
		m.verstats.WithLabelValues(v.String())
	}
	for _, f := range ivr.Factors() {
		for _, o := range factorOutcomes() {
			m.verification.WithLabelValues(f.String(), o)
		}
	}
	for _, l := range []string{"admit", "look_up", "send_code", "make_links"} {
		m.limits.WithLabelValues(l)
	}
	for _, o := range []string{"made", "refused", "failed", "unknown"} {
		m.links.WithLabelValues(o)
	}
	for _, t := range []ivr.Text{ivr.TextInstall, ivr.TextActivate, ivr.TextCode, ivr.TextWeb} {
		for s := ivr.TextQueued; s <= ivr.TextUnavailable; s++ {
			m.texts.WithLabelValues(t.String(), s.String())
		}
	}
	m.activations.WithLabelValues("activated")
	m.activations.WithLabelValues("not_seen")
	for _, k := range ivr.EffectKinds() {
		for _, o := range ivr.Outcomes() {
			m.effects.WithLabelValues(k.String(), o.String())
		}
	}
}

func factorOutcomes() []string {
	return []string{"passed", "failed", "locked", "skipped", "unavailable"}
}

func (m *metrics) started(line string) { m.inProgress.WithLabelValues(line).Inc() }

func (m *metrics) ended(call ivr.Call, took time.Duration) {
	m.inProgress.WithLabelValues(call.Line).Dec()
	m.calls.WithLabelValues(call.Line, call.Ending.Result.String()).Inc()
	m.callSeconds.WithLabelValues(call.Line).Observe(took.Seconds())
	for _, f := range call.Skipped {
		m.verification.WithLabelValues(f.String(), "skipped").Inc()
	}
	switch {
	case call.Links.Done:
		m.activations.WithLabelValues("activated").Inc()
	case call.Links.MadeAt != 0:
		m.activations.WithLabelValues("not_seen").Inc()
	}
}

func (m *metrics) turn(route, outcome string, took time.Duration) {
	m.turns.WithLabelValues(route, outcome).Inc()
	m.turnSeconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) text(t ivr.Text, s ivr.TextStatus) {
	m.texts.WithLabelValues(t.String(), s.String()).Inc()
}

// effect counts what came of an effect.
func (m *metrics) effect(e ivr.Effect, what ivr.What) {
	o := outcomeOf(what)
	m.effects.WithLabelValues(e.Kind().String(), o.String()).Inc()
	if o == ivr.OutcomeLimited {
		m.limits.WithLabelValues(e.Kind().String()).Inc()
	}
	switch e := e.(type) {
	case ivr.CheckFactor:
		m.verification.WithLabelValues(e.Factor.String(), map[ivr.Outcome]string{
			ivr.OutcomeOK: "passed", ivr.OutcomeFailed: "failed", ivr.OutcomeLocked: "locked", ivr.OutcomeLimited: "locked",
			ivr.OutcomeUnavailable: "unavailable", ivr.OutcomeUnknown: "unavailable", ivr.OutcomeLost: "unavailable",
		}[o]).Inc()
	case ivr.MakeLinks:
		m.links.WithLabelValues(map[ivr.Outcome]string{
			ivr.OutcomeOK: "made", ivr.OutcomeLimited: "refused", ivr.OutcomeLocked: "refused", ivr.OutcomeUnknown: "unknown",
			ivr.OutcomeFailed: "failed", ivr.OutcomeUnavailable: "failed", ivr.OutcomeLost: "failed",
		}[o]).Inc()
	case ivr.SendText:
		if d, ok := what.(ivr.TextDispatched); ok && d.Status != ivr.TextUnknown {
			m.text(e.Text, d.Status)
		}
	}
}

// outcomeOf is the outcome in a result.
func outcomeOf(what ivr.What) ivr.Outcome {
	switch w := what.(type) {
	case ivr.Admitted:
		return w.Outcome
	case ivr.LookedUp:
		return w.Outcome
	case ivr.Checked:
		return w.Outcome
	case ivr.CodeSent:
		return w.Outcome
	case ivr.AccountRead:
		return w.Outcome
	case ivr.LinksMade:
		return w.Outcome
	case ivr.TextDispatched:
		if w.Status.Bad() {
			return ivr.OutcomeFailed
		}
		return ivr.OutcomeOK
	case ivr.PhoneRead:
		return w.Outcome
	case ivr.Queued:
		return w.Outcome
	case ivr.Reported:
		return w.Outcome
	}
	return ivr.OutcomeUnknown
}

func attr(key, value string) slog.Attr { return slog.String(key, value) }

// levelOf is the level at which a status is logged: error is for what somebody
// must act on.
func levelOf(status int) slog.Level {
	switch {
	case status >= 500:
		return slog.LevelError
	case status >= 400:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}
