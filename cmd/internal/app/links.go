package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
	"ringback/ivr/notice"
	"ringback/ivr/reconnect"
	"ringback/ivr/twilio"
)

// people is the directory as reconnect wants it.
type people struct {
	directory caller.Directory
	names     caller.Pseudonyms
}

// Person finds a person.
func (p people) Person(ctx context.Context, id string) (reconnect.Person, bool, error) {
	found, ok, err := p.directory.ByID(ctx, id)
	if err != nil || !ok {
		return reconnect.Person{}, false, err //nolint:wrapcheck // the directory names itself
	}
	return reconnect.Person{Subject: p.names.Subject(id), Username: found.Username}, true, nil
}

// lineActor is who did what no person did.
const lineActor = "line"

// linkBooks is the ledger as reconnect wants it.
type linkBooks struct {
	ledger  *ledger.Ledger
	gate    func() error
	tell    teller
	version string // of the policy
}

// Claim takes the first free place of the day and owes its notices, held back
// until [linkBooks.Finish].
func (b linkBooks) Claim(ctx context.Context, c reconnect.Claim) (row int64, ok bool, err error) {
	if err := b.gate(); err != nil {
		return 0, false, err
	}
	// Nothing is done that nobody could be told of.
	owed, err := b.tell.of(ctx, deed{
		kind: notice.LinksSent, id: c.ID, line: c.Line, callRef: c.CallRef, effect: c.Effect, but: c.To,
	})
	if err != nil {
		return 0, false, fmt.Errorf("claim links: %w", err)
	}
	owed = append(owed, b.tell.announce(ctx, deed{id: c.ID, line: c.Line, callRef: c.CallRef, effect: c.Effect},
		event.Links{By: cmp.Or(c.By, lineActor), Day: c.Day, Factors: append([]string{}, c.Factors...)})...)
	for i := range owed {
		owed[i].Due = b.tell.now().Add(holdNotices)
	}
	more, err := b.ledger.Allowances(ctx, c.Subject, linksKind, c.Day)
	if err != nil {
		return 0, false, fmt.Errorf("claim links: %w", err)
	}
	for n := 1; n <= c.Sets+more; n++ {
		got, created, err := b.ledger.Claim(ctx, ledger.Action{
			Kind: linksKind, Subject: c.Subject, Day: c.Day, Ordinal: n, CallRef: c.CallRef, EffectID: c.Effect, Actor: cmp.Or(c.By, lineActor), Factors: c.Factors,
			PolicyVersion: b.version,
		}, owed...)
		switch {
		case errors.Is(err, ledger.ErrTaken):
			continue
		case err != nil:
			return 0, false, fmt.Errorf("claim links: %w", err)
		case !created: // an instance that died may have made them: nobody asks Duo twice for one row
			if got.State == ledger.Claimed {
				err = b.ledger.Finish(ctx, got.ID, ledger.Unsure, nil)
				b.tell.kick()
			}
			return 0, false, errors.Join(fmt.Errorf("claim links: this effect has claimed them before: %w", reconnect.ErrUnclear), err)
		}
		return got.ID, true, nil
	}
	return 0, false, nil
}

// Finish writes the outcome, and has the notices sent or withdraws them.
func (b linkBooks) Finish(ctx context.Context, row int64, s reconnect.State) error {
	if err := b.gate(); err != nil {
		return err
	}
	state := map[reconnect.State]ledger.State{
		reconnect.StateDone: ledger.Done, reconnect.StateFailed: ledger.Failed, reconnect.StateUnclear: ledger.Unsure,
	}[s]
	if err := b.ledger.Finish(ctx, row, state, nil); err != nil {
		return fmt.Errorf("finish links: %w", err)
	}
	b.tell.kick()
	return nil
}

// guard reads what may have changed since a verdict.
type guard struct {
	ledger *ledger.Ledger
	gate   func() error
	now    func() time.Time
}

// Now adds a freeze and a raised threat.
func (g guard) Now(ctx context.Context, subject string, f ivr.Facts) (ivr.Facts, error) {
	if err := g.gate(); err != nil {
		return f, err
	}
	_, frozen, err := g.ledger.Frozen(ctx, subject)
	if err != nil {
		return f, fmt.Errorf("read freeze: %w", err)
	}
	t, err := g.ledger.Threat(ctx)
	if err != nil {
		return f, fmt.Errorf("read threat: %w", err)
	}
	f.Frozen, f.Threat = f.Frozen || frozen, f.Threat || t.Until.After(g.now())
	return f, nil
}

// sims asks the carrier about SIMs.
type sims struct {
	carrier *twilio.Client
	age     time.Duration
	now     func() time.Time
}

// SIM says whether a number's SIM was changed lately.
func (s sims) SIM(ctx context.Context, number string) ivr.SIM {
	found, err := s.carrier.Lookup(ctx, number)
	if err != nil {
		return ivr.SIMUnknown
	}
	switch changed, known := found.SIM.ChangedWithin(s.age, s.now()); {
	case !known:
		return ivr.SIMUnknown
	case changed:
		return ivr.SIMChanged
	}
	return ivr.SIMSame
}
