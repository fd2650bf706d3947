package main

import (
	"context"
	"fmt"
	"log/slog"

	"ringback/cmd/internal/box"
)

// demoCmd is the world in a box.
type demoCmd struct {
	Listen  string `default:"127.0.0.1:8080" help:"Where Ringback listens."`
	Metrics string `default:"127.0.0.1:9090" help:"Where its metrics are."`
	Verbose bool   `short:"v" help:"Log to standard error."`
}

// Run opens the world and waits.
func (c *demoCmd) Run(ctx context.Context, s streams) error {
	w, err := box.Open(ctx, box.Options{Listen: c.Listen, MetricsListen: c.Metrics, Logger: verbose(s, c.Verbose)})
	if err != nil {
		return fmt.Errorf("%w\nhint: --listen and --metrics take other addresses", err)
	}
	fmt.Fprintf(s.out, `Ringback is up, with a carrier, a Duo, a Redis and sample people, all in this process.

  line      %s/voice   (what a carrier calls; signed requests only)
  metrics   http://%s/metrics

  To call it, press Ctrl-C and run: ringback call
`, w.URL, w.App.MetricsAddr())
	<-ctx.Done()
	return w.Close(context.WithoutCancel(ctx)) //nolint:wrapcheck // it names itself
}

// verbose is a logger to standard error, or none.
func verbose(s streams, on bool) *slog.Logger {
	if !on {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(s.err, nil))
}
