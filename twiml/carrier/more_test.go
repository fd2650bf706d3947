package carrier_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ringback/twiml/carrier"
	"ringback/twiml/signature"
)

// Twilio signs https URLs without their port.
func TestHTTPSIsSignedWithoutPort(t *testing.T) {
	got := make(chan string, 1)
	var app *httptest.Server
	app = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		u := strings.Replace(app.URL, ":"+app.URL[strings.LastIndex(app.URL, ":")+1:], "", 1) + r.RequestURI
		if r.Header.Get(signature.Header) == signature.Sign(token, u, r.PostForm) {
			got <- "without port"
		} else {
			got <- "otherwise"
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, `<Response><Reject/></Response>`)
	}))
	defer app.Close()
	cr, err := carrier.New(carrier.Options{AccountSID: account, AuthToken: token, BaseURL: app.URL, HTTPClient: app.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if err := cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "/voice"}); err != nil {
		t.Fatal(err)
	}
	l := cr.Phone(alice).Call(t.Context(), office)
	if err := l.Hear(t.Context(), 10*time.Second, ended); err != nil {
		t.Fatal(err)
	}
	if how := <-got; how != "without port" {
		t.Errorf("signed %s", how)
	}
	if err := cr.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestShownAsAnotherNumber(t *testing.T) {
	play(t, map[string]string{"/voice": `<Hangup/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(carol).Call(ctx, office, carrier.ShownAs(alice))
		w.over(ctx, l)
		tells(t, w.one("/voice").Form, map[string]string{"From": alice, "Caller": alice})
		if l.Phone().Number() != carol || l.From() != alice || l.To() != office {
			t.Errorf("leg of %s from %s to %s", l.Phone().Number(), l.From(), l.To())
		}
	})
}

func TestLengthOfBreaks(t *testing.T) {
	for name, c := range map[string]struct {
		ssml string
		want time.Duration
	}{
		"time":        {`<break time="2s"/>`, 2 * time.Second},
		"default":     {`<break/>`, 250 * time.Millisecond},
		"none":        {`<break strength="none"/>`, 0},
		"weak":        {`<break strength="weak"/>`, 100 * time.Millisecond},
		"strong":      {`<break strength="strong"/>`, 500 * time.Millisecond},
		"x-strong":    {`<break strength="x-strong"/>`, time.Second},
		"in prosody":  {`<prosody rate="slow">a<break time="1s"/></prosody>`, time.Second},
		"in a p":      {`<p>a<break time="1s"/></p>`, time.Second},
		"in an s":     {`<s>a<break time="1s"/></s>`, time.Second},
		"in a lang":   {`<lang xml:lang="es-MX">a<break time="1s"/></lang>`, time.Second},
		"in emphasis": {`<emphasis>a<break time="1s"/></emphasis>`, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]string{"/voice": `<Say voice="Polly.Joanna">x` + c.ssml + `</Say><Redirect>/end</Redirect>`, "/end": `<Hangup/>`}, func(ctx context.Context, w *world) {
				l := w.cr.Phone(alice).Call(ctx, office)
				w.over(ctx, l)
				words := time.Duration(len(strings.Fields(l.Transcript()[1].Text)))
				want := (words*time.Minute/165 + c.want).Truncate(time.Millisecond)
				if d := w.one("/end").At.Sub(start); d != want {
					t.Errorf("took %v, want %v", d, want)
				}
				w.sound()
			})
		})
	}
}

func TestParticipantByRESTIsRedirected(t *testing.T) {
	play(t, map[string]string{"/elsewhere": `<Say>Elsewhere.</Say>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(carol).OnRing(carrier.AnswerAfter(time.Second))
		_, err := w.twilio(ctx).CreateParticipant("room", (&api.CreateParticipantParams{}).SetTo(carol).SetFrom(office).SetWaitUrl(""))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, 5*time.Second)
		l := w.cr.Phone(carol).Incoming()
		w.redirect(ctx, l, "/elsewhere")
		if reason := w.over(ctx, l); reason != "the document ended" || l.SpokenSinceKey() != "Elsewhere." {
			t.Errorf("ended: %s, heard %q", reason, l.SpokenSinceKey())
		}
	})
}

func TestQueuedCallerWhoGoesDuringTheBrief(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(ctx context.Context, w *world, a, b *carrier.Leg)
		result string
	}{
		"hangs up":         {func(_ context.Context, _ *world, a, _ *carrier.Leg) { a.Hangup() }, "hangup"},
		"agent hangs up":   {func(_ context.Context, _ *world, _, b *carrier.Leg) { b.Hangup() }, "bridging-in-process"},
		"redirected":       {func(ctx context.Context, w *world, a, _ *carrier.Leg) { w.redirect(ctx, a, "/elsewhere") }, "redirected"},
		"agent redirected": {func(ctx context.Context, w *world, _, b *carrier.Leg) { w.redirect(ctx, b, "/elsewhere") }, "bridging-in-process"},
	} {
		t.Run(name, func(t *testing.T) {
			agents(t, `<Queue url="/long">support</Queue>`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
				c.do(ctx, w, a, b)
				w.pass(ctx, 30*time.Second)
				tells(t, w.one("/done").Form, map[string]string{"QueueResult": c.result})
			})
		})
	}
}

func TestWaitForACallThatDoesNotCome(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		if l, err := w.cr.Phone(bob).WaitIncoming(ctx, time.Minute); err == nil {
			t.Errorf("got %v", l)
		}
		if d := w.clk.Now().Sub(start).Truncate(time.Second); d != time.Minute {
			t.Errorf("waited %v", d)
		}
	})
}

func TestOnlyPhonesThatRingAreAnswered(t *testing.T) {
	play(t, map[string]string{"/voice": `<Pause length="10"/><Say>x</Say>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, time.Second)
		l.Answer() // her own call to somebody else
		l.Decline()
		if l.Status() != "ringing" {
			t.Errorf("status %s", l.Status())
		}
		w.over(ctx, l)
		n := len(l.Transcript())
		l.Press("1")
		l.Say("x")
		l.Hangup()
		if len(l.Transcript()) != n {
			t.Error("a call that is over is still spoken on")
		}
	})
}
