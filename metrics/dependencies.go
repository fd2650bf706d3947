package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The outcomes of a request to a dependency. A client that reports anything
// else is counted under [Other], so that a label never grows by what a remote
// server says.
const (
	OK          = "ok"          // answered as asked
	Refused     = "refused"     // answered with a no: a 4xx, a wrong credential, an opted-out number
	Throttled   = "throttled"   // asked to come back later
	Unavailable = "unavailable" // refused the connection, or a 5xx
	Timeout     = "timeout"     // no answer in time, and nothing can have happened
	Unknown     = "unknown"     // no answer, and it may have happened
	Other       = "other"       // an operation or outcome that is not listed
)

// Outcomes lists the values of the label "outcome".
func Outcomes() []string {
	return []string{OK, Refused, Throttled, Unavailable, Timeout, Unknown, Other}
}

// Dependencies counts the requests to the services that the line leans on.
// One serves the whole process: its families are registered once.
type Dependencies struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewDependencies registers ringback_dependency_requests_total{dependency,
// operation,outcome} and ringback_dependency_duration_seconds{dependency,
// operation}. With a nil registerer it counts into nowhere.
func NewDependencies(reg prometheus.Registerer) *Dependencies {
	return &Dependencies{
		requests: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "ringback_dependency_requests_total",
			Help: "Requests to services outside (duo, twilio, ...) by operation and outcome.",
		}, []string{"dependency", "operation", "outcome"}),
		duration: promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ringback_dependency_duration_seconds",
			Help:    "Time of requests to services outside, retries each on their own.",
			Buckets: []float64{.025, .05, .1, .25, .5, .8, 1, 2, 3, 5, 10, 15},
		}, []string{"dependency", "operation"}),
	}
}

// Recorder counts the requests to one dependency. It fits the small interface
// that each client declares for itself.
type Recorder struct {
	operations map[string]operation
}

type operation struct {
	outcomes map[string]prometheus.Counter
	duration prometheus.Observer
}

// For makes the recorder of one dependency, with all series of its operations
// at zero. Both names come from the code ("duo"; "activation_url", ...).
func (d *Dependencies) For(dependency string, operations []string) *Recorder {
	r := &Recorder{operations: make(map[string]operation, len(operations)+1)}
	for _, name := range append([]string{Other}, operations...) {
		op := operation{
			outcomes: map[string]prometheus.Counter{},
			duration: d.duration.WithLabelValues(dependency, name),
		}
		for _, outcome := range Outcomes() {
			op.outcomes[outcome] = d.requests.WithLabelValues(dependency, name, outcome)
		}
		r.operations[name] = op
	}
	return r
}

// Observe counts one request that took took. Names that [Dependencies.For] or
// [Outcomes] does not list count as [Other]. A nil recorder counts nothing.
func (r *Recorder) Observe(operation, outcome string, took time.Duration) {
	if r == nil {
		return
	}
	op, ok := r.operations[operation]
	if !ok {
		op = r.operations[Other]
	}
	counter, ok := op.outcomes[outcome]
	if !ok {
		counter = op.outcomes[Other]
	}
	counter.Inc()
	op.duration.Observe(took.Seconds())
}
