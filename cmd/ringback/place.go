package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// ledgerPlace says whose ledger is written. Instances may run on it meanwhile.
type ledgerPlace struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file, for the ledger and the keys."`
}

// load reads the configuration of a ledger that outlives its process.
func (l ledgerPlace) load(checks ...config.Check) (*config.Config, error) {
	conf, err := config.Load(l.Config, os.LookupEnv, checks...)
	if err != nil {
		return nil, fmt.Errorf("%w\nhint: ringback check --config %s reports every problem", err, l.Config)
	}
	if conf.Ledger.InMemory() {
		return nil, errors.New("the ledger is in memory and ends with its process: nothing can be written to it from here\nhint: set ledger.url to a file or a database")
	}
	return conf, nil
}

// with opens the ledger for f.
func (l ledgerPlace) with(ctx context.Context, f func(*ledger.Ledger) error) (err error) {
	conf, err := l.load()
	if err != nil {
		return err
	}
	book, err := ledger.Open(ctx, ledger.Options{URL: conf.Ledger.URL.Reveal(), Key: ledger.ChainKey(conf.Keys.Pseudonym.Bytes())})
	if err != nil {
		return err //nolint:wrapcheck // the ledger names itself
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	return f(book)
}

// leadPlace says whom a lead does something for, who it is and why.
type leadPlace struct {
	personPlace `embed:""`
	who         `embed:""`
}

// personPlace says whom a lead does something for, on which line.
type personPlace struct {
	ledgerPlace `embed:""`

	ID   string `required:"" name:"id" placeholder:"ID" help:"The person's unique ID, as it is keyed on the phone."`
	Line string `placeholder:"ID" help:"The line in whose name the person is told, and whose day it is. The first one if left out."`
}

// with opens the lead's side for f. The notices that f owes are sent by the
// running service.
func (p personPlace) with(ctx context.Context, s streams, f func(*app.Lead) error) (err error) {
	conf, err := p.load(app.CheckDirectory, app.CheckWords)
	if err != nil {
		return err
	}
	if err := checkID(conf, p.ID); err != nil {
		return err
	}
	l, err := app.OpenLead(ctx, app.Options{Config: conf, Logger: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
	if p.Line == "" {
		return f(l)
	}
	on, err := l.On(p.Line)
	if err != nil {
		return fmt.Errorf("--line: %w", err)
	}
	return f(on)
}

// checkID refuses what nobody could key in.
func checkID(c *config.Config, id string) error {
	fits := func(line config.Line) bool { return line.UniqueID.Digits == len(id) }
	if !caller.ValidID(id) || !slices.ContainsFunc(c.Lines, fits) {
		return errors.New("--id: no line has such IDs\nhint: lines.unique_id.digits in the configuration is their length")
	}
	return nil
}
