package ivr_test

import (
	"slices"
	"testing"
	"time"

	"ringback/ivr"
)

// watching is a call whose links were texted just now.
func watching(t *testing.T) *play {
	t.Helper()
	p := newPlay(t, "+19196842200")
	p.press("1", "1000001#", "1", "24681357#", "123456#")
	p.standsAt(ivr.StepWatch)
	return p
}

func (p *play) sent(k ivr.EffectKind) int {
	n := 0
	for _, ran := range p.ran {
		if ran == k {
			n++
		}
	}
	return n
}

// What the carrier says late of an earlier sending is not held against this one.
func TestStatusOfAnEarlierSending(t *testing.T) {
	p := watching(t)
	p.at = p.at.Add(40 * time.Second)
	p.press("2")
	p.heard("texts_again")
	p.event(ivr.Texted{Text: ivr.TextInstall, Send: 1, Status: ivr.TextUndelivered})
	if got := p.call.Links.Install; got.Bad() {
		t.Errorf("the text that was sent again is %v", got)
	}
	p.event(ivr.Texted{Text: ivr.TextInstall, Send: 2, Status: ivr.TextSent})
	if !p.call.Links.Second {
		t.Error("the activation text is held back")
	}
	if len(p.call.News) != 0 {
		t.Errorf("told: %v", p.call.News)
	}
}

// The app may be on the phone already: the activation text does without the
// other one, but not to a phone that takes no texts.
func TestActivationAfterABadInstallText(t *testing.T) {
	for status, want := range map[ivr.TextStatus]bool{
		ivr.TextUndelivered: true, ivr.TextUnavailable: true, ivr.TextOptedOut: false, ivr.TextLandline: false,
	} {
		p := watching(t)
		p.event(ivr.Texted{Text: ivr.TextInstall, Send: 1, Status: status})
		p.at = p.at.Add(15 * time.Second)
		p.event(ivr.Overdue{})
		if got := p.sent(ivr.EffectSendText) == 2; got != want {
			t.Errorf("install text %v: activation text sent: %v, want %v", status, got, want)
		}
		if id := "text_" + status.String(); !slices.Contains(p.call.News, id) {
			t.Errorf("%s is not told: %v", id, p.call.News)
		}
	}
}

// Another ID in the same call has nothing to do with the first one's phone.
func TestAnotherIDForgetsTheLinks(t *testing.T) {
	p := watching(t)
	p.at = p.at.Add(11 * time.Minute)
	p.press("") // expired
	p.press("1")
	p.heard("verdict_lapsed")
	p.standsAt(ivr.StepID)
	if got := p.call.Links; got.Phone.Number != "" || got.MadeAt != 0 || got.Sets != 1 {
		t.Errorf("links are still those of the first ID: %+v", got)
	}
	for _, o := range p.call.Open {
		if o.Kind == ivr.EffectSendText {
			t.Error("a text of the first ID is still to be sent")
		}
	}
	sent := p.sent(ivr.EffectSendText)
	p.event(ivr.Overdue{})
	p.event(ivr.Texted{Text: ivr.TextInstall, Send: 1, Status: ivr.TextSent})
	if got := p.sent(ivr.EffectSendText); got != sent {
		t.Errorf("%d more texts", got-sent)
	}
}

// Who looks for the phone is not thrown out, for two minutes.
func TestExpiredIsPatient(t *testing.T) {
	p := watching(t)
	p.at = p.at.Add(9*time.Minute + 50*time.Second)
	for range 3 {
		p.press("")
		p.at = p.at.Add(5 * time.Second)
	}
	p.standsAt(ivr.StepExpired)
	told := p.call.Links.Expired
	for p.at.Unix()-told < 120 {
		p.press("")
		p.standsAt(ivr.StepExpired)
		p.at = p.at.Add(5 * time.Second)
	}
	p.press("", "", "")
	p.standsAt(ivr.StepQueue)
}

func TestUnclearLinksMayBeMadeOnceMore(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.links = ivr.OutcomeUnknown
	p.press("1", "1000001#", "1", "24681357#", "123456#")
	p.standsAt(ivr.StepUnclear)
	p.links = ivr.OutcomeOK
	p.press("1")
	p.standsAt(ivr.StepWatch)
	if got := p.call.Links.Sets; got != 2 {
		t.Errorf("%d sets, want the second of the day", got)
	}
}

