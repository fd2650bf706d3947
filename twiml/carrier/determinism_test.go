package carrier_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ringback/twiml/carrier"
)

// scene is a busy afternoon: many calls of the same moment, a queue, a
// conference, texts and callbacks. It returns everything that was heard and
// asked, in order.
func scene(t *testing.T) (out []string) {
	t.Helper()
	play(t, map[string]string{
		"/voice": `<Gather numDigits="1" action="/turn" timeout="2"><Say>Press one.</Say></Gather><Say>Nothing.</Say>`,
		"/turn":  `<Enqueue action="/done" waitUrl="/wait">all</Enqueue>`,
		"/wait":  `<Say>Wait.</Say><Pause length="3"/>`,
		"/agent": `<Dial><Queue>all</Queue></Dial><Dial timeout="9"><Number>` + carol + `</Number><Number>+19195550104</Number></Dial>`,
		"/done":  `<Dial><Conference statusCallback="/conf" statusCallbackEvent="start end join leave">room</Conference></Dial>`,
	}, func(ctx context.Context, w *world) {
		if err := w.cr.SetNumber("+19195550001", carrier.NumberConfig{VoiceURL: "/agent", StatusCallback: "/status"}); err != nil {
			t.Fatal(err)
		}
		w.cr.Phone(carol).OnRing(carrier.AnswerAfter(2 * time.Second))
		w.cr.Phone("+19195550104").OnRing(carrier.AnswerAfter(2 * time.Second))
		for i := range 12 {
			l := w.cr.Phone(fmt.Sprintf("+191955502%02d", i)).Call(ctx, office)
			w.clk.Go(ctx, func(ctx context.Context) {
				if l.Hear(ctx, time.Minute, (*carrier.Leg).Awaiting) == nil && i%3 > 0 {
					l.Press("1")
				}
				_ = w.clk.Sleep(ctx, 20*time.Second)
				l.Hangup()
			})
		}
		for range 4 {
			w.cr.Phone(bob).Call(ctx, "+19195550001")
		}
		for i := range 4 {
			w.clk.Go(ctx, func(ctx context.Context) {
				_, err := w.text(ctx, (&api.CreateMessageParams{}).SetTo(alice).SetFrom(office).SetBody(fmt.Sprint("text ", i)))
				if err != nil {
					t.Error(err)
				}
			})
		}
		w.pass(ctx, 2*time.Minute)
		for _, l := range w.cr.Legs() {
			_, reason := l.Ended()
			out = append(out, l.SID(), l.Status(), reason)
			out = append(out, lines(l)...)
		}
		for _, x := range w.cr.Phone(alice).Texts() {
			out = append(out, x.SID+" "+x.Body)
		}
		for _, r := range w.requests {
			f := r.Form
			out = append(out, fmt.Sprint(r.At.Sub(start), " ", r.Path, " ", f.Get("CallSid"), f.Get("MessageSid"), f.Get("StatusCallbackEvent"),
				f.Get("SequenceNumber"), f.Get("QueueResult"), f.Get("QueuePosition"), f.Get("MessageStatus")))
		}
		w.sound()
	})
	return out
}

func TestTheSameEachTime(t *testing.T) {
	first := scene(t)
	if len(first) < 200 {
		t.Fatalf("only %d lines happened", len(first))
	}
	for range 5 {
		if diff := cmp.Diff(first, scene(t)); diff != "" {
			t.Fatalf("differs (-first +now):\n%s", diff)
		}
	}
}

// Who is woken by the same event goes on in the order of the calls.
func TestThoseWhoWakeTogetherTakeTurns(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial action="/left"><Conference>room</Conference></Dial>`, "/left": `<Hangup/>`}, func(ctx context.Context, w *world) {
		var want []string
		for i := range 20 {
			want = append(want, w.cr.Phone(fmt.Sprintf("+191955502%02d", i)).Call(ctx, office).SID())
		}
		w.pass(ctx, time.Second)
		if _, err := w.twilio(ctx).UpdateConference(w.roomSID(ctx), (&api.UpdateConferenceParams{}).SetStatus("completed")); err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, time.Second)
		var got []string
		for _, r := range w.got("/left") {
			got = append(got, r.Form.Get("CallSid"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		w.sound()
	})
}

func TestSeedDecidesSIDs(t *testing.T) {
	sid := func(seed uint64) (s string) {
		playWith(t, carrier.Options{Seed: seed}, nil, func(ctx context.Context, w *world) {
			s = w.cr.Phone(alice).Call(ctx, office).SID()
		})
		return s
	}
	if a, b := sid(1), sid(1); a != b || len(a) != 34 || a[:2] != "CA" {
		t.Errorf("SIDs %s and %s", a, b)
	}
	if sid(1) == sid(2) {
		t.Error("the seed does not matter")
	}
}
