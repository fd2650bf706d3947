// Package app wires the service: every package of Ringback joined as the
// configuration says. The process is a value: [New] wires, [App.Start] serves,
// [App.Stop] tears down in reverse order, [App.Run] does all three.
//
// Nothing here knows whether it is in a box: only base URLs and the clock differ.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/desk"
	"ringback/ivr/desk/callback"
	"ringback/ivr/desk/changes"
	"ringback/ivr/desk/console"
	"ringback/ivr/ledger"
	"ringback/ivr/line"
	"ringback/metrics"
	"ringback/sessions"
)

// Options configures [New]. Only Config is required.
type Options struct {
	Config    *config.Config
	Directory caller.Directory  // nil: as configured
	Clock     clock.Clock       // nil: the real one
	Transport http.RoundTripper // of requests to the carrier and to Duo; nil: http.DefaultTransport
	// Wrap goes around the handler of all routes; nil: nothing does.
	Wrap   func(http.Handler) http.Handler
	Logger *slog.Logger // nil: discarded
	// Gate is asked before each use of the ledger, so that a box can take it
	// down; nil: always open.
	Gate func() error
	// Listener serves instead of one on Config.Listen; nil: that one.
	Listener net.Listener
	Hashing  caller.HashParams // zero: the safe default
	Desk     DeskOptions       // zero: as configured
	// Jitter of pauses before another try, in [0,1); nil: random.
	Jitter func() float64
	// Dial connects to the mail server; nil: over TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// DrainDelay is how long Stop waits, with /readyz failing and new calls turned
	// away, before it stops to listen; 0: not at all.
	DrainDelay time.Duration
}

// App is the running service.
type App struct {
	o        Options
	echo     *echo.Echo
	server   *http.Server
	listener net.Listener
	exporter *metrics.Exporter
	store    *sessions.Store
	ledger   *ledger.Ledger
	desk     *desk.Desk
	// callbacks is nil where nobody is called back.
	callbacks *callback.Service
	line      *line.Server
	lead      *Lead
	closures  *closures
	changes   atomic.Pointer[changes.Service]
	cards     cards
	tools     tools // of the desk's agents; its line is set once there is one
	draining  atomic.Bool
	served    sync.WaitGroup
	stopOnce  sync.Once
	stopErr   error
	closers   []closer // in the order in which they were opened
}

type closer struct {
	name  string
	close func(context.Context) error
}

// stopTime bounds Stop: a turn may take as long as the carrier waits, and more.
const stopTime = 20 * time.Second

// New wires the service. When it fails, what it had opened is closed again.
func New(ctx context.Context, o Options) (_ *App, err error) {
	if o.Config == nil {
		return nil, errors.New("app: no config")
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Gate == nil {
		o.Gate = func() error { return nil }
	}
	a := &App{o: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
		}
	}()
	for _, step := range []func(context.Context) error{a.openMetrics, a.openStores, a.wire, a.mount} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *App) onStop(name string, f func(context.Context) error) {
	a.closers = append(a.closers, closer{name, f})
}

func (a *App) openMetrics(context.Context) error {
	e, err := metrics.New(metrics.Options{Logger: a.o.Logger})
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	a.exporter = e
	return nil
}

func (a *App) openStores(ctx context.Context) error {
	c := a.o.Config
	store, err := sessions.Open(ctx, sessions.Options{
		URL: c.Redis.URL.Reveal(), Key: c.Keys.Sealing.Bytes(), OldKey: c.Keys.SealingOld.Bytes(), Now: a.o.Clock.Now,
		Logger: a.o.Logger, Registerer: a.exporter.Registry(), Timeout: c.Redis.Timeout.Std(),
	})
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	a.store = store
	a.onStop("redis", func(context.Context) error { return store.Close() })
	return a.openLedger(ctx)
}

func (a *App) openLedger(ctx context.Context) error {
	c := a.o.Config
	l, err := ledger.Open(ctx, ledger.Options{
		URL: c.Ledger.URL.Reveal(), Key: ledger.ChainKey(c.Keys.Pseudonym.Bytes()), Now: a.o.Clock.Now, Logger: a.o.Logger,
		Limits: ledger.Limits{Consecutive: c.Policy.Limits.ConsecutiveFailures},
	})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	a.ledger = l
	a.onStop("ledger", func(context.Context) error { return l.Close() })
	return nil
}

// mount makes the one public handler.
func (a *App) mount(context.Context) error {
	a.echo = echo.New()
	a.echo.HideBanner, a.echo.HidePort = true, true
	a.line.Mount(a.echo)
	a.echo.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "alive\n") })
	a.echo.GET("/readyz", a.ready)
	var h http.Handler = a.echo
	if a.o.Wrap != nil {
		h = a.o.Wrap(h)
	}
	a.server = &http.Server{
		Handler: h, ReadHeaderTimeout: 3 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 20 * time.Second,
		IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(a.o.Logger.Handler(), slog.LevelWarn),
	}
	return a.mountConsole()
}

