package carrier_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"ringback/twiml/carrier"
)

// tells checks what a request was told.
func tells(t *testing.T, f url.Values, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if f.Get(k) != v {
			t.Errorf("%s = %q, want %q", k, f.Get(k), v)
		}
	}
}

func TestDialResults(t *testing.T) {
	talk := func(ctx context.Context, w *world, l *carrier.Leg) {
		callee, err := w.cr.Phone(bob).WaitIncoming(ctx, time.Minute)
		if err != nil {
			t.Error(err)
			return
		}
		if err := callee.Hear(ctx, time.Minute, (*carrier.Leg).Answered); err != nil {
			t.Error(err)
			return
		}
		w.pass(ctx, 10*time.Second)
		callee.Hangup()
	}
	nothing := func(context.Context, *world, *carrier.Leg) {}
	cases := map[string]struct {
		dial string
		ring carrier.Behaviour
		do   func(ctx context.Context, w *world, l *carrier.Leg)
		want map[string]string
	}{
		"talked": {`<Number>` + bob + `</Number>`, carrier.AnswerAfter(3 * time.Second), talk, map[string]string{
			"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "10", "CallStatus": "in-progress",
		}},
		"plain number": {bob, carrier.AnswerAfter(3 * time.Second), talk, map[string]string{"DialBridged": "true"}},
		"busy": {bob, carrier.Busy(), nothing, map[string]string{
			"DialCallStatus": "busy", "DialBridged": "false", "DialCallDuration": "",
		}},
		"declined":    {bob, carrier.DeclineAfter(time.Second), nothing, map[string]string{"DialCallStatus": "busy"}},
		"no answer":   {bob, carrier.RingOn(), nothing, map[string]string{"DialCallStatus": "no-answer", "DialBridged": "false"}},
		"too late":    {bob, carrier.AnswerAfter(31 * time.Second), nothing, map[string]string{"DialCallStatus": "no-answer"}},
		"unreachable": {bob, carrier.Unreachable(), nothing, map[string]string{"DialCallStatus": "failed"}},
		"client":      {`<Client>bob</Client>`, carrier.RingOn(), nothing, map[string]string{"DialCallStatus": "no-answer"}},
		"caller gives up": {bob, carrier.RingOn(), func(ctx context.Context, w *world, l *carrier.Leg) {
			w.pass(ctx, 5*time.Second)
			l.Hangup()
		}, map[string]string{"DialCallStatus": "canceled", "CallStatus": "completed"}},
		"whisper declined": {`<Number url="/no">` + bob + `</Number>`, carrier.AnswerAfter(time.Second), nothing, map[string]string{
			"DialCallStatus": "completed", "DialBridged": "false",
		}},
		"whisper accepted": {`<Number url="/yes">` + bob + `</Number>`, carrier.AnswerAfter(time.Second), talk, map[string]string{
			"DialCallStatus": "completed", "DialBridged": "true",
		}},
		"voicemail": {bob, carrier.Voicemail(time.Second, "Please leave a message."), nothing, map[string]string{
			"DialCallStatus": "completed", "DialBridged": "true",
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]string{
				"/voice": `<Dial action="/done">` + c.dial + `</Dial><Redirect>/unreachable</Redirect>`,
				"/yes":   `<Say>A call.</Say>`, "/no": `<Say>A call.</Say><Hangup/>`, "/done": `<Hangup/>`,
			}, func(ctx context.Context, w *world) {
				w.cr.Phone(bob).OnRing(c.ring)
				l := w.cr.Phone(alice).Call(ctx, office)
				c.do(ctx, w, l)
				w.over(ctx, l)
				tells(t, w.one("/done").Form, c.want)
				if n := len(w.got("/unreachable")); n != 0 {
					t.Error("verbs after a Dial with an action were reached")
				}
				w.sound()
				for _, l := range w.cr.Legs() {
					if over, _ := l.Ended(); !over {
						t.Errorf("leg to %s goes on", l.To())
					}
				}
			})
		})
	}
}

