package box

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"ringback/ivr"
	"ringback/ivr/transfer"
	"ringback/twiml/carrier"
)

// texts looks at what has been texted, or says what becomes of texts.
func (p *player) texts(ctx context.Context, s Step) error {
	var ph *carrier.Phone
	if !strings.Contains(s.Words[0], "@") {
		ph = p.w.Carrier.Phone(s.Words[0])
	}
	switch s.Verb {
	case "text":
		t, err := ph.WaitText(ctx, hearLimit, s.Match.MatchString)
		if err != nil {
			return p.fail(s, "no such text came; %d others did", len(ph.Texts()))
		}
		p.note("", "text to "+ph.Number(), t.Body)
		p.matched[ph.Number()] = len(ph.Texts())
		p.read(t.At, t.Body)
		return nil
	case "email":
		return p.email(ctx, s)
	case "no":
		if strings.Contains(s.Words[0], "@") {
			if n := len(p.w.Mail.Messages(s.Words[0])); n > 0 {
				return p.fail(s, "%d e-mails came", n)
			}
			return nil
		}
		if n := len(ph.Texts()); n > p.matched[ph.Number()] {
			return p.fail(s, "%d texts came", n-p.matched[ph.Number()])
		}
		return nil
	case "texts":
		fate := map[string]carrier.TextFate{
			"undelivered": carrier.Undelivered(30003), "landline": carrier.Landline(), "optedout": carrier.OptedOut(), "late": carrier.Late(s.For),
		}[s.Words[1]]
		ph.OnText(fate)
		return nil
	}
	return p.bad(s, fmt.Errorf("%q is no word about texts", s.Verb))
}

// activate is the person tapping the second link.
func (p *player) activate(ctx context.Context, s Step) error {
	link := regexp.MustCompile(`text 2 of 2.*?(https?://\S+)`)
	ph := p.w.Carrier.Phone(s.Words[0])
	t, err := ph.WaitText(ctx, hearLimit, link.MatchString)
	if err != nil {
		return p.fail(s, "no activation link came")
	}
	for { // the last one: a newer link voids the older ones
		newer, ok := ph.TakeText(link.MatchString)
		if !ok {
			break
		}
		t = newer
	}
	p.note("", "text to "+ph.Number(), t.Body)
	if err := p.w.Duo.Open(link.FindStringSubmatch(t.Body)[1]); err != nil {
		return p.fail(s, "the link does not work: %v", err)
	}
	p.note("", "taps", "the activation link")
	return nil
}

// agent is what an agent does with presence and phone.
func (p *player) agent(ctx context.Context, s Step) error {
	name, action := s.Words[0], s.Words[1]
	ph, err := p.agentPhone(name)
	if err != nil {
		return p.bad(s, err)
	}
	switch action {
	case "ready", "away":
		to := transfer.PresenceReady
		if action == "away" {
			to = transfer.PresenceAway
		}
		if err := p.w.App.Desk().Presence(ctx, name, to); err != nil {
			return p.fail(s, "%v", err)
		}
		return nil
	case "ignore":
		ph.OnRing(carrier.RingOn())
		return nil
	case "voicemail":
		ph.OnRing(carrier.Voicemail(5*time.Second, "I am not here. Leave a message."))
		return nil
	}
	if use := map[string]func(context.Context, Step) error{"tool": p.tool, "note": p.wrapUp, "card": p.card}[action]; use != nil {
		return use(ctx, s)
	}
	if d, ok := deeds()[action]; ok {
		return p.deed(ctx, s, d)
	}
	return p.agentCall(ctx, s, ph)
}

// agentCall is what an agent does on the phone that rings, or has rung.
func (p *player) agentCall(ctx context.Context, s Step, ph *carrier.Phone) error {
	name, action := s.Words[0], s.Words[1]
	l, err := ph.WaitIncoming(ctx, hearLimit)
	if err != nil {
		return p.fail(s, "%s's phone does not ring", name)
	}
	label := "agent " + name
	if before := p.calls[label]; before != nil && before != l { // another ring
		p.tell(label)
		p.told[label] = 0
	}
	p.calls[label] = l
	defer p.tell(label)
	if action == "hangup" {
		l.Hangup()
		return nil
	}
	if !l.Answered() {
		l.Answer()
	}
	if action == "hear" {
		return p.hear(ctx, s, l)
	}
	_ = l.Hear(ctx, hearLimit, func(l *carrier.Leg) bool { ended, _ := l.Ended(); return ended || l.Awaiting() })
	l.Press(map[string]string{"accept": "1", "decline": "2"}[action])
	return nil
}

// agentPhone is an agent's phone.
func (p *player) agentPhone(name string) (*carrier.Phone, error) {
	var known []string
	for _, a := range p.w.Config.Desk.Agents {
		if a.ID == name {
			return p.w.Carrier.Phone(string(a.Phone)), nil
		}
		known = append(known, a.ID)
	}
	return nil, fmt.Errorf("there is no agent %q; there are %s", name, strings.Join(known, ", "))
}

// lead is what a lead does at the desk.
func (p *player) lead(ctx context.Context, s Step) error {
	const why = "call script"
	l, name := p.w.App.Lead(), s.Words[0]
	var err error
	switch s.Words[1] {
	case "threat":
		until := time.Time{}
		if s.Words[2] == "on" {
			until = p.w.Clock.Now().Add(30 * time.Minute)
		}
		err = l.SetThreat(ctx, until, name, why)
	case "close", "open":
		return p.closes(ctx, s)
	case "freeze":
		err = l.Freeze(ctx, s.Words[2], name, why)
	case "unfreeze":
		err = l.Unfreeze(ctx, s.Words[2], name, why)
	case "case":
		err = p.w.App.Changes().OpenCase(ctx, s.Words[2], name, why)
	case "allow":
		_, err = l.AllowLinks(ctx, s.Words[2], name, why)
	case "unlock":
		_, err = l.Unlock(ctx, s.Words[2], ivr.FactorUnknown, name, why)
	}
	if err != nil {
		return p.fail(s, "%v", err)
	}
	p.note("", name, strings.Join(s.Words[1:], " "))
	return nil
}

// closes is a lead who closes a desk on the spot, or opens it again.
func (p *player) closes(ctx context.Context, s Step) error {
	l, name, line := p.w.App.Lead(), s.Words[0], s.Words[2]
	if line == "all" {
		line = ""
	}
	var err error
	said := s.Words[1] + " " + s.Words[2]
	if s.Words[1] == "close" {
		err = l.CloseDesk(ctx, line, s.Words[3], p.w.Clock.Now().Add(s.For), name)
		said += " for " + s.For.String() + ": " + s.Words[3]
	} else {
		err = l.OpenDesk(ctx, line, name, "call script")
	}
	if err != nil {
		return p.fail(s, "%v", err)
	}
	p.note("", name, said)
	return nil
}
