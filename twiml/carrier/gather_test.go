package carrier_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"ringback/twiml/carrier"
)

// gathered plays one Gather and returns what its action was told, or nil when
// the next verb came instead, and how long after the start.
func gathered(t *testing.T, gather string, do func(ctx context.Context, w *world, l *carrier.Leg)) (form url.Values, after time.Duration) {
	t.Helper()
	play(t, map[string]string{"/voice": gather + `<Redirect>/silent</Redirect>`, "/turn": `<Hangup/>`, "/silent": `<Hangup/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		do(ctx, w, l)
		w.over(ctx, l)
		w.sound()
		if rs := w.got("/turn"); len(rs) == 1 {
			form, after = rs[0].Form, rs[0].At.Sub(start)
			return
		}
		after = w.one("/silent").At.Sub(start)
	})
	return form, after
}

func TestGather(t *testing.T) {
	const eleven = `<Say>a b c d e f g h i j k</Say>` // 4 s
	pressAt := func(d time.Duration, keys string) func(context.Context, *world, *carrier.Leg) {
		return func(ctx context.Context, w *world, l *carrier.Leg) {
			w.pass(ctx, d)
			l.Press(keys)
		}
	}
	cases := map[string]struct {
		gather string
		do     func(ctx context.Context, w *world, l *carrier.Leg)
		want   url.Values // of these keys; nil: no action
		after  time.Duration
	}{
		"timeout starts after nested audio": {
			`<Gather action="/turn">` + eleven + `</Gather>`, pressAt(0, ""), nil, 9 * time.Second,
		},
		"timeout of zero": {
			`<Gather action="/turn" timeout="0">` + eleven + `</Gather>`, pressAt(0, ""), nil, 4 * time.Second,
		},
		"digits interrupt audio": {
			`<Gather action="/turn" numDigits="1">` + eleven + `</Gather>`, pressAt(time.Second, "7"),
			url.Values{"Digits": {"7"}},
			time.Second,
		},
		"keys during audio count, and the timeout runs from the last": {
			`<Gather action="/turn" timeout="3">` + eleven + `</Gather>`,
			func(ctx context.Context, w *world, l *carrier.Leg) {
				w.pass(ctx, time.Second)
				l.Press("1")
				w.pass(ctx, 2*time.Second)
				l.Press("2")
			},
			url.Values{"Digits": {"12"}},
			6 * time.Second,
		},
		"finish key is not part of it": {
			`<Gather action="/turn"/>`, pressAt(time.Second, "12#9"),
			url.Values{"Digits": {"12"}, "FinishedOnKey": {"#"}},
			time.Second,
		},
		"another finish key": {
			`<Gather action="/turn" finishOnKey="*"/>`, pressAt(time.Second, "1#*"),
			url.Values{"Digits": {"1#"}, "FinishedOnKey": {"*"}},
			time.Second,
		},
		"no finish key": {
			`<Gather action="/turn" finishOnKey="" timeout="2"/>`, pressAt(time.Second, "1#"),
			url.Values{"Digits": {"1#"}, "FinishedOnKey": {""}},
			3 * time.Second,
		},
		"pound alone is no input": {
			`<Gather action="/turn"/>`, pressAt(time.Second, "#"), nil, time.Second,
		},
		"pound alone with actionOnEmptyResult": {
			`<Gather action="/turn" actionOnEmptyResult="true"/>`, pressAt(time.Second, "#"),
			url.Values{"Digits": {""}, "FinishedOnKey": {"#"}},
			time.Second,
		},
		"silence with actionOnEmptyResult": {
			`<Gather action="/turn" actionOnEmptyResult="true"/>`, pressAt(0, ""),
			url.Values{"Digits": {""}},
			5 * time.Second,
		},
		"numDigits ends it at once": {
			`<Gather action="/turn" numDigits="7"/>`, pressAt(time.Second, "10000011"),
			url.Values{"Digits": {"1000001"}},
			time.Second,
		},
		"speech": {
			`<Gather action="/turn" input="speech" speechTimeout="2"/>`,
			func(_ context.Context, _ *world, l *carrier.Leg) { l.Say("a b c d e f g h i j k") },
			nil, 5 * time.Second, // said before anybody listened
		},
		"speech in time": {
			`<Gather action="/turn" input="dtmf speech" speechTimeout="2"/>`,
			func(ctx context.Context, w *world, l *carrier.Leg) {
				w.pass(ctx, time.Second)
				l.Say("a b c d e f g h i j k")
			},
			url.Values{"SpeechResult": {"a b c d e f g h i j k"}, "Confidence": {"0.9"}, "Digits": {""}},
			7 * time.Second,
		},
		"automatic end of speech": {
			`<Gather action="/turn" input="speech" speechTimeout="auto"/>`,
			func(ctx context.Context, w *world, l *carrier.Leg) {
				w.pass(ctx, time.Second)
				l.Say("a b c d e f g h i j k")
			},
			url.Values{"SpeechResult": {"a b c d e f g h i j k"}},
			6 * time.Second,
		},
		"what comes first wins": {
			`<Gather action="/turn" input="dtmf speech" timeout="2"/>`,
			func(ctx context.Context, w *world, l *carrier.Leg) {
				w.pass(ctx, time.Second)
				l.Press("4")
				l.Say("not this")
			},
			url.Values{"Digits": {"4"}, "SpeechResult": {""}},
			3 * time.Second,
		},
		"speech is not heard by a gather of keys": {
			`<Gather action="/turn"/>`, func(ctx context.Context, w *world, l *carrier.Leg) {
				w.pass(ctx, time.Second)
				l.Say("hello")
			}, nil, 5 * time.Second,
		},
		"keys are not heard by a gather of speech": {
			`<Gather action="/turn" input="speech"/>`, pressAt(time.Second, "1"), nil, 5 * time.Second,
		},
		"keys before it are lost": {
			eleven + `<Gather action="/turn" numDigits="1"/>`, pressAt(time.Second, "1"), nil, 9 * time.Second,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			form, after := gathered(t, c.gather, c.do)
			if (form == nil) != (c.want == nil) {
				t.Fatalf("action was told %v, want %v", form, c.want)
			}
			for k := range c.want {
				if form.Get(k) != c.want.Get(k) {
					t.Errorf("%s %q, want %q", k, form.Get(k), c.want.Get(k))
				}
			}
			if after != c.after {
				t.Errorf("after %v, want %v", after, c.after)
			}
		})
	}
}

func TestGatherWithoutActionAsksItsOwnDocument(t *testing.T) {
	play(t, map[string]string{"/voice": `<Gather numDigits="1"/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.hears(ctx, l)
		l.Press("3")
		w.hears(ctx, l)
		if rs := w.got("/voice"); len(rs) != 2 || rs[1].Form.Get("Digits") != "3" {
			t.Errorf("requests %v", rs)
		}
		l.Hangup()
		w.sound()
	})
}

