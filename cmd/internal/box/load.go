package box

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ringback/twiml/carrier"
)

// The most that a load may be: it is for one machine, which also plays the
// carrier and everybody on the phone.
const (
	MaxLoadCalls = 500
	MaxLoadFor   = 5 * time.Minute
)

// LoadOptions configures [World.Load].
type LoadOptions struct {
	Calls   int           // at once, 1 to MaxLoadCalls
	For     time.Duration // new calls are begun, at most MaxLoadFor
	Scripts []*Script     // taken in turn; of each its `call` and `press` lines count
}

// LoadResult is what a load took.
type LoadResult struct {
	Calls          int     `json:"calls"`
	Turns          int     `json:"turns"` // webhooks that were answered
	Failures       int     `json:"failures"`
	Seconds        float64 `json:"seconds"`
	CallsPerSecond float64 `json:"calls_per_second"`
	TurnsPerSecond float64 `json:"turns_per_second"`
	// How long webhooks took to be answered, in milliseconds.
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

// meter times the webhooks of a load. It is safe for concurrent use.
type meter struct {
	next http.RoundTripper

	mu       sync.Mutex
	on       bool
	took     []time.Duration
	failures int
}

// RoundTrip sends a webhook and notes how long the answer took.
func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	res, err := m.next.RoundTrip(r)
	took := time.Since(began)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.on {
		m.took = append(m.took, took)
		if err != nil || res.StatusCode >= http.StatusBadRequest {
			m.failures++
		}
	}
	return res, err //nolint:wrapcheck // a transport's error as it is
}

// DefaultLoad is a call that wanders through menus and keys an ID, and asks for
// nothing that is limited.
func DefaultLoad() *Script {
	s, err := Parse("default.call", strings.NewReader(`call university from +19195550101
press 3
press star
press 1
press 1000001#
press 2
press 1000002#
press star
press 1000003#
hangup
`))
	if err != nil {
		panic(err) // a constant that does not parse
	}
	return s
}

// Load makes many calls at once, in real time. Nobody listens to the end: a key
// is pressed as soon as one is awaited. Every call comes from a number of its own.
func (w *World) Load(ctx context.Context, o LoadOptions) (LoadResult, error) {
	switch {
	case w.virtual != nil:
		return LoadResult{}, errors.New("load needs real time")
	case o.Calls < 1 || o.Calls > MaxLoadCalls:
		return LoadResult{}, fmt.Errorf("%d calls at once: at least 1, at most %d", o.Calls, MaxLoadCalls)
	case o.For <= 0 || o.For > MaxLoadFor:
		return LoadResult{}, fmt.Errorf("a load for %v: more than nothing, at most %v", o.For, MaxLoadFor)
	case len(o.Scripts) == 0:
		o.Scripts = []*Script{DefaultLoad()}
	}
	var mu sync.Mutex
	made, failed := 0, 0
	began := time.Now()
	w.webhooks.start()
	var callers sync.WaitGroup
	for range o.Calls {
		callers.Go(func() {
			for ctx.Err() == nil && time.Since(began) < o.For {
				mu.Lock()
				n := made
				made++
				mu.Unlock()
				if err := w.loadCall(ctx, o.Scripts[n%len(o.Scripts)], n); err != nil && ctx.Err() == nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	callers.Wait()
	took, bad := w.webhooks.stop()
	r := LoadResult{Calls: made, Turns: len(took), Failures: bad + failed + len(w.Carrier.Errors()), Seconds: time.Since(began).Seconds()}
	r.CallsPerSecond, r.TurnsPerSecond = float64(r.Calls)/r.Seconds, float64(r.Turns)/r.Seconds
	slices.Sort(took)
	at := func(p int) float64 {
		if len(took) == 0 {
			return 0
		}
		return float64(took[(len(took)-1)*p/100].Microseconds()) / 1000
	}
	r.P50, r.P95, r.P99, r.Max = at(50), at(95), at(99), at(100)
	return r, nil
}

func (m *meter) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on, m.took, m.failures = true, nil, 0
}

func (m *meter) stop() (took []time.Duration, failures int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on = false
	return m.took, m.failures
}

// loadPatience is how long a caller waits for the next chance to press a key.
const loadPatience = 20 * time.Second

// loadCall is one call of a load.
func (w *World) loadCall(ctx context.Context, s *Script, n int) error {
	from := w.Carrier.Phone(fmt.Sprintf("+1919556%04d", n%10000))
	var l *carrier.Leg
	for _, step := range s.Steps {
		switch {
		case step.Verb == "call" && l == nil:
			to, err := w.number(step.Words[0])
			if err != nil {
				return err
			}
			l = from.Call(ctx, to)
		case step.Verb == "press" && l != nil:
			if err := l.Hear(ctx, loadPatience, (*carrier.Leg).Gathering); err != nil {
				l.Hangup()
				return err //nolint:wrapcheck // it is counted, not shown
			}
			l.Press(strings.NewReplacer("{code}", "000000", "{wrong}", "000000").Replace(step.Words[0]))
		}
	}
	err := l.Hear(ctx, loadPatience, (*carrier.Leg).Gathering) // the answer to the last key
	l.Hangup()
	if errors.Is(err, carrier.ErrEnded) {
		return nil
	}
	return err //nolint:wrapcheck // it is counted, not shown
}

// number is a line's number.
func (w *World) number(line string) (string, error) {
	var known []string
	for _, l := range w.Config.Lines {
		if l.ID == line {
			return string(l.Number), nil
		}
		known = append(known, l.ID)
	}
	return "", fmt.Errorf("there is no line %q; there are %s", line, strings.Join(known, ", "))
}
