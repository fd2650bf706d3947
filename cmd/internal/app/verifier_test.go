package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"ringback/cmd/internal/app"
	"ringback/ivr/ledger"
)

// logged is a log that is read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

// answers is a chain that says one thing after the other, and then waits to be
// given up.
type answers struct {
	reports []ledger.Report
	errs    []error
	pins    [][]ledger.Head
}

func (a *answers) Verify(ctx context.Context, pins ...ledger.Head) (ledger.Report, error) {
	n := len(a.pins)
	a.pins = append(a.pins, pins)
	if n >= len(a.reports) {
		<-ctx.Done()
		return ledger.Report{}, ctx.Err()
	}
	return a.reports[n], a.errs[n]
}

func gauges(t *testing.T, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		values[strings.TrimPrefix(f.GetName(), "ringback_audit_chain_")] = f.GetMetric()[0].GetGauge().GetValue()
	}
	return values
}

func TestVerifier(t *testing.T) {
	head := ledger.Head{Seq: 7, Hash: strings.Repeat("ab", 32)}
	broken := ledger.Report{Rows: 6, Head: head, Faults: []ledger.Fault{{Kind: ledger.FaultEdited, Seq: 4, Last: 4}, {Kind: ledger.FaultTruncated, Seq: 7, Last: 7}}}
	c := &answers{
		reports: []ledger.Report{{}, {Rows: 7, Head: head}, {}, broken},
		errs:    []error{nil, nil, errors.New("the disk is gone"), nil},
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var log logged
		reg := prometheus.NewPedanticRegistry()
		run := app.NewVerifier(c, time.Now, slog.New(slog.NewTextHandler(&log, nil)), reg)
		if diff := cmp.Diff(map[string]float64{"last_verified_timestamp_seconds": 0, "faults": 0, "rows": 0}, gauges(t, reg)); diff != "" {
			t.Errorf("before the first time (-want +got):\n%s", diff)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); run(ctx) }()
		for _, step := range []struct {
			name         string
			verified     int // hours after the beginning
			rows, faults float64
			logged       string
		}{
			{name: "an empty chain, at once", verified: 0, logged: "audit chain verified"},
			{name: "a whole one", verified: 6, rows: 7, logged: "hash=" + head.Hash},
			{name: "one that cannot be read is as it was", verified: 6, rows: 7, logged: "the disk is gone"},
			{name: "a broken one", verified: 18, rows: 6, faults: 2, logged: `first="row 4: edited"`},
		} {
			synctest.Wait()
			want := map[string]float64{
				"last_verified_timestamp_seconds": float64(began.Unix() + int64(step.verified)*3600), "faults": step.faults, "rows": step.rows,
			}
			if diff := cmp.Diff(want, gauges(t, reg)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step.name, diff)
			}
			if !strings.Contains(log.String(), step.logged) {
				t.Errorf("%s: the log lacks %s: %s", step.name, step.logged, log.String())
			}
			log.Reset()
			time.Sleep(6 * time.Hour)
		}
		time.Sleep(16 * time.Minute)
		synctest.Wait()
		if !strings.Contains(log.String(), "audit chain not verified") {
			t.Errorf("a reading that does not end is not given up: %s", log.String())
		}
		log.Reset()
		time.Sleep(6*time.Hour - 10*time.Minute)
		cancel()
		<-ended
		if log.String() != "" {
			t.Errorf("stopping in the middle is nothing to report: %s", log.String())
		}
	})
	// A pin is what was whole; what could not be read or is broken is none.
	want := [][]ledger.Head{nil, nil, {head}, {head}, {head}, {head}}
	if diff := cmp.Diff(want, c.pins); diff != "" {
		t.Errorf("pins (-want +got):\n%s", diff)
	}
}

// The service verifies when it starts, and stops while it does.
func TestStartVerifies(t *testing.T) {
	var log logged
	a, err := app.New(t.Context(), app.Options{Config: load(t, site(t)), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.MetricsHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, name := range []string{"ringback_audit_chain_last_verified_timestamp_seconds ", "ringback_audit_chain_faults 0", "ringback_audit_chain_rows "} {
		if !strings.Contains(w.Body.String(), "\n"+name) {
			t.Errorf("no %s in the metrics", name)
		}
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "level=ERROR") {
		t.Error(log.String())
	}
}