// ready says whether new calls should come here: not while draining, and not
// without Redis.
func (a *App) ready(c echo.Context) error {
	if a.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "draining\n")
	}
	if err := a.store.Ping(c.Request().Context()); err != nil {
		return c.String(http.StatusServiceUnavailable, "redis does not answer\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

// Start listens, synchronously, and serves.
func (a *App) Start(ctx context.Context) error {
	c := a.o.Config
	a.listener = a.o.Listener
	if a.listener == nil {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		a.listener = l
	}
	a.onStop("http", a.server.Shutdown)
	a.served.Go(func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.o.Logger.ErrorContext(ctx, "http server ended", "error", err.Error())
		}
	})
	a.verifyAudit()
	if c.MetricsListen == "" {
		return nil
	}
	if err := a.exporter.Listen(ctx, c.MetricsListen); err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	a.onStop("metrics", a.exporter.Shutdown)
	a.served.Go(func() {
		if err := a.exporter.Serve(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			a.o.Logger.ErrorContext(ctx, "metrics server ended", "error", err.Error())
		}
	})
	return nil
}

// Stop drains and closes everything, last opened first, within 20 s. It may be
// called more than once.
func (a *App) Stop(ctx context.Context) error {
	a.stopOnce.Do(func() {
		a.drain(ctx)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		for _, v := range slices.Backward(a.closers) {
			if err := v.close(ctx); err != nil {
				a.stopErr = errors.Join(a.stopErr, fmt.Errorf("stop %s: %w", v.name, err))
			}
		}
		a.served.Wait()
	})
	return a.stopErr
}

// drain has new calls go elsewhere, and waits until whoever balances the load has
// seen it.
func (a *App) drain(ctx context.Context) {
	a.draining.Store(true)
	if a.line != nil {
		a.line.Drain()
	}
	if a.listener != nil && a.o.DrainDelay > 0 {
		_ = a.o.Clock.Sleep(context.WithoutCancel(ctx), a.o.DrainDelay)
	}
}

// Run serves until ctx ends.
func (a *App) Run(ctx context.Context) error {
	if err := a.Start(ctx); err != nil {
		return errors.Join(err, a.Stop(ctx))
	}
	a.o.Logger.InfoContext(ctx, "serving", "addr", a.Addr(), "metrics_addr", a.exporter.Addr())
	<-ctx.Done()
	a.o.Logger.InfoContext(context.WithoutCancel(ctx), "stopping")
	return a.Stop(ctx)
}

// Addr is where the service listens, once it was started.
func (a *App) Addr() string {
	if a.listener == nil {
		return ""
	}
	return a.listener.Addr().String()
}

// MetricsAddr is where the metrics are.
func (a *App) MetricsAddr() string { return a.exporter.Addr() }

// MetricsHandler is the metrics themselves, for whoever does not listen.
func (a *App) MetricsHandler() http.Handler { return a.exporter.Handler() }

// Store is where calls live.
func (a *App) Store() *sessions.Store { return a.store }

// Ledger is the trail.
func (a *App) Ledger() *ledger.Ledger { return a.ledger }

// Desk is the agents' side.
func (a *App) Desk() *desk.Desk { return a.desk }

// Changes are the number changes.
func (a *App) Changes() *changes.Service { return a.changes.Load() }

// Callbacks is who is to be called back; nil where nobody is.
func (a *App) Callbacks() *callback.Service { return a.callbacks }

// Tools are what agents can do for a caller beside talking.
func (a *App) Tools() console.Tools { return a.tools }

// Line is the carrier's side.
func (a *App) Line() *line.Server { return a.line }

var _ line.Runner = (*runner)(nil)

// runner gives each effect to the package that runs it.
type runner struct {
	caller interface {
		Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What
		Ended(ctx context.Context, callSID string, call ivr.Call)
	}
	reconnect interface {
		Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What
	}
	desk     deskAdapter
	ended    endings
	closures *closures
	called   called
}

// Run runs an effect.
func (r *runner) Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What {
	switch e := e.(type) {
	case ivr.Admit:
		what := r.caller.Run(ctx, callSID, call, e)
		if a, ok := what.(ivr.Admitted); ok {
			a.Closures = r.closures.list(ctx)
			what = a
		}
		return what
	case ivr.LookUp, ivr.CheckFactor, ivr.SendCode, ivr.Report:
		return r.caller.Run(ctx, callSID, call, e)
	case ivr.CheckNumber, ivr.TakeCallback, ivr.AnswerCallback:
		return r.called.run(ctx, callSID, call, e)
	case ivr.JoinQueue:
		return r.desk.join(ctx, callSID, call, e)
	default:
		return r.reconnect.Run(ctx, callSID, call, e)
	}
}

// Ended tells everybody that a call is over.
func (r *runner) Ended(ctx context.Context, callSID string, call ivr.Call) {
	r.caller.Ended(ctx, callSID, call)
	r.desk.gone(ctx, callSID)
	r.ended.tell(ctx, call)
}
