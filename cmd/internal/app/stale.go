package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringback/ivr/ledger"
)

const (
	// staleAge is how long a claim may be without an end. An effect has seconds
	// for it, so that whoever made an older one is dead.
	staleAge = 2 * time.Minute
	// staleEvery is how often we look for such claims, in real time.
	staleEvery = 5 * time.Minute
	// staleBatch bounds what is settled at one look.
	staleBatch = 100
)

// settleStale starts to settle, now and from time to time, what instances that
// died have left: a claim whose caller hung up is picked up by nobody. kick has
// the notices of it sent.
func (a *App) settleStale(kick func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(staleEvery)
		defer t.Stop()
		for {
			if n, err := a.settleClaims(ctx); err != nil && ctx.Err() == nil {
				a.o.Logger.WarnContext(ctx, "claims without an end not settled", "error", err.Error())
			} else if n > 0 {
				a.o.Logger.WarnContext(ctx, "claims without an end: nobody knows what became of them", "claims", n)
				kick()
			}
			select {
			case <-t.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	a.onStop("stale claims", func(context.Context) error {
		cancel()
		<-ended
		return nil
	})
}

// settleClaims ends old claims as what they are: perhaps done. The notices of
// them are due from then on.
func (a *App) settleClaims(ctx context.Context) (settled int, err error) {
	if err := a.o.Gate(); err != nil {
		return 0, err
	}
	rows, err := a.ledger.Stale(ctx, linksKind, a.o.Clock.Now().Add(-staleAge), staleBatch)
	if err != nil {
		return 0, fmt.Errorf("stale claims: %w", err)
	}
	for _, row := range rows {
		switch err := a.ledger.Finish(ctx, row.ID, ledger.Unsure, map[string]string{"why": "stale"}); {
		case errors.Is(err, ledger.ErrFinal): // somebody else was faster
		case err != nil:
			return settled, fmt.Errorf("stale claims: %w", err)
		default:
			settled++
		}
	}
	return settled, nil
}