func TestWhisperIsAChildLegOfItsOwn(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial><Number url="/brief">` + bob + `</Number></Dial>`, "/brief": `<Gather numDigits="1" action="/accept"/><Hangup/>`, "/accept": ``}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(time.Second))
		l := w.cr.Phone(alice).Call(ctx, office)
		callee, err := w.cr.Phone(bob).WaitIncoming(ctx, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		w.hears(ctx, callee)
		callee.Press("1")
		w.pass(ctx, time.Second)
		tells(t, w.one("/brief").Form, map[string]string{
			"CallSid": callee.SID(), "ParentCallSid": l.SID(), "Direction": "outbound-dial", "From": alice, "To": bob,
			"CallStatus": "in-progress", "CallToken": "",
		})
		callee.Say("Hello, this is Bob.")
		l.Say("Hello Bob.")
		if got := l.SpokenSinceKey(); got != "" {
			t.Errorf("alice has heard %q since she spoke", got)
		}
		if got := callee.SpokenSinceKey(); got != "Hello Bob." {
			t.Errorf("bob hears %q", got)
		}
		l.Hangup()
		w.over(ctx, l)
		if reason := w.over(ctx, callee); reason != "the other side hung up" {
			t.Errorf("bob's leg: %s", reason)
		}
		w.sound()
	})
}

func TestFirstToAnswerWins(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial><Number>` + bob + `</Number><Number>` + carol + `</Number></Dial><Say>Back.</Say>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(5 * time.Second))
		w.cr.Phone(carol).OnRing(carrier.AnswerAfter(3 * time.Second))
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 10*time.Second)
		if w.cr.Phone(bob).Incoming() != nil {
			t.Error("bob's phone goes on")
		}
		winner := w.cr.Phone(carol).Incoming()
		if winner == nil {
			t.Fatal("carol has no call")
		}
		winner.Hangup()
		w.over(ctx, l)
		if l.SpokenSinceKey() != "Back." {
			t.Errorf("heard %q", l.SpokenSinceKey())
		}
	})
}

func TestSequentialDial(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial sequential="true" timeout="10"><Number>` + bob + `</Number><Number>` + carol + `</Number></Dial>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(carol).OnRing(carrier.AnswerAfter(3 * time.Second))
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 5*time.Second)
		if w.cr.Phone(bob).Incoming() == nil || w.cr.Phone(carol).Incoming() != nil {
			t.Error("not one after the other")
		}
		w.pass(ctx, 10*time.Second)
		if c := w.cr.Phone(carol).Incoming(); c == nil || !c.Answered() {
			t.Error("carol was not reached")
		}
		l.Hangup()
	})
}

func TestCallerIDOfADial(t *testing.T) {
	for name, c := range map[string]struct {
		id   string
		want string // DialCallStatus
		from string
	}{
		"unset is the caller's": {"", "busy", alice},
		"owned":                 {office, "busy", office},
		"verified":              {"+19195559999", "busy", "+19195559999"},
		"the call's From":       {alice, "busy", alice},
		"somebody else's":       {carol, "failed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			attr := ""
			if c.id != "" {
				attr = ` callerId="` + c.id + `"`
			}
			docs := map[string]string{"/voice": `<Dial action="/done"` + attr + `>` + bob + `</Dial>`, "/done": `<Hangup/>`}
			playWith(t, carrier.Options{VerifiedCallerIDs: []string{"+19195559999"}}, docs, func(ctx context.Context, w *world) {
				w.cr.Phone(bob).OnRing(carrier.Busy())
				w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
				tells(t, w.one("/done").Form, map[string]string{"DialCallStatus": c.want})
				legs := w.cr.Legs()
				if c.want == "failed" {
					w.complained(carrier.CodeCallerID)
					if len(legs) != 1 {
						t.Error("dialled all the same")
					}
					return
				}
				if legs[1].From() != c.from {
					t.Errorf("shown %s", legs[1].From())
				}
			})
		})
	}
}

func TestAnswerOnBridgeLeavesTheCallRinging(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial answerOnBridge="true">` + bob + `</Dial>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(4 * time.Second))
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 3*time.Second)
		if l.Status() != "ringing" {
			t.Errorf("status %s before the answer", l.Status())
		}
		w.pass(ctx, 2*time.Second)
		if l.Status() != "in-progress" {
			t.Errorf("status %s after the answer", l.Status())
		}
		l.Hangup()
	})
}

func TestNumberStatusCallbacks(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial><Number statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">` + bob + `</Number></Dial>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(4 * time.Second))
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 10*time.Second)
		l.Hangup()
		w.over(ctx, l)
		var got []string
		for _, r := range w.got("/leg") {
			got = append(got, r.Form.Get("SequenceNumber")+" "+r.Form.Get("CallStatus"))
		}
		want := []string{"0 initiated", "1 ringing", "2 in-progress", "3 completed"}
		if !equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

func TestTimeLimitOfADial(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial timeLimit="20" action="/done">` + bob + `</Dial>`, "/done": `<Hangup/>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(time.Second))
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
		tells(t, w.one("/done").Form, map[string]string{"DialCallDuration": "20", "DialBridged": "true"})
	})
}

func TestRedirectedDialAsksNoAction(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial action="/done">` + bob + `</Dial>`, "/elsewhere": `<Say>Here.</Say>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(time.Second))
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 5*time.Second)
		w.redirect(ctx, l, "/elsewhere")
		w.over(ctx, l)
		if l.SpokenSinceKey() != "Here." || len(w.got("/done")) != 0 {
			t.Errorf("heard %q, action %v", l.SpokenSinceKey(), w.got("/done"))
		}
		if w.cr.Phone(bob).Incoming() != nil {
			t.Error("the callee's leg goes on")
		}
	})
}

func TestRedirectedCalleeLivesOn(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial action="/done">` + bob + `</Dial>`, "/done": `<Hangup/>`, "/elsewhere": `<Pause length="5"/><Say>Still here.</Say>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.AnswerAfter(time.Second))
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 5*time.Second)
		callee := w.cr.Phone(bob).Incoming()
		w.redirect(ctx, callee, "/elsewhere")
		w.over(ctx, l)
		if reason := w.over(ctx, callee); reason != "the document ended" || callee.SpokenSinceKey() != "Still here." {
			t.Errorf("ended: %s, heard %q", reason, callee.SpokenSinceKey())
		}
		tells(t, w.one("/done").Form, map[string]string{"DialBridged": "true"})
	})
}

func TestVoicemailSpeaksAndBeeps(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial>` + bob + `</Dial>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).OnRing(carrier.Voicemail(2*time.Second, "Please leave a message."))
		l := w.cr.Phone(alice).Call(ctx, office)
		w.over(ctx, l)
		if got := l.SpokenSinceKey(); got != "Please leave a message." {
			t.Errorf("heard %q", got)
		}
	})
}
