package callback_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/desk"
	"ringback/ivr/desk/callback"
	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const (
	line = "university"
	dana = "+19195550101"
)

// rig is a service with a ledger of its own and a desk that notes what it is asked.
type rig struct {
	*callback.Service

	t      testing.TB
	clock  *clock.Virtual
	ledger *ledger.Ledger
	line   *ivr.Line
	queued []desk.Callback
	ended  transfer.CallbackOutcome // what the desk says of an attempt that it was not told of
	failed []callback.Failure
	leased bool // by somebody else
	log    bytes.Buffer
	reg    *prometheus.Registry
}

func newRig(t testing.TB, spoil func(*callback.Options)) *rig {
	t.Helper()
	r := &rig{t: t, clock: clock.NewVirtual(noon), ended: transfer.CallbackPending, reg: prometheus.NewRegistry()}
	var err error
	r.ledger, err = ledger.Open(t.Context(), ledger.Options{URL: "sqlite::memory:", Now: r.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	hours := ivr.Hours{Location: time.UTC}
	for d := range hours.Weekly {
		hours.Weekly[d] = []ivr.Span{{From: 8 * 60, To: 17 * 60}}
	}
	r.line = &ivr.Line{ID: line, Hours: hours}
	o := callback.Options{
		Writer: r.ledger, Reader: r.ledger, Desk: r, Names: names{}, Leases: r, Key: bytes.Repeat([]byte{1}, 32),
		Lines: map[string]*ivr.Line{line: r.line}, Never: []string{"+19196842200"}, Countries: []string{"US"},
		Caps: ledger.CallbackCaps{Number: 3, Prefix: 5, Line: 10}, Owner: "one", Clock: r.clock,
		GivenUp: func(_ context.Context, f callback.Failure) []ledger.Notice {
			r.failed = append(r.failed, f)
			return nil
		},
		Logger:     slog.New(slog.NewTextHandler(&r.log, nil)),
		Registerer: r.reg,
	}
	if spoil != nil {
		spoil(&o)
	}
	if r.Service, err = callback.New(o); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) close() {
	if err := errors.Join(r.Close(context.Background()), r.ledger.Close()); err != nil {
		r.t.Error(err)
	}
}

type names struct{}

func (names) Number(n string) string { return "n" + fmt.Sprint(len(n)) + n[len(n)-4:] }
func (names) Prefix(n string) string { return "p" + n[:len(n)-4] }

// CallBack notes who is queued.
func (r *rig) CallBack(_ context.Context, c desk.Callback) (bool, error) {
	r.queued = append(r.queued, c)
	return true, nil
}

// CallbackEnded says what the rig was told to.
func (r *rig) CallbackEnded(context.Context, string, int) (transfer.CallbackOutcome, error) {
	return r.ended, nil
}

// Acquire gives the lease unless somebody else has it.
func (r *rig) Acquire(context.Context, string, string, time.Duration) (bool, error) {
	return !r.leased, nil
}

func call(ref string) ivr.Call {
	return ivr.Call{Ref: ref, Line: line, Language: "en-US", Request: ivr.RequestNewNumber}
}

// take has somebody called back as soon as it is their turn.
func (r *rig) take(ctx context.Context, ref, to string) ivr.Outcome {
	return r.Take(ctx, call(ref), noon.Add(-time.Minute), ivr.TakeCallback{To: to, Proof: "1234", Ref: ref}).Outcome
}

// pass lets time pass, and the worker with it.
func (r *rig) pass(ctx context.Context, d time.Duration) {
	if err := r.clock.Sleep(ctx, d); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) is(ctx context.Context, id string, state ledger.CallbackState, attempts int, why string) ledger.Callback {
	r.t.Helper()
	c, err := r.ledger.Callback(ctx, id)
	if err != nil || c.State != state || c.Attempts != attempts || c.Why != why {
		r.t.Errorf("%s is %v after %d attempts, because of %q (%v); want %v, %d, %q", id, c.State, c.Attempts, c.Why, err, state, attempts, why)
	}
	return c
}

// plays runs f as a task on the rig's clock.
func plays(t *testing.T, spoil func(*callback.Options), f func(ctx context.Context, r *rig)) {
	t.Helper()
	r := newRig(t, spoil)
	defer r.close()
	done := make(chan struct{})
	r.clock.Go(context.Background(), func(ctx context.Context) {
		defer close(done)
		f(ctx, r)
	})
	<-done
}

func TestCheck(t *testing.T) {
	r := newRig(t, func(o *callback.Options) { o.Countries = []string{"US", "CA"} })
	defer r.close()
	for keyed, want := range map[string]string{
		"9195550101": dana, "19195550101": dana, dana: dana, "4165550123": "+14165550123",
		"9005550100": ivr.NumberPremium, "8005550100": ivr.NumberPremium, "18665550100": ivr.NumberPremium,
		"8095550100": ivr.NumberForeign, "8765550100": ivr.NumberForeign, "011442079460000": ivr.NumberForeign, "+442079460000": ivr.NumberForeign,
		"1234567": ivr.NumberInvalid, "9191110101": ivr.NumberInvalid, "": ivr.NumberInvalid, "911": ivr.NumberInvalid, "9196842200": ivr.NumberInvalid,
		"*67": ivr.NumberInvalid,
	} {
		got := r.Check(keyed)
		if got.Number+got.Why != want || (got.Outcome == ivr.OutcomeOK) != (got.Number != "") {
			t.Errorf("%s: %+v, want %s", keyed, got, want)
		}
	}
	if n := testutil.ToFloat64(r.counter("ringback_callback_refused_numbers_total")); n == 0 {
		t.Error("no refusal was counted")
	}
}

// counter is the sum of a family, as a collector.
func (r *rig) counter(name string) prometheus.Collector {
	all, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	sum := prometheus.NewGauge(prometheus.GaugeOpts{Name: "sum", Help: "The sum."})
	for _, f := range all {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum.Add(m.GetCounter().GetValue())
			}
		}
	}
	return sum
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"9195550101", "011442079460000", "*67", "+", "00", "911", "tel:+1"} {
		f.Add(s)
	}
	r := newRig(f, nil)
	f.Fuzz(func(t *testing.T, keyed string) {
		got := r.Check(keyed)
		if got.Outcome == ivr.OutcomeOK && (!strings.HasPrefix(got.Number, "+1") || len(got.Number) != 12) {
			t.Errorf("%q may be called", keyed)
		}
	})
}

