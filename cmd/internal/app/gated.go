package app

import (
	"context"
	"time"

	"ringback/ivr/ledger"
)

// gated is the ledger behind its gate, as the callers' service wants it.
type gated struct {
	ledger *ledger.Ledger
	gate   func() error
}

// pass asks the gate first. The ledger names itself in its errors.
func pass[T any](g gated, f func() (T, error)) (none T, err error) {
	if err := g.gate(); err != nil {
		return none, err
	}
	return f()
}

// Reserve counts a try.
func (g gated) Reserve(ctx context.Context, subject, factor string, now time.Time) (ledger.Attempt, error) {
	return pass(g, func() (ledger.Attempt, error) { return g.ledger.Reserve(ctx, subject, factor, now) })
}

// Settle takes a count back.
func (g gated) Settle(ctx context.Context, a ledger.Attempt, passed bool) (bool, error) {
	return pass(g, func() (bool, error) { return g.ledger.Settle(ctx, a, passed) })
}

// Lock reads a count.
func (g gated) Lock(ctx context.Context, subject, factor string) (ledger.Lock, error) {
	return pass(g, func() (ledger.Lock, error) { return g.ledger.Lock(ctx, subject, factor) })
}

// NumberSince reads a number's age.
func (g gated) NumberSince(ctx context.Context, subject, number string) (since time.Time, ok bool, err error) {
	if err := g.gate(); err != nil {
		return time.Time{}, false, err
	}
	return g.ledger.NumberSince(ctx, subject, number) //nolint:wrapcheck // the ledger names itself
}

// SeeNumber notes a number.
func (g gated) SeeNumber(ctx context.Context, subject, number string, now time.Time, trusted bool) (time.Time, error) {
	return pass(g, func() (time.Time, error) { return g.ledger.SeeNumber(ctx, subject, number, now, trusted) })
}

// Credentials reads what the directory cannot hold.
func (g gated) Credentials(ctx context.Context, subject string) (ledger.Credentials, error) {
	return pass(g, func() (ledger.Credentials, error) { return g.ledger.Credentials(ctx, subject) })
}

// Spend uses something up.
func (g gated) Spend(ctx context.Context, s ledger.Spent) (bool, error) {
	return pass(g, func() (bool, error) { return g.ledger.Spend(ctx, s) })
}

// UseRecoveryCode uses a code up.
func (g gated) UseRecoveryCode(ctx context.Context, subject, hash, callRef string) (bool, error) {
	return pass(g, func() (bool, error) { return g.ledger.UseRecoveryCode(ctx, subject, hash, callRef) })
}

// Freeze stops somebody's recovery.
func (g gated) Freeze(ctx context.Context, f ledger.Freeze, notices ...ledger.Notice) (bool, error) {
	return pass(g, func() (bool, error) { return g.ledger.Freeze(ctx, f, notices...) })
}

// Frozen reads whether it is stopped.
func (g gated) Frozen(ctx context.Context, subject string) (f ledger.Freeze, frozen bool, err error) {
	if err := g.gate(); err != nil {
		return ledger.Freeze{}, false, err
	}
	return g.ledger.Frozen(ctx, subject) //nolint:wrapcheck // the ledger names itself
}

// ByReference finds the notice that told a reference.
func (g gated) ByReference(ctx context.Context, reference string, notBefore time.Time) (n ledger.Notice, found bool, err error) {
	if err := g.gate(); err != nil {
		return ledger.Notice{}, false, err
	}
	return g.ledger.ByReference(ctx, reference, notBefore) //nolint:wrapcheck // the ledger names itself
}

// Threat reads the elevated threat.
func (g gated) Threat(ctx context.Context) (ledger.Threat, error) {
	return pass(g, func() (ledger.Threat, error) { return g.ledger.Threat(ctx) })
}

// RaiseThreat raises it.
func (g gated) RaiseThreat(ctx context.Context, until time.Time, reason string) (ledger.Threat, error) {
	return pass(g, func() (ledger.Threat, error) { return g.ledger.RaiseThreat(ctx, until, reason) })
}
