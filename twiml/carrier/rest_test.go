package carrier_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ringback/twiml/carrier"
)

// call has the application call bob.
func (w *world) call(ctx context.Context, change func(*api.CreateCallParams)) (*api.ApiV2010Call, error) {
	p := (&api.CreateCallParams{}).SetTo(bob).SetFrom(office).SetUrl(w.app.URL + "/out").SetStatusCallback(w.app.URL + "/leg").
		SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	if change != nil {
		change(p)
	}
	return w.twilio(ctx).CreateCall(p)
}

func (w *world) legStatuses() []string {
	var out []string
	for _, r := range w.got("/leg") {
		out = append(out, r.Form.Get("SequenceNumber")+" "+r.Form.Get("CallStatus"))
	}
	return out
}

func TestCallsByREST(t *testing.T) {
	hang := func(ctx context.Context, w *world, sid string, status string) {
		c, err := w.twilio(ctx).UpdateCall(sid, (&api.UpdateCallParams{}).SetStatus(status))
		if err != nil {
			t.Error(err)
		} else if *c.Sid != sid {
			t.Errorf("updated %s", *c.Sid)
		}
	}
	cases := map[string]struct {
		ring     carrier.Behaviour
		do       func(ctx context.Context, w *world, sid string)
		statuses []string
		status   string
		asked    bool
	}{
		"answered": {
			carrier.AnswerAfter(3 * time.Second), nil,
			[]string{"0 initiated", "1 ringing", "2 in-progress", "3 completed"},
			"completed", true,
		},
		"busy":        {carrier.Busy(), nil, []string{"0 initiated", "1 busy"}, "busy", false},
		"unreachable": {carrier.Unreachable(), nil, []string{"0 initiated", "1 failed"}, "failed", false},
		"not answered": {
			carrier.RingOn(), nil,
			[]string{"0 initiated", "1 ringing", "2 no-answer"},
			"no-answer", false,
		},
		"declined": {carrier.DeclineAfter(time.Second), nil, []string{"0 initiated", "1 ringing", "2 busy"}, "busy", false},
		"canceled while ringing": {carrier.RingOn(), func(ctx context.Context, w *world, sid string) {
			w.pass(ctx, 5*time.Second)
			hang(ctx, w, sid, "canceled")
		}, []string{"0 initiated", "1 ringing", "2 canceled"}, "canceled", false},
		"completed while ringing": {carrier.RingOn(), func(ctx context.Context, w *world, sid string) {
			w.pass(ctx, 5*time.Second)
			hang(ctx, w, sid, "completed")
		}, []string{"0 initiated", "1 ringing", "2 canceled"}, "canceled", false},
		"canceled loses to an answer": {carrier.AnswerAfter(3 * time.Second), func(ctx context.Context, w *world, sid string) {
			w.pass(ctx, 4*time.Second)
			hang(ctx, w, sid, "canceled")
			w.pass(ctx, time.Second)
			if c, err := w.twilio(ctx).FetchCall(sid, nil); err != nil || *c.Status != "in-progress" {
				t.Errorf("call %+v, %v", c, err)
			}
		}, []string{"0 initiated", "1 ringing", "2 in-progress", "3 completed"}, "completed", true},
		"completed after the answer": {carrier.AnswerAfter(3 * time.Second), func(ctx context.Context, w *world, sid string) {
			w.pass(ctx, 4*time.Second)
			hang(ctx, w, sid, "completed")
		}, []string{"0 initiated", "1 ringing", "2 in-progress", "3 completed"}, "completed", true},
		"answered by hand": {carrier.RingOn(), func(ctx context.Context, w *world, _ string) {
			w.pass(ctx, 4*time.Second)
			w.cr.Phone(bob).Incoming().Answer()
		}, []string{"0 initiated", "1 ringing", "2 in-progress", "3 completed"}, "completed", true},
		"declined by hand": {carrier.RingOn(), func(ctx context.Context, w *world, _ string) {
			w.pass(ctx, 4*time.Second)
			w.cr.Phone(bob).Incoming().Decline()
		}, []string{"0 initiated", "1 ringing", "2 busy"}, "busy", false},
		"hung up before the answer": {carrier.RingOn(), func(ctx context.Context, w *world, _ string) {
			w.pass(ctx, 4*time.Second)
			w.cr.Phone(bob).Incoming().Hangup()
		}, []string{"0 initiated", "1 ringing", "2 busy"}, "busy", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]string{"/out": `<Say>Hello.</Say><Pause length="10"/>`}, func(ctx context.Context, w *world) {
				w.cr.Phone(bob).OnRing(c.ring)
				made, err := w.call(ctx, nil)
				if err != nil || *made.Status != "queued" || *made.Direction != "outbound-api" {
					t.Fatalf("call %+v, %v", made, err)
				}
				if c.do != nil {
					c.do(ctx, w, *made.Sid)
				}
				w.pass(ctx, 2*time.Minute)
				if diff := cmp.Diff(c.statuses, w.legStatuses()); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
				got, err := w.twilio(ctx).FetchCall(*made.Sid, nil)
				if err != nil || *got.Status != c.status {
					t.Errorf("call %+v, %v", got, err)
				}
				if asked := len(w.got("/out")) == 1; asked != c.asked {
					t.Errorf("document asked for: %v", asked)
				}
				w.sound()
			})
		})
	}
}

