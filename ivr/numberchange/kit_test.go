package numberchange_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	nc "ringback/ivr/numberchange"
)

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

const newNumber = "+19195550142"

// good are the facts that let everything happen.
var good = nc.Facts{Read: true, OnLine: true}

// play is a change that events are played on, a clock beside it.
type play struct {
	rules nc.Rules
	c     nc.Change
	at    time.Time
	facts nc.Facts
	last  []nc.Action
}

func newPlay() *play { return &play{at: start, facts: good} }

func (p *play) agent() nc.Actor { return nc.Actor{ID: "alex", Role: nc.RoleAgent, SignedIn: p.at} }
func (p *play) lead() nc.Actor  { return nc.Actor{ID: "jo", Role: nc.RoleLead, SignedIn: p.at} }
func (p *play) peer() nc.Actor  { return nc.Actor{ID: "robin", Role: nc.RoleAgent, SignedIn: p.at} }

// by plays what somebody does.
func (p *play) by(a nc.Actor, what nc.What) *play {
	p.c, p.last = p.rules.Next(p.c, nc.Event{At: p.at, By: a, Facts: p.facts, What: what})
	return p
}

// on plays what the system reports.
func (p *play) on(events ...nc.What) *play {
	for _, w := range events {
		p.by(nc.Actor{}, w)
	}
	return p
}

func (p *play) wait(d time.Duration) *play {
	p.at = p.at.Add(d)
	return p
}

func (p *play) evidence() nc.Evidence {
	return nc.Evidence{Number: true, Until: p.at.Add(10 * time.Minute), Factors: []string{"emailed_code", "recovery_code"}}
}

func opened() nc.Opened { return nc.Opened{ID: "n1", Subject: "s1"} }

func given() nc.NumberGiven {
	return nc.NumberGiven{Number: newNumber, Line: nc.LineMobile, Replaces: "DP-old"}
}

func checked() nc.IdentityChecked {
	return nc.IdentityChecked{Check: nc.CheckInPerson, Seen: []nc.Seen{nc.SeenCard, nc.SeenPassport}}
}

func confirmed() nc.IdentityConfirmed {
	return nc.IdentityConfirmed{Check: nc.CheckInPerson, Seen: []nc.Seen{nc.SeenPassport, nc.SeenCard}}
}

// done is the good end of the step that was begun last.
func (p *play) done(s nc.Step) nc.DuoDone { return p.result(s, nc.ResultOK) }

func (p *play) result(s nc.Step, r nc.Result) nc.DuoDone {
	d := nc.DuoDone{Step: s, Try: p.c.Step(s).Try, Result: r}
	if s == nc.StepFind && r == nc.ResultOK {
		d.Phone = "DP-new"
	}
	return d
}

// activate has the new phone found active at the next look.
func (p *play) activate() *play {
	p.wait(10 * time.Second).on(nc.Tick{})
	return p.on(nc.Activated{Try: p.c.Try, Phone: "DP-new"})
}

// way leads through every state; each step is one state further.
func way() []struct {
	to nc.State
	do func(*play)
} {
	return []struct {
		to nc.State
		do func(*play)
	}{
		{nc.StateDraft, func(p *play) { p.by(p.agent(), opened()) }},
		{nc.StateEvidenced, func(p *play) { p.by(p.agent(), p.evidence()) }},
		{nc.StateNumberGiven, func(p *play) { p.by(p.agent(), given()) }},
		{nc.StateCodeSent, func(p *play) { p.on(nc.CodeSent{Code: 1, Result: nc.ResultOK}) }},
		{nc.StateAwaitingApproval, func(p *play) { p.by(p.agent(), nc.CodeTried{Code: 1, OK: true}) }},
		{nc.StateHolding, func(p *play) { p.by(p.lead(), nc.Approved{}) }},
		{nc.StateApplying, func(p *play) { p.wait(24 * time.Hour).on(nc.Tick{}) }},
		{nc.StateAwaitingActivation, func(p *play) {
			for s := nc.StepFind; s <= nc.StepSend; s++ {
				p.on(p.done(s))
			}
		}},
		{nc.StateRemovingOld, func(p *play) { p.activate() }},
		{nc.StateDone, func(p *play) { p.on(p.done(nc.StepRemove)) }},
	}
}

// inState is a change that has come to a state in the usual way.
func inState(s nc.State) *play {
	p := newPlay()
	switch s {
	case nc.StateUnknown:
		return p
	case nc.StateCancelled:
		return inState(nc.StateDraft).on(nc.Frozen{})
	case nc.StateDenied:
		p = inState(nc.StateAwaitingApproval)
		return p.by(p.lead(), nc.Denied{})
	case nc.StateExpired:
		return inState(nc.StateDraft).wait(time.Hour).on(nc.Tick{})
	case nc.StateUndoing:
		return inState(nc.StateAwaitingActivation).on(nc.Repudiated{})
	case nc.StateUndone:
		p = inState(nc.StateUndoing)
		return p.on(p.done(nc.StepDissociate))
	case nc.StateFailed:
		p = inState(nc.StateApplying)
		d := p.done(nc.StepFind)
		d.Taken = true
		return p.on(d)
	}
	for _, w := range way() {
		if w.do(p); w.to == s {
			break
		}
	}
	return p
}

// did prints actions, such as "Refuse{over}".
func did(actions []nc.Action) string {
	all := make([]string, 0, len(actions))
	for _, a := range actions {
		switch a := a.(type) {
		case nc.Audit:
			kind := "outcome"
			if a.Intent {
				kind = "intent"
			}
			all = append(all, strings.Join(strings.Fields(fmt.Sprintf("%s(%s %s %s)", kind, a.Name, a.By, a.Detail)), " "))
		case nc.Wake:
			all = append(all, "Wake{"+a.At.Sub(start).String()+"}")
		default:
			all = append(all, strings.TrimPrefix(fmt.Sprintf("%T%v", a, a), "numberchange."))
		}
	}
	return strings.ReplaceAll(strings.Join(all, " "), " )", ")")
}

// refusal is why the last event was refused.
func refusal(actions []nc.Action) nc.Refusal {
	for _, a := range actions {
		if r, ok := a.(nc.Refuse); ok {
			return r.Why
		}
	}
	return nc.RefusalNone
}

func has[A nc.Action](actions []nc.Action) bool {
	return slices.ContainsFunc(actions, func(a nc.Action) bool { _, ok := a.(A); return ok })
}

func want(t *testing.T, p *play, s nc.State, why nc.Refusal) {
	t.Helper()
	if got := refusal(p.last); p.c.State != s || got != why {
		t.Fatalf("state %v, refusal %v; want %v, %v\n%s", p.c.State, got, s, why, did(p.last))
	}
}
