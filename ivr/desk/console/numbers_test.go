package console_test

import (
	"context"
	"sync"
	"time"

	"ringback/ivr/desk/changes"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

// numbers changes numbers in memory, by the rules, with the facts that a test says.
// Duo does at once what it is asked.
type numbers struct {
	mu     sync.Mutex
	now    func() time.Time
	rules  nc.Rules
	facts  nc.Facts
	proven bool
	own    string // who at the desk is the subject
	ids    []string
	all    map[string]nc.Change
	cases  []changes.Case
	acts   []changes.Act
	down   error
}

func newNumbers(now func() time.Time) *numbers {
	return &numbers{now: now, all: map[string]nc.Change{}, facts: nc.Facts{Read: true, OnLine: true}, proven: true, rules: nc.Rules{LocalMay: true, Hold: -1}}
}

const changeName = "c0ffee00c0ffee00c0ffee00c0ffee00"

func (n *numbers) by(a changes.Actor) nc.Actor {
	return nc.Actor{ID: a.ID, Role: a.Role, Local: a.Local, SignedIn: a.SignedIn, Subject: a.ID == n.own}
}

// set changes what the rules, or the facts, say.
func (n *numbers) set(edit func(*numbers)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	edit(n)
}

func (n *numbers) event(id string, by changes.Actor, what nc.What) nc.Refusal {
	c, actions := n.rules.Next(n.all[id], nc.Event{At: n.now(), By: n.by(by), Facts: n.facts, What: what})
	n.all[id] = c
	why := nc.RefusalNone
	for _, a := range actions {
		if r, ok := a.(nc.Refuse); ok {
			why = r.Why
		}
	}
	for _, a := range actions {
		switch a := a.(type) {
		case nc.SendCode:
			n.event(id, changes.Actor{}, nc.CodeSent{Code: a.Code, Result: nc.ResultOK})
		case nc.FindOrCreatePhone:
			n.event(id, changes.Actor{}, nc.DuoDone{Step: nc.StepFind, Try: a.Try, Result: nc.ResultOK, Phone: "DPNEW"})
		case nc.Associate:
			n.event(id, changes.Actor{}, nc.DuoDone{Step: nc.StepAssociate, Try: a.Try, Result: nc.ResultOK})
		case nc.MakeLinks:
			n.event(id, changes.Actor{}, nc.DuoDone{Step: nc.StepLinks, Try: a.Try, Result: nc.ResultOK})
		case nc.SendLinks:
			n.event(id, changes.Actor{}, nc.DuoDone{Step: nc.StepSend, Try: a.Try, Result: nc.ResultOK})
		}
	}
	return why
}

func (n *numbers) view(id string) changes.View {
	c := n.all[id]
	v := changes.View{
		Card: n.rules.Card(c, n.now()), ID: id, Subject: subject, SubjectHint: "01", Line: "university", CallRef: "00112233aabbccdd", Agent: c.Agent, Approver: c.Approver,
		Opened: time.UnixMilli(c.Opened), Check: c.Proof.Check, Seen: c.Proof.Seen, ConfirmedBy: c.Proof.ConfirmedBy, Codes: int(c.Code), TriesLeft: 3 - int(c.Tries),
	}
	if c.Proof.Until != 0 {
		v.Until, v.Factors = time.UnixMilli(c.Proof.Until), c.Proof.Factors
	}
	if c.Replaces != "" {
		v.Old = "01"
	}
	return v
}

// List is all of them.
func (n *numbers) List(context.Context) (all []changes.View, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range n.ids {
		all = append([]changes.View{n.view(id)}, all...)
	}
	return all, n.down
}

// View is one of them.
func (n *numbers) View(_ context.Context, id string, by changes.Actor) (changes.View, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c, ok := n.all[id]
	if !ok {
		return changes.View{}, changes.ErrNotFound
	}
	v := n.view(id)
	v.Why = map[changes.What]nc.Refusal{}
	for w, what := range map[changes.What]nc.What{
		changes.TakeVerdict: n.evidence(), changes.RecordCheck: nc.IdentityChecked{Check: nc.CheckInPerson, Seen: nc.AllSeen()},
		changes.ConfirmCheck: nc.IdentityConfirmed{Check: c.Proof.Check, Seen: c.Proof.Seen}, changes.GiveNumber: nc.NumberGiven{Number: "+19195550100"},
		changes.EnterCode: nc.CodeTried{Code: c.Code}, changes.ResendCode: nc.CodeResend{}, changes.Approve: nc.Approved{}, changes.Deny: nc.Denied{},
		changes.Cancel: nc.Cancelled{}, changes.Resume: nc.Resume{}, changes.Undo: nc.Undo{},
	} {
		if why := n.rules.Why(c, nc.Event{At: n.now(), By: n.by(by), Facts: n.facts, What: what}); why != nc.RefusalNone {
			v.Why[w] = why
		}
	}
	v.Phones = []changes.Phone{{ID: "DPOLD", Hint: "01", Activated: true}, {ID: "DPTAB"}}
	return v, n.down
}

func (n *numbers) evidence() nc.Evidence {
	return nc.Evidence{Number: n.proven, Until: n.now().Add(10 * time.Minute), Factors: []string{"recovery_code", "duo_push"}}
}

// Do does something.
func (n *numbers) Do(_ context.Context, id string, by changes.Actor, a changes.Act) (nc.Refusal, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acts = append(n.acts, a)
	c, ok := n.all[id]
	if !ok {
		return nc.RefusalNone, changes.ErrNotFound
	}
	what := map[changes.What]nc.What{
		changes.TakeVerdict: n.evidence(), changes.RecordCheck: nc.IdentityChecked{Check: a.Check, Seen: a.Seen}, changes.ConfirmCheck: nc.IdentityConfirmed{Check: a.Check, Seen: a.Seen},
		changes.GiveNumber: nc.NumberGiven{Number: a.Number, Replaces: a.Replaces, Current: a.Number == "+19195550101"},
		changes.EnterCode:  nc.CodeTried{Code: c.Code, OK: a.Code == "123456"}, changes.ResendCode: nc.CodeResend{}, changes.Approve: nc.Approved{},
		changes.Deny: nc.Denied{}, changes.Cancel: nc.Cancelled{}, changes.Resume: nc.Resume{}, changes.Undo: nc.Undo{},
	}[a.What]
	if n.down != nil {
		return nc.RefusalNone, n.down
	}
	return n.event(id, by, what), nil
}

// Open begins one.
func (n *numbers) Open(_ context.Context, by changes.Actor, o changes.Opening) (string, nc.Refusal, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down != nil {
		return "", nc.RefusalNone, n.down
	}
	for id, c := range n.all {
		if !c.State.Over() {
			return id, nc.RefusalNone, changes.ErrTaken
		}
	}
	id := changeName[:31] + string(rune('a'+len(n.all)))
	if why := n.event(id, by, nc.Opened{ID: id, Subject: "1000001"}); why != nc.RefusalNone {
		delete(n.all, id)
		return "", why, nil
	}
	n.ids = append(n.ids, id)
	if n.proven && o.Case == "" {
		n.event(id, by, n.evidence())
	}
	return id, nc.RefusalNone, nil
}

// OpenCase opens a case.
func (n *numbers) OpenCase(_ context.Context, id, by, reason string) error {
	if id != "1000001" {
		return changes.ErrNotFound
	}
	n.set(func(n *numbers) {
		n.cases = append(n.cases, changes.Case{Case: ledger.Case{Subject: pseudonym(id), By: by, Reason: reason, Until: n.now().Add(2 * time.Hour)}, Hint: "01"})
		n.facts.OpenCase = true
	})
	return nil
}

// Cases are those that are open.
func (n *numbers) Cases(context.Context) ([]changes.Case, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cases, nil
}
