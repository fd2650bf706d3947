package console

import (
	"context"
	"fmt"
	"time"

	"ringback/ivr/ledger"
)

// Callbacks are the people who are to be called back.
type Callbacks interface {
	// Waiting lists those that are open, by when they are due.
	Waiting(ctx context.Context) ([]ledger.Callback, error)
	// Last2 is the last two digits of the number that is called.
	Last2(c ledger.Callback) string
	Cancel(ctx context.Context, id, by, reason string) error
}

// callbacksView is what the leads' page shows of callbacks.
type callbacksView struct {
	Token string
	Off   bool // nobody is called back here
	Open  []callbackView
	More  int // that are not shown
}

type callbackView struct {
	ledger.Callback

	Name  string // of the line
	Last2 string
	// Now is set while an agent has accepted and the person is being called: too late
	// to call it off.
	Now, Late bool
}

// When is the time that the person was told, or since when they wait.
func (v callbackView) When() time.Time {
	if v.Promised {
		return v.Due
	}
	return v.Place
}

// callbacksView reads who is to be called back.
func (c *Console) callbacksView(x *exchange) (callbacksView, error) {
	v := callbacksView{Token: x.who.Token, Off: c.Callbacks == nil}
	if v.Off {
		return v, nil
	}
	all, err := c.Callbacks.Waiting(x.ctx)
	if err != nil {
		return v, fmt.Errorf("read callbacks: %w", err)
	}
	if len(all) > shown {
		v.More, all = len(all)-shown, all[:shown]
	}
	now := c.Clock.Now()
	for _, one := range all {
		row := callbackView{
			Callback: one, Name: c.LineNames[one.Line], Last2: c.Callbacks.Last2(one),
			Now: one.State == ledger.CallbackDialling, Late: one.Due.Before(now),
		}
		if row.Name == "" {
			row.Name = one.Line
		}
		v.Open = append(v.Open, row)
	}
	return v, nil
}

// cancelCallback takes somebody off the list, who is not called any more.
func (c *Console) cancelCallback(x *exchange) error {
	why, err := x.reason()
	if err != nil {
		return err
	}
	if c.Callbacks == nil {
		return refuse(outcomeConflict, "Nobody is called back here.")
	}
	return c.done(x, "cancel callback", pathLeads, c.Callbacks.Cancel(x.ctx, x.form.Get("callback"), x.who.Actor, why))
}
