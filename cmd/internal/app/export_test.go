package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr/desk/console"
)

// NewVerifier returns what runs the verifier.
func NewVerifier(c chain, now func() time.Time, logger *slog.Logger, reg prometheus.Registerer) func(context.Context) {
	v := newVerifier(c, now, logger, reg)
	return func(ctx context.Context) { v.run(ctx, verifyEvery) }
}

// DeskBooks is what the web desk lifts freezes and locks by.
func (a *App) DeskBooks() interface {
	console.Freezes
	console.Locks
} {
	return deskBooks{ledger: a.ledger, gate: a.o.Gate, lead: a.lead}
}

// PolicyVersion is the name of a config's policy in the audit.
var PolicyVersion = policyVersion
