package desk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/ivr/desk"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

const (
	alexPhone  = "+19195550201"
	robinPhone = "+19195550202"
	joPhone    = "+19195550203"
)

// rig is a desk, or several on one store, with a carrier that is played by the
// test, on a virtual clock.
type rig struct {
	t       *testing.T
	ctx     context.Context //nolint:containedctx // the test's task on the clock
	v       *clock.Virtual
	store   *sessions.Store
	carrier *carrier
	desks   []*desk.Desk
	reg     *prometheus.Registry // of the first desk
	log     *bytes.Buffer
}

// start runs a test on a rig. edit may change the options of each desk.
func play(t *testing.T, edit func(*desk.Options), f func(r *rig)) {
	t.Helper()
	v := clock.NewVirtual(start)
	v.Do(t.Context(), func(ctx context.Context) {
		store, err := sessions.Open(ctx, sessions.Options{URL: "embedded", Now: v.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		r := &rig{t: t, ctx: ctx, v: v, store: store, carrier: &carrier{v: v}, log: &bytes.Buffer{}}
		r.add(edit)
		defer func() {
			for _, d := range r.desks {
				if err := d.Close(ctx); err != nil {
					t.Error(err)
				}
			}
		}()
		f(r)
	})
}

// add starts one more instance.
func (r *rig) add(edit func(*desk.Options)) *desk.Desk {
	r.t.Helper()
	reg := prometheus.NewRegistry()
	n := len(r.desks)
	ids := 0
	var mu sync.Mutex
	o := desk.Options{
		Store: r.store, Dialer: r.carrier, Mover: r.carrier, Mixer: r.carrier, WrapUp: 5 * time.Second, Clock: r.v, Registerer: reg,
		Lines: []desk.Line{
			{ID: "university", Name: "Duke University OIT", From: "+19196842200"},
			{ID: "health", Name: "Duke Health", From: "+19196842243"},
		},
		Agents: []desk.Agent{{ID: "alex", Name: "Alex", Phone: alexPhone}, {ID: "robin", Name: "Robin", Phone: robinPhone}},
		URLs: func(id string, offer int) (first, fallback, status string) {
			return fmt.Sprintf("/voice/agent %s %d", id, offer), "/voice/fallback", "/voice/agent/status"
		},
		NewID: func() string {
			mu.Lock()
			defer mu.Unlock()
			ids++
			return fmt.Sprintf("t%d-%d", n, ids)
		},
		Down:   func(err error) bool { return errors.Is(err, errDown) },
		Gone:   func(err error) bool { return errors.Is(err, errGone) },
		Logger: slog.New(slog.NewTextHandler(&lockedWriter{w: r.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if edit != nil {
		edit(&o)
	}
	d, err := desk.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	if n == 0 {
		r.reg = reg
	}
	r.desks = append(r.desks, d)
	return d
}

type lockedWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// pass lets time go by; whatever runs until then has run.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	if err := r.v.Sleep(r.ctx, d); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) settle() { r.t.Helper(); r.pass(time.Millisecond) }

func (r *rig) ticket(call string) transfer.Ticket {
	return transfer.Ticket{
		Ask: 1, CallSID: call, CallRef: "ref", Line: "university", Language: "en-US", Request: "person",
		SubjectHint: "01", Level: "none", WhyNot: "one_method",
	}
}

// join queues a call and lets the desk do what it does.
func (r *rig) join(call string) string {
	r.t.Helper()
	id, err := r.desks[0].Join(r.ctx, r.ticket(call), false)
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return id
}

func (r *rig) waiting(call string) desk.Status {
	r.t.Helper()
	s, err := r.desks[0].Waiting(r.ctx, call)
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return s
}

// agent plays an event of a ring, on every instance that is given, or the first.
func (r *rig) agent(c *call, e desk.AgentEvent, on ...*desk.Desk) transfer.Turn {
	r.t.Helper()
	e.CallSID, e.Offer = c.sid, c.offer
	if len(on) == 0 {
		on = r.desks[:1]
	}
	var turn transfer.Turn
	for _, d := range on {
		var err error
		if turn, err = d.Agent(r.ctx, c.transfer, e); err != nil {
			r.t.Fatal(err)
		}
	}
	r.settle()
	return turn
}

func (r *rig) answer(c *call) transfer.Turn {
	r.t.Helper()
	return r.agent(c, desk.AgentEvent{Kind: desk.AgentAnswered})
}

func (r *rig) press(c *call, keys string) transfer.Turn {
	r.t.Helper()
	return r.agent(c, desk.AgentEvent{Kind: desk.AgentKeys, Keys: keys})
}

func (r *rig) status(c *call, status string) {
	r.t.Helper()
	r.agent(c, desk.AgentEvent{Kind: desk.AgentStatus, Status: status})
}

func (r *rig) gone(call string) {
	r.t.Helper()
	if err := r.desks[0].CallerGone(r.ctx, call); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

func (r *rig) joined(call string, want bool) {
	r.t.Helper()
	got, _, err := r.desks[0].CallerJoined(r.ctx, call)
	if err != nil || got != want {
		r.t.Fatalf("CallerJoined = %v, %v; want %v", got, err, want)
	}
	r.settle()
}

// rings returns the calls placed so far, which must be to these phones.
func (r *rig) rings(phones ...string) []*call {
	r.t.Helper()
	all := r.carrier.all()
	var got []string
	for _, c := range all {
		got = append(got, c.To)
	}
	if !slices.Equal(got, phones) {
		r.t.Fatalf("rang %v, want %v\n%s", got, phones, r.log)
	}
	return all
}

// agents says what the agents do, such as "alex ready, robin away".
func (r *rig) agents(want string) {
	r.t.Helper()
	s, err := r.desks[0].Snapshot(r.ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	var got []string
	for _, a := range s.Agents {
		got = append(got, a.ID+" "+a.State.String())
	}
	if g := strings.Join(got, ", "); g != want {
		r.t.Fatalf("agents: %s; want %s\n%s", g, want, r.log)
	}
}

// counted sums the series of the first desk that have these labels, such as
// "ringback_transfers_total university declined"; histograms give their count.
func (r *rig) counted(name string, labels ...string) float64 {
	r.t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		sum, found := 0.0, false
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if f.GetName() == name && len(values) >= len(labels) && containsAll(values, labels) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
				found = true
			}
		}
		if found {
			return sum
		}
	}
	r.t.Fatalf("no series %s %v", name, labels)
	return 0
}

func containsAll(values, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(values, w) })
}

func (r *rig) results(want map[transfer.Result]int) {
	r.t.Helper()
	for _, res := range transfer.Results() {
		if got := r.counted("ringback_transfers_total", "university", res.String()); got != float64(want[res]) {
			r.t.Errorf("%v counted %v times, want %d", res, got, want[res])
		}
	}
}

var (
	errDown    = errors.New("the API is down")
	errRefused = errors.New("the API refuses this call")
	errGone    = errors.New("that is not there")
)

// call is one call to an agent.
type call struct {
	desk.OutgoingCall
	sid      string
	transfer string
	offer    int
}

// carrier is the REST API: it notes what it is asked, and fails on request.
type carrier struct {
	v *clock.Virtual

	mu        sync.Mutex
	calls     []*call
	ended     []string
	told      []string // SIDs redirected
	moved     []string // "call transfer offer"
	placeErr  error
	moveErr   error
	tellErr   error
	slow      time.Duration // before PlaceCall answers; the call is placed before
	onPlace   func(ctx context.Context, c *call)
	onMove    func(ctx context.Context, callSID string)
	cancelled int
	arranged  []string // what was set in conferences, such as "CA-1 hold true"
	setErr    error
	members   []string
}

// Set is a change in a conference.
func (c *carrier) Set(_ context.Context, k desk.Conference, s transfer.Setting) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.setErr == nil {
		c.arranged = append(c.arranged, fmt.Sprintf("%s %v %v", s.SID, s.Kind, s.On))
	}
	return c.setErr
}

// Members are who is in every conference.
func (c *carrier) Members(context.Context, desk.Conference) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.members), c.setErr
}

