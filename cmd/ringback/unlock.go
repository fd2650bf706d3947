package main

import (
	"context"
	"errors"
	"fmt"

	"ringback/cmd/internal/app"
	"ringback/ivr"
	"ringback/ivr/ledger"
)

// unlockCmd enables a factor again.
type unlockCmd struct {
	leadPlace `embed:""`

	Factor string `placeholder:"FACTOR" help:"pin, texted_code, emailed_code, recovery_code or duo_push; all that were ever tried."`
}

// Run clears the failures.
func (c *unlockCmd) Run(ctx context.Context, s streams) error {
	factor := ivr.FactorUnknown
	if c.Factor != "" {
		var err error
		if factor, err = ivr.ParseFactor(c.Factor); err != nil {
			return fmt.Errorf("--factor: %w", err)
		}
	}
	return c.with(ctx, s, func(l *app.Lead) error {
		lifted, err := l.Unlock(ctx, c.ID, factor, string(c.By), string(c.Reason))
		for _, f := range lifted {
			fmt.Fprintf(s.out, "%s is unlocked\n", f)
		}
		if errors.Is(err, ledger.ErrNotFound) {
			return errors.New("nothing to unlock: nobody has tried\nhint: is that the ID that was keyed?")
		}
		return err //nolint:wrapcheck // it names itself
	})
}

// unfreezeCmd lifts a freeze.
type unfreezeCmd struct {
	leadPlace `embed:""`
}

// Run lifts it.
func (c *unfreezeCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(l *app.Lead) error {
		switch err := l.Unfreeze(ctx, c.ID, string(c.By), string(c.Reason)); {
		case errors.Is(err, ledger.ErrNotFound):
			return errors.New("nothing to lift: this person is not frozen")
		case err != nil:
			return err //nolint:wrapcheck // it names itself
		}
		fmt.Fprintln(s.out, "recovery by phone works again")
		return nil
	})
}

// freezeCmd stops somebody's recovery.
type freezeCmd struct {
	leadPlace `embed:""`
}

// Run stops it.
func (c *freezeCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(l *app.Lead) error {
		if err := l.Freeze(ctx, c.ID, string(c.By), string(c.Reason)); err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		fmt.Fprintln(s.out, "recovery by phone is stopped, until ringback unfreeze")
		return nil
	})
}

// allowCmd allows one more set of links.
type allowCmd struct {
	leadPlace `embed:""`
}

// Run allows it.
func (c *allowCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(l *app.Lead) error {
		day, err := l.AllowLinks(ctx, c.ID, string(c.By), string(c.Reason))
		if err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		fmt.Fprintf(s.out, "one more set of links may be made on %s\n", day)
		return nil
	})
}
