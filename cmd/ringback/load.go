package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ringback/cmd/internal/box"
)

// loadCmd makes many calls at once.
type loadCmd struct {
	Calls  int           `default:"20" help:"How many calls at once."`
	For    time.Duration `default:"10s" help:"How long new calls are made."`
	Script []string      `placeholder:"FILE" help:"Profiles: of each call script its call and press lines. Without: a walk through the menus."`
	JSON   bool          `help:"Print the result as JSON."`
}

// Help says what is measured.
func (*loadCmd) Help() string {
	return "The carrier, the callers and Ringback share this machine, on loopback alone. Keys are pressed as soon as one is awaited. Times are from the webhook's first byte to the end of the answer's headers."
}

// Run makes the calls and prints what they took.
func (c *loadCmd) Run(ctx context.Context, s streams) error {
	o := box.LoadOptions{Calls: c.Calls, For: c.For}
	for _, path := range c.Script {
		script, err := parse(path)
		if err != nil {
			return err
		}
		o.Scripts = append(o.Scripts, script)
	}
	w, err := box.Open(ctx, box.Options{AlwaysOpen: true})
	if err != nil {
		return fmt.Errorf("open the box: %w", err)
	}
	r, err := w.Load(ctx, o)
	if err := errors.Join(err, w.Close(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("%w\nhint: ringback load --help says what it takes", err)
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(r) //nolint:wrapcheck // a writer's error
	}
	fmt.Fprintf(s.out, "%-10s %10d   %8.1f a second\n", "calls", r.Calls, r.CallsPerSecond)
	fmt.Fprintf(s.out, "%-10s %10d   %8.1f a second\n", "turns", r.Turns, r.TurnsPerSecond)
	fmt.Fprintf(s.out, "%-10s %10d\n\n", "failures", r.Failures)
	for _, q := range []struct {
		name string
		ms   float64
	}{{"p50", r.P50}, {"p95", r.P95}, {"p99", r.P99}, {"max", r.Max}} {
		fmt.Fprintf(s.out, "%-10s %10.1f ms\n", q.name, q.ms)
	}
	if r.Failures > 0 {
		return &exitError{1, fmt.Errorf("%d failures", r.Failures)}
	}
	return nil
}