func TestTakenOnce(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		for range 2 { // an effect that runs again
			if o := r.take(ctx, "c1", dana); o != ivr.OutcomeOK {
				t.Errorf("taken: %v", o)
			}
		}
		if why := ledger.WhyDeclined; transfer.CallbackDeclined.String() != why {
			t.Errorf("the ledger looks for %q", why)
		}
		if o := r.take(ctx, "c2", dana); o != ivr.OutcomeFailed {
			t.Errorf("a second one: %v", o)
		}
		if o := r.take(ctx, "c3", "+442079460000"); o != ivr.OutcomeUnavailable {
			t.Errorf("a number that is not called: %v", o)
		}
		for i := range 5 {
			if o := r.take(ctx, fmt.Sprint("d", i), fmt.Sprint("+1919555012", i)); (o == ivr.OutcomeOK) != (i < 4) {
				t.Errorf("callback %d of a prefix: %v", i+2, o)
			}
		}
		r.pass(ctx, time.Second)
		if c := r.queued[0]; c.ID != "c1" || c.Attempt != 1 || c.Promised || !c.Place.Equal(noon.Add(-time.Minute)) || c.Ticket.Proof != "1234" || c.Ticket.NumberHint != "01" {
			t.Errorf("queued %+v", c)
		}
		raw := r.is(ctx, "c1", ledger.CallbackWaiting, 0, "")
		if bytes.Contains(raw.Sealed, []byte("919555")) || strings.Contains(r.log.String(), "555") {
			t.Error("a number stands where anybody reads it")
		}
	})
}

