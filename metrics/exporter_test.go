package metrics_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.uber.org/goleak"

	"ringback/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func exporter(t *testing.T, o metrics.Options) *metrics.Exporter {
	t.Helper()
	e, err := metrics.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestHandler(t *testing.T) {
	h := exporter(t, metrics.Options{Version: "v1.2.3"}).Handler()
	for _, c := range []struct {
		name, method, path string
		status             int
		holds              string
	}{
		{"metrics", "GET", "/metrics", 200, `ringback_build_info{go_version="go1.`},
		{"version", "GET", "/metrics", 200, `version="v1.2.3"`},
		{"go", "GET", "/metrics", 200, "go_goroutines "},
		{"process", "GET", "/metrics", 200, "process_open_fds "},
		{"health", "GET", "/healthz", 200, "ok"},
		{"profiles", "GET", "/debug/pprof/", 200, "goroutine"},
		{"one profile", "GET", "/debug/pprof/goroutine?debug=1", 200, "goroutine profile"},
		{"no posting", "POST", "/metrics", 405, ""},
		{"no other profile method", "POST", "/debug/pprof/profile", 405, ""},
		{"nothing else", "GET", "/", 404, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
				t.Errorf("%s %s: status %d, want %d with %q in\n%.300s", c.method, c.path, w.Code, c.status, c.holds, w.Body)
			}
		})
	}
}

func TestVersionIsNeverEmpty(t *testing.T) {
	w := httptest.NewRecorder()
	exporter(t, metrics.Options{}).Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if strings.Contains(w.Body.String(), `version=""`) {
		t.Error("ringback_build_info has an empty version")
	}
}

func TestTwoExportersInOneProcess(t *testing.T) {
	a, b := exporter(t, metrics.Options{}), exporter(t, metrics.Options{})
	if a.Registry() == b.Registry() {
		t.Error("two exporters share a registry")
	}
}

func TestListener(t *testing.T) {
	e := exporter(t, metrics.Options{})
	if err := e.Serve(); err == nil {
		t.Error("Serve before Listen is no error")
	}
	if e.Addr() != "" {
		t.Errorf("address %q before Listen", e.Addr())
	}
	if err := e.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- e.Serve() }()

	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+e.Addr()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(body), "ringback_build_info") {
		t.Errorf("no metrics over the wire: %v\n%.200s", err, body)
	}
	for range 2 {
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := <-served; err != nil {
		t.Errorf("Serve after Shutdown: %v", err)
	}
}

func TestListenRefusesATakenPort(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := exporter(t, metrics.Options{}).Listen(t.Context(), l.Addr().String()); err == nil {
		t.Error("Listen took a port that is taken")
	}
}

func TestShutdownFreesAPortThatWasNeverServed(t *testing.T) {
	e := exporter(t, metrics.Options{})
	if err := e.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := exporter(t, metrics.Options{}).Listen(t.Context(), e.Addr()); err != nil {
		t.Errorf("the port is still held: %v", err)
	}
}

func TestShutdownIsBounded(t *testing.T) {
	e := exporter(t, metrics.Options{})
	in, out := make(chan struct{}), make(chan struct{})
	if err := e.Registry().Register(stuck{in, out}); err != nil {
		t.Fatal(err)
	}
	if err := e.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	served, scraped := make(chan error, 1), make(chan struct{})
	go func() { served <- e.Serve() }()
	go func() {
		defer close(scraped)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "http://"+e.Addr()+"/metrics", nil)
		if err != nil {
			return
		}
		if resp, err := client.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	<-in // the scrape is under way and will not end by itself

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Shutdown(ended); err == nil {
		t.Error("a scrape was cut off without a word")
	}
	close(out)
	<-scraped
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// stuck is a collector that says when it is asked and answers when it is let.
type stuck struct{ in, out chan struct{} }

func (s stuck) Describe(chan<- *prometheus.Desc) {}

func (s stuck) Collect(chan<- prometheus.Metric) {
	close(s.in)
	<-s.out
}

func TestNamesAreWellFormed(t *testing.T) {
	e := exporter(t, metrics.Options{})
	metrics.NewDependencies(e.Registry()).For("duo", []string{"ping"})
	ours := scrape(t, e.Handler())
	if n := strings.Count(ours, "# TYPE "); n != 3 {
		t.Errorf("%d families of ours, want 3", n)
	}
	problems, err := promlint.New(strings.NewReader(ours)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// scrape is the part of /metrics that is ours: its lines with our prefix.
func scrape(t *testing.T, h http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	var ours strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "ringback_") {
			ours.WriteString(line)
		}
	}
	return ours.String()
}
