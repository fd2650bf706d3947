package carrier_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ringback/twiml/carrier"
)

func (w *world) text(ctx context.Context, p *api.CreateMessageParams) (*api.ApiV2010Message, error) {
	if p.StatusCallback == nil {
		p.SetStatusCallback(w.app.URL + "/texts")
	}
	return w.twilio(ctx).CreateMessage(p)
}

func (w *world) messageStatuses() []string {
	var out []string
	for _, r := range w.got("/texts") {
		out = append(out, strings.TrimSpace(r.Form.Get("MessageStatus")+" "+r.Form.Get("ErrorCode")))
	}
	return out
}

func TestTextIsDelivered(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		m, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("Hello"))
		if err != nil {
			t.Fatal(err)
		}
		if *m.Status != "queued" || *m.From != office || m.ErrorCode != nil {
			t.Errorf("message %+v", m)
		}
		got, err := w.cr.Phone(alice).WaitText(ctx, time.Minute, func(s string) bool { return s == "Hello" })
		if err != nil {
			t.Fatal(err)
		}
		want := carrier.Text{SID: *m.Sid, From: office, To: alice, Body: "Hello", At: start.Add(3 * time.Second)}
		if got != want {
			t.Errorf("got %+v", got)
		}
		w.pass(ctx, time.Second)
		if got := w.messageStatuses(); !equal(got, []string{"sent", "delivered"}) {
			t.Errorf("statuses %v: the initial one must not be told", got)
		}
		tells(t, w.got("/texts")[1].Form, map[string]string{
			"MessageSid": *m.Sid, "AccountSid": account, "RawDlrDoneDate": "2611241500", "From": office, "To": alice,
		})
		if m, err = w.twilio(ctx).FetchMessage(*m.Sid, nil); err != nil || *m.Status != "delivered" {
			t.Errorf("message %+v, %v", m, err)
		}
		if n := len(w.cr.Phone(alice).Texts()); n != 0 {
			t.Errorf("%d texts left", n)
		}
		w.sound()
	})
}

func TestMessagingServiceAcceptsFirst(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		m, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetMessagingServiceSid("MG1").SetBody("Hello"))
		if err != nil || *m.Status != "accepted" || m.From != nil {
			t.Fatalf("message %+v, %v", m, err)
		}
		got, err := w.cr.Phone(alice).WaitText(ctx, time.Minute, nil)
		if err != nil || got.From != office {
			t.Errorf("text %+v, %v", got, err)
		}
		w.pass(ctx, time.Second)
		tells(t, w.got("/texts")[0].Form, map[string]string{"MessagingServiceSid": "MG1"})
	})
}

func TestTextFates(t *testing.T) {
	cases := map[string]struct {
		fate     carrier.TextFate
		validity int
		statuses []string
		arrives  bool
		refused  int
	}{
		"unreachable":         {carrier.Undelivered(30003), 0, []string{"sent", "undelivered 30003"}, false, 0},
		"landline, later":     {carrier.Undelivered(30006), 0, []string{"sent", "undelivered 30006"}, false, 0},
		"landline":            {carrier.Landline(), 0, nil, false, 21614},
		"opted out":           {carrier.OptedOut(), 0, nil, false, 21610},
		"late":                {carrier.Late(20 * time.Second), 300, []string{"sent", "delivered"}, true, 0},
		"later than valid":    {carrier.Late(20 * time.Second), 10, []string{"sent", "undelivered 30036"}, false, 0},
		"lost":                {carrier.Lost(), 0, []string{"sent"}, false, 0},
		"no fate: it arrives": {carrier.TextFate{}, 0, []string{"sent", "delivered"}, true, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, w *world) {
				w.cr.Phone(alice).OnText(c.fate)
				p := (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("Hello")
				if c.validity != 0 {
					p.SetValidityPeriod(c.validity)
				}
				_, err := w.text(ctx, p)
				if code(err) != c.refused || (err != nil) != (c.refused != 0) {
					t.Fatalf("error %v, want code %d", err, c.refused)
				}
				w.pass(ctx, time.Minute)
				if got := w.messageStatuses(); !equal(got, c.statuses) {
					t.Errorf("statuses %v, want %v", got, c.statuses)
				}
				if _, ok := w.cr.Phone(alice).TakeText(nil); ok != c.arrives {
					t.Errorf("arrived: %v", ok)
				}
			})
		})
	}
}

func TestValidityPeriodIsTheLongestWait(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.cr.Phone(alice).OnText(carrier.Late(time.Hour))
		if _, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("x").SetValidityPeriod(10)); err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, 12*time.Second)
		if got := w.messageStatuses(); !equal(got, []string{"sent", "undelivered 30036"}) {
			t.Errorf("statuses %v", got)
		}
	})
}