func TestWhenItIsDue(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		slot := noon.Add(2 * time.Hour)
		r.Take(ctx, call("slot"), noon, ivr.TakeCallback{To: dana, Due: slot.Unix(), Ref: "slot"})
		r.pass(ctx, 6*time.Hour) // 18:00: closed
		r.Take(ctx, call("night"), time.Time{}, ivr.TakeCallback{To: "+19195550102", Shut: true, Ref: "night"})
		if len(r.queued) == 0 || r.queued[0].ID != "slot" || !r.queued[0].Promised {
			t.Fatalf("queued %+v", r.queued)
		}
		if c := r.is(ctx, "slot", ledger.CallbackWaiting, 0, ""); !c.Due.Equal(noon.Add(20 * time.Hour)) {
			t.Errorf("whoever could not be called by the evening is due %v", c.Due)
		}
		n := len(r.queued)
		r.pass(ctx, 13*time.Hour)
		if len(r.queued) != n {
			t.Error("called while the desk is closed")
		}
		r.pass(ctx, 2*time.Hour)
		if len(r.queued) == n || r.queued[len(r.queued)-1].Promised != true {
			t.Error("not called in the morning")
		}
	})
}

func TestAttempts(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		r.take(ctx, "c1", dana)
		for n := 1; n <= 3; n++ {
			if _, ok, _ := r.Begin(ctx, "c1", n+1); ok {
				t.Errorf("attempt %d before %d", n+1, n)
			}
			number, ok, err := r.Begin(ctx, "c1", n)
			if number != dana || !ok || err != nil {
				t.Fatalf("attempt %d: %v, %v", n, ok, err)
			}
			if _, ok, err := r.Begin(ctx, "c1", n); ok || err != nil {
				t.Errorf("attempt %d twice: %v, %v", n, ok, err)
			}
			for range 2 { // told twice
				if err := r.Settle(ctx, "c1", n, transfer.CallbackNoAnswer); err != nil {
					t.Fatal(err)
				}
			}
			if n < 3 {
				c := r.is(ctx, "c1", ledger.CallbackWaiting, n, "no_answer")
				if gap := c.Due.Sub(r.clock.Now()); gap != 10*time.Minute || !c.Promised {
					t.Errorf("called again after %v", gap)
				}
				r.pass(ctx, 11*time.Minute)
			}
		}
		r.is(ctx, "c1", ledger.CallbackFailed, 3, "no_answer")
		if _, ok, err := r.Begin(ctx, "c1", 4); ok || err != nil {
			t.Errorf("a fourth attempt: %v, %v", ok, err)
		}
		if len(r.failed) != 1 || r.failed[0].Last2 != "01" || r.failed[0].Attempts != 3 {
			t.Errorf("given up: %+v", r.failed)
		}
	})
}

func TestEnds(t *testing.T) {
	for outcome, state := range map[transfer.CallbackOutcome]ledger.CallbackState{
		transfer.CallbackReached: ledger.CallbackReached, transfer.CallbackDeclined: ledger.CallbackCancelled,
		transfer.CallbackBusy: ledger.CallbackWaiting, transfer.CallbackLost: ledger.CallbackWaiting,
	} {
		plays(t, nil, func(ctx context.Context, r *rig) {
			r.take(ctx, "c1", dana)
			if _, ok, err := r.Begin(ctx, "c1", 1); !ok || err != nil {
				t.Fatal(ok, err)
			}
			if err := r.Settle(ctx, "c1", 1, outcome); err != nil {
				t.Fatal(err)
			}
			r.is(ctx, "c1", state, 1, outcome.String())
		})
	}
}

// An attempt that was never settled, since whoever dialled it died, is asked for.
func TestNobodySettles(t *testing.T) {
	for name, c := range map[string]struct {
		ended transfer.CallbackOutcome
		after time.Duration
		state ledger.CallbackState
		why   string
	}{
		"under way":   {transfer.CallbackPending, 5 * time.Minute, ledger.CallbackDialling, ""},
		"known":       {transfer.CallbackReached, 4 * time.Minute, ledger.CallbackReached, "reached"},
		"lost":        {transfer.CallbackLost, 4 * time.Minute, ledger.CallbackWaiting, "lost"},
		"never known": {transfer.CallbackPending, 11 * time.Minute, ledger.CallbackWaiting, "lost"},
		"too early":   {transfer.CallbackReached, 2 * time.Minute, ledger.CallbackDialling, ""},
	} {
		t.Run(name, func(t *testing.T) {
			plays(t, nil, func(ctx context.Context, r *rig) {
				r.take(ctx, "c1", dana)
				if _, ok, err := r.Begin(ctx, "c1", 1); !ok || err != nil {
					t.Fatal(ok, err)
				}
				r.ended = c.ended
				r.pass(ctx, c.after)
				r.is(ctx, "c1", c.state, 1, c.why)
			})
		})
	}
}

