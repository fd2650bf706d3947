package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// NewVerifier returns what runs the verifier.
func NewVerifier(c chain, now func() time.Time, logger *slog.Logger, reg prometheus.Registerer) func(context.Context) {
	v := newVerifier(c, now, logger, reg)
	return func(ctx context.Context) { v.run(ctx, verifyEvery) }
}
