package carrier_test

import (
	"context"
	"slices"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ringback/twiml/carrier"
)

// everything names all events of a conference.
const everything = `statusCallback="/conference" statusCallbackEvent="start end join leave mute hold modify"`

func (w *world) conferenceEvents() []string {
	rs := w.got("/conference")
	var out []string
	for _, r := range rs {
		out = append(out, r.Form.Get("SequenceNumber")+" "+r.Form.Get("StatusCallbackEvent"))
	}
	return out
}

// meet puts alice into a room that she waits in, and bob into it who starts it.
func meet(t *testing.T, bobAttrs string, f func(ctx context.Context, w *world, a, b *carrier.Leg)) {
	t.Helper()
	play(t, map[string]string{
		"/alice": `<Dial action="/left"><Conference startConferenceOnEnter="false" waitUrl="/music" beep="false" participantLabel="caller" ` + everything + `>room</Conference></Dial>`,
		"/bob":   `<Dial action="/left"><Conference participantLabel="agent" beep="false" ` + bobAttrs + `>room</Conference></Dial>`,
		"/music": `<Say>Please hold.</Say><Play>https://example.com/music.mp3</Play><Redirect/>`,
		"/left":  `<Say>Over.</Say>`,
	}, func(ctx context.Context, w *world) {
		for number, path := range map[string]string{"+19195550001": "/alice", "+19195550002": "/bob"} {
			if err := w.cr.SetNumber(number, carrier.NumberConfig{VoiceURL: path}); err != nil {
				t.Fatal(err)
			}
		}
		a := w.cr.Phone(alice).Call(ctx, "+19195550001")
		w.pass(ctx, 60*time.Second)
		b := w.cr.Phone(bob).Call(ctx, "+19195550002")
		w.pass(ctx, time.Second)
		f(ctx, w, a, b)
	})
}

func TestConferenceWaitsAndStarts(t *testing.T) {
	meet(t, `endConferenceOnExit="true"`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		if n := len(w.got("/music")); n < 2 {
			t.Errorf("the wait document with a Redirect was asked for %d times", n)
		}
		tells(t, w.got("/music")[0].Form, map[string]string{"CallSid": a.SID(), "Digits": ""})
		a.Say("Hello?")
		b.Say("Hello, how can I help?")
		if got := a.SpokenSinceKey(); got != "Hello, how can I help?" {
			t.Errorf("alice hears %q", got)
		}
		b.Hangup()
		w.over(ctx, b)
		w.over(ctx, a)
		for _, r := range w.got("/left") {
			want := map[string]string{"DialCallStatus": "answered", "DialBridged": "true"}
			tells(t, r.Form, want)
			if r.Form.Has("DialCallSid") || r.Form.Has("DialCallDuration") {
				t.Error("the action was told of a child call")
			}
		}
		if a.SpokenSinceKey() != "Hello, how can I help? Over." {
			t.Errorf("alice heard %q", a.SpokenSinceKey())
		}
		want := []string{
			"1 participant-join", "2 participant-join", "3 conference-start",
			"4 participant-leave", "5 conference-end", "6 participant-leave",
		}
		if got := w.conferenceEvents(); !equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		w.sound()
	})
}

func TestConferenceEventParameters(t *testing.T) {
	meet(t, `endConferenceOnExit="true"`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		b.Hangup()
		w.over(ctx, a)
		rs := w.got("/conference")
		tells(t, rs[1].Form, map[string]string{
			"FriendlyName": "room", "CallSid": b.SID(), "Muted": "false", "Hold": "false", "Coaching": "false",
			"EndConferenceOnExit": "true", "StartConferenceOnEnter": "true", "ParticipantLabel": "agent",
		})
		tells(t, rs[3].Form, map[string]string{"ReasonParticipantLeft": "participant_hung_up", "ParticipantCallStatus": "completed"})
		tells(t, rs[4].Form, map[string]string{
			"ReasonConferenceEnded": "participant-with-end-conference-on-exit-left", "CallSidEndingConference": b.SID(),
			"ParticipantLabelEndingConference": "agent", "CallSid": "",
		})
		tells(t, rs[5].Form, map[string]string{"ReasonParticipantLeft": "moderator_ended_conference", "CallSid": a.SID()})
	})
}

