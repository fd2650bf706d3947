package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"ringback/cmd/internal/box"
)

// demoCmd is the world in a box.
type demoCmd struct {
	Listen  string `default:"127.0.0.1:8080" help:"Where Ringback and the web phone listen."`
	Metrics string `default:"127.0.0.1:9090" help:"Where the metrics are."`
	Verbose bool   `short:"v" help:"Log to standard error."`
}

// Run opens the world and waits.
func (c *demoCmd) Run(ctx context.Context, s streams) error {
	o := box.Options{Listen: c.Listen, MetricsListen: c.Metrics, Logger: verbose(s, c.Verbose), AlwaysOpen: true, WebPhone: true, WebDesk: true}
	for _, a := range []struct{ flag, address string }{{"--listen", c.Listen}, {"--metrics", c.Metrics}} {
		if err := free(ctx, a.address); err != nil {
			return fmt.Errorf("%s: %w\nhint: another program listens there, perhaps another demo; %s 127.0.0.1:0 takes any free port", a.flag, err, a.flag)
		}
	}
	w, err := box.Open(ctx, o)
	if err != nil {
		return err //nolint:wrapcheck // it says what could not be opened
	}
	fmt.Fprintf(s.out, `Ringback is up, with a carrier, a Duo, a Redis and sample people, all in this process.

  web phone   %[1]s/phone            call a line as Dana Reyes, or as somebody else
  an agent's  %[1]s/phone?as=alex    answer who asks for a person
  web desk    %[1]s/desk             sign in as alex, robin or jo (a lead), password ringback-demo
  metrics     http://%[2]s/metrics

  Ctrl-C ends it. A phone in the terminal, in a world of its own: ringback call
`, w.URL, w.App.MetricsAddr())
	<-ctx.Done()
	return w.Close(context.WithoutCancel(ctx)) //nolint:wrapcheck // it names itself
}

// free reports whether an address can be listened on.
func free(ctx context.Context, address string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err //nolint:wrapcheck // it names the address
	}
	return l.Close() //nolint:wrapcheck // likewise
}

// verbose is a logger to standard error, or none.
func verbose(s streams, on bool) *slog.Logger {
	if !on {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(s.err, nil))
}
