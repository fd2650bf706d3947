package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/ledger"
)

// leadPlace says whom a lead does something for.
type leadPlace struct {
	ledgerPlace `embed:""`
	who         `embed:""`

	ID string `required:"" name:"id" placeholder:"ID" help:"The person's unique ID, as it is keyed on the phone."`
}

// with opens the lead's side for f. The notices that f owes are sent by the
// running service.
func (p leadPlace) with(ctx context.Context, s streams, f func(*app.Lead) error) (err error) {
	conf, err := config.Load(p.Config, os.LookupEnv, app.CheckDirectory, app.CheckWords)
	if err != nil {
		return fmt.Errorf("%w\nhint: ringback check --config %s reports every problem", err, p.Config)
	}
	if conf.Ledger.InMemory() {
		return errors.New("the ledger is in memory and ends with its process: nothing can be written to it from here\nhint: set ledger.url to a file or a database")
	}
	if err := checkID(conf, p.ID); err != nil {
		return err
	}
	l, err := app.OpenLead(ctx, app.Options{Config: conf, Logger: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
	return f(l)
}

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

	Line string `placeholder:"ID" help:"The line, whose day it is. The first one if left out."`
}

// Run allows it.
func (c *allowCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(l *app.Lead) error {
		day, err := l.AllowLinks(ctx, c.ID, c.Line, string(c.By), string(c.Reason))
		if err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		fmt.Fprintf(s.out, "one more set of links may be made on %s\n", day)
		return nil
	})
}
