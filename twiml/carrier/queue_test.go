package carrier_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ringback/twiml/carrier"
)

const enqueue = `<Enqueue action="/done" waitUrl="/wait">support</Enqueue><Say>Next verb.</Say>`

func TestQueueWaitDocumentIsAskedAgain(t *testing.T) {
	play(t, map[string]string{"/voice": enqueue, "/wait": `<Say>You wait.</Say><Pause length="10"/>`}, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).Call(ctx, office)
		w.pass(ctx, time.Second)
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 24*time.Second)
		var rs []request
		for _, r := range w.got("/wait") {
			if r.Form.Get("CallSid") == l.SID() {
				rs = append(rs, r)
			}
		}
		if len(rs) != 3 {
			t.Fatalf("asked %d times", len(rs))
		}
		tells(t, rs[0].Form, map[string]string{
			"QueuePosition": "2", "QueueTime": "0", "CurrentQueueSize": "2", "MaxQueueSize": "1000", "AvgQueueTime": "0",
		})
		tells(t, rs[2].Form, map[string]string{"QueueTime": "21"})
		if !strings.HasPrefix(rs[0].Form.Get("QueueSid"), "QU") {
			t.Errorf("QueueSid %s", rs[0].Form.Get("QueueSid"))
		}
		l.Hangup()
		w.sound()
	})
}

func TestQueueResults(t *testing.T) {
	cases := map[string]struct {
		wait   string
		do     func(ctx context.Context, w *world, l *carrier.Leg)
		result string
		time   string
		heard  string // after the queue
		code   int
	}{
		"leave": {`<Pause length="7"/><Leave/>`, nil, "leave", "7", "Done.", 0},
		"leave from a gather's action": {
			`<Gather action="/leave" numDigits="1"><Say>Press.</Say></Gather>`,
			func(ctx context.Context, w *world, l *carrier.Leg) { w.hears(ctx, l); l.Press("1") }, "leave", "0", "Done.", 0,
		},
		"leave from a redirect": {`<Pause length="3"/><Redirect>/leave</Redirect>`, nil, "leave", "3", "Done.", 0},
		"hangup by the caller": {
			`<Pause length="60"/>`,
			func(ctx context.Context, w *world, l *carrier.Leg) { w.pass(ctx, 5*time.Second); l.Hangup() }, "hangup", "5", "", 0,
		},
		"hangup by the document": {`<Pause length="6"/><Hangup/>`, nil, "hangup", "6", "", 0},
		"redirected": {
			`<Pause length="60"/>`,
			func(ctx context.Context, w *world, l *carrier.Leg) {
				w.pass(ctx, 5*time.Second)
				w.redirect(ctx, l, "/elsewhere")
			}, "redirected", "5", "Elsewhere.", 0,
		},
		"dequeued by REST": {
			`<Pause length="60"/>`,
			func(ctx context.Context, w *world, l *carrier.Leg) {
				w.pass(ctx, 5*time.Second)
				_, err := w.twilio(ctx).UpdateMember(w.queueSID(ctx), l.SID(), (&api.UpdateMemberParams{}).SetUrl(w.app.URL+"/elsewhere"))
				if err != nil {
					w.t.Error(err)
				}
			}, "redirected", "5", "Elsewhere.", 0,
		},
		"a verb that is not allowed": {`<Enqueue>other</Enqueue>`, nil, "error", "0", "Done.", carrier.CodeSchema},
		"a redirect to nowhere":      {`<Redirect>/nowhere</Redirect>`, nil, "error", "0", "Done.", carrier.CodeContentType},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]string{
				"/voice": enqueue, "/wait": c.wait, "/leave": `<Leave/>`, "/done": `<Say>Done.</Say>`, "/elsewhere": `<Say>Elsewhere.</Say>`,
			}, func(ctx context.Context, w *world) {
				l := w.cr.Phone(alice).Call(ctx, office)
				if c.do != nil {
					c.do(ctx, w, l)
				}
				w.over(ctx, l)
				tells(t, w.one("/done").Form, map[string]string{"QueueResult": c.result, "QueueTime": c.time})
				if got := l.SpokenSinceKey(); !strings.HasSuffix(got, c.heard) || strings.Contains(got, "Next") {
					t.Errorf("heard %q", got)
				}
				if c.code != 0 {
					w.complained(c.code)
				} else {
					w.sound()
				}
			})
		})
	}
}

// queueSID is that of the only queue.
func (w *world) queueSID(ctx context.Context) string {
	w.t.Helper()
	list, err := w.twilio(ctx).ListQueue((&api.ListQueueParams{}).SetLimit(5))
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d queues, %v", len(list), err)
	}
	return *list[0].Sid
}

