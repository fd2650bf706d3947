package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr/ledger"
)

const (
	// verifyEvery is how often the audit's chain is read through; alerts wait for
	// 25 hours, so that three times may fail.
	verifyEvery = 6 * time.Hour
	// verifyTime bounds a reading. Ten million rows take less.
	verifyTime = 15 * time.Minute
)

// chain is the ledger as the verifier reads it.
type chain interface {
	Verify(ctx context.Context, pins ...ledger.Head) (ledger.Report, error)
}

// verifier reads the audit's chain through from time to time. It keeps the end
// that it saw last as a pin: a ledger that is put back to an older state while
// the service runs is found, too, by whichever key it was written.
type verifier struct {
	chain  chain
	logger *slog.Logger
	now    func() time.Time

	last             ledger.Head // of a chain that was whole
	at, faults, rows prometheus.Gauge
}

func newVerifier(c chain, now func() time.Time, logger *slog.Logger, reg prometheus.Registerer) *verifier {
	gauge := func(name, help string) prometheus.Gauge {
		return promauto.With(reg).NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	return &verifier{
		chain: c, now: now, logger: logger,
		at:     gauge("ringback_audit_chain_last_verified_timestamp_seconds", "When this instance last read the audit's chain to its end, as Unix time; 0 before the first time."),
		faults: gauge("ringback_audit_chain_faults", "What was wrong with the audit's chain then, at most 100."),
		rows:   gauge("ringback_audit_chain_rows", "How many rows the audit's chain had then."),
	}
}

// run verifies at once and then every so often, until ctx ends. The time is
// real, and waiting for it is nobody's work: on a virtual clock it runs outside
// any task.
func (v *verifier) run(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		v.verify(ctx)
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// verify reads the chain once. What it cannot read it leaves as it was seen
// last, which gets old.
func (v *verifier) verify(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	var pins []ledger.Head
	if v.last.Seq > 0 {
		pins = append(pins, v.last)
	}
	r, err := v.chain.Verify(ctx, pins...)
	switch {
	case err != nil:
		if !errors.Is(ctx.Err(), context.Canceled) { // the service is stopping
			v.logger.ErrorContext(ctx, "audit chain not verified", "error", err.Error())
		}
		return
	case !r.OK():
		v.logger.ErrorContext(ctx, "the audit chain is broken: run ringback audit verify", "rows", r.Rows, "faults", len(r.Faults), "first", r.Faults[0].String())
	default:
		v.last = r.Head
		v.logger.InfoContext(ctx, "audit chain verified", "rows", r.Rows, "seq", r.Head.Seq, "hash", r.Head.Hash)
	}
	v.rows.Set(float64(r.Rows))
	v.faults.Set(float64(len(r.Faults)))
	v.at.Set(float64(v.now().UnixMilli()) / 1000)
}

// verifyAudit starts the verifier. It reads one snapshot beside the writers, on
// no call's way.
func (a *App) verifyAudit() {
	v := newVerifier(a.ledger, a.o.Clock.Now, a.o.Logger, a.exporter.Registry())
	running, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		v.run(running, verifyEvery)
	}()
	a.onStop("audit verifier", func(ctx context.Context) error {
		stop()
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}