func TestGivenUp(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		r.take(ctx, "old", dana)
		r.pass(ctx, 8*24*time.Hour)
		r.is(ctx, "old", ledger.CallbackFailed, 0, "too_old")
		r.take(ctx, "shut", "+19195550102")
		r.pass(ctx, time.Second) // nobody looks at the line now
		r.line.Hours = ivr.Hours{}
		r.pass(ctx, time.Minute)
		r.is(ctx, "shut", ledger.CallbackFailed, 0, "never_open")
	})
}

func TestCancel(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		r.take(ctx, "c1", dana)
		if err := r.Cancel(ctx, "c1", "jo", "asked by mail"); err != nil {
			t.Fatal(err)
		}
		r.is(ctx, "c1", ledger.CallbackCancelled, 0, "asked by mail")
		if _, ok, err := r.Begin(ctx, "c1", 1); ok || err != nil {
			t.Errorf("dialled after that: %v, %v", ok, err)
		}
		if err := r.Cancel(ctx, "c1", "jo", "again"); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("cancelled twice: %v", err)
		}
		rows, err := r.ledger.Audit(ctx, ledger.AuditFilter{Action: "callback_end"})
		if err != nil || len(rows) != 1 || rows[0].Actor != "jo" {
			t.Errorf("audit %+v, %v", rows, err)
		}
	})
}

// interrupted is a ledger in which somebody else is always first, so often.
type interrupted struct {
	callback.Writer

	times int
}

func (i *interrupted) PutCallback(ctx context.Context, c ledger.Callback, rows []ledger.Entry, notices ...ledger.Notice) error {
	if i.times--; i.times >= 0 {
		return fmt.Errorf("put callback: %w", ledger.ErrStale)
	}
	return i.Writer.PutCallback(ctx, c, rows, notices...)
}

// A lead's word is not lost to whoever writes at the same moment, and nobody is told
// that it was kept when it was not.
func TestCancelBesideOthers(t *testing.T) {
	for _, tc := range []struct {
		times int
		want  error
		state ledger.CallbackState
	}{{1, nil, ledger.CallbackCancelled}, {9, ledger.ErrStale, ledger.CallbackWaiting}} {
		other := &interrupted{}
		plays(t, func(o *callback.Options) { other.Writer, o.Writer = o.Writer, other }, func(ctx context.Context, r *rig) {
			r.take(ctx, "c1", dana)
			c, err := r.ledger.Callback(ctx, "c1")
			if got := r.Last2(c); err != nil || got != "01" {
				t.Errorf("for a number ending in %q, %v", got, err)
			}
			other.times = tc.times
			if err := r.Cancel(ctx, "c1", "jo", "asked by mail"); !errors.Is(err, tc.want) {
				t.Errorf("%d times: %v, want %v", tc.times, err, tc.want)
			}
			c, err = r.ledger.Callback(ctx, "c1")
			if err != nil || c.State != tc.state {
				t.Errorf("%d times: %v, %v; want %v", tc.times, c.State, err, tc.state)
			}
			if tc.want == nil && r.Last2(c) != "" {
				t.Error("the number is kept after the end")
			}
		})
	}
}

// An agent may accept after the hour is over: nobody is called then.
func TestNotInTheQuietHours(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		r.line.Quiet = ivr.Quiet{From: 12*60 + 5, To: 13 * 60}
		r.take(ctx, "c1", dana)
		r.pass(ctx, 6*time.Minute)
		if _, ok, err := r.Begin(ctx, "c1", 1); ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
	})
}

func TestOneInstanceLooks(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		r.leased = true
		r.take(ctx, "c1", dana)
		r.pass(ctx, time.Minute)
		if len(r.queued) != 0 {
			t.Error("looked without the lease")
		}
		r.leased = false
		r.pass(ctx, time.Minute)
		if len(r.queued) == 0 {
			t.Error("nobody looks")
		}
	})
}