func TestLeaveWithoutActionGoesOn(t *testing.T) {
	play(t, map[string]string{"/voice": `<Enqueue waitUrl="/wait">support</Enqueue><Say>Next verb.</Say>`, "/wait": `<Leave/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.over(ctx, l)
		if l.SpokenSinceKey() != "Next verb." {
			t.Errorf("heard %q", l.SpokenSinceKey())
		}
	})
}

func TestQueueFull(t *testing.T) {
	play(t, map[string]string{"/voice": `<Enqueue action="/done" maxQueueSize="1">support</Enqueue>`, "/done": `<Hangup/>`}, func(ctx context.Context, w *world) {
		first := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, time.Second)
		w.over(ctx, w.cr.Phone(bob).Call(ctx, office))
		tells(t, w.one("/done").Form, map[string]string{"QueueResult": "queue-full", "QueueTime": "0"})
		if over, _ := first.Ended(); over {
			t.Error("the first was sent away")
		}
	})
}

func TestEmptyWaitDocumentIsNotAskedInARush(t *testing.T) {
	play(t, map[string]string{"/voice": enqueue, "/wait": ``}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 10500*time.Millisecond)
		if n := len(w.got("/wait")); n != 11 {
			t.Errorf("asked %d times in 10 s", n)
		}
		l.Hangup()
	})
}

// agents puts alice in the queue and has bob dial it.
func agents(t *testing.T, noun string, f func(ctx context.Context, w *world, a, b *carrier.Leg)) {
	t.Helper()
	play(t, map[string]string{
		"/voice": enqueue, "/wait": `<Play>https://example.com/music.mp3</Play>`, "/agent": `<Dial action="/agent-done" timeout="20">` + noun + `</Dial>`,
		"/brief": `<Say>You will now be connected.</Say>`, "/done": `<Say>Done.</Say>`, "/agent-done": `<Hangup/>`, "/elsewhere": `<Say>Elsewhere.</Say>`,
		"/long": `<Pause length="10"/>`,
	}, func(ctx context.Context, w *world) {
		if err := w.cr.SetNumber("+19195550001", carrier.NumberConfig{VoiceURL: "/agent"}); err != nil {
			t.Fatal(err)
		}
		a := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 30*time.Second)
		b := w.cr.Phone(bob).Call(ctx, "+19195550001")
		w.pass(ctx, 5*time.Second)
		f(ctx, w, a, b)
	})
}

func TestDialQueueBridges(t *testing.T) {
	agents(t, `<Queue url="/brief">support</Queue>`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		tells(t, w.one("/brief").Form, map[string]string{"CallSid": a.SID(), "DequeingCallSid": b.SID(), "QueueTime": "30"})
		b.Say("Hello.")
		if got := a.SpokenSinceKey(); got != "You will now be connected. Hello." {
			t.Errorf("alice heard %q", got)
		}
		if len(w.got("/done")) != 0 {
			t.Error("the action was asked before the end")
		}
		w.pass(ctx, 15*time.Second)
		b.Hangup()
		w.over(ctx, a)
		tells(t, w.one("/done").Form, map[string]string{"QueueResult": "bridged", "QueueTime": "30"})
		tells(t, w.one("/agent-done").Form, map[string]string{"DialCallStatus": "completed", "DialBridged": "true", "DialCallSid": a.SID()})
		if !strings.HasSuffix(a.SpokenSinceKey(), "Done.") {
			t.Errorf("alice heard %q", a.SpokenSinceKey())
		}
		w.sound()
	})
}

func TestRedirectedFromBridged(t *testing.T) {
	agents(t, `<Queue>support</Queue>`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		w.redirect(ctx, a, "/elsewhere")
		w.over(ctx, a)
		w.over(ctx, b)
		tells(t, w.one("/done").Form, map[string]string{"QueueResult": "redirected-from-bridged"})
		if !strings.HasSuffix(a.SpokenSinceKey(), "Elsewhere.") {
			t.Errorf("alice heard %q", a.SpokenSinceKey())
		}
	})
}

func TestDialQueueWithoutQueueFails(t *testing.T) {
	agents(t, `<Queue>other</Queue>`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		w.over(ctx, b)
		tells(t, w.one("/agent-done").Form, map[string]string{"DialCallStatus": "failed", "DialBridged": "false"})
		a.Hangup()
	})
}

