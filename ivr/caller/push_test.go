package caller_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/duo"
)

// pushCall is a call with a live push.
func pushCall() ivr.Call {
	return ivr.Call{ID: "1000001", Ref: "r1", Passed: pinPassed, Code: ivr.Code{Factor: ivr.FactorDuoPush, Effect: 4, Issued: noon.Unix(), Tries: 1, Sends: 1}}
}

// push has a call's effect with a number push.
func (w *world) push(t *testing.T, call ivr.Call, n uint32) ivr.Outcome {
	t.Helper()
	return w.do(t, call, call.Effect(ivr.Open{ID: n, Kind: ivr.EffectSendCode})).(ivr.CodeSent).Outcome
}

func (w *world) key(t *testing.T, call ivr.Call, digits string) ivr.Checked {
	t.Helper()
	return w.do(t, call, ivr.CheckFactor{Factor: ivr.FactorDuoPush, ID: call.ID, Secret: ivr.Secret(digits), Code: call.Code, Ref: call.Ref}).(ivr.Checked)
}

func TestPush(t *testing.T) {
	waiting := func(n int) func(int) duo.PushResult {
		return func(asked int) duo.PushResult {
			if asked <= n {
				return duo.PushWaiting
			}
			return duo.PushApproved
		}
	}
	for _, tt := range []struct {
		name   string
		digits string
		result duo.PushResult
		answer func(int) duo.PushResult
		change func(*ivr.Call)
		want   ivr.Outcome
		frozen bool
	}{
		{name: "approved", digits: "314159", result: duo.PushApproved, want: ivr.OutcomeOK},
		{name: "approved after a while", digits: "314159", answer: waiting(5), want: ivr.OutcomeOK},
		{name: "still waiting", digits: "314159", result: duo.PushWaiting, want: ivr.OutcomeLost},
		{name: "denied", digits: "314159", result: duo.PushDenied, want: ivr.OutcomeFailed},
		{name: "a word that is new", digits: "314159", result: duo.PushUnknown, want: ivr.OutcomeFailed},
		{name: "reported", digits: "314159", result: duo.PushFraud, want: ivr.OutcomeFailed, frozen: true},
		{name: "another code", digits: "314158", result: duo.PushApproved, want: ivr.OutcomeFailed},
		{name: "another code, reported", digits: "314158", result: duo.PushFraud, want: ivr.OutcomeFailed, frozen: true},
		{name: "no code", digits: "000000", result: duo.PushApproved, change: func(c *ivr.Call) { c.Code.Effect = 9 }, want: ivr.OutcomeFailed},
		{name: "a texted code's", digits: "314159", result: duo.PushApproved, change: func(c *ivr.Call) { c.Code.Factor = ivr.FactorTextedCode }, want: ivr.OutcomeFailed},
		{name: "too late", digits: "314159", result: duo.PushApproved, change: func(c *ivr.Call) { c.Code.Issued -= 300 }, want: ivr.OutcomeFailed},
		{name: "too often", digits: "314159", result: duo.PushApproved, change: func(c *ivr.Call) { c.Code.Tries = 4 }, want: ivr.OutcomeFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			call := pushCall()
			w.push(t, call, 4)
			w.result, w.answer = tt.result, tt.answer
			if tt.change != nil {
				tt.change(&call)
			}
			if got := w.key(t, call, tt.digits); got.Outcome != tt.want || got.Phone != ivr.NoPhone {
				t.Errorf("checked %+v, want %v", got, tt.want)
			}
			if _, frozen := w.frozen[w.names.Subject("1000001")]; frozen != tt.frozen || frozen != (len(w.news) == 1 && w.news[0].Kind == caller.NewsFrozen && w.owed == 2) {
				t.Errorf("frozen: %v, told %d, owed %d", frozen, len(w.news), w.owed)
			}
			if took := w.clock.Now().Sub(noon); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// An answer counts once, in whatever call.
func TestPushCountsOnce(t *testing.T) {
	w := newWorld(t)
	w.push(t, pushCall(), 4)
	for _, want := range []ivr.Outcome{ivr.OutcomeOK, ivr.OutcomeFailed} {
		if got := w.key(t, pushCall(), "314159"); got.Outcome != want {
			t.Errorf("checked %+v, want %v", got, want)
		}
	}
}

// The device is another than the one in question, if there is one; the phone on
// file that it is shows in the result.
func TestPushDevice(t *testing.T) {
	first, other, tablet := caller.Device{ID: "DP1", Number: "+19195550102"}, caller.Device{ID: "DP2", Number: "+19195550112"}, caller.Device{ID: "DP3"}
	for _, tt := range []struct {
		name    string
		devices []caller.Device
		phone   uint8
		want    string
		on      uint8
	}{
		{"the other phone", []caller.Device{first, other}, 0, "DUsam DP2", 1},
		{"the first one, asked for", []caller.Device{first, other}, 1, "DUsam DP1", 0},
		{"a tablet", []caller.Device{first, tablet}, 0, "DUsam DP3", ivr.NoPhone},
		{"the only one", []caller.Device{first}, 0, "DUsam DP1", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.devices = tt.devices
			call := pushCall()
			call.ID, call.Code.Phone = "1000002", tt.phone
			w.push(t, call, 4)
			got := w.key(t, call, "314159")
			if diff := cmp.Diff([]string{tt.want}, w.pushes); diff != "" || got != (ivr.Checked{Outcome: ivr.OutcomeOK, Phone: tt.on}) {
				t.Errorf("checked %+v\n%s", got, diff)
			}
		})
	}
}

// A second run of an effect pushes no second time; asked for again, it does.
func TestPushOnceAnEffect(t *testing.T) {
	w := newWorld(t)
	for _, n := range []uint32{4, 4, 5, 4, 5} {
		if out := w.push(t, pushCall(), n); out != ivr.OutcomeOK {
			t.Errorf("outcome %v", out)
		}
	}
	if len(w.pushes) != 2 {
		t.Errorf("pushed %v", w.pushes)
	}
	for k, v := range w.kept {
		if strings.Contains(v, "314159") || strings.Contains(k, "1000001") {
			t.Errorf("kept %s: %s", k, v)
		}
	}
}

func TestPushToNobody(t *testing.T) {
	for name, change := range map[string]func(*world, *ivr.Call){
		"no devices":    func(w *world, _ *ivr.Call) { w.devices = nil },
		"not in Duo":    func(_ *world, c *ivr.Call) { c.ID = "1000006" },
		"unknown":       func(_ *world, c *ivr.Call) { c.ID = "9999999" },
		"not yet":       func(_ *world, c *ivr.Call) { c.Passed = nil },
		"Redis is down": func(w *world, _ *ivr.Call) { w.down = "redis" },
	} {
		w := newWorld(t)
		call := pushCall()
		change(w, &call)
		w.push(t, call, 4)
		w.down = ""
		if got := w.key(t, call, "314159"); len(w.pushes) > 0 || w.asked > 0 || got.Outcome != ivr.OutcomeFailed {
			t.Errorf("%s: pushed %v, asked %d, %v", name, w.pushes, w.asked, got)
		}
	}
}

// Whoever reports the push after the caller has gone is still heard.
func TestReportedAfterTheCall(t *testing.T) {
	w := newWorld(t)
	w.push(t, pushCall(), 4)
	w.result = duo.PushFraud
	w.clock.Do(t.Context(), func(ctx context.Context) { w.Ended(ctx, "CA1", pushCall()) })
	w.Wait()
	if w.frozen[w.names.Subject("1000001")] != "push_reported" || !slices.Contains(w.ops, "redis.exit") {
		t.Errorf("frozen %v after %v", w.frozen, w.ops)
	}
}

// Somebody who reports a push after the caller has hung up, or has gone on to
// another ID, stops recovery all the same.
func TestPushIsWatched(t *testing.T) {
	w := newWorldWith(t, func(o *caller.Options) { o.PushWatch = 2 * time.Minute })
	w.result = duo.PushWaiting
	call := pushCall()
	w.clock.Do(t.Context(), func(ctx context.Context) {
		w.Run(ctx, "CA1", call, call.Effect(ivr.Open{ID: 4, Kind: ivr.EffectSendCode}))
		w.Ended(ctx, "CA1", ivr.Call{}) // the call knows of no ID any more
		_ = w.clock.Sleep(ctx, 12*time.Second)
		w.result = duo.PushFraud
		_ = w.clock.Sleep(ctx, 12*time.Second)
	})
	if len(w.frozen) != 1 {
		t.Errorf("frozen: %v", w.frozen)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A watch ends with the service, not with the push.
func TestPushWatchEnds(t *testing.T) {
	w := newWorldWith(t, func(o *caller.Options) { o.PushWatch = 2 * time.Minute })
	w.result = duo.PushWaiting
	call := pushCall()
	w.clock.Do(t.Context(), func(ctx context.Context) {
		w.Run(ctx, "CA1", call, call.Effect(ivr.Open{ID: 4, Kind: ivr.EffectSendCode}))
	})
	if err := w.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
