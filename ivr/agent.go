package ivr

import "time"

// The events of an agent who has the caller. They take no turn: caller and agent
// talk meanwhile.
type (
	// AgentLinks has the links sent: those that live, once more, or with Fresh a
	// new set to the phone on file with an index.
	AgentLinks struct {
		Fresh bool
		Phone uint8  // with Fresh
		By    string // whom the audit names
	}
	// AgentLook has Duo asked whether the phone was activated.
	AgentLook struct{}
	// AgentDismiss ends the call politely, as soon as the caller is out of the
	// conference.
	AgentDismiss struct{}
)

func (AgentLinks) what()   {}
func (AgentLook) what()    {}
func (AgentDismiss) what() {}

// resendGap is how long the texts of one sending have before there may be another,
// in seconds.
const resendGap = 30

// WhyNotLinks is why an agent cannot have links sent, or "": the verdict has to
// allow it at this moment, as for the caller. The day's limit is the ledger's.
func (p Policy) WhyNotLinks(c Call, w AgentLinks, e Event) string {
	target := c.Links.Phone
	if w.Fresh {
		target = Phone{}
		if int(w.Phone) < len(c.Facts.Phones) {
			target = c.Facts.Phones[w.Phone]
		}
	}
	switch v := Evaluate(p, c.Facts, c.Passed, e.At); {
	case c.Step != StepBridged || c.Ending.Result != ResultUnknown:
		return "not_on_line"
	case c.making():
		return "under_way"
	case !v.Level.Allows(LevelLinks):
		return v.Why
	case !w.Fresh && c.Links.whyNotAgain(e.At) != "":
		return c.Links.whyNotAgain(e.At)
	case !MayLink(p, c.Facts, c.Passed, target, e.At):
		return "phone_not_now"
	case c.Links.Sends >= maxSends:
		return "sent_often"
	}
	return ""
}

// whyNotAgain is why the same links cannot be sent again, or "".
func (l Links) whyNotAgain(at time.Time) string {
	switch {
	case l.Done:
		return "activated"
	case l.Until == 0 || at.Unix() >= l.Until:
		return "no_links"
	case l.SentAt != 0 && at.Unix()-l.SentAt < resendGap:
		return "just_sent"
	}
	return ""
}

// making reports whether a set of links is being made.
func (c *Call) making() bool {
	for _, o := range c.Open {
		if o.Kind == EffectMakeLinks {
			return true
		}
	}
	return false
}

// agentLinks sends links on an agent's word, which opens nothing: the evidence is
// the caller's.
func (t *talk) agentLinks(w AgentLinks) {
	if t.d.Policy.WhyNotLinks(*t.c, w, t.e) != "" {
		return
	}
	if !w.Fresh {
		t.firstText()
		return
	}
	c := t.c
	t.drop(EffectSendText)
	c.Phone = w.Phone
	c.Links = c.Links.fresh()
	c.Links.Sets++
	c.Links.Phone, c.Links.By = c.phone(), w.By
	t.start(EffectMakeLinks, 0)
}

// agentLinksMade goes on with links that nobody awaits: an agent's.
func (t *talk) agentLinksMade(w LinksMade) {
	l := &t.c.Links
	if w.Outcome != OutcomeOK {
		l.Failed = w.Outcome
		return
	}
	l.Until, l.MadeAt, l.Was = w.Until.Unix(), t.e.At.Unix(), w.Was
	t.firstText()
}

// agentLook asks Duo, unless it is being asked.
func (t *talk) agentLook() {
	l := &t.c.Links
	for _, o := range t.c.Open {
		if o.Kind == EffectReadPhone {
			return
		}
	}
	if t.c.Step == StepBridged && l.MadeAt != 0 && !l.Done {
		t.start(EffectReadPhone, 0)
	}
}

// agentDismiss has the next turn say goodbye.
func (t *talk) agentDismiss() {
	if t.c.Step == StepBridged && t.c.Ending.Result == ResultUnknown {
		t.c.Queue.Dismissed = true
	}
}