func TestDialEmptyQueueWaitsForSomebody(t *testing.T) {
	agents(t, `<Queue>support</Queue>`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		a.Hangup()
		w.over(ctx, b)
		tells(t, w.one("/agent-done").Form, map[string]string{"DialBridged": "true"})
		at := w.clk.Now()
		empty := w.cr.Phone(bob).Call(ctx, "+19195550001")
		w.over(ctx, empty)
		tells(t, w.got("/agent-done")[1].Form, map[string]string{"DialCallStatus": "no-answer"})
		if d := w.clk.Now().Sub(at).Truncate(time.Second); d != 20*time.Second {
			t.Errorf("gave up after %v", d)
		}
		waits := w.cr.Phone(bob).Call(ctx, "+19195550001")
		w.pass(ctx, 10*time.Second)
		a = w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 2*time.Second)
		waits.Say("There you are.")
		if !strings.HasSuffix(a.SpokenSinceKey(), "There you are.") {
			t.Errorf("alice heard %q", a.SpokenSinceKey())
		}
	})
}

func TestQueuesByREST(t *testing.T) {
	play(t, map[string]string{"/voice": `<Enqueue>support</Enqueue>`}, func(ctx context.Context, w *world) {
		tw := w.twilio(ctx)
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 10*time.Second)
		sid := w.queueSID(ctx)
		q, err := tw.FetchQueue(sid, nil)
		if err != nil || *q.FriendlyName != "support" || q.CurrentSize != 1 || q.MaxSize != 1000 {
			t.Errorf("queue %+v, %v", q, err)
		}
		if q, err = tw.UpdateQueue(sid, (&api.UpdateQueueParams{}).SetMaxSize(5)); err != nil || q.MaxSize != 5 {
			t.Errorf("updated queue %+v, %v", q, err)
		}
		if _, err = tw.UpdateQueue(sid, (&api.UpdateQueueParams{}).SetMaxSize(5001)); code(err) != 20001 {
			t.Errorf("too large: %v", err)
		}
		if err = tw.DeleteQueue(sid, nil); code(err) != 20001 {
			t.Errorf("deleting a queue with somebody in it: %v", err)
		}
		ms, err := tw.ListMember(sid, (&api.ListMemberParams{}).SetLimit(5))
		if err != nil || len(ms) != 1 || *ms[0].CallSid != l.SID() || ms[0].Position != 1 || ms[0].WaitTime != 10 {
			t.Errorf("members %+v, %v", ms, err)
		}
		front, err := tw.FetchMember(sid, "Front", nil)
		if err != nil || *front.CallSid != l.SID() {
			t.Errorf("front %+v, %v", front, err)
		}
		if _, err = tw.UpdateMember(sid, "CA0", (&api.UpdateMemberParams{}).SetUrl(w.app.URL)); code(err) != 20404 {
			t.Errorf("nobody: %v", err)
		}
		if _, err = tw.UpdateMember(sid, l.SID(), &api.UpdateMemberParams{}); code(err) != 21205 {
			t.Errorf("no URL: %v", err)
		}
		l.Hangup()
		w.over(ctx, l)
		if err = tw.DeleteQueue(sid, nil); err != nil {
			t.Error(err)
		}
		if _, err = tw.FetchQueue(sid, nil); code(err) != 20404 {
			t.Errorf("deleted queue: %v", err)
		}
		made, err := tw.CreateQueue((&api.CreateQueueParams{}).SetFriendlyName("made").SetMaxSize(7))
		if err != nil || made.MaxSize != 7 {
			t.Errorf("made %+v, %v", made, err)
		}
		if _, err = tw.CreateQueue((&api.CreateQueueParams{}).SetFriendlyName("made")); code(err) != 22003 {
			t.Errorf("made twice: %v", err)
		}
		if _, err = tw.CreateQueue(&api.CreateQueueParams{}); code(err) != 20001 {
			t.Errorf("without a name: %v", err)
		}
	})
}

// A wait loop that counts in its URL, as applications do because Twilio asks for
// one fixed waitUrl otherwise.
func TestWaitDocumentsThatCount(t *testing.T) {
	play(t, map[string]string{"/voice": `<Enqueue waitUrl="/wait?w=0">support</Enqueue>`}, func(ctx context.Context, w *world) {
		w.page("/wait", func(rw http.ResponseWriter, r request) {
			rw.Header().Set("Content-Type", "text/xml")
			n := strings.TrimPrefix(r.RawQuery, "w=")
			_, _ = fmt.Fprintf(rw, `<Response><Gather timeout="1" action="/leave"><Play>https://example.com/%s.mp3</Play></Gather><Redirect>/wait?w=%s1</Redirect></Response>`, n, n)
		})
		l := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, 2*time.Minute)
		rs := w.got("/wait")
		for i, r := range rs {
			if want := "w=0" + strings.Repeat("1", i); r.RawQuery != want {
				t.Errorf("request %d: %s, want %s", i, r.RawQuery, want)
			}
		}
		if len(rs) < 3 {
			t.Errorf("%d requests", len(rs))
		}
		l.Hangup()
		w.sound()
	})
}
