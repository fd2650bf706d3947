package carrier_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/twiml/carrier"
)

func TestInboundCallWithGather(t *testing.T) {
	play(t, map[string]string{
		"/voice": `<Gather action="/turn?a=1&amp;b=2" numDigits="1"><Say>Press one please.</Say></Gather><Say>Silence.</Say>`,
		"/turn":  `<Say>Thank you.</Say><Hangup/>`,
	}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		if got := w.hears(ctx, l); got != "Press one please." {
			t.Errorf("heard %q", got)
		}
		l.Press("1")
		if reason := w.over(ctx, l); reason != "hung up by the application" {
			t.Errorf("ended: %s", reason)
		}
		want := []string{"0s ring", "0s say Press one please.", "1.091s key 1", "1.091s say Thank you."}
		if diff := cmp.Diff(want, lines(l)); diff != "" {
			t.Errorf("transcript (-want +got):\n%s", diff)
		}
		w.sound()
	})
}

func TestFirstWebhookSaysRinging(t *testing.T) {
	play(t, map[string]string{"/voice": `<Redirect>/next</Redirect>`, "/next": `<Say>Hi.</Say><Redirect>/last</Redirect>`, "/last": `<Hangup/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office, carrier.StirVerstat("TN-Validation-Passed-A"))
		w.over(ctx, l)
		r := w.one("/voice")
		want := map[string]string{
			"CallSid": l.SID(), "AccountSid": account, "From": alice, "To": office, "Caller": alice, "Called": office,
			"CallStatus": "ringing", "ApiVersion": "2010-04-01", "Direction": "inbound",
			"StirVerstat": "TN-Validation-Passed-A", "FromCountry": "US", "ParentCallSid": "",
		}
		got := map[string]string{}
		for k := range want {
			got[k] = r.Form.Get(k)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("form (-want +got):\n%s", diff)
		}
		if len(r.Form.Get("CallToken")) == 0 {
			t.Error("no CallToken with POST")
		}
		for path, status := range map[string]string{"/next": "ringing", "/last": "in-progress"} {
			if got := w.one(path).Form.Get("CallStatus"); got != status {
				t.Errorf("%s: CallStatus %q, want %q", path, got, status)
			}
		}
		w.sound()
	})
}

func TestGetHasNoCallTokenAndIsSignedByURL(t *testing.T) {
	play(t, map[string]string{"/voice": `<Redirect method="GET">/next?z=1</Redirect>`, "/next": `<Hangup/>`}, func(ctx context.Context, w *world) {
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
		r := w.one("/next")
		if r.Method != http.MethodGet || len(r.Form) != 0 || len(r.RawQuery) < 100 {
			t.Errorf("%s with %d form values and a query of %d", r.Method, len(r.Form), len(r.RawQuery))
		}
		w.sound()
	})
}

func TestWithheldNumber(t *testing.T) {
	play(t, map[string]string{"/voice": `<Hangup/>`}, func(ctx context.Context, w *world) {
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office, carrier.Withheld()))
		if from := w.one("/voice").Form.Get("From"); from != "anonymous" {
			t.Errorf("From %q", from)
		}
	})
}

func TestNumberIsToldOfCompletedOnly(t *testing.T) {
	play(t, map[string]string{"/voice": `<Pause length="40"/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		if err := l.Hear(ctx, 12*time.Second, ended); err == nil {
			t.Fatal("ended early")
		}
		l.Hangup()
		w.over(ctx, l)
		f := w.one("/status").Form
		for k, want := range map[string]string{
			"CallStatus": "no-answer", "CallDuration": "0", "SequenceNumber": "0", "CallbackSource": "call-progress-events",
			"Timestamp": "Tue, 24 Nov 2026 15:00:12 +0000",
		} {
			if f.Get(k) != want {
				t.Errorf("%s %q, want %q", k, f.Get(k), want)
			}
		}
	})
}

func TestHangupOfCallerCompletes(t *testing.T) {
	play(t, map[string]string{"/voice": `<Say>Hello.</Say><Pause length="40"/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		if err := l.Hear(ctx, 12*time.Second, ended); err == nil {
			t.Fatal("ended early")
		}
		l.Hangup()
		if reason := w.over(ctx, l); reason != "hung up" {
			t.Errorf("ended: %s", reason)
		}
		f := w.one("/status").Form
		if f.Get("CallStatus") != "completed" || f.Get("CallDuration") != "12" || f.Get("Duration") != "1" {
			t.Errorf("status %s after %s s, %s min", f.Get("CallStatus"), f.Get("CallDuration"), f.Get("Duration"))
		}
	})
}

func TestRejectIsNotAnswered(t *testing.T) {
	play(t, map[string]string{"/voice": `<Reject reason="busy"/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.over(ctx, l)
		if l.Status() != "busy" {
			t.Errorf("status %s", l.Status())
		}
		w.sound()
	})
}

func TestNumberNotInService(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, bob)
		if over, reason := l.Ended(); !over || l.Status() != "failed" {
			t.Errorf("status %s, %s", l.Status(), reason)
		}
		if err := l.Hear(ctx, time.Minute, (*carrier.Leg).Awaiting); err == nil {
			t.Error("a call to nobody is heard")
		}
	})
}

