package console

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ringback/ivr/desk/changes"
	"ringback/ivr/numberchange"
)

// changeView is one change as somebody sees it.
type changeView struct {
	changes.View
	Token    string
	Problem  string // why something was not done; "": nothing was refused
	LineName string
	Mine     bool // the viewer opened it
	Lead     bool
	Title    string // where it stands, in big
	Hint     string // the one thing to do next
	Do       string // what that is: a name of numberchange.Do, or "nothing"
	StepUp   string // where to sign in once more, when approving needs that
	Stages   []stageView
	Say      string
}

type stageView struct {
	Name, Mark, Symbol string
}

// May reports whether the viewer may do something now.
func (v changeView) May(act string) bool { return v.why(act) == numberchange.RefusalNone }

// WhyNot is why not, in words.
func (v changeView) WhyNot(act string) string { return refusalWords(v.why(act)) }

func (v changeView) why(act string) numberchange.Refusal {
	what, err := changes.ParseWhat(act)
	if err != nil {
		return numberchange.RefusalNotNow
	}
	return v.Why[what]
}

// Over reports whether nothing more can be done.
func (v changeView) Over() bool { return v.State.Over() }

// Documents are what can be seen in an identity check.
func (changeView) Documents() []numberchange.Seen { return numberchange.AllSeen() }

// changeView reads a change for somebody.
func (c *Console) changeView(ctx context.Context, who *person, id string) (changeView, error) {
	v, err := c.Numbers.View(ctx, id, who.actor())
	if err != nil {
		return changeView{}, fmt.Errorf("read change: %w", err)
	}
	return c.describeChange(who, v), nil
}

// describeChange says what there is to do, and for whom.
func (c *Console) describeChange(who *person, v changes.View) changeView {
	out := changeView{View: v, Token: who.Token, LineName: c.lineName(v.Line), Mine: v.Agent == who.Actor, Lead: who.Role >= RoleLead}
	for _, s := range v.Stages {
		out.Stages = append(out.Stages, stageView{stageWords(s.Stage), s.Mark.String(), markSymbol(s.Mark)})
	}
	next := out.next()
	out.Title = stateWords(v.Card)
	out.Do, out.Hint = next.Do.String(), hintWords(v, next, out.Mine)
	if next.Do == numberchange.DoApprove && v.Why[changes.Approve] == numberchange.RefusalSignIn {
		out.StepUp = stepUpPath(changePath(v.ID))
	}
	out.Say = out.Title + ". " + out.Hint
	return out
}

// next is the viewer's own next thing: as the agent, as the second person, as a lead.
func (v *changeView) next() numberchange.Next {
	part := func(w numberchange.Who) numberchange.Next {
		i := slices.IndexFunc(v.Next, func(n numberchange.Next) bool { return n.Who == w })
		if i < 0 {
			return numberchange.Next{Do: numberchange.DoWait}
		}
		return v.Next[i]
	}
	idle := func(n numberchange.Next) bool { return n.Do == numberchange.DoWait || n.Do == numberchange.DoNothing }
	if v.Mine {
		return part(numberchange.WhoAgent)
	}
	if n := part(numberchange.WhoLead); v.Lead && !idle(n) && v.Why[changes.ConfirmCheck] != numberchange.RefusalSamePerson {
		return n
	}
	if n := part(numberchange.WhoSecond); !idle(n) {
		return n
	}
	return numberchange.Next{Do: numberchange.DoWait}
}

// changesView is the list of changes.
type changesView struct {
	Token       string
	Now         []changeView // under way, the oldest first
	Ended       []changeView
	Cases       []changes.Case
	OnPhone     string // the last two digits of the ID of the caller whom the viewer has, or ""
	Calling     bool   // the viewer has a caller
	Lead        bool
	MayDecide   bool
	Say         string
	EndedCount  int
	Approvals   int
	LocalRefuse string
}

// changesView reads the list; all is what was read already, or nil.
func (c *Console) changesView(ctx context.Context, who *person, all []changes.View) (v changesView, err error) {
	v = changesView{Token: who.Token, Lead: who.Role >= RoleLead, MayDecide: c.mayDecide(who), LocalRefuse: refusalWords(numberchange.RefusalLocal)}
	if all == nil {
		if all, err = c.Numbers.List(ctx); err != nil {
			return v, fmt.Errorf("list changes: %w", err)
		}
	}
	for _, one := range all {
		d := c.describeChange(who, one)
		if one.State.Over() {
			v.Ended = append(v.Ended, d)
		} else {
			v.Now = append(v.Now, d)
		}
	}
	slices.Reverse(v.Now)
	if v.Cases, err = c.Numbers.Cases(ctx); err != nil {
		return v, fmt.Errorf("list cases: %w", err)
	}
	if v.OnPhone, v.Calling, err = c.onPhone(ctx, who); err != nil {
		return v, err
	}
	v.Approvals = asked(all, who)
	v.Say = fmt.Sprintf("%d number changes are under way.", len(v.Now))
	return v, nil
}

// onPhone is whom the viewer talks to: the last two digits of the claimed ID.
func (c *Console) onPhone(ctx context.Context, who *person) (hint string, ok bool, err error) {
	if who.Agent == "" {
		return "", false, nil
	}
	id, ok, err := c.Floor.Holding(ctx, who.Agent)
	if err != nil || !ok {
		return "", false, err //nolint:wrapcheck // the floor names itself
	}
	card, ok, err := c.Cards.Card(ctx, id)
	if err != nil {
		return "", false, fmt.Errorf("read card: %w", err)
	}
	return card.SubjectHint, ok && card.Subject != "", nil
}

// asked is how many changes wait for a second person who may be the viewer, or for
// the confirmation of a check by a lead.
func asked(all []changes.View, who *person) (n int) {
	for _, v := range all {
		if waits(v, who) != numberchange.DoNothing {
			n++
		}
	}
	return n
}

// waits is what a change waits for that the viewer might do as a second person.
func waits(v changes.View, who *person) numberchange.Do {
	if v.Agent == who.Actor {
		return numberchange.DoNothing
	}
	for _, n := range v.Next {
		switch {
		case n.Who == numberchange.WhoLead && n.Do == numberchange.DoConfirm && who.Role >= RoleLead && v.Approver != who.Actor:
			return n.Do
		case n.Who == numberchange.WhoSecond && n.Do == numberchange.DoApprove && v.ConfirmedBy != who.Actor:
			return n.Do
		}
	}
	return numberchange.DoNothing
}

func (c *Console) lineName(id string) string {
	if name := c.LineNames[id]; name != "" {
		return name
	}
	return id
}

// signedIn is when the person last proved who they are; zero: nobody told.
func (p *person) signedIn() time.Time {
	if p.Auth == 0 {
		return time.Time{}
	}
	return time.Unix(p.Auth, 0)
}
