package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr"
)

// policyCmd are the commands about what is demanded of a caller.
type policyCmd struct {
	Explain explainCmd `cmd:"" help:"Which ways lead a person to a level, and why others do not. It sends nothing and changes nothing."`
}

// explainCmd explains the policy for one person.
type explainCmd struct {
	Config   string `required:"" placeholder:"FILE" help:"The configuration file."`
	ID       string `required:"" name:"id" help:"The person's unique ID."`
	Level    string `default:"links" enum:"links,number" help:"links or number."`
	Line     string `help:"The line that is called. The first one if left out."`
	NoLookup bool   `help:"Do not look SIMs up, with twilio.sim_swap: each phone costs a fee."`
	JSON     bool   `help:"Print the explanation as JSON."`
}

// Run prints the explanation. 1 is a person whom no way leads there today.
func (c *explainCmd) Run(ctx context.Context, s streams) error {
	conf, err := config.Load(c.Config, os.LookupEnv, app.CheckDirectory, app.CheckWords)
	if err != nil {
		return misuse(fmt.Errorf("%w\nhint: ringback check --config %s", err, c.Config))
	}
	level, err := ivr.ParseLevel(c.Level)
	if err != nil {
		return misuse(err)
	}
	x, err := app.Explain(ctx, app.Options{Config: conf}, app.Question{ID: c.ID, Line: c.Line, Level: level, NoLookup: c.NoLookup})
	if errors.Is(err, app.ErrNobody) {
		return misuse(fmt.Errorf("%w\nhint: callers with an unknown ID hear what everybody hears, and reach a person", err))
	}
	if err != nil {
		return misuse(err)
	}
	if c.JSON {
		if err := printExplanationJSON(s.out, x); err != nil {
			return err
		}
	} else {
		printExplanation(s.out, x)
	}
	switch {
	case x.Found():
		return nil
	case level == ivr.LevelLinks && x.Links.Left() == 0:
		return &exitError{1, errors.New("no set of links is left today\nhint: ringback allow allows one more")}
	}
	return &exitError{1, fmt.Errorf("no way leads to %s: a person has to help", c.Level)}
}

// demandedBy names the part of the config that demands something.
func demandedBy(d config.Demand) string {
	if d.Group == "" {
		return d.Path
	}
	return d.Path + " (" + d.Group + ")"
}
