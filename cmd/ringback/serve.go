package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
)

// serveCmd is the real thing.
type serveCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file; see ringback.example.yaml."`
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(ctx context.Context, s streams) error {
	conf, err := config.Load(c.Config, os.LookupEnv, app.CheckDirectory, app.CheckDesk)
	if err != nil {
		return fmt.Errorf("%w\nhint: ringback check --config %s reports every problem", err, c.Config)
	}
	for _, w := range conf.Warnings() {
		fmt.Fprintln(s.err, "warning:", w)
	}
	a, err := app.New(ctx, app.Options{Config: conf, Logger: logger(s.err, conf.Log)})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return a.Run(ctx) //nolint:wrapcheck // it names itself
}

// logger writes as the config says.
func logger(w io.Writer, l config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // the config has checked it
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// checkCmd reports what is wrong with a config.
type checkCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file."`
}

// Run reports.
func (c *checkCmd) Run(s streams) error {
	conf, err := config.Load(c.Config, os.LookupEnv, app.CheckDirectory, app.CheckDesk)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			fmt.Fprintln(s.out, p)
		}
		return fmt.Errorf("%s has %d problems", c.Config, len(problems))
	}
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	for _, w := range conf.Warnings() {
		fmt.Fprintln(s.out, "warning:", w)
	}
	fmt.Fprintf(s.out, "%s is fine: %d lines, %d agents\n", c.Config, len(conf.Lines), len(conf.Desk.Agents))
	return nil
}
