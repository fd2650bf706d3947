package sessions

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// operation is the closed set of values of the metric label of that name.
type operation int

const (
	opUnknown operation = iota
	opPing
	opUpdate
	opClaim
	opLoad
	opDelete
	opReserve
	opCount
	opForget
	opEnter
	opExit
	opLease
	opQueue
	opPresence
	opValue
	opMeter
	opDesk
	operations // the number of them
)

func (o operation) String() string {
	switch o {
	case opPing:
		return "ping"
	case opUpdate:
		return "update"
	case opClaim:
		return "claim"
	case opLoad:
		return "load"
	case opDelete:
		return "delete"
	case opReserve:
		return "reserve"
	case opCount:
		return "count"
	case opForget:
		return "forget"
	case opEnter:
		return "enter"
	case opExit:
		return "exit"
	case opLease:
		return "lease"
	case opQueue:
		return "queue"
	case opPresence:
		return "presence"
	case opValue:
		return "value"
	case opMeter:
		return "meter"
	case opDesk:
		return "desk"
	case opUnknown, operations:
	}
	return "unknown"
}

// result is the closed set of values of the label "outcome".
type result int

const (
	resultError result = iota
	resultOK
	resultConflict
	resultSealed
	resultUnavailable
	results // the number of them
)

func (r result) String() string {
	switch r {
	case resultOK:
		return "ok"
	case resultConflict:
		return "conflict"
	case resultSealed:
		return "sealed"
	case resultUnavailable:
		return "unavailable"
	case resultError, results:
	}
	return "error"
}

func resultOf(err error) result {
	switch {
	case err == nil:
		return resultOK
	case errors.Is(err, ErrUnavailable):
		return resultUnavailable
	case errors.Is(err, ErrConflict):
		return resultConflict
	case errors.Is(err, ErrSealed):
		return resultSealed
	default:
		return resultError
	}
}

// metrics holds the resolved series, so that counting is an array access.
type metrics struct {
	total    [operations][results]prometheus.Counter
	duration [operations]prometheus.Observer
}

func newMetrics(reg prometheus.Registerer) *metrics {
	total := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_redis_operations_total",
		Help: "Operations on Redis by kind and outcome.",
	}, []string{"operation", "outcome"})
	duration := promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
		Name:    "ringback_redis_operation_duration_seconds",
		Help:    "Time of an operation on Redis, all its round trips together.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .3, .6, 1},
	}, []string{"operation"})
	m := &metrics{}
	for op := opPing; op < operations; op++ {
		m.duration[op] = duration.WithLabelValues(op.String())
		for r := range results {
			m.total[op][r] = total.WithLabelValues(op.String(), r.String())
		}
	}
	return m
}

func (m *metrics) observe(op operation, start time.Time, err error) {
	m.total[op][resultOf(err)].Inc()
	m.duration[op].Observe(time.Since(start).Seconds())
}