func TestBadOptions(t *testing.T) {
	good := func() callback.Options {
		r := &rig{}
		return callback.Options{
			Writer: &ledger.Ledger{}, Reader: &ledger.Ledger{}, Desk: r, Names: names{}, Leases: r, Key: make([]byte, 32),
			Lines: map[string]*ivr.Line{line: {}}, Countries: []string{"US"},
		}
	}
	if _, err := callback.New(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*callback.Options){
		"no ledger":     func(o *callback.Options) { o.Writer = nil },
		"no lines":      func(o *callback.Options) { o.Lines = nil },
		"no country":    func(o *callback.Options) { o.Countries = nil },
		"odd country":   func(o *callback.Options) { o.Countries = []string{"USA"} },
		"a short key":   func(o *callback.Options) { o.Key = []byte("short") },
		"negative time": func(o *callback.Options) { o.Gap = -1 },
	} {
		o := good()
		spoil(&o)
		if _, err := callback.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whatever the desk does and however often it is told: an attempt is begun once, at
// most as many as may be, one at a time, and none after the end.
func TestAttemptsProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(1, 4).Draw(rt, "attempts")
		r := newRig(t, func(o *callback.Options) { o.Attempts, o.Registerer = most, nil })
		defer r.close()
		done := make(chan struct{})
		seed := rapid.Uint64().Draw(rt, "seed")
		var fault string
		r.clock.Go(context.Background(), func(ctx context.Context) {
			defer close(done)
			fault = r.wander(ctx, rand.New(rand.NewPCG(seed, 1)), most) //nolint:gosec // a test's dice
		})
		<-done
		if fault != "" {
			rt.Fatal(fault)
		}
	})
}

// wander begins, settles and cancels at random, and says what was wrong.
func (r *rig) wander(ctx context.Context, rnd *rand.Rand, most int) string {
	r.take(ctx, "c1", dana)
	begun, open, over := 0, 0, false
	for range 40 {
		n := rnd.IntN(most+1) + 1
		switch rnd.IntN(5) {
		case 0, 1:
			_, ok, err := r.Begin(ctx, "c1", n)
			switch {
			case err != nil:
				return err.Error()
			case ok && (over || open != 0 || n != begun+1 || n > most):
				return fmt.Sprintf("attempt %d begun, after %d, while %d was open, over: %v", n, begun, open, over)
			case ok:
				begun, open = n, n
			}
		case 2:
			o := transfer.CallbackOutcomes()[rnd.IntN(len(transfer.CallbackOutcomes()))]
			if err := r.Settle(ctx, "c1", n, o); err != nil {
				return err.Error()
			}
			if n == open && o != transfer.CallbackWithdrawn {
				open = 0
			}
		case 3:
			r.pass(ctx, time.Duration(rnd.IntN(200))*time.Second)
		default:
			if rnd.IntN(20) == 0 && r.Cancel(ctx, "c1", "jo", "x") == nil {
				over = true
			}
		}
		c, err := r.ledger.Callback(ctx, "c1")
		if err != nil {
			return err.Error()
		}
		if over = over || !c.State.Open(); c.State != ledger.CallbackDialling {
			open = 0
		}
		if c.Attempts != begun {
			return fmt.Sprintf("%d attempts are written, %d were begun", c.Attempts, begun)
		}
	}
	return ""
}

// Whoever says on the phone that they did not ask for this is left alone, whoever
// asks for it next.
func TestDeclinedIsNotCalledAgain(t *testing.T) {
	plays(t, nil, func(ctx context.Context, r *rig) {
		r.take(ctx, "c1", dana)
		if _, ok, err := r.Begin(ctx, "c1", 1); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := r.Settle(ctx, "c1", 1, transfer.CallbackDeclined); err != nil {
			t.Fatal(err)
		}
		if why := ledger.WhyDeclined; transfer.CallbackDeclined.String() != why {
			t.Errorf("the ledger looks for %q", why)
		}
		if o := r.take(ctx, "c2", dana); o != ivr.OutcomeLimited {
			t.Errorf("at once: %v", o)
		}
		r.pass(ctx, 29*24*time.Hour)
		if o := r.take(ctx, "c3", dana); o != ivr.OutcomeLimited {
			t.Errorf("weeks later: %v", o)
		}
		if o := r.take(ctx, "c4", "+19195550102"); o != ivr.OutcomeOK {
			t.Errorf("somebody else: %v", o)
		}
		r.pass(ctx, 2*24*time.Hour)
		if o := r.take(ctx, "c5", dana); o != ivr.OutcomeOK {
			t.Errorf("a month later, when the phone may be another's: %v", o)
		}
	})
}