func TestConferenceGoesOnWithoutEndOnExit(t *testing.T) {
	meet(t, "", func(ctx context.Context, w *world, a, b *carrier.Leg) {
		b.Hangup()
		w.pass(ctx, time.Minute)
		if over, _ := a.Ended(); over {
			t.Error("alice was sent out")
		}
		a.Hangup()
		w.over(ctx, a)
		rs := w.got("/conference")
		tells(t, rs[len(rs)-1].Form, map[string]string{"StatusCallbackEvent": "conference-end", "ReasonConferenceEnded": "last-participant-left"})
	})
}

func TestHoldMuteAndTheTrap(t *testing.T) {
	meet(t, `endConferenceOnExit="true"`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		tw := w.twilio(ctx)
		update := func(key string, p *api.UpdateParticipantParams) *api.ApiV2010Participant {
			t.Helper()
			got, err := tw.UpdateParticipant(w.roomSID(ctx), key, p)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		w.document("/hold", `<Say>On hold.</Say>`)
		// By label, and with music of its own, asked for by GET.
		got := update("caller", (&api.UpdateParticipantParams{}).SetHold(true).SetHoldUrl(w.app.URL+"/hold"))
		if !*got.Hold || *got.Label != "caller" {
			t.Errorf("participant %+v", got)
		}
		w.pass(ctx, 2*time.Second)
		if r := w.one("/hold"); r.Method != "GET" {
			t.Errorf("hold music by %s", r.Method)
		}
		b.Say("You cannot hear this.")
		a.Say("Nor you that.")
		w.pass(ctx, time.Second)
		if a.SpokenSinceKey() != "" || b.SpokenSinceKey() != "" {
			t.Errorf("heard over the hold: %q, %q", a.SpokenSinceKey(), b.SpokenSinceKey())
		}
		update("caller", (&api.UpdateParticipantParams{}).SetHold(false))
		update("caller", (&api.UpdateParticipantParams{}).SetMuted(true))
		a.Say("Muted.")
		if b.SpokenSinceKey() != "" {
			t.Errorf("heard a muted participant: %q", b.SpokenSinceKey())
		}
		// EndConferenceOnExit of somebody on hold is ignored; afterwards not.
		update("agent", (&api.UpdateParticipantParams{}).SetHold(true))
		if got := update("agent", (&api.UpdateParticipantParams{}).SetEndConferenceOnExit(false)); !*got.EndConferenceOnExit {
			t.Error("changed while on hold")
		}
		update("agent", (&api.UpdateParticipantParams{}).SetHold(false))
		if got := update("agent", (&api.UpdateParticipantParams{}).SetEndConferenceOnExit(false)); *got.EndConferenceOnExit {
			t.Error("not changed after the hold")
		}
		b.Hangup()
		w.pass(ctx, time.Second)
		if over, _ := a.Ended(); over {
			t.Error("the conference ended")
		}
		for _, want := range []string{"participant-hold", "participant-unhold", "participant-mute", "participant-modify"} {
			if !slices.ContainsFunc(w.got("/conference"), func(r request) bool { return r.Form.Get("StatusCallbackEvent") == want }) {
				t.Errorf("no event %s", want)
			}
		}
		w.sound()
	})
}

// roomSID is that of the only conference in progress.
func (w *world) roomSID(ctx context.Context) string {
	w.t.Helper()
	list, err := w.twilio(ctx).ListConference((&api.ListConferenceParams{}).SetStatus("in-progress").SetLimit(5))
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d conferences, %v", len(list), err)
	}
	return *list[0].Sid
}

func TestKickedParticipantGoesOnAfterItsDial(t *testing.T) {
	meet(t, "", func(ctx context.Context, w *world, a, _ *carrier.Leg) {
		tw := w.twilio(ctx)
		sid := w.roomSID(ctx)
		if err := tw.DeleteParticipant(sid, a.SID(), nil); err != nil {
			t.Fatal(err)
		}
		w.over(ctx, a)
		tells(t, w.one("/left").Form, map[string]string{"CallSid": a.SID(), "DialCallStatus": "answered"})
		if err := tw.DeleteParticipant(sid, a.SID(), nil); code(err) != 20404 {
			t.Errorf("again: %v", err)
		}
	})
}