func TestSpeechTakes165WordsAMinute(t *testing.T) {
	// 11 words are 4 s; digits count as words of their own.
	play(t, map[string]string{"/voice": `<Say voice="Polly.Joanna">one two three four five six seven <say-as interpret-as="digits">8910</say-as></Say>` +
		`<Say voice="Polly.Joanna">wait<break time="2s"/></Say><Pause length="3"/><Say loop="2">a</Say>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.over(ctx, l)
		want := []string{
			"0s ring", "0s say one two three four five six seven 8 9 1 0", "4s say wait", "6.363s pause 3s",
			"9.363s say a", "9.727s say a",
		}
		if diff := cmp.Diff(want, lines(l)); diff != "" {
			t.Errorf("transcript (-want +got):\n%s", diff)
		}
		w.sound()
	})
}

func TestPlayTakesATimeThatDependsOnItsURL(t *testing.T) {
	play(t, map[string]string{"/voice": `<Play>https://example.com/a.wav</Play><Play>/own.wav</Play><Play digits="1w2"/><Say>End.</Say>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.over(ctx, l)
		got := l.Transcript()
		for _, i := range []int{1, 2} {
			if d := got[i+1].At.Sub(got[i].At); got[i].Kind != carrier.KindPlay || d < 8*time.Second || d > 30*time.Second {
				t.Errorf("%v lasts %v", got[i], d)
			}
		}
		if d := got[4].At.Sub(got[3].At); got[3].Kind != carrier.KindTone || d != time.Second {
			t.Errorf("%v lasts %v", got[3], d)
		}
		w.sound()
	})
}

func TestPlayOverPlainHTTPElsewhereIsAProblem(t *testing.T) {
	play(t, map[string]string{"/voice": `<Play>http://example.com/a.wav</Play><Say>On.</Say>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.over(ctx, l)
		if l.SpokenSinceKey() != "On." {
			t.Errorf("heard %q", l.SpokenSinceKey())
		}
		w.complained(carrier.CodePlay)
	})
}

func TestRecord(t *testing.T) {
	docs := map[string]string{"/voice": `<Record action="/done" maxLength="30" timeout="4"/><Say>Nothing heard.</Say>`, "/done": `<Hangup/>`}
	cases := map[string]struct {
		do   func(ctx context.Context, w *world, l *carrier.Leg)
		want map[string]string // nil: no action
	}{
		"finish key": {func(ctx context.Context, w *world, l *carrier.Leg) {
			l.Say("one two three four five six seven eight nine ten eleven")
			w.pass(ctx, 2*time.Second)
			l.Press("5")
		}, map[string]string{"Digits": "5", "RecordingDuration": "3"}},
		"silence": {
			func(_ context.Context, _ *world, l *carrier.Leg) { l.Say("a b c d e f g h i j k") },
			map[string]string{"Digits": "", "RecordingDuration": "9"},
		},
		"nothing heard": {func(context.Context, *world, *carrier.Leg) {}, nil},
		"hangup": {
			func(_ context.Context, _ *world, l *carrier.Leg) { l.Say("bye"); l.Hangup() },
			map[string]string{"Digits": "hangup"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, docs, func(ctx context.Context, w *world) {
				l := w.cr.Phone(alice).Call(ctx, office)
				w.pass(ctx, 2*time.Second) // a beep of one second, one of silence
				c.do(ctx, w, l)
				w.over(ctx, l)
				if c.want == nil {
					if len(w.got("/done")) != 0 || l.SpokenSinceKey() != "Nothing heard." {
						t.Errorf("action %v, heard %q", w.got("/done"), l.SpokenSinceKey())
					}
					return
				}
				f := w.one("/done").Form
				for k, v := range c.want {
					if f.Get(k) != v {
						t.Errorf("%s %q, want %q", k, f.Get(k), v)
					}
				}
				if f.Get("RecordingUrl") == "" {
					t.Error("no RecordingUrl")
				}
			})
		})
	}
}

func TestCallEndsAfterFourHours(t *testing.T) {
	play(t, map[string]string{"/voice": `<Play loop="0">https://example.com/a.wav</Play>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		if reason := w.over(ctx, l); reason != "time limit" {
			t.Errorf("ended: %s", reason)
		}
		if got := w.one("/status").Form.Get("CallDuration"); got != "14400" {
			t.Errorf("CallDuration %s", got)
		}
	})
}

func TestDocumentsWithoutEndAreStopped(t *testing.T) {
	play(t, map[string]string{"/voice": `<Redirect>/voice</Redirect>`}, func(ctx context.Context, w *world) {
		if reason := w.over(ctx, w.cr.Phone(alice).Call(ctx, office)); reason != "application error" {
			t.Errorf("ended: %s", reason)
		}
		w.complained(carrier.CodeLoop)
	})
}

func TestCloseEndsEverything(t *testing.T) {
	play(t, map[string]string{"/voice": `<Enqueue>all</Enqueue>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, time.Second)
		before := w.clk.Now()
		if err := w.cr.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if over, reason := l.Ended(); !over || reason != "carrier closed" {
			t.Errorf("over %v, %s", over, reason)
		}
		if d := w.clk.Now().Sub(before); d > time.Second {
			t.Errorf("closing took %v", d)
		}
		late := w.cr.Phone(bob).Call(ctx, office)
		if over, _ := late.Ended(); !over {
			t.Error("a closed carrier connects a call")
		}
	})
}
