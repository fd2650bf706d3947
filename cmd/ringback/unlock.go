package main

import (
	"context"
	"errors"
	"fmt"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// unlockCmd enables a factor again.
type unlockCmd struct {
	ledgerPlace `embed:""`
	who         `embed:""`

	ID     string `required:"" name:"id" placeholder:"ID" help:"The person's unique ID, as it is keyed on the phone."`
	Factor string `placeholder:"FACTOR" help:"pin, texted_code, emailed_code, recovery_code or duo_push; all that were ever tried."`
}

// Run clears the failures.
func (c *unlockCmd) Run(ctx context.Context, s streams) error {
	factors := ivr.Factors()
	if c.Factor != "" {
		f, err := ivr.ParseFactor(c.Factor)
		if err != nil {
			return fmt.Errorf("--factor: %w", err)
		}
		factors = []ivr.Factor{f}
	}
	return withPerson(ctx, c.ledgerPlace, c.ID, func(p place) error {
		done := 0
		for _, f := range factors {
			told := notices(p, caller.News{Kind: caller.NewsUnlocked, Subject: p.subject, Factor: f})
			err := p.ledger.UnlockOwing(ctx, p.subject, f.String(), c.By, c.Reason, told...)
			switch {
			case errors.Is(err, ledger.ErrNotFound):
				continue
			case err != nil:
				return err //nolint:wrapcheck // the ledger names itself
			}
			done++
			fmt.Fprintf(s.out, "%s is unlocked\n", f)
		}
		if done == 0 {
			return errors.New("nothing to unlock: nobody has tried\nhint: is that the ID that was keyed?")
		}
		return nil
	})
}

// unfreezeCmd lifts a freeze.
type unfreezeCmd struct {
	ledgerPlace `embed:""`
	who         `embed:""`

	ID string `required:"" name:"id" placeholder:"ID" help:"The person's unique ID, as it is keyed on the phone."`
}

// Run lifts it.
func (c *unfreezeCmd) Run(ctx context.Context, s streams) error {
	return withPerson(ctx, c.ledgerPlace, c.ID, func(p place) error {
		told := notices(p, caller.News{Kind: caller.NewsUnfrozen, Subject: p.subject})
		err := p.ledger.Unfreeze(ctx, p.subject, c.By, c.Reason, told...)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			return errors.New("nothing to lift: this person is not frozen")
		case err != nil:
			return err //nolint:wrapcheck // the ledger names itself
		}
		fmt.Fprintln(s.out, "recovery by phone works again")
		return nil
	})
}

// notices are what the ledger owes with a deed of the command line: the place
// where the service's own composer goes, once it can be had without the service.
func notices(place, caller.News) []ledger.Notice { return nil }
