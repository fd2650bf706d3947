package app

import (
	"context"
	"fmt"

	"ringback/ivr"
	"ringback/ivr/desk/console"
	"ringback/ivr/ledger"
)

// deskBooks is the ledger behind its gate, as the console wants it.
type deskBooks struct {
	ledger *ledger.Ledger
	gate   func() error
	lead   *Lead
}

var (
	_ console.Threats  = deskBooks{}
	_ console.Closures = deskBooks{}
	_ console.Freezes  = deskBooks{}
	_ console.Locks    = deskBooks{}
	_ console.Trail    = deskBooks{}
)

// behindGate runs f unless the ledger is down.
func behindGate[T any](b deskBooks, f func() (T, error)) (T, error) {
	if err := b.gate(); err != nil {
		var none T
		return none, err
	}
	return f()
}

// of is the lead's side of the line that a lead belongs to: the first of their own,
// or the first of all.
func (b deskBooks) of(actor string) *Lead {
	for _, g := range b.lead.config.Desk.Agents {
		if g.ID != actor || len(g.Lines) == 0 {
			continue
		}
		if on, err := b.lead.On(g.Lines[0]); err == nil {
			return on
		}
	}
	return b.lead
}

// Threat reads the threat.
func (b deskBooks) Threat(ctx context.Context) (ledger.Threat, error) {
	return behindGate(b, func() (ledger.Threat, error) { return b.ledger.Threat(ctx) })
}

// SetThreat raises it, or takes it down, for the line, too.
func (b deskBooks) SetThreat(ctx context.Context, t ledger.Threat) error {
	_, err := behindGate(b, func() (struct{}, error) { return struct{}{}, b.lead.SetThreat(ctx, t.Until, t.By, t.Reason) })
	return err
}

// Freezes lists who is frozen.
func (b deskBooks) Freezes(ctx context.Context, limit int) ([]ledger.Freeze, error) {
	return behindGate(b, func() ([]ledger.Freeze, error) { return b.ledger.Freezes(ctx, limit) })
}

// Unfreeze lifts a freeze, and tells the person.
func (b deskBooks) Unfreeze(ctx context.Context, id, by, reason string) error {
	_, err := behindGate(b, func() (struct{}, error) { return struct{}{}, b.of(by).Unfreeze(ctx, id, by, reason) })
	return err
}

// Locks lists what is locked.
func (b deskBooks) Locks(ctx context.Context, limit int) ([]ledger.Lock, error) {
	return behindGate(b, func() ([]ledger.Lock, error) { return b.ledger.Locks(ctx, limit) })
}

// Unlock enables a factor again, and tells the person.
func (b deskBooks) Unlock(ctx context.Context, id, factor, by, reason string) error {
	f, err := ivr.ParseFactor(factor)
	if err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrInvalid, err)
	}
	_, err = behindGate(b, func() ([]ivr.Factor, error) { return b.of(by).Unlock(ctx, id, f, by, reason) })
	return err
}

// Audit reads the trail.
func (b deskBooks) Audit(ctx context.Context, f ledger.AuditFilter) ([]ledger.Row, error) {
	return behindGate(b, func() ([]ledger.Row, error) { return b.ledger.Audit(ctx, f) })
}

// Append writes to it.
func (b deskBooks) Append(ctx context.Context, e ledger.Entry) (int64, error) {
	return behindGate(b, func() (int64, error) { return b.ledger.Append(ctx, e) })
}

// Notices lists notices.
func (b deskBooks) Notices(ctx context.Context, state ledger.NoticeState, limit int) ([]ledger.Notice, error) {
	return behindGate(b, func() ([]ledger.Notice, error) { return b.ledger.Notices(ctx, state, limit) })
}