func TestRESTCallWebhook(t *testing.T) {
	play(t, map[string]string{"/out": `<Say>Hello.</Say>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(time.Second))
		made, err := w.call(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, 10*time.Second)
		tells(t, w.one("/out").Form, map[string]string{
			"CallSid": *made.Sid, "From": office, "To": bob, "Direction": "outbound-api", "CallStatus": "in-progress",
		})
	})
}

func TestRingTimeoutHasABuffer(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(26 * time.Second))
		if _, err := w.call(ctx, func(p *api.CreateCallParams) { p.SetTimeout(20) }); err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, time.Minute)
		rs := w.got("/leg")
		if d := rs[len(rs)-1].At.Sub(start).Truncate(time.Second); d != 25*time.Second {
			t.Errorf("gave up after %v", d)
		}
	})
}

func TestOnlyCompletedIsToldByDefault(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.Busy())
		if _, err := w.call(ctx, func(p *api.CreateCallParams) { p.StatusCallbackEvent = nil }); err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, 10*time.Second)
		if got := w.legStatuses(); !equal(got, []string{"0 busy"}) {
			t.Errorf("statuses %v", got)
		}
	})
}

func TestTwimlGivenByREST(t *testing.T) {
	play(t, map[string]string{"/abs": `<Say>Absolute.</Say>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(time.Second))
		for _, c := range []struct {
			action, heard string
		}{
			{w.app.URL + "/abs", "One. Absolute."},
			{"/rel", "One. " + apology}, // nothing to resolve it against
		} {
			made, err := w.call(ctx, func(p *api.CreateCallParams) {
				p.Url = nil
				p.SetTwiml(`<Response><Say>One.</Say><Redirect>` + c.action + `</Redirect></Response>`)
			})
			if err != nil {
				t.Fatal(err)
			}
			l, err := w.cr.Phone(bob).WaitIncoming(ctx, time.Minute)
			if err != nil || l.SID() != *made.Sid {
				t.Fatalf("call %v, %v", l, err)
			}
			w.over(ctx, l)
			if got := l.SpokenSinceKey(); got != c.heard {
				t.Errorf("heard %q, want %q", got, c.heard)
			}
		}
		w.complained(carrier.CodeURLRelative)
	})
}

func TestCallRefusals(t *testing.T) {
	cases := map[string]struct {
		change func(*api.CreateCallParams)
		code   int
	}{
		"no To":         {func(p *api.CreateCallParams) { p.SetTo("") }, 21201},
		"no From":       {func(p *api.CreateCallParams) { p.SetFrom("") }, 21213},
		"bad To":        {func(p *api.CreateCallParams) { p.SetTo("bob") }, 21211},
		"foreign From":  {func(p *api.CreateCallParams) { p.SetFrom(carol) }, 21210},
		"wrong token":   {func(p *api.CreateCallParams) { p.SetFrom(carol).SetCallToken("no") }, 21210},
		"no URL":        {func(p *api.CreateCallParams) { p.Url = nil }, 21205},
		"relative URL":  {func(p *api.CreateCallParams) { p.SetUrl("/out") }, 21205},
		"TwiML of 4001": {func(p *api.CreateCallParams) { p.SetTwiml(strings.Repeat("x", 4001)) }, 20001},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, w *world) {
				if _, err := w.call(ctx, c.change); code(err) != c.code {
					t.Errorf("got %v, want %d", err, c.code)
				}
				if n := len(w.cr.Legs()); n != 0 {
					t.Errorf("%d legs", n)
				}
			})
		})
	}
}

