package event_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

const (
	secret    = "secret-secret-secret-secret-secret"
	secretOld = "before-before-before-before-before"
)

// receiver is a ticket system: it keeps what came, and answers as it is told.
type receiver struct {
	t      *testing.T
	server *httptest.Server
	mu     sync.Mutex
	came   []request
	answer func(n int, w http.ResponseWriter, r *http.Request)
}

// request is one that came.
type request struct {
	header http.Header
	body   []byte
}

// receive starts a receiver; answer, which may be nil, gets the number of the
// request from 1.
func receive(t *testing.T, v *clock.Virtual, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	c := &receiver{t: t, answer: answer}
	c.server = httptest.NewServer(v.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.came = append(c.came, request{r.Header.Clone(), body})
		n := len(c.came)
		c.mu.Unlock()
		if c.answer != nil {
			c.answer(n, w, r)
		}
	})))
	t.Cleanup(c.server.Close)
	return c
}

func (c *receiver) all() []request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.came)
}

// rig is a sender with a ledger, on a virtual clock.
type rig struct {
	t      *testing.T
	v      *clock.Virtual
	ledger *ledger.Ledger
	logs   *bytes.Buffer
	reg    *prometheus.Registry
	*event.Sender
}

func newRig(t *testing.T, v *clock.Virtual, hooks []event.Hook, change func(*event.Options)) *rig {
	t.Helper()
	r := &rig{t: t, v: v, logs: &bytes.Buffer{}, reg: prometheus.NewPedanticRegistry()}
	var err error
	if r.ledger, err = ledger.Open(t.Context(), ledger.Options{URL: "sqlite::memory:", Now: v.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.ledger.Close() })
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	o := event.Options{
		Ledger: r.ledger, Hooks: hooks, Key: bytes.Repeat([]byte{7}, 32), Transport: v.Transport(base), Clock: v,
		Jitter: func() float64 { return 0.5 }, Logger: slog.New(slog.NewJSONHandler(r.logs, nil)), Registerer: r.reg,
	}
	if change != nil {
		change(&o)
	}
	if r.Sender, err = event.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// emit emits and lets so much time pass.
func (r *rig) emit(d time.Duration, events ...event.Event) {
	r.v.Do(r.t.Context(), func(ctx context.Context) {
		for _, e := range events {
			r.Emit(ctx, e)
		}
		_ = r.v.Sleep(ctx, d)
	})
}

func (r *rig) stats(want ledger.NoticeStats) {
	r.t.Helper()
	got, err := r.ledger.NoticeStats(r.t.Context(), ledger.ByHook)
	want.Oldest, got.Oldest = time.Time{}, time.Time{}
	if err != nil || got != want {
		r.t.Errorf("stats %+v, %v; want %+v", got, err, want)
	}
}

func (r *rig) counted(name string, labels ...string) float64 {
	r.t.Helper()
	all, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range all {
		for _, m := range f.GetMetric() {
			var got []string
			for _, l := range m.GetLabel() {
				got = append(got, l.GetValue())
			}
			if f.GetName() == name && slices.Equal(got, labels) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	r.t.Fatalf("no series %s %v", name, labels)
	return 0
}

// samples are an event of each type, with everything that it can have.
func samples() []event.Event {
	of := func(d event.Data) event.Event {
		return event.Event{
			Key: "00112233aabbccdd", At: start, Line: "university", CallRef: "00112233aabbccdd", Subject: "1f2e3d4c5b6a79880011223344556677",
			UniqueID: "1000001", Data: d,
		}
	}
	return []event.Event{
		of(event.Ended{
			Result: "completed", Reason: "activated", Request: "same_number", Language: "en-US", Seconds: 95, Level: "links",
			Factors: []string{"pin", "texted_code"}, Links: "activated",
		}),
		of(event.Links{By: "line", Day: "2026-11-24", Factors: []string{"pin", "texted_code"}}),
		of(event.Changed{By: "alex", Approver: "jo", Evidence: "identity_check"}),
		of(event.Freeze{By: "line", Why: "reported"}),
		of(event.Unfreeze{By: "jo"}),
		of(event.Callback{Ticket: "ABC123", Due: start, Attempt: 1}),
		of(event.Note{By: "alex", Outcome: "reconnected", Text: "new phone, all well"}),
	}
}

func decoded(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
