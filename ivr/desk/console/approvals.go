package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"ringback/ivr/desk/changes"
	"ringback/ivr/numberchange"
)

// approvalsView is what waits for a second person.
type approvalsView struct {
	Token string
	Wait  []changeView // for the viewer
	Own   []changeView // the viewer's own, which somebody else has to approve
	Fresh bool         // the sign-in is young enough to approve
	May   bool         // the session may approve at all
	Say   string
}

// approvalsPage shows who waits for a second person.
func (c *Console) approvalsPage(x *exchange) error {
	if c.Numbers == nil {
		return errNoNumbers()
	}
	v, err := c.approvalsView(x.ctx, x.who, nil)
	if err != nil {
		return unavailable(err)
	}
	return c.render(x, http.StatusOK, "approvals", page{Title: "Approvals", Path: pathApprovals, Live: true, Show: "approvals", Watch: pathApprovals, Data: v})
}

// approvalsView reads what waits; all is what was read already, or nil.
func (c *Console) approvalsView(ctx context.Context, who *person, all []changes.View) (v approvalsView, err error) {
	v = approvalsView{Token: who.Token, Fresh: who.fresh(c.Clock.Now()), May: c.mayDecide(who)}
	if all == nil {
		if all, err = c.Numbers.List(ctx); err != nil {
			return v, fmt.Errorf("list changes: %w", err)
		}
	}
	for _, one := range all {
		switch {
		case waits(one, who) != numberchange.DoNothing:
			d, err := c.changeView(ctx, who, one.ID)
			if errors.Is(err, changes.ErrNotFound) {
				continue
			}
			if err != nil {
				return v, err
			}
			v.Wait = append(v.Wait, d)
		case one.Agent == who.Actor && one.State == numberchange.StateAwaitingApproval:
			v.Own = append(v.Own, c.describeChange(who, one))
		}
	}
	v.Say = "Nothing waits for you."
	if n := len(v.Wait); n == 1 {
		v.Say = "One change waits for you."
	} else if n > 1 {
		v.Say = fmt.Sprintf("%d changes wait for you.", n)
	}
	return v, nil
}

// stepUpPath is where to sign in once more, and where to go then.
func stepUpPath(back string) string {
	return pathStepUp + "?" + url.Values{"return_to": {back}}.Encode()
}

// asks is how many changes wait for somebody, for the navigation. Nobody is kept
// from a page by not knowing it.
func (c *Console) asks(ctx context.Context, who *person) int {
	if c.Numbers == nil || who == nil {
		return 0
	}
	all, err := c.Numbers.List(ctx)
	if err != nil {
		c.Logger.WarnContext(ctx, "desk approvals not counted", "error", err.Error())
		return 0
	}
	return asked(all, who)
}

// tellNumbers sends what is new about changes: the number of those that wait, and
// the piece that the page shows.
func (s *stream) tellNumbers(all []changes.View) error {
	if s.c.Numbers == nil {
		return nil
	}
	asks, err := s.c.fragment("asks", asked(all, s.x.who))
	if err != nil {
		return err
	}
	if err := s.changed("asks", asks); err != nil {
		return err
	}
	show := s.x.QueryParam("show")
	data, err := s.c.piece(s.x.ctx, s.x.who, show, s.x.QueryParam("id"), all)
	switch {
	case errors.Is(err, changes.ErrNotFound) || err == nil && data == nil:
		return nil
	case err != nil:
		return s.changed("stale", []byte("Number changes cannot be read at the moment."))
	}
	html, err := s.c.fragment(show, data)
	if err != nil {
		return err
	}
	return s.changed(show, html)
}

// piece is the data of a live piece about changes; nil: there is no such piece.
func (c *Console) piece(ctx context.Context, who *person, show, id string, all []changes.View) (any, error) {
	if all == nil {
		all = []changes.View{}
	}
	switch show {
	case "changes":
		return c.changesView(ctx, who, all)
	case "approvals":
		return c.approvalsView(ctx, who, all)
	case "change":
		return c.changeView(ctx, who, id)
	}
	return nil, nil //nolint:nilnil // another page
}