func TestCallTokenKeepsTheCallersNumber(t *testing.T) {
	play(t, map[string]string{"/voice": `<Pause length="30"/>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, time.Second)
		tok := w.one("/voice").Form.Get("CallToken")
		if _, err := w.call(ctx, func(p *api.CreateCallParams) { p.SetFrom(alice).SetCallToken(tok) }); err != nil {
			t.Error(err)
		}
		if _, err := w.call(ctx, func(p *api.CreateCallParams) { p.SetFrom(carol).SetCallToken(tok) }); code(err) != 21210 {
			t.Errorf("another number: %v", err)
		}
	})
}

func TestUpdateRefusals(t *testing.T) {
	play(t, map[string]string{"/out": `<Hangup/>`}, func(ctx context.Context, w *world) {
		tw := w.twilio(ctx)
		made, err := w.call(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, time.Second)
		if _, err := tw.UpdateCall(*made.Sid, (&api.UpdateCallParams{}).SetUrl(w.app.URL+"/x")); code(err) != 21220 {
			t.Errorf("redirecting a ringing call: %v", err)
		}
		if _, err := tw.UpdateCall(*made.Sid, (&api.UpdateCallParams{}).SetStatus("busy")); code(err) != 20001 {
			t.Errorf("another status: %v", err)
		}
		w.cr.Phone(bob).Incoming().Answer()
		w.pass(ctx, time.Second)
		for _, p := range []*api.UpdateCallParams{
			(&api.UpdateCallParams{}).SetUrl(w.app.URL + "/x"), (&api.UpdateCallParams{}).SetStatus("completed"),
		} {
			if _, err := tw.UpdateCall(*made.Sid, p); code(err) != 21220 {
				t.Errorf("updating an ended call: %v", err)
			}
		}
		if _, err := tw.UpdateCall("CA0", (&api.UpdateCallParams{}).SetStatus("completed")); code(err) != 20404 {
			t.Errorf("no call: %v", err)
		}
		if _, err := tw.FetchCall("CA0", nil); code(err) != 20404 {
			t.Errorf("no call: %v", err)
		}
	})
}

func TestRedirectWithTwiml(t *testing.T) {
	play(t, map[string]string{"/voice": `<Gather><Play loop="0">https://example.com/a.mp3</Play></Gather>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 5*time.Second)
		if _, err := w.twilio(ctx).UpdateCall(l.SID(), (&api.UpdateCallParams{}).SetTwiml("<Response><Say>New.</Say></Response>")); err != nil {
			t.Fatal(err)
		}
		w.over(ctx, l)
		if l.SpokenSinceKey() != "New." {
			t.Errorf("heard %q", l.SpokenSinceKey())
		}
		w.sound()
	})
}

func TestListCalls(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial>` + bob + `</Dial>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 3*time.Second)
		for name, c := range map[string]struct {
			p    *api.ListCallParams
			want int
		}{
			"all":      {&api.ListCallParams{}, 2},
			"ringing":  {(&api.ListCallParams{}).SetStatus("ringing"), 1},
			"to":       {(&api.ListCallParams{}).SetTo(bob), 1},
			"from":     {(&api.ListCallParams{}).SetFrom(carol), 0},
			"children": {(&api.ListCallParams{}).SetParentCallSid(l.SID()), 1},
		} {
			if got, err := w.twilio(ctx).ListCall(c.p); err != nil || len(got) != c.want {
				t.Errorf("%s: %d calls, %v; want %d", name, len(got), err, c.want)
			}
		}
		l.Hangup()
	})
}

func TestOneCallPerSecond(t *testing.T) {
	playWith(t, carrier.Options{CallsPerSecond: 1}, nil, func(ctx context.Context, w *world) {
		for range 3 {
			if _, err := w.call(ctx, nil); err != nil {
				t.Fatal(err)
			}
		}
		w.pass(ctx, 10*time.Second)
		var at []time.Duration
		for _, r := range w.got("/leg") {
			if r.Form.Get("CallStatus") == "initiated" {
				at = append(at, r.At.Sub(start).Truncate(100*time.Millisecond))
			}
		}
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, at); diff != "" {
			t.Errorf("started (-want +got):\n%s", diff)
		}
	})
}

