package ivr_test

import (
	"testing"
	"time"

	"ringback/ivr"
)

// bridged is a caller who has proven enough for links and talks to an agent.
func bridged(t *testing.T) *play {
	t.Helper()
	p := newPlay(t, "+19196842200")
	p.press("1", "1000001#", "1", "24681357#", "123456#", "4", "0")
	p.event(ivr.Jump{Transfer: "t1"})
	p.standsAt(ivr.StepBridged)
	return p
}

// An agent sends a set again and makes a fresh one, while caller and agent go on
// talking, and Duo's word that it worked is noted.
func TestAgentSendsLinks(t *testing.T) {
	p := bridged(t)
	p.at = p.at.Add(time.Minute)
	made, sent, answer := p.sent(ivr.EffectMakeLinks), p.sent(ivr.EffectSendText), p.call.Answer
	p.event(ivr.AgentLinks{By: "alex"})
	p.event(ivr.Texted{Text: ivr.TextInstall, Send: p.call.Links.Sends, Status: ivr.TextSent})
	if p.sent(ivr.EffectMakeLinks) != made || p.sent(ivr.EffectSendText) != sent+2 {
		t.Errorf("made %d, sent %d", p.sent(ivr.EffectMakeLinks)-made, p.sent(ivr.EffectSendText)-sent)
	}
	p.event(ivr.AgentLinks{Fresh: true, By: "alex"})
	p.event(ivr.Texted{Text: ivr.TextInstall, Send: p.call.Links.Sends, Status: ivr.TextSent})
	if p.sent(ivr.EffectMakeLinks) != made+1 || p.sent(ivr.EffectSendText) != sent+4 || p.call.Links.By != "alex" || p.call.Links.Sets != 2 {
		t.Errorf("made %d, sent %d, links %+v", p.sent(ivr.EffectMakeLinks)-made, p.sent(ivr.EffectSendText)-sent, p.call.Links)
	}
	p.event(ivr.AgentLook{})
	if p.call.Links.Done {
		t.Error("done before Duo says so")
	}
	p.active = true
	p.event(ivr.AgentLook{})
	if !p.call.Links.Done {
		t.Error("Duo's word was not noted")
	}
	p.standsAt(ivr.StepBridged)
	if p.call.Answer != answer {
		t.Error("the caller's turn was touched")
	}
}

// What the verdict does not cover, an agent cannot have done.
func TestAgentLinksRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *play)
		w      ivr.AgentLinks
		want   string
	}{
		"not on the line":      {func(p *play) { p.call.Step = ivr.StepQueue }, ivr.AgentLinks{Fresh: true}, "not_on_line"},
		"over":                 {func(p *play) { p.call.Ending.Result = ivr.ResultTransferred }, ivr.AgentLinks{Fresh: true}, "not_on_line"},
		"nothing proven":       {func(p *play) { p.call.Passed = nil }, ivr.AgentLinks{Fresh: true}, "nothing_proven"},
		"lapsed":               {func(p *play) { p.at = p.at.Add(time.Hour) }, ivr.AgentLinks{Fresh: true}, "lapsed"},
		"frozen":               {func(p *play) { p.call.Facts.Frozen = true }, ivr.AgentLinks{Fresh: true}, "frozen"},
		"no such phone":        {func(*play) {}, ivr.AgentLinks{Fresh: true, Phone: 9}, "phone_not_now"},
		"a young number":       {func(p *play) { p.call.Facts.Phones[0].Since = p.at.Unix() }, ivr.AgentLinks{Fresh: true}, "young_number"},
		"no links":             {func(p *play) { p.call.Links = ivr.Links{} }, ivr.AgentLinks{}, "no_links"},
		"links that have died": {func(p *play) { p.call.Links.Until = p.at.Unix() }, ivr.AgentLinks{}, "no_links"},
		"sent just now":        {func(p *play) { p.call.Links.SentAt = p.at.Unix() - 29 }, ivr.AgentLinks{}, "just_sent"},
		"sent often":           {func(p *play) { p.call.Links.Sends = 5 }, ivr.AgentLinks{}, "sent_often"},
		"activated":            {func(p *play) { p.call.Links.Done = true }, ivr.AgentLinks{}, "activated"},
		"being made":           {func(p *play) { p.call.Open = []ivr.Open{{ID: 99, Kind: ivr.EffectMakeLinks}} }, ivr.AgentLinks{}, "under_way"},
	} {
		t.Run(name, func(t *testing.T) {
			p := bridged(t)
			p.at = p.at.Add(time.Minute)
			c.change(p)
			e := ivr.Event{At: p.at, What: c.w}
			if got := p.d.Policy.WhyNotLinks(p.call, c.w, e); got != c.want {
				t.Errorf("why not: %q, want %q", got, c.want)
			}
			before := len(p.ran)
			p.event(c.w)
			if len(p.ran) != before {
				t.Errorf("ran %v", p.ran[before:])
			}
		})
	}
}

// A set of an agent's that is not made leaves the call as it was, and says why.
func TestAgentLinksNotMade(t *testing.T) {
	for _, out := range []ivr.Outcome{ivr.OutcomeLimited, ivr.OutcomeUnknown, ivr.OutcomeLocked, ivr.OutcomeUnavailable} {
		p := bridged(t)
		p.at, p.links = p.at.Add(time.Minute), out
		sent := p.sent(ivr.EffectSendText)
		p.event(ivr.AgentLinks{Fresh: true, By: "alex"})
		if p.call.Links.Failed != out || p.sent(ivr.EffectSendText) != sent {
			t.Errorf("%v: %+v", out, p.call.Links)
		}
		p.standsAt(ivr.StepBridged)
	}
}

// A caller who is sent away hears goodbye, whichever way they leave the conference,
// and is no success.
func TestAgentDismisses(t *testing.T) {
	for name, next := range map[string]ivr.What{"moved": ivr.Jump{Transfer: "t1"}, "conference over": ivr.Dialled{Answered: true}, "hung up": ivr.Hangup{}} {
		p := bridged(t)
		p.event(ivr.AgentDismiss{})
		p.standsAt(ivr.StepBridged)
		p.log = nil
		p.event(next)
		if want := (ivr.Ending{Result: ivr.ResultRefused, Reason: "dismissed"}); p.call.Ending != want {
			t.Errorf("%s: %+v", name, p.call.Ending)
		}
		if _, hung := next.(ivr.Hangup); !hung {
			p.heard("goodbye")
		}
	}
	p := newPlay(t, "+19196842200")
	p.event(ivr.AgentDismiss{})
	if p.call.Queue.Dismissed {
		t.Error("sent away by an agent who does not have them")
	}
}
