package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"ringback/cmd/internal/config"
	"ringback/ivr/ledger"
)

// auditCmd are the commands for the ledger's chain. 1 is a chain that is not
// whole; everything that keeps them from telling is 2.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check the whole chain; print what is wrong with it, or its end, to be kept elsewhere and given back as --pin."`
	Export auditExportCmd `cmd:"" help:"Print the audit as lines of JSON."`
	Key    auditKeyCmd    `cmd:"" help:"Give the chain of a ledger that an early version began its key, once, while no instance runs."`
}

// auditPlace says which ledger.
type auditPlace struct {
	Config string        `required:"" placeholder:"FILE" help:"The configuration file, for the ledger's URL and the key of its chain."`
	Ledger config.Secret `placeholder:"URL" help:"Another ledger with the same key, say a restored copy; a URL with a password is better left in the configuration."`
}

func (p auditPlace) options() (ledger.Options, error) {
	conf, err := config.Load(p.Config, os.LookupEnv)
	if err != nil {
		return ledger.Options{}, misuse(err)
	}
	o := ledger.Options{URL: conf.Ledger.URL.Reveal(), Key: ledger.ChainKey(conf.Keys.Pseudonym.Bytes())}
	if !p.Ledger.IsZero() {
		o.URL = p.Ledger.Reveal()
	}
	return o, nil
}

// read opens the ledger as it is, whether or not instances run on it.
func (p auditPlace) read(ctx context.Context) (*ledger.Ledger, error) {
	o, err := p.options()
	if err != nil {
		return nil, err
	}
	o.ReadOnly = true
	l, err := ledger.Open(ctx, o)
	if err != nil {
		return nil, misuse(err)
	}
	return l, nil
}

func misuse(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{2, err}
}

// auditVerifyCmd checks the chain.
type auditVerifyCmd struct {
	auditPlace `embed:""`

	Pin []pinFlag `placeholder:"SEQ:HASH" sep:"none" help:"An end that was kept elsewhere; its row must still be there unchanged. May be given more than once."`
}

// pinFlag is a head as verify prints it.
type pinFlag ledger.Head

// UnmarshalText reads "42:" and 64 hexadecimal digits.
func (p *pinFlag) UnmarshalText(text []byte) error {
	seq, hash, _ := strings.Cut(string(text), ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil || n < 1 || len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return errors.New("want SEQ:HASH, as audit verify prints it")
	}
	*p = pinFlag{Seq: n, Hash: hash}
	return nil
}

// Run prints the report.
func (c *auditVerifyCmd) Run(ctx context.Context, s streams) (err error) {
	l, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, misuse(l.Close())) }()
	pins := make([]ledger.Head, 0, len(c.Pin))
	for _, p := range c.Pin {
		pins = append(pins, ledger.Head(p))
	}
	report, err := l.Verify(ctx, pins...)
	if err != nil {
		return misuse(err)
	}
	if !report.OK() {
		fmt.Fprintln(s.out, report)
		return fmt.Errorf("the audit is broken: %d rows read, %d faults found", report.Rows, len(report.Faults))
	}
	fmt.Fprintf(s.out, "%d rows, the chain is whole\n", report.Rows)
	if report.Rows > 0 {
		fmt.Fprintf(s.out, "pin %d:%s\n", report.Head.Seq, report.Head.Hash)
	}
	return nil
}

// auditExportCmd reads the audit out.
type auditExportCmd struct {
	auditPlace `embed:""`

	From int64 `default:"1" placeholder:"SEQ" help:"The first row; 1."`
}

// Run prints the rows. It does not check them.
func (c *auditExportCmd) Run(ctx context.Context, s streams) (err error) {
	l, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, misuse(l.Close())) }()
	_, err = l.Export(ctx, s.out, c.From)
	return misuse(err)
}

// auditKeyCmd seals an early ledger.
type auditKeyCmd struct {
	auditPlace `embed:""`
}

// Run prints the old end, which fits no more.
func (c *auditKeyCmd) Run(ctx context.Context, s streams) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	old, err := ledger.AddKey(ctx, o)
	if err != nil {
		return misuse(err)
	}
	fmt.Fprintf(s.out, "the chain has its key; before, its end was %d:%s. Now run audit verify and keep what it prints.\n", old.Seq, old.Hash)
	return nil
}
