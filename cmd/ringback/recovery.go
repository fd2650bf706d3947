package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"ringback/cmd/internal/app"
)

// recoveryCmd are the commands for recovery codes.
type recoveryCmd struct {
	Issue recoveryIssueCmd `cmd:"" help:"Print a new set of recovery codes for a person, once. The set before it ends, and the person is told."`
}

// recoveryIssueCmd issues a set. Who and why are wanted of what is kept.
type recoveryIssueCmd struct {
	personPlace `embed:""`

	By     actor `placeholder:"NAME" help:"Who does it, for the audit."`
	Reason cause `placeholder:"TEXT" help:"Why, for the audit."`

	Count       int  `default:"10" placeholder:"N" help:"How many, 1 to 50; 10."`
	Yes         bool `help:"Replace a set that has codes left without asking."`
	PrintHashes bool `help:"Print the hash beside each code, for a directory that holds them, and keep nothing: then nobody is told, and no name and reason are wanted."`
}

// Validate bounds the set, and wants what the audit wants.
func (c *recoveryIssueCmd) Validate() error {
	switch {
	case c.Count < 1 || c.Count > 50:
		return errors.New("--count: 1 to 50")
	case !c.PrintHashes && (c.By == "" || c.Reason == ""):
		return errors.New("--by and --reason: who issues the codes, and why, for the audit")
	}
	return nil
}

// Run prints the codes before their hashes are kept: what is kept is on paper.
func (c *recoveryIssueCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(l *app.Lead) error {
		if err := c.agreed(ctx, l, s); err != nil {
			return err
		}
		codes, hashes, err := l.NewRecoveryCodes(c.ID, c.Count)
		if err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		if c.PrintHashes {
			for i := range codes {
				fmt.Fprintln(s.out, codes[i], hashes[i])
			}
			return nil
		}
		for _, code := range codes {
			fmt.Fprintln(s.out, code)
		}
		if err := lost(s.out); err != nil { // codes that nobody has must not end those that somebody has
			return fmt.Errorf("%w\nhint: nothing was changed; the set before it is as good as it was", err)
		}
		if err := l.SetRecoveryCodes(ctx, c.ID, hashes, string(c.By), string(c.Reason)); err != nil {
			return fmt.Errorf("the codes that were just printed are worth nothing: %w", err)
		}
		fmt.Fprintln(s.err, "each works once; they are shown this once and kept nowhere: print them, or have them written down")
		return nil
	})
}

// agreed asks before codes that somebody has on paper stop working.
func (c *recoveryIssueCmd) agreed(ctx context.Context, l *app.Lead, s streams) error {
	if c.Yes || c.PrintHashes {
		return nil
	}
	left, err := l.RecoveryCodesLeft(ctx, c.ID)
	if err != nil || left == 0 {
		return err //nolint:wrapcheck // it names itself
	}
	fmt.Fprintf(s.err, "%d codes of an earlier set are left, which end now. Go on? Type yes: ", left)
	answer, _ := bufio.NewReader(s.in).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was changed\nhint: --yes replaces the set without asking")
	}
	return nil
}