// Announce is an announcement to a caller.
func (c *carrier) Announce(_ context.Context, _ desk.Conference, callSID string, offer int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arranged = append(c.arranged, fmt.Sprintf("%s hears of %d", callSID, offer))
	return c.setErr
}

func (c *carrier) PlaceCall(ctx context.Context, o desk.OutgoingCall) (string, error) {
	c.mu.Lock()
	if c.placeErr != nil {
		defer c.mu.Unlock()
		return "", c.placeErr
	}
	one := &call{OutgoingCall: o, sid: fmt.Sprintf("CA-agent-%d", len(c.calls)+1)}
	if _, err := fmt.Sscanf(o.URL, "/voice/agent %s %d", &one.transfer, &one.offer); err != nil {
		defer c.mu.Unlock()
		return "", err
	}
	c.calls = append(c.calls, one)
	slow, on := c.slow, c.onPlace
	c.mu.Unlock()
	if on != nil {
		c.v.Go(ctx, func(ctx context.Context) { on(context.WithoutCancel(ctx), one) })
	}
	if slow > 0 {
		if err := c.v.Sleep(ctx, slow); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.cancelled++
			return "", err
		}
	}
	return one.sid, nil
}

func (c *carrier) RedirectCall(_ context.Context, sid, _ string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tellErr == nil {
		c.told = append(c.told, sid)
	}
	return c.tellErr
}

func (c *carrier) EndCall(_ context.Context, sid string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = append(c.ended, sid)
	return nil
}

func (c *carrier) MoveCaller(ctx context.Context, callSID, transferID string, offer int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moveErr == nil {
		c.moved = append(c.moved, fmt.Sprintf("%s %s %d", callSID, transferID, offer))
		if on := c.onMove; on != nil {
			c.v.Go(ctx, func(ctx context.Context) { on(context.WithoutCancel(ctx), callSID) })
		}
	}
	return c.moveErr
}

func (c *carrier) all() []*call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// set changes the carrier's ways.
func (c *carrier) set(f func(*carrier)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

func (c *carrier) list(which func(*carrier) []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(which(c))
}

func ended(c *carrier) []string { return c.ended }
func told(c *carrier) []string  { return c.told }
func moved(c *carrier) []string { return c.moved }
