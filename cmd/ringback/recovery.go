package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"ringback/cmd/internal/config"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// ledgerPlace says whose ledger is written. Instances may run on it meanwhile.
type ledgerPlace struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file, for the ledger and the keys."`
}

// place is an open ledger, and the person in question.
type place struct {
	config  *config.Config
	ledger  *ledger.Ledger
	names   caller.Pseudonyms
	subject string
}

// with opens the ledger for f.
func (l ledgerPlace) with(ctx context.Context, f func(place) error) (err error) {
	conf, err := config.Load(l.Config, os.LookupEnv)
	if err != nil {
		return fmt.Errorf("%w\nhint: ringback check --config %s reports every problem", err, l.Config)
	}
	if conf.Ledger.InMemory() {
		return errors.New("the ledger is in memory and ends with its process: nothing can be written to it from here\nhint: set ledger.url to a file or a database")
	}
	p := place{config: conf}
	if p.names, err = caller.NewPseudonyms(conf.Keys.Pseudonym.Bytes()); err != nil {
		return fmt.Errorf("keys.pseudonym: %w", err)
	}
	p.ledger, err = ledger.Open(ctx, ledger.Options{URL: conf.Ledger.URL.Reveal(), Key: ledger.ChainKey(conf.Keys.Pseudonym.Bytes())})
	if err != nil {
		return err //nolint:wrapcheck // the ledger names itself
	}
	defer func() { err = errors.Join(err, p.ledger.Close()) }()
	return f(p)
}

// personPlace says whom.
type personPlace struct {
	ledgerPlace `embed:""`

	ID string `required:"" name:"id" placeholder:"ID" help:"The person's unique ID, as it is keyed on the phone."`
	By actor  `default:"command line" placeholder:"NAME" help:"Who does it, for the audit."`
}

func (l personPlace) with(ctx context.Context, f func(place) error) error {
	return withPerson(ctx, l.ledgerPlace, l.ID, f)
}

// withPerson opens the ledger for f, which is about one person. Nobody looks the
// ID up: the ledger must be writable while the directory is down.
func withPerson(ctx context.Context, l ledgerPlace, id string, f func(place) error) error {
	return l.with(ctx, func(p place) error {
		if err := checkID(p.config, id); err != nil {
			return err
		}
		p.subject = p.names.Subject(id)
		return f(p)
	})
}

// checkID refuses what nobody could key in.
func checkID(c *config.Config, id string) error {
	fits := func(line config.Line) bool { return line.UniqueID.Digits == len(id) }
	if !caller.ValidID(id) || !slices.ContainsFunc(c.Lines, fits) {
		return errors.New("--id: no line has such IDs\nhint: lines.unique_id.digits in the configuration is their length")
	}
	return nil
}

// recoveryCmd are the commands for recovery codes.
type recoveryCmd struct {
	Issue recoveryIssueCmd `cmd:"" help:"Print a new set of recovery codes for a person, once. The set before it ends."`
}

// recoveryIssueCmd issues a set.
type recoveryIssueCmd struct {
	personPlace `embed:""`

	Count       int  `default:"10" placeholder:"N" help:"How many, 1 to 50; 10."`
	Yes         bool `help:"Replace a set that has codes left without asking."`
	PrintHashes bool `help:"Print the hash beside each code, for a directory that holds them, and keep nothing."`
}

// Validate bounds the set.
func (c *recoveryIssueCmd) Validate() error {
	if c.Count < 1 || c.Count > 50 {
		return errors.New("--count: 1 to 50")
	}
	return nil
}

// Run prints the codes after their hashes are kept: a code that is on paper works.
func (c *recoveryIssueCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(p place) error {
		if err := c.agreed(ctx, p, s); err != nil {
			return err
		}
		codes, hashes := make([]string, c.Count), make([]string, c.Count)
		for i := range codes {
			code, err := caller.NewRecoveryCode()
			if err != nil {
				return err //nolint:wrapcheck // it names itself
			}
			codes[i], hashes[i] = code, p.names.RecoveryHash(p.subject, code)
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
		if err := p.ledger.SetRecoveryCodes(ctx, p.subject, hashes, string(c.By)); err != nil {
			return fmt.Errorf("the codes that were just printed are worth nothing: %w", err)
		}
		fmt.Fprintln(s.err, "each works once; they are shown this once and kept nowhere: print them, or have them written down")
		return nil
	})
}

// agreed asks before codes that somebody has on paper stop working.
func (c *recoveryIssueCmd) agreed(ctx context.Context, p place, s streams) error {
	if c.Yes || c.PrintHashes {
		return nil
	}
	held, err := p.ledger.Credentials(ctx, p.subject)
	if err != nil || len(held.Recovery) == 0 {
		return err //nolint:wrapcheck // the ledger names itself
	}
	fmt.Fprintf(s.err, "%d codes of an earlier set are left, which end now. Go on? Type yes: ", len(held.Recovery))
	answer, _ := bufio.NewReader(s.in).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was changed\nhint: --yes replaces the set without asking")
	}
	return nil
}