func TestAuthentication(t *testing.T) {
	for name, c := range map[string]struct {
		user, password string
		want           int
	}{
		"account and token":  {account, token, 0},
		"key and secret":     {"SK1", "secret", 0},
		"wrong token":        {account, "12346", 20003},
		"wrong secret":       {"SK1", token, 20003},
		"account and secret": {account, "secret", 20003},
		"nobody":             {"AC1", token, 20003},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, w *world) {
				_, err := w.twilioAs(ctx, c.user, c.password).ListCall(&api.ListCallParams{})
				if code(err) != c.want || (err != nil) != (c.want != 0) {
					t.Errorf("got %v, want %d", err, c.want)
				}
			})
		})
	}
}

// raw is a request that twilio-go would not make.
func (w *world) raw(ctx context.Context, method, path, body string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, w.rest.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.SetBasicAuth(account, token)
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestOddRequests(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		mine := "/2010-04-01/Accounts/" + account
		for name, c := range map[string]struct {
			method, path, body string
			status             int
			code               string
		}{
			"another account": {"GET", "/2010-04-01/Accounts/AC2/Calls.json", "", 404, "20404"},
			"no such thing":   {"GET", mine + "/Faxes.json", "", 404, "20404"},
			"bad form":        {"POST", mine + "/Calls.json", "%zz", 400, "20001"},
			"too long":        {"POST", mine + "/Calls.json", strings.Repeat("x", 65<<10), 400, "20001"},
		} {
			status, body := w.raw(ctx, c.method, c.path, c.body)
			if status != c.status || !strings.Contains(body, `"code":`+c.code) {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		if status, _ := w.raw(ctx, "GET", mine+"/Queues.json?Page=-1&PageSize=x", ""); status != 200 {
			t.Errorf("odd page: %d", status)
		}
	})
}

func TestRESTFaults(t *testing.T) {
	send := func(ctx context.Context, w *world) error {
		_, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("Hello"))
		return err
	}
	cases := map[string]struct {
		fault   carrier.RESTFault
		code    int
		fails   bool
		took    time.Duration
		arrives bool
	}{
		"status and code": {carrier.RESTFault{Path: "/Messages", Status: 429, Code: 20429}, 20429, true, 0, false},
		"status alone":    {carrier.RESTFault{Method: "POST", Status: 500}, 20500, true, 0, false},
		"slow":            {carrier.RESTFault{Delay: 5 * time.Second}, 0, false, 5 * time.Second, true},
		"lost response":   {carrier.RESTFault{Path: "/Messages", Lost: true}, 0, true, 0, true},
		"down":            {carrier.RESTFault{Down: true}, 0, true, 0, false},
		"other path":      {carrier.RESTFault{Path: "/Calls", Down: true}, 0, false, 0, true},
		"other method":    {carrier.RESTFault{Method: "GET", Down: true}, 0, false, 0, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, w *world) {
				undo := w.cr.Fault(c.fault)
				before := w.clk.Now()
				err := send(ctx, w)
				if (err != nil) != c.fails || code(err) != c.code {
					t.Errorf("got %v", err)
				}
				if d := w.clk.Now().Sub(before).Truncate(10 * time.Millisecond); d != c.took {
					t.Errorf("took %v, want %v", d, c.took)
				}
				w.pass(ctx, 10*time.Second)
				if _, ok := w.cr.Phone(alice).TakeText(nil); ok != c.arrives {
					t.Errorf("arrived: %v", ok)
				}
				undo()
				if err := send(ctx, w); err != nil {
					t.Errorf("after the fault: %v", err)
				}
			})
		})
	}
}

func TestFaultsEndAfterTheirTimes(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.cr.Fault(carrier.RESTFault{Status: 500, Times: 2})
		var codes []int
		for range 3 {
			_, err := w.twilio(ctx).ListCall(&api.ListCallParams{})
			codes = append(codes, code(err))
		}
		if diff := cmp.Diff([]int{20500, 20500, 0}, codes); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	})
}

func TestClosedCarrierServesNothing(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		if err := w.cr.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := w.call(ctx, nil); code(err) != 20503 {
			t.Errorf("got %v", err)
		}
		if err := w.cr.Phone(alice).Text(ctx, office, "hi"); err == nil {
			t.Error("took a text")
		}
	})
}

func TestRESTOverTheWire(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		form := url.Values{"To": {alice}, "From": {office}, "Body": {"x"}}
		status, body := w.raw(ctx, "POST", "/2010-04-01/Accounts/"+account+"/Messages.json", form.Encode())
		if status != http.StatusCreated || !strings.Contains(body, `"uri":"/2010-04-01/Accounts/`+account+`/Messages/SM`) {
			t.Errorf("%d %s", status, body)
		}
	})
}