// Caller and agent are told the same four digits, which stay the same when the
// caller queues again.
func TestProofNumber(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.press("0")
	proof := p.call.Queue.Proof
	if len(proof) != 4 {
		t.Fatalf("proof %q", proof)
	}
	p.event(ivr.Jump{Transfer: "t1"})
	if m := p.turn.Say[0]; m.ID != "agent_joins" || m.Args["proof"] != proof {
		t.Errorf("heard %+v, want the proof %s", m, proof)
	}
	p.event(ivr.Dialled{Answered: true})
	p.press("1")
	if got := p.call.Queue.Proof; got != proof {
		t.Errorf("proof %s after %s", got, proof)
	}
	other, _ := p.d.Next(ivr.Call{}, ivr.Event{At: noon, Seed: 43, What: ivr.Ring{To: "+19196842200"}})
	other, _ = p.d.Next(other, ivr.Event{At: noon, Effect: 1, What: ivr.Admitted{Outcome: ivr.OutcomeOK}})
	if got := other.Queue.Proof; got == proof || len(got) != 4 {
		t.Errorf("another call has the proof %q", got)
	}
}

// The other language is offered before the menu, once, in its own words.
func TestOtherLanguage(t *testing.T) {
	p := newPlay(t, "+19196842200")
	if m := p.turn.Say[1]; m.ID != "menu_language" || m.Lang != "es-US" || m.Args["key"] != "8" {
		t.Errorf("after the greeting: %+v", m)
	}
	p.press("9")
	if says(p.turn, "menu_language") {
		t.Errorf("offered again: %v", ids(p.turn))
	}
	p.press("8")
	if m := p.turn.Say[0]; p.call.Language != "es-US" || m.ID != "menu_language" || m.Lang != "en-US" {
		t.Errorf("in %s: %+v", p.call.Language, m)
	}
	p.press("8")
	if p.call.Language != "en-US" {
		t.Errorf("in %s", p.call.Language)
	}
}

// A line of one language offers none.
func TestOneLanguage(t *testing.T) {
	p := &play{t: t, d: dialogue(), at: noon}
	p.d.Lines[0].Languages = []string{"en-US"}
	p.event(ivr.Ring{To: "+19196842200", From: "+19195550101"})
	if says(p.turn, "menu_language") {
		t.Errorf("heard %v", ids(p.turn))
	}
	p.press("8")
	p.heard("wrong_key")
}

// A desk that closes tells those who waited the hours.
func TestClosedWhileWaiting(t *testing.T) {
	for _, leave := range []string{"closed", "no_agents"} {
		p := newPlay(t, "+19196842200")
		p.press("0")
		p.d.Lines[0].Hours = ivr.Hours{Location: time.UTC}
		p.feed(ivr.Event{At: p.at, What: ivr.Waiting{Leave: leave}})
		p.event(ivr.Left{Result: "leave"})
		p.heard("closed")
		if got := p.call.Ending; got.Result != ivr.ResultClosed || got.Reason != "closed_while_waiting" {
			t.Errorf("%s: ended %+v", leave, got)
		}
	}
}

// A caller who is sent for after the agent has left hears that, and not music.
func TestSentForAfterTheTalk(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.press("0")
	p.event(ivr.Jump{Transfer: "t1"})
	p.standsAt(ivr.StepBridged)
	p.event(ivr.Jump{})
	p.heard("agent_left")
	p.standsAt(ivr.StepReturned)
}

// Whoever thinks about which phone until the verdict has run out is told so, and
// is not left with a menu that has no options.
func TestVerdictLapsesAtTheChoiceOfPhones(t *testing.T) {
	for _, key := range []string{"1", "2", "9"} {
		p := newPlay(t, "+19196842200")
		p.facts = dana("+19195550102", "+19195550112")
		p.press("1", "1000002#", "1", "13572468#", "123456#")
		p.standsAt(ivr.StepPhone)
		p.at = p.at.Add(10*time.Minute + time.Second)
		p.press(key)
		p.heard("verdict_lapsed")
		p.standsAt(ivr.StepID)
	}
}

// A report that a limit kept from being looked at is not said to have worked.
func TestReportOverTheLimit(t *testing.T) {
	for outcome, want := range map[ivr.Outcome]string{
		ivr.OutcomeOK: "report_taken", ivr.OutcomeFailed: "report_taken", ivr.OutcomeLimited: "report_not_taken", ivr.OutcomeUnavailable: "report_not_taken",
	} {
		p := newPlay(t, "+19196842200")
		p.report = outcome
		p.press("7", "12345678#")
		p.heard(want)
	}
}