func TestTextRefusals(t *testing.T) {
	base := func() *api.CreateMessageParams {
		return (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("Hello")
	}
	cases := map[string]struct {
		p    *api.CreateMessageParams
		code int
	}{
		"no To":            {base().SetTo(""), 21604},
		"bad To":           {base().SetTo("9195550101"), 21211},
		"no sender":        {base().SetFrom(""), 21603},
		"foreign sender":   {base().SetFrom(bob), 21606},
		"no body":          {base().SetBody(""), 21602},
		"long body":        {base().SetBody(strings.Repeat("x", 1601)), 21617},
		"validity too low": {base().SetValidityPeriod(0), 20001},
		"validity too big": {base().SetValidityPeriod(36001), 20001},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, w *world) {
				if _, err := w.text(ctx, c.p); code(err) != c.code {
					t.Errorf("got %v, want %d", err, c.code)
				}
				if list, err := w.twilio(ctx).ListMessage((&api.ListMessageParams{}).SetLimit(5)); err != nil || len(list) != 0 {
					t.Errorf("%d messages, %v", len(list), err)
				}
			})
		})
	}
}

func TestStopOptsOutAndStillTells(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		send := func() error {
			_, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("Hello"))
			return err
		}
		for _, s := range []string{"please stop", " Stop "} {
			if err := w.cr.Phone(alice).Text(ctx, office, s); err != nil {
				t.Fatal(err)
			}
			w.pass(ctx, time.Second)
		}
		rs := w.got("/sms")
		tells(t, rs[0].Form, map[string]string{"Body": "please stop", "OptOutType": "", "From": alice, "To": office})
		tells(t, rs[1].Form, map[string]string{"Body": " Stop ", "OptOutType": "STOP"})
		if err := send(); code(err) != 21610 {
			t.Errorf("after STOP: %v", err)
		}
		for _, s := range []string{"HELP", "START"} {
			if err := w.cr.Phone(alice).Text(ctx, office, s); err != nil {
				t.Fatal(err)
			}
			w.pass(ctx, time.Second)
		}
		if err := send(); err != nil {
			t.Errorf("after START: %v", err)
		}
		if err := w.cr.Phone(alice).Text(ctx, bob, "hi"); err == nil {
			t.Error("a text to a number that is not the application's")
		}
		w.sound()
	})
}

func TestMessagePages(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		for range 5 {
			if _, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("é"+strings.Repeat("x", 70))); err != nil {
				t.Fatal(err)
			}
		}
		list, err := w.twilio(ctx).ListMessage((&api.ListMessageParams{}).SetTo(alice).SetPageSize(2))
		if err != nil || len(list) != 5 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		sids := map[string]bool{}
		for _, m := range list {
			sids[*m.Sid] = true
			if *m.NumSegments != "2" {
				t.Errorf("segments %s", *m.NumSegments)
			}
		}
		if len(sids) != 5 {
			t.Error("the pages overlap")
		}
		if none, err := w.twilio(ctx).ListMessage((&api.ListMessageParams{}).SetTo(bob)); err != nil || len(none) != 0 {
			t.Errorf("%d messages to bob, %v", len(none), err)
		}
		if _, err := w.twilio(ctx).FetchMessage("SM0", nil); code(err) != 20404 {
			t.Errorf("no message: %v", err)
		}
	})
}

func TestCallbacksOutOfOrder(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.cr.Fault(carrier.WebhookFault{URL: "/texts", Swap: true})
		if _, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody("Hello")); err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, 10*time.Second)
		if got := w.messageStatuses(); !equal(got, []string{"delivered", "sent"}) {
			t.Errorf("statuses %v", got)
		}
	})
}

func TestWhoWasNotOvertakenLetsTheNextWait(t *testing.T) {
	play(t, map[string]string{"/voice": `<Hangup/>`}, func(ctx context.Context, w *world) {
		w.cr.Fault(carrier.WebhookFault{URL: "/status", Swap: true})
		var want []string
		for range 3 { // the first goes alone after 10 s, the third overtakes the second
			l := w.cr.Phone(alice).Call(ctx, office)
			want = append(want, l.SID())
			w.pass(ctx, time.Second)
			if len(want) == 1 {
				w.pass(ctx, time.Minute)
			}
		}
		w.pass(ctx, time.Minute)
		want[1], want[2] = want[2], want[1]
		var got []string
		for _, r := range w.got("/status") {
			got = append(got, r.Form.Get("CallSid"))
		}
		if !equal(got, want) {
			t.Errorf("order %v, want %v", got, want)
		}
	})
}

func TestTakeTextTakesTheOldestThatMatches(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		for _, s := range []string{"one", "two", "two more"} {
			if _, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody(s)); err != nil {
				t.Fatal(err)
			}
			w.pass(ctx, time.Second)
		}
		w.pass(ctx, 5*time.Second)
		p := w.cr.Phone(alice)
		got, ok := p.TakeText(func(s string) bool { return strings.HasPrefix(s, "two") })
		if !ok || got.Body != "two" {
			t.Errorf("took %+v", got)
		}
		left := p.Texts()
		if !slices.EqualFunc(left, []string{"one", "two more"}, func(t carrier.Text, s string) bool { return t.Body == s }) {
			t.Errorf("left %+v", left)
		}
		if _, err := p.WaitText(ctx, time.Second, func(s string) bool { return s == "three" }); err == nil {
			t.Error("a text that was never sent")
		}
	})
}
