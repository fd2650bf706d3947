package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringback/ivr/ledger"
)

// threatCmd are the commands for the elevated threat. Every instance reads it at
// its next look-up.
type threatCmd struct {
	On     threatOnCmd     `cmd:"" help:"Elevate the threat: links need a strong factor, too, and numbers are changed in person only."`
	Off    threatOffCmd    `cmd:"" help:"End it, whoever elevated it."`
	Status threatStatusCmd `cmd:"" help:"Say whether it is elevated, until when, by whom and why."`
}

// longestThreat is how long one command may elevate the threat.
const longestThreat = 7 * 24 * time.Hour

// threatOnCmd elevates it.
type threatOnCmd struct {
	ledgerPlace `embed:""`
	who         `embed:""`

	For time.Duration `default:"30m" placeholder:"TIME" help:"How long, 1m to 168h; 30m. It replaces what is set."`
}

// Validate bounds the time.
func (c *threatOnCmd) Validate() error {
	if c.For < time.Minute || c.For > longestThreat {
		return errors.New("--for: 1m to 168h")
	}
	return nil
}

// Run elevates.
func (c *threatOnCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(l *ledger.Ledger) error {
		until := time.Now().Add(c.For).Truncate(time.Second)
		if err := l.SetThreat(ctx, ledger.Threat{Until: until, By: string(c.By), Reason: string(c.Reason)}); err != nil {
			return err //nolint:wrapcheck // the ledger names itself
		}
		fmt.Fprintf(s.out, "elevated until %s\n", until.UTC().Format(time.RFC3339))
		return nil
	})
}

// threatOffCmd ends it.
type threatOffCmd struct {
	ledgerPlace `embed:""`
	who         `embed:""`
}

// Run ends it. Should the failures go on, the line elevates it again.
func (c *threatOffCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(l *ledger.Ledger) error {
		if err := l.SetThreat(ctx, ledger.Threat{By: string(c.By), Reason: string(c.Reason)}); err != nil {
			return err //nolint:wrapcheck // the ledger names itself
		}
		fmt.Fprintln(s.out, "not elevated; should the failures go on, the line elevates it again")
		return nil
	})
}

// threatStatusCmd reads it.
type threatStatusCmd struct {
	ledgerPlace `embed:""`
}

// Run prints it.
func (c *threatStatusCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(l *ledger.Ledger) error {
		t, err := l.Threat(ctx)
		switch {
		case err != nil:
			return err //nolint:wrapcheck // the ledger names itself
		case t.Until.After(time.Now()):
			fmt.Fprintf(s.out, "elevated until %s, by %q: %q\n", t.Until.Format(time.RFC3339), t.By, t.Reason)
		default:
			fmt.Fprintln(s.out, "not elevated")
		}
		return nil
	})
}
