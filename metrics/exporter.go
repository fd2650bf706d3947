package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options are what [New] needs; its zero value works.
type Options struct {
	// Version is the label of ringback_build_info; empty takes what the Go
	// toolchain wrote into the binary ("devel" where it wrote nothing).
	Version string
	// Logger hears of scrapes that failed; nil discards.
	Logger *slog.Logger
}

// Exporter is a registry and the listener that serves it.
type Exporter struct {
	registry *prometheus.Registry
	logger   *slog.Logger
	listener net.Listener
	server   *http.Server
}

// New builds a registry that knows the Go runtime, the process and the build.
// Nothing listens yet.
func New(o Options) (*Exporter, error) {
	e := &Exporter{registry: prometheus.NewRegistry(), logger: o.Logger}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "ringback_build_info",
		Help: "Always 1; the labels say which version runs and which Go built it.",
	}, []string{"version", "go_version"})
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build,
	} {
		if err := e.registry.Register(c); err != nil {
			return nil, fmt.Errorf("register collector: %w", err)
		}
	}
	build.WithLabelValues(version(o.Version), runtime.Version()).Set(1)
	e.server = &http.Server{
		Handler:           e.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		// Long enough for a profile of a minute, which pprof compares with it.
		WriteTimeout: 90 * time.Second,
		ErrorLog:     slog.NewLogLogger(e.logger.Handler(), slog.LevelWarn),
	}
	return e, nil
}

func version(set string) string {
	if set != "" {
		return set
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// Registry is where the rest of the process registers its collectors.
func (e *Exporter) Registry() *prometheus.Registry { return e.registry }

// Handler serves GET /metrics, /healthz and /debug/pprof/; everything else is
// not found. The profiles are mounted here by name: [http.DefaultServeMux],
// where the pprof package puts them too, is never served.
func (e *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(e.registry, promhttp.HandlerOpts{
		ErrorLog:            scrapeLog{e.logger},
		ErrorHandling:       promhttp.ContinueOnError, // a half scrape beats none
		Registry:            e.registry,
		MaxRequestsInFlight: 4,
		Timeout:             10 * time.Second,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// Listen binds addr ("127.0.0.1:0" takes a free port), so that a port that is
// taken is an error at start. It is called once, before [Exporter.Serve].
func (e *Exporter) Listen(ctx context.Context, addr string) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	e.listener = l
	return nil
}

// Addr is the bound host and port, or "" before [Exporter.Listen].
func (e *Exporter) Addr() string {
	if e.listener == nil {
		return ""
	}
	return e.listener.Addr().String()
}

// Serve answers until [Exporter.Shutdown], and returns nil then.
func (e *Exporter) Serve() error {
	if e.listener == nil {
		return errors.New("serve metrics: Listen comes first")
	}
	if err := e.server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

// Shutdown lets running scrapes end, and cuts them off when ctx ends first. It
// may be called at any time, also twice.
func (e *Exporter) Shutdown(ctx context.Context) error {
	err := e.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, e.server.Close())
	}
	if e.listener != nil {
		_ = e.listener.Close() // bound but never served; closed twice otherwise
	}
	if err != nil {
		return fmt.Errorf("shut down metrics: %w", err)
	}
	return nil
}

// scrapeLog is promhttp's logger on slog.
type scrapeLog struct{ to *slog.Logger }

// Println takes a collector's error, which may quote label values but, by the
// rules of this package, nothing personal.
func (l scrapeLog) Println(v ...any) {
	l.to.Error("metrics could not be gathered", "error", fmt.Sprint(v...))
}
