package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"time"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
)

// serveCmd is the real thing.
type serveCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file; see ringback.example.yaml."`
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(ctx context.Context, s streams) error {
	conf, err := config.Load(c.Config, os.LookupEnv, app.CheckDirectory, app.CheckWords, app.CheckDesk)
	if err != nil {
		return fmt.Errorf("%w\nhint: %s", err, hintFor(err, c.Config))
	}
	for _, w := range conf.Warnings() {
		fmt.Fprintln(s.err, "warning:", w)
	}
	a, err := app.New(ctx, app.Options{Config: conf, Logger: logger(s.err, conf.Log), DrainDelay: drainDelay})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	err = a.Run(ctx)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w\nhint: another program listens there; listen and metrics_listen in %s choose the addresses", err, c.Config)
	}
	return err //nolint:wrapcheck // it names itself
}

// drainDelay is how long /readyz fails before the service stops to listen.
const drainDelay = 5 * time.Second

// hintFor says what to do about a config that cannot be used.
func hintFor(err error, path string) string {
	if errors.Is(err, fs.ErrNotExist) && !isProblems(err) {
		return "--config takes the path of a configuration; ringback.example.yaml is one to start from"
	}
	return "ringback check --config " + path + " reports every problem"
}

func isProblems(err error) bool {
	_, ok := errors.AsType[config.Problems](err)
	return ok
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
	conf, err := config.Load(c.Config, os.LookupEnv, app.CheckDirectory, app.CheckWords, app.CheckDesk)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			fmt.Fprintln(s.out, p)
		}
		return fmt.Errorf("%s has %s", c.Config, count(len(problems), "problem"))
	}
	if err != nil {
		return fmt.Errorf("%w\nhint: %s", err, hintFor(err, c.Config))
	}
	for _, w := range conf.Warnings() {
		fmt.Fprintln(s.out, "warning:", w)
	}
	for _, d := range conf.AllDemands() {
		fmt.Fprintf(s.out, "stricter: %s: %s\n", demandedBy(d), d)
	}
	fmt.Fprintf(s.out, "%s is fine: %s, %s\n", c.Config, count(len(conf.Lines), "line"), count(len(conf.Desk.Agents), "agent"))
	return nil
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