func TestConferenceEndedByREST(t *testing.T) {
	meet(t, "", func(ctx context.Context, w *world, a, b *carrier.Leg) {
		tw := w.twilio(ctx)
		sid := w.roomSID(ctx)
		parts, err := tw.ListParticipant(sid, (&api.ListParticipantParams{}).SetLimit(10))
		if err != nil || len(parts) != 2 || *parts[0].CallSid != a.SID() || *parts[0].Status != "connected" {
			t.Errorf("participants %v, %v", parts, err)
		}
		p, err := tw.FetchParticipant(sid, "agent", nil)
		if err != nil || *p.CallSid != b.SID() {
			t.Errorf("participant by label: %v, %v", p, err)
		}
		if _, err := tw.UpdateConference(sid, (&api.UpdateConferenceParams{}).SetStatus("completed")); err != nil {
			t.Fatal(err)
		}
		w.over(ctx, a)
		w.over(ctx, b)
		got, err := tw.FetchConference(sid, nil)
		if err != nil || *got.Status != "completed" || *got.ReasonConferenceEnded != "conference-ended-via-api" {
			t.Errorf("conference %+v, %v", got, err)
		}
		if _, err := tw.UpdateConference(sid, (&api.UpdateConferenceParams{}).SetStatus("paused")); code(err) != 20001 {
			t.Errorf("another status: %v", err)
		}
		if _, err := tw.FetchConference("CF0", nil); code(err) != 20404 {
			t.Errorf("no conference: %v", err)
		}
	})
}

func TestRedirectedParticipantLeaves(t *testing.T) {
	meet(t, `endConferenceOnExit="true"`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		w.document("/elsewhere", `<Say>Elsewhere.</Say>`)
		w.redirect(ctx, a, "/elsewhere")
		w.over(ctx, a)
		rs := w.got("/conference")
		tells(t, rs[3].Form, map[string]string{"ReasonParticipantLeft": "participant_updated_via_api", "CallSid": a.SID()})
		if n := len(w.got("/left")); n != 0 {
			t.Error("the Dial's action was asked")
		}
		b.Hangup()
	})
}

func TestConferenceRefusals(t *testing.T) {
	cases := map[string]struct {
		attrs string
		code  int
	}{
		"label taken":            {`participantLabel="caller"`, carrier.CodeLabel},
		"full":                   {`maxParticipants="2"`, carrier.CodeRoomFull},
		"coach of somebody else": {`coach="CA00000000000000000000000000000009"`, carrier.CodeCoach},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			meet(t, "", func(ctx context.Context, w *world, _, _ *carrier.Leg) {
				w.document("/voice", `<Dial><Conference `+c.attrs+`>room</Conference></Dial><Say>Next verb.</Say>`)
				l := w.cr.Phone(carol).Call(ctx, office)
				w.over(ctx, l)
				if l.SpokenSinceKey() != "Next verb." {
					t.Errorf("heard %q", l.SpokenSinceKey())
				}
				w.complained(c.code)
			})
		})
	}
}

func TestWaitDocumentThatFailsEstablishesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		code int
	}{
		"a verb that is not allowed": {`<Gather/>`, carrier.CodeConferenceVerbs},
		"hanging up":                 {`<Hangup/>`, carrier.CodeConferenceVerbs},
		"redirect to nowhere":        {`<Redirect>/nowhere</Redirect>`, carrier.CodeContentType},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]string{
				"/voice": `<Dial action="/done"><Conference waitUrl="/wait">room</Conference></Dial>`, "/wait": c.doc, "/done": `<Hangup/>`,
			}, func(ctx context.Context, w *world) {
				w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
				tells(t, w.one("/done").Form, map[string]string{"DialCallStatus": "failed"})
				w.complained(c.code)
			})
		})
	}
}

func TestBeepMusicAndSilence(t *testing.T) {
	play(t, map[string]string{"/voice": `<Dial><Conference>room</Conference></Dial>`, "/quiet": `<Dial><Conference waitUrl="" beep="onExit">room</Conference></Dial>`}, func(ctx context.Context, w *world) {
		if err := w.cr.SetNumber("+19195550001", carrier.NumberConfig{VoiceURL: "/quiet"}); err != nil {
			t.Fatal(err)
		}
		a := w.cr.Phone(alice).Call(ctx, office)
		w.pass(ctx, time.Minute)
		b := w.cr.Phone(bob).Call(ctx, "+19195550001")
		w.pass(ctx, time.Second)
		c := w.cr.Phone(carol).Call(ctx, office)
		w.pass(ctx, time.Second)
		b.Hangup()
		w.pass(ctx, time.Second)
		want := []string{"0s ring", "0s play music", "1m1s beep", "1m2s beep"}
		if got := lines(a); !equal(got, want) {
			t.Errorf("alice heard %v, want %v", got, want)
		}
		if got := lines(b); len(got) != 2 {
			t.Errorf("bob heard %v", got)
		}
		c.Hangup()
		a.Hangup()
	})
}

