package numberchange_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	nc "ringback/ivr/numberchange"
)

// Every refusal, by name: it leaves the change as it was, but for the count of
// wrong codes, and the attempt is in the audit.
func TestRefusals(t *testing.T) {
	agent := func(what nc.What) func(*play) { return func(p *play) { p.by(p.agent(), what) } }
	lead := func(what nc.What) func(*play) { return func(p *play) { p.by(p.lead(), what) } }
	number := func(change func(*nc.NumberGiven)) func(*play) {
		w := given()
		change(&w)
		return agent(w)
	}
	actor := func(what nc.What, change func(*nc.Actor)) func(*play) {
		return func(p *play) {
			a := p.lead()
			change(&a)
			p.by(a, what)
		}
	}
	facts := func(change func(*nc.Facts), then func(*play)) func(*play) {
		return func(p *play) {
			change(&p.facts)
			then(p)
		}
	}
	later := func(d time.Duration, then func(*play)) func(*play) {
		return func(p *play) { then(p.wait(d)) }
	}
	after := func(first, then func(*play)) func(*play) {
		return func(p *play) {
			first(p)
			then(p)
		}
	}
	unread := func(f *nc.Facts) { f.Read = false }
	threat := func(f *nc.Facts) { f.Threat = true }
	gone := func(f *nc.Facts) { f.OnLine = false }
	asAgent := func(a *nc.Actor) { *a = nc.Actor{ID: "alex", Role: nc.RoleAgent, SignedIn: a.SignedIn} }
	wrong, right := agent(nc.CodeTried{Code: 1}), agent(nc.CodeTried{Code: 1, OK: true})
	thrice := func(p *play) {
		for range 3 {
			wrong(p)
		}
	}
	stuck := func(p *play) {
		for x := nc.StepFind; x < nc.StepSend; x++ {
			p.on(p.done(x))
		}
	}

	cases := []struct {
		why   nc.Refusal
		name  string
		state nc.State
		do    func(*play)
	}{
		{nc.RefusalNotNow, "before the opening", nc.StateUnknown, agent(given())},
		{nc.RefusalNotNow, "a number before the evidence", nc.StateDraft, agent(given())},
		{nc.RefusalNotNow, "approving what is not confirmed", nc.StateCodeSent, lead(nc.Approved{})},
		{nc.RefusalNotNow, "another number after the code", nc.StateAwaitingApproval, agent(given())},
		{nc.RefusalNotNow, "approving twice", nc.StateHolding, lead(nc.Approved{})},
		{nc.RefusalNotNow, "a verdict in the hold", nc.StateHolding, func(p *play) { p.by(p.agent(), p.evidence()) }},
		{nc.RefusalNotNow, "undoing twice", nc.StateUndoing, agent(nc.Undo{})},
		{nc.RefusalOver, "cancelling what is done", nc.StateDone, agent(nc.Cancelled{})},
		{nc.RefusalOver, "approving after the hour", nc.StateAwaitingApproval, later(time.Hour, lead(nc.Approved{}))},
		{nc.RefusalRole, "nobody", nc.StateAwaitingApproval, func(p *play) { p.on(nc.Approved{}) }},
		{nc.RefusalRole, "no role", nc.StateAwaitingApproval, actor(nc.Approved{}, func(a *nc.Actor) { a.Role = nc.RoleUnknown })},
		{nc.RefusalRole, "an agent approves where leads must", nc.StateAwaitingApproval, func(p *play) {
			p.rules.LeadsApprove = true
			p.by(p.peer(), nc.Approved{})
		}},
		{nc.RefusalRole, "an agent confirms a check", nc.StateDraft, after(agent(checked()), func(p *play) { p.by(p.peer(), confirmed()) })},
		{nc.RefusalRole, "nobody cancels", nc.StateDraft, func(p *play) { p.on(nc.Cancelled{}) }},
		{nc.RefusalSubject, "an agent opens for themself", nc.StateUnknown, actor(opened(), func(a *nc.Actor) { a.Subject = true })},
		{nc.RefusalSubject, "the approver is the subject", nc.StateAwaitingApproval, actor(nc.Approved{}, func(a *nc.Actor) { a.Subject = true })},
		{nc.RefusalSubject, "the lead is the subject", nc.StateDraft, after(agent(checked()), actor(confirmed(), func(a *nc.Actor) { a.Subject = true }))},
		{nc.RefusalLocal, "a local account opens", nc.StateUnknown, actor(opened(), func(a *nc.Actor) { a.Local = true })},
		{nc.RefusalLocal, "a local account approves", nc.StateAwaitingApproval, actor(nc.Approved{}, func(a *nc.Actor) { a.Local = true })},
		{nc.RefusalNotYours, "another agent gives the number", nc.StateEvidenced, lead(given())},
		{nc.RefusalNotYours, "another agent cancels", nc.StateEvidenced, func(p *play) { p.by(p.peer(), nc.Cancelled{}) }},
		{nc.RefusalNotYours, "another agent undoes", nc.StateAwaitingActivation, func(p *play) { p.by(p.peer(), nc.Undo{}) }},
		{nc.RefusalSamePerson, "the agent approves", nc.StateAwaitingApproval, agent(nc.Approved{})},
		{nc.RefusalSamePerson, "the agent approves in capitals", nc.StateAwaitingApproval, actor(nc.Approved{}, func(a *nc.Actor) { a.ID = " ALEX" })},
		{nc.RefusalSamePerson, "the agent denies", nc.StateAwaitingApproval, agent(nc.Denied{})},
		{nc.RefusalSamePerson, "the agent confirms the check", nc.StateDraft, after(agent(checked()), actor(confirmed(), func(a *nc.Actor) { a.ID = "alex" }))},
		{nc.RefusalSamePerson, "who confirmed the check approves", nc.StateAwaitingApproval, after(agent(checked()), after(lead(confirmed()), lead(nc.Approved{})))},
		{nc.RefusalSamePerson, "who approved ends the hold", nc.StateHolding, after(agent(checked()), lead(confirmed()))},
		{nc.RefusalSignIn, "a sign-in of six minutes ago", nc.StateAwaitingApproval, actor(nc.Approved{}, func(a *nc.Actor) { a.SignedIn = a.SignedIn.Add(-6 * time.Minute) })},
		{nc.RefusalSignIn, "a sign-in of the future", nc.StateAwaitingApproval, actor(nc.Approved{}, func(a *nc.Actor) { a.SignedIn = a.SignedIn.Add(2 * time.Minute) })},
		{nc.RefusalSignIn, "an unknown sign-in", nc.StateAwaitingApproval, actor(nc.Approved{}, func(a *nc.Actor) { a.SignedIn = time.Time{} })},
		{nc.RefusalUnread, "opening unread", nc.StateUnknown, facts(unread, agent(opened()))},
		{nc.RefusalUnread, "approving unread", nc.StateAwaitingApproval, facts(unread, lead(nc.Approved{}))},
		{nc.RefusalUnread, "resuming unread", nc.StateApplying, facts(unread, agent(nc.Resume{}))},
		{nc.RefusalFrozen, "opening for a frozen subject", nc.StateUnknown, facts(func(f *nc.Facts) { f.Frozen = true }, agent(opened()))},
		{nc.RefusalNotOnLine, "opening without a call", nc.StateUnknown, facts(gone, agent(opened()))},
		{nc.RefusalNotOnLine, "a code after the call", nc.StateCodeSent, facts(gone, right)},
		{nc.RefusalInPerson, "factors under a threat", nc.StateDraft, facts(threat, func(p *play) { p.by(p.agent(), p.evidence()) })},
		{nc.RefusalInPerson, "video under a threat", nc.StateDraft, facts(threat, agent(nc.IdentityChecked{Check: nc.CheckVideo, Seen: checked().Seen}))},
		{nc.RefusalInPerson, "approving under a threat", nc.StateAwaitingApproval, facts(threat, lead(nc.Approved{}))},
		{nc.RefusalInPerson, "confirming video for the privileged", nc.StateDraft, after(
			agent(nc.IdentityChecked{Check: nc.CheckVideo, Seen: checked().Seen}),
			facts(func(f *nc.Facts) { f.Privileged = true }, lead(nc.IdentityConfirmed{Check: nc.CheckVideo, Seen: checked().Seen})),
		)},
		{nc.RefusalEvidence, "a verdict for links", nc.StateDraft, func(p *play) {
			w := p.evidence()
			w.Number = false
			p.by(p.agent(), w)
		}},
		{nc.RefusalLapsed, "a verdict that has lapsed", nc.StateDraft, func(p *play) {
			w := p.evidence()
			p.wait(10*time.Minute).by(p.agent(), w)
		}},
		{nc.RefusalLapsed, "the number after the verdict", nc.StateEvidenced, later(10*time.Minute, agent(given()))},
		{nc.RefusalLapsed, "approving after the verdict", nc.StateAwaitingApproval, later(10*time.Minute, lead(nc.Approved{}))},
		{nc.RefusalLapsed, "in person, long ago, under a threat", nc.StateHolding, func(p *play) {
			p.by(p.agent(), checked()).facts.Threat = true
			p.wait(time.Hour).by(nc.Actor{ID: "kai", Role: nc.RoleLead}, confirmed())
		}},
		{nc.RefusalLapsed, "a check of long ago, under a threat", nc.StateAwaitingApproval, func(p *play) {
			p.rules.CheckLife = 5 * time.Minute
			p.by(p.agent(), checked()).by(p.lead(), confirmed()).wait(5 * time.Minute).facts.Threat = true
			p.by(p.peer(), nc.Approved{})
		}},
		{nc.RefusalNothingSeen, "no document", nc.StateDraft, agent(nc.IdentityChecked{Check: nc.CheckVideo})},
		{nc.RefusalNothingSeen, "no kind", nc.StateDraft, agent(nc.IdentityChecked{Seen: checked().Seen})},
		{nc.RefusalNothingSeen, "an unknown document", nc.StateDraft, agent(nc.IdentityChecked{Check: nc.CheckVideo, Seen: []nc.Seen{99}})},
		{nc.RefusalStale, "another kind of check", nc.StateDraft, after(agent(checked()), lead(nc.IdentityConfirmed{Check: nc.CheckVideo, Seen: confirmed().Seen}))},
		{nc.RefusalStale, "other documents", nc.StateDraft, after(agent(nc.IdentityChecked{Check: nc.CheckInPerson, Seen: []nc.Seen{nc.SeenLicense}}), lead(confirmed()))},
		{nc.RefusalStale, "fewer documents", nc.StateDraft, after(agent(nc.IdentityChecked{Check: nc.CheckInPerson, Seen: []nc.Seen{nc.SeenCard}}), lead(confirmed()))},
		{nc.RefusalStale, "no documents", nc.StateDraft, after(agent(checked()), lead(nc.IdentityConfirmed{Check: nc.CheckInPerson}))},
		{nc.RefusalNumber, "letters", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Number = "+1919555O142" })},
		{nc.RefusalNumber, "no plus", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Number = "19195550142" })},
		{nc.RefusalNumber, "too long", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Number = "+1234567890123456" })},
		{nc.RefusalNumber, "none", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Number = "" })},
		{nc.RefusalPremium, "premium", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Line = nc.LinePremium })},
		{nc.RefusalNotMobile, "voice over IP", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Line = nc.LineOther })},
		{nc.RefusalLandline, "landline", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Line = nc.LineLandline })},
		{nc.RefusalOurs, "ours", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Ours = true })},
		{nc.RefusalCurrent, "current", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Current = true })},
		{nc.RefusalOther, "another's", nc.StateEvidenced, number(func(w *nc.NumberGiven) { w.Other = true })},
		{nc.RefusalTooSoon, "a code after 29 s", nc.StateCodeSent, later(29*time.Second, agent(nc.CodeResend{}))},
		{nc.RefusalTooSoon, "another number at once", nc.StateCodeSent, agent(given())},
		{nc.RefusalSends, "a fifth code", nc.StateCodeSent, after(func(p *play) {
			for range 3 {
				p.wait(31*time.Second).by(p.agent(), nc.CodeResend{})
			}
		}, later(31*time.Second, agent(nc.CodeResend{})))},
		{nc.RefusalCodeOld, "a code before the last", nc.StateCodeSent, after(later(31*time.Second, agent(nc.CodeResend{})), right)},
		{nc.RefusalCodeExpired, "after ten minutes", nc.StateCodeSent, later(10*time.Minute, right)},
		{nc.RefusalCodeTries, "the right one after three wrong ones", nc.StateCodeSent, after(thrice, right)},
		{nc.RefusalCodeWrong, "wrong", nc.StateCodeSent, wrong},
		{nc.RefusalHold, "resuming shortens no hold", nc.StateHolding, lead(nc.Resume{})},
		{nc.RefusalBusy, "resuming what runs", nc.StateApplying, agent(nc.Resume{})},
		{nc.RefusalLinks, "a third set of links", nc.StateAwaitingActivation, after(func(p *play) {
			p.by(p.agent(), nc.Resume{}).on(p.done(nc.StepLinks)).on(p.done(nc.StepSend))
		}, agent(nc.Resume{}))},
		{nc.RefusalApplied, "cancelling what is applied", nc.StateApplying, after(stuck, agent(nc.Cancelled{}))},
		{nc.RefusalNothingApplied, "undoing nothing", nc.StateHolding, agent(nc.Undo{})},
		{nc.RefusalOldGoing, "undoing while the old phone goes", nc.StateRemovingOld, actor(nc.Undo{}, asAgent)},
	}
	seen := map[nc.Refusal]bool{}
	for _, c := range cases {
		seen[c.why] = true
		t.Run(c.why.String()+", "+c.name, func(t *testing.T) {
			p := inState(c.state)
			c.do(p)
			if got := refusal(p.last); got != c.why {
				t.Fatalf("refused for %v: %s", got, did(p.last))
			}
			if !has[nc.Audit](p.last) {
				t.Error("no trace of the attempt")
			}
			last := p.last[len(p.last)-1]
			if _, ok := last.(nc.Refuse); !ok {
				t.Errorf("a refused event does %s", did(p.last))
			}
		})
	}
	for _, why := range nc.Refusals() {
		if !seen[why] {
			t.Errorf("nothing is refused for %v", why)
		}
	}
}

// What is refused is asked about beforehand by the same function, and changes
// nothing.
func TestWhy(t *testing.T) {
	p := inState(nc.StateAwaitingApproval)
	e := nc.Event{At: p.at, By: p.agent(), Facts: good, What: nc.Approved{}}
	before := p.c
	if got := p.rules.Why(p.c, e); got != nc.RefusalSamePerson {
		t.Errorf("self-approval: %v", got)
	}
	e.By = p.lead()
	if got := p.rules.Why(p.c, e); got != nc.RefusalNone {
		t.Errorf("approval: %v", got)
	}
	p = inState(nc.StateCodeSent)
	e = nc.Event{At: p.at, By: p.agent(), Facts: good, What: nc.CodeTried{Code: 1}}
	if got := p.rules.Why(p.c, e); got != nc.RefusalNone {
		t.Errorf("asking tells that a code is wrong: %v", got)
	}
	if d := cmp.Diff(before, inState(nc.StateAwaitingApproval).c); d != "" {
		t.Error(d)
	}
}