func TestHangupDuringGatherAsksNothing(t *testing.T) {
	play(t, map[string]string{"/voice": `<Gather action="/turn" actionOnEmptyResult="true"/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.hears(ctx, l)
		l.Hangup()
		w.over(ctx, l)
		if rs := w.got("/turn"); len(rs) != 0 {
			t.Errorf("asked %v", rs)
		}
	})
}

func TestPartialResults(t *testing.T) {
	play(t, map[string]string{"/voice": `<Gather input="speech" action="/turn" partialResultCallback="/partial"/>`, "/turn": `<Hangup/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.hears(ctx, l)
		l.Say("new phone")
		w.over(ctx, l)
		if got := w.one("/partial").Form.Get("UnstableSpeechResult"); got != "new phone" {
			t.Errorf("partial result %q", got)
		}
		w.sound()
	})
}

func TestAwaitingBeginsWhenPromptsEnd(t *testing.T) {
	play(t, map[string]string{"/voice": `<Gather timeout="3"><Say>a b c d e f g h i j k</Say></Gather>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, time.Second)
		if l.Awaiting() || !l.Gathering() {
			t.Errorf("during the prompt: awaiting %v, gathering %v", l.Awaiting(), l.Gathering())
		}
		w.hears(ctx, l)
		if d := w.clk.Now().Sub(start).Truncate(10 * time.Millisecond); d != 4*time.Second {
			t.Errorf("awaiting after %v", d)
		}
		l.Press("12")
		if !l.Awaiting() {
			t.Error("not awaiting more keys")
		}
		l.Press("#")
		if l.Awaiting() {
			t.Error("still awaiting after the finish key")
		}
	})
}