func TestParticipantCalledByREST(t *testing.T) {
	meet(t, `endConferenceOnExit="true"`, func(ctx context.Context, w *world, a, b *carrier.Leg) {
		tw := w.twilio(ctx)
		sid := w.roomSID(ctx)
		w.cr.Phone(carol).OnRing(carrier.AnswerAfter(3 * time.Second))
		p, err := tw.CreateParticipant(sid, (&api.CreateParticipantParams{}).SetTo(carol).SetFrom(office).SetLabel("expert").
			SetBeep("false").SetStatusCallback(w.app.URL+"/leg").SetStatusCallbackEvent([]string{"ringing", "answered", "completed"}))
		if err != nil {
			t.Fatal(err)
		}
		if *p.Status != "queued" || *p.Label != "expert" {
			t.Errorf("participant %+v", p)
		}
		w.pass(ctx, 5*time.Second)
		a.Say("Are you there?")
		expert := w.cr.Phone(carol).Incoming()
		if got := expert.SpokenSinceKey(); got != "Are you there?" {
			t.Errorf("carol hears %q", got)
		}
		b.Hangup()
		if reason := w.over(ctx, expert); reason != "left the conference" {
			t.Errorf("carol's leg: %s", reason)
		}
		if n := len(w.got("/leg")); n != 3 {
			t.Errorf("%d status callbacks", n)
		}
		if _, err := tw.CreateParticipant(sid, (&api.CreateParticipantParams{}).SetTo(carol).SetFrom(office)); code(err) != 20404 {
			t.Errorf("into an ended conference: %v", err)
		}
		w.sound()
	})
}

func TestParticipantMakesAConferenceByName(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.cr.Phone(carol).OnRing(carrier.AnswerAfter(time.Second))
		p, err := w.twilio(ctx).CreateParticipant("new room", (&api.CreateParticipantParams{}).SetTo(carol).SetFrom(office).
			SetConferenceStatusCallback(w.app.URL+"/conference").SetConferenceStatusCallbackEvent([]string{"join", "leave"}))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, 3*time.Second)
		w.cr.Phone(carol).Incoming().Hangup()
		w.pass(ctx, time.Second)
		if got := w.conferenceEvents(); !equal(got, []string{"1 participant-join", "2 participant-leave"}) {
			t.Errorf("events %v", got)
		}
		c, err := w.twilio(ctx).FetchConference(*p.ConferenceSid, nil)
		if err != nil || *c.FriendlyName != "new room" || *c.Status != "completed" {
			t.Errorf("conference %+v, %v", c, err)
		}
	})
}

func TestCoachIsHeardByOneOnly(t *testing.T) {
	meet(t, "", func(ctx context.Context, w *world, a, b *carrier.Leg) {
		w.document("/voice", `<Dial><Conference beep="false" coach="`+b.SID()+`">room</Conference></Dial>`)
		c := w.cr.Phone(carol).Call(ctx, office)
		w.pass(ctx, time.Second)
		a.Press("1")
		c.Say("Offer a refund.")
		if a.SpokenSinceKey() != "" || b.SpokenSinceKey() != "Offer a refund." {
			t.Errorf("alice hears %q, bob %q", a.SpokenSinceKey(), b.SpokenSinceKey())
		}
	})
}

func TestAnnouncement(t *testing.T) {
	meet(t, "", func(ctx context.Context, w *world, a, b *carrier.Leg) {
		w.document("/announce", `<Say>One minute left.</Say>`)
		a.Press("1")
		_, err := w.twilio(ctx).UpdateConference(w.roomSID(ctx), (&api.UpdateConferenceParams{}).SetAnnounceUrl(w.app.URL+"/announce"))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(ctx, 5*time.Second)
		b.Say("Hm.")
		if got := a.SpokenSinceKey(); got != "One minute left. Hm." {
			t.Errorf("alice hears %q", got)
		}
	})
}
