package console

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"ringback/ivr/desk/changes"
	"ringback/ivr/numberchange"
)

// maxReference is the longest reference of a case.
const maxReference = 64

// changeID is what changes are called in addresses: they are random.
func changeID() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`) }

// changePath is the page of one change.
func changePath(id string) string { return pathChanges + "/" + id }

// errNoNumbers is a desk that changes no numbers.
func errNoNumbers() error {
	return refuse(outcomeConflict, "Numbers are not changed at this desk.")
}

// actor is somebody as changes of numbers know them.
func (p *person) actor() changes.Actor {
	role := numberchange.RoleUnknown
	switch p.Role {
	case RoleAgent:
		role = numberchange.RoleAgent
	case RoleLead:
		role = numberchange.RoleLead
	case RoleNone:
	}
	return changes.Actor{ID: p.Actor, Role: role, Local: p.Local, SignedIn: p.signedIn()}
}

// changesPage lists what is under way, and begins changes.
func (c *Console) changesPage(x *exchange) error {
	if c.Numbers == nil {
		return errNoNumbers()
	}
	v, err := c.changesView(x.ctx, x.who, nil)
	if err != nil {
		return unavailable(err)
	}
	return c.render(x, http.StatusOK, "changes", page{Title: "Number changes", Path: pathChanges, Live: true, Show: "changes", Watch: pathChanges, Data: v})
}

// openChange begins a change: of the caller on the agent's phone, or of a case.
func (c *Console) openChange(x *exchange) error {
	if c.Numbers == nil {
		return errNoNumbers()
	}
	id, why, err := c.Numbers.Open(x.ctx, x.who.actor(), changes.Opening{Case: x.form.Get("case")})
	switch {
	case errors.Is(err, changes.ErrTaken) && id != "":
		return x.Redirect(http.StatusSeeOther, changePath(id)+"#next")
	case errors.Is(err, changes.ErrTaken):
		return refuse(outcomeConflict, "This person's number is being changed already.")
	case err != nil:
		return unavailable(fmt.Errorf("open change: %w", err))
	case why != numberchange.RefusalNone:
		return refuse(refusalOutcome(why), refusalWords(why))
	}
	c.Logger.InfoContext(x.ctx, "desk number change", "act", "open", "actor", x.who.Actor, "change", id)
	c.hub.poke()
	return x.Redirect(http.StatusSeeOther, changePath(id)+"#next")
}

// openCase is a lead's word that somebody is with the desk.
func (c *Console) openCase(x *exchange) error {
	if c.Numbers == nil {
		return errNoNumbers()
	}
	if !c.mayDecide(x.who) {
		return refuse(outcomeForbidden, refusalWords(numberchange.RefusalLocal))
	}
	why, err := x.reason()
	if err != nil {
		return err
	}
	id := strings.TrimSpace(x.form.Get("id"))
	if !uniqueID().MatchString(id) {
		return refuse(outcomeInvalid, "A unique ID has 4 to 12 digits.")
	}
	if len(why) > maxReference {
		return refuse(outcomeInvalid, "The number of the ticket, or a few words: at most 64 characters.")
	}
	err = c.Numbers.OpenCase(x.ctx, id, x.who.Actor, why)
	if errors.Is(err, changes.ErrNotFound) {
		return refuse(outcomeConflict, "The directory knows nobody with this unique ID.")
	}
	return c.done(x, "open case", pathChanges+"#cases", err)
}

// changePage is one change, with the one thing to do next.
func (c *Console) changePage(x *exchange) error {
	return c.showChange(x, http.StatusOK, "")
}

// showChange answers with the page of a change. problem is why something was not
// done.
func (c *Console) showChange(x *exchange, status int, problem string) error {
	if c.Numbers == nil {
		return errNoNumbers()
	}
	id := x.Param("id")
	v, err := c.changeView(x.ctx, x.who, id)
	if errors.Is(err, changes.ErrNotFound) || !changeID().MatchString(id) {
		return refuse(outcomeConflict, "There is no such change any more.")
	}
	if err != nil {
		return unavailable(err)
	}
	v.Problem = problem
	return c.render(x, status, "change", page{
		Title: "Number change", Path: pathChanges, Live: problem == "", Show: "change&id=" + id, Watch: changePath(id), Data: v,
	})
}

// actChange has somebody do something to a change. What is refused is said on the
// change's own page, beside what can be done.
func (c *Console) actChange(x *exchange) error {
	if c.Numbers == nil {
		return errNoNumbers()
	}
	id := x.Param("id")
	what, err := changes.ParseWhat(x.Param("act"))
	if err != nil || !changeID().MatchString(id) {
		return refuse(outcomeInvalid, "That is not a form of ours.")
	}
	a, err := c.changeAct(x, what)
	if err != nil {
		return c.problem(x, err)
	}
	why, err := c.Numbers.Do(x.ctx, id, x.who.actor(), a)
	switch {
	case errors.Is(err, changes.ErrNotFound) && what == changes.GiveNumber:
		return c.problem(x, refuse(outcomeConflict, "The account in Duo has no such phone. Look at the list again."))
	case errors.Is(err, changes.ErrNotFound):
		return refuse(outcomeConflict, "There is no such change any more.")
	case err != nil:
		return unavailable(fmt.Errorf("number change: %w", err))
	case why == numberchange.RefusalSignIn:
		return x.Redirect(http.StatusSeeOther, stepUpPath(changePath(id)))
	case why != numberchange.RefusalNone:
		return c.problem(x, refuse(refusalOutcome(why), refusalWords(why)))
	}
	c.Logger.InfoContext(x.ctx, "desk number change", "act", what.String(), "actor", x.who.Actor, "change", id)
	c.hub.poke()
	return x.Redirect(http.StatusSeeOther, changePath(id)+"#next")
}

// problem shows what was refused on the page of the change; it stays a refusal for
// the count.
func (c *Console) problem(x *exchange, err error) error {
	f, ok := errors.AsType[*fault](err)
	if !ok {
		return err
	}
	if err := c.showChange(x, f.outcome.status(), f.public); err != nil {
		return err
	}
	return f
}

// changeAct reads a form about a change.
func (c *Console) changeAct(x *exchange, what changes.What) (a changes.Act, err error) {
	a.What = what
	switch what {
	case changes.RecordCheck, changes.ConfirmCheck: // a lead's form has what the lead was shown
		a.Check, a.Seen = checkOf(x.form.Get("check")), nil
		for _, s := range numberchange.AllSeen() {
			if x.form.Get("seen_"+s.String()) != "" {
				a.Seen = append(a.Seen, s)
			}
		}
	case changes.GiveNumber:
		a.Number, a.Replaces = c.typedNumber(x.form.Get("number")), x.form.Get("replaces")
	case changes.EnterCode:
		a.Code = strings.NewReplacer(" ", "", "-", "").Replace(x.form.Get("code"))
		if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(a.Code) { // a slip of the pen is no try
			return a, refuse(outcomeInvalid, "A code has six digits. This was not counted as a try.")
		}
	case changes.Approve, changes.Deny, changes.Cancel, changes.Undo:
		a.Why, err = x.reason()
	case changes.TakeVerdict, changes.ResendCode, changes.Resume, changes.WhatUnknown:
	}
	return a, err
}

func checkOf(name string) numberchange.Check {
	for _, c := range []numberchange.Check{numberchange.CheckVideo, numberchange.CheckInPerson} {
		if c.String() == name {
			return c
		}
	}
	return numberchange.CheckUnknown
}

// typedNumber reads a number as people write it. What is no number stays what it is,
// and is refused as none.
func (c *Console) typedNumber(text string) string {
	text = strings.TrimSpace(text)
	n, err := phonenumbers.Parse(text, c.Region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return text
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}
