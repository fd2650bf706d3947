package numberchange_test

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	nc "ringback/ivr/numberchange"
)

// somebody is a random person, in a random standing.
func (w *world) somebody() nc.Actor {
	a := []nc.Actor{
		{ID: "alex", Role: nc.RoleAgent},
		{ID: "Alex", Role: nc.RoleLead},
		{ID: "robin", Role: nc.RoleAgent},
		{ID: "jo", Role: nc.RoleLead},
		{ID: "kai", Role: nc.RoleLead},
	}[w.dice.IntN(5)]
	a.SignedIn = w.at.Add(-time.Duration(w.dice.IntN(7)) * time.Minute)
	switch w.dice.IntN(40) {
	case 0:
		a.Subject = true
	case 1:
		a.Local = true
	case 2:
		a.Role = nc.RoleUnknown
	}
	return a
}

func (w *world) drawFacts() {
	w.facts = good
	switch w.dice.IntN(60) {
	case 0:
		w.facts = nc.Facts{}
	case 1:
		w.facts.Threat = true
	case 2:
		w.facts.Privileged = true
	case 3:
		w.facts.OnLine = false
	case 4:
		if w.oneIn(20) {
			w.facts.Frozen = true
		}
	}
}

// anything is an event that somebody may try at any time.
func (w *world) anything() nc.What {
	check := []nc.Check{nc.CheckVideo, nc.CheckInPerson}[w.dice.IntN(2)]
	switch w.dice.IntN(16) {
	case 0:
		return nc.Opened{ID: []string{"n1", "n2"}[w.dice.IntN(2)], Subject: "s1"}
	case 1:
		e := w.evidence()
		e.Number = !w.oneIn(5)
		e.Until = w.at.Add(time.Duration(w.dice.IntN(12)-1) * time.Minute)
		return e
	case 2:
		return nc.IdentityChecked{Check: check, Seen: nc.AllSeen()[:w.dice.IntN(3)]}
	case 3:
		return nc.IdentityConfirmed{Check: check, Seen: w.c.Proof.Seen}
	case 4:
		n := nc.NumberGiven{Number: newNumber, Replaces: "DP-old", Line: nc.LineType(w.dice.IntN(5))}
		n.Current, n.Other, n.Ours = w.oneIn(9), w.oneIn(9), w.oneIn(9)
		if w.oneIn(9) {
			n.Number = "5550142"
		}
		return n
	case 5, 6:
		return nc.CodeTried{Code: w.model.code - uint32(w.dice.IntN(6)/5), OK: w.oneIn(3)}
	case 7:
		return nc.CodeResend{}
	case 8, 9:
		return nc.Approved{}
	case 10:
		return nc.Denied{}
	case 11:
		return nc.Cancelled{}
	case 12, 13:
		return nc.Resume{}
	}
	return nc.Undo{}
}

// advised does what the card says, by whom it says: that must be taken.
func (w *world) advised() error {
	w.facts = good
	next := w.rules.Card(w.c, w.at).Next
	n := next[w.dice.IntN(len(next))]
	if n.Why != nc.RefusalNone {
		return nil
	}
	people := map[nc.Who]nc.Actor{nc.WhoAgent: w.agent(), nc.WhoLead: w.lead(), nc.WhoSecond: w.peer()}
	by := people[n.Who]
	if n.Who == nc.WhoAgent {
		by.ID = cmp.Or(w.c.Agent, "alex")
	}
	if n.Who == nc.WhoLead && (same(by.ID, w.c.Agent) || by.ID == w.c.Approver) {
		if by.ID = "kai"; same(by.ID, w.c.Agent) || by.ID == w.c.Approver {
			by.ID = "max"
		}
	}
	if n.Who == nc.WhoSecond && (same(by.ID, w.c.Agent) || same(by.ID, w.c.Proof.ConfirmedBy)) {
		by.ID = "sam"
	}
	what := map[nc.Do]nc.What{
		nc.DoVerify: w.evidence(), nc.DoConfirm: nc.IdentityConfirmed{Check: w.c.Proof.Check, Seen: w.c.Proof.Seen}, nc.DoNumber: given(),
		nc.DoCode: nc.CodeTried{Code: w.c.Code, OK: true}, nc.DoResend: nc.CodeResend{}, nc.DoApprove: nc.Approved{},
		nc.DoResume: nc.Resume{}, nc.DoLinks: nc.Resume{}, nc.DoUndo: nc.Undo{},
	}[n.Do]
	if what == nil {
		return nil
	}
	switch {
	case w.oneIn(8) && n.Do == nc.DoVerify:
		what = checked()
	case w.clumsy && n.Do == nc.DoCode:
		what = nc.CodeTried{Code: w.c.Code, OK: w.oneIn(9)}
	case w.clumsy && w.oneIn(9):
		return nil
	}
	state := w.c.State
	if err := w.event(by, what); err != nil {
		return err
	}
	if why := refusal(w.last); why != nc.RefusalNone && why != nc.RefusalOver && why != nc.RefusalCodeWrong {
		return fmt.Errorf("%v: the card says %v %v, refused for %v", state, n.Who, n.Do, why)
	}
	return nil
}

func same(a, b string) bool { return strings.EqualFold(a, b) }
