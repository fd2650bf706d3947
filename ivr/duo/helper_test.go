package duo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/ivr/duo"
	"ringback/ivr/duo/duobox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	integrationKey = "DITESTTESTTESTTEST01"
	secretKey      = "sssshsssshsssshsssshsssshsssshsssshsssss"
	danaID         = "DUDANA0000000000001"
	danaPhone      = "DPDANA0000000000001"
	deskPhone      = "DPDESK0000000000001"
	tablet         = "DPTABLET00000000001"
	danaNumber     = "+19195550101"
)

// start is half past a second, so that a wait of almost one shows in a Date.
var start = time.Date(2026, 11, 24, 15, 0, 0, 5e8, time.UTC)

// world is a client and the server that it talks to, on one virtual clock.
type world struct {
	*duo.Client
	clock  *clock.Virtual
	seen   *recorder
	log    *bytes.Buffer
	server *httptest.Server
}

// newWorld starts a server. Change adjusts the client's options.
func newWorld(t *testing.T, h func(*clock.Virtual) http.Handler, change func(*duo.Options)) *world {
	t.Helper()
	w := &world{clock: clock.NewVirtual(start), seen: &recorder{}, log: &bytes.Buffer{}}
	w.server = httptest.NewServer(w.clock.Handler(h(w.clock)))
	t.Cleanup(w.server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	o := duo.Options{
		BaseURL: w.server.URL, IntegrationKey: integrationKey, SecretKey: secretKey,
		HTTPClient: &http.Client{Transport: w.clock.Transport(transport)}, Clock: w.clock,
		Random: func() float64 { return 0.999 }, // the longest waits
		Logger: slog.New(slog.NewTextHandler(w.log, nil)), Recorder: w.seen,
	}
	if change != nil {
		change(&o)
	}
	c, err := duo.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Client = c
	return w
}

// newBoxWorld is a client of a Duo in a box, with Dana in it.
func newBoxWorld(t *testing.T, change func(*duo.Options), settings ...func(*duobox.Options)) (*world, *duobox.Box) {
	t.Helper()
	var box *duobox.Box
	w := newWorld(t, func(c *clock.Virtual) http.Handler {
		o := duobox.Options{
			Clock:    c,
			Accounts: []duobox.Account{{IntegrationKey: integrationKey, SecretKey: secretKey}},
			Users: []duobox.User{{
				ID: danaID, Username: "dana", Aliases: []string{"dreyes", "1000001"}, RealName: "Dana Reyes",
				Email: "dana@example.edu", Phones: []duobox.Phone{
					{ID: danaPhone, Number: danaNumber, Platform: "Apple iOS", Activated: true},
					{ID: deskPhone, Number: "+19196842200", Type: "Landline"},
					{ID: tablet, Platform: "Apple iOS"},
				},
			}},
		}
		for _, set := range settings {
			set(&o)
		}
		var err error
		if box, err = duobox.New(o); err != nil {
			t.Fatal(err)
		}
		return box
	}, change)
	return w, box
}

// do runs f as a task of the clock.
func (w *world) do(t *testing.T, f func(ctx context.Context)) {
	t.Helper()
	w.clock.Do(t.Context(), f)
}

// recorder is a [duo.Recorder] that remembers.
type recorder struct {
	mu   sync.Mutex
	seen []string
}

func (r *recorder) Observe(operation, outcome string, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d < 0 {
		outcome += " in negative time"
	}
	r.seen = append(r.seen, operation+" "+outcome)
}

func (r *recorder) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.seen, ", ")
}

// arrival is one request as a bad server got it.
type arrival struct{ method, path, date, authorization, body string }

// badServer answers each request with the next of its answers, and the last for
// all that follow.
type badServer struct {
	mu       sync.Mutex
	arrivals []arrival
	answers  []http.HandlerFunc
}

func (s *badServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.arrivals = append(s.arrivals, arrival{
		method: r.Method, path: r.URL.Path, date: r.Header.Get("Date"),
		authorization: r.Header.Get("Authorization"), body: string(body),
	})
	answer := s.answers[min(len(s.arrivals), len(s.answers))-1]
	s.mu.Unlock()
	answer(w, r)
}

func (s *badServer) got() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]arrival(nil), s.arrivals...)
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// mustBe fails unless err is an [*duo.Error] of a kind.
func mustBe(t *testing.T, err, kind error) *duo.Error {
	t.Helper()
	var e *duo.Error
	if !errors.Is(err, kind) || !errors.As(err, &e) {
		t.Fatalf("err = %v, want %v", err, kind)
	}
	return e
}

// newTLSServer starts a server whose certificate nobody trusts, and is silent
// about those who say so.
func newTLSServer(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}
