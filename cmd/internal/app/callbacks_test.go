package app_test

import (
	"context"
	"testing"

	"ringback/cmd/internal/app"
	"ringback/ivr"
)

// Nobody has the desk call itself: neither its lines and the phones of its agents,
// nor those who are there when nothing else works.
func TestNoCallbackToOurselves(t *testing.T) {
	c := deskSite(t)
	c.Callbacks.Countries, c.Twilio.From = []string{"US"}, "+19195550299"
	a, err := app.New(t.Context(), app.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ours := []string{string(c.Twilio.From)}
	for _, l := range c.Lines {
		ours = append(ours, string(l.Number), string(l.FallbackNumber))
	}
	for _, g := range c.Desk.Agents {
		ours = append(ours, string(g.Phone))
	}
	for _, n := range ours {
		if got := a.Callbacks().Check(n); got.Outcome != ivr.OutcomeFailed || got.Why != ivr.NumberInvalid {
			t.Errorf("%s: %+v", n, got)
		}
	}
	if got := a.Callbacks().Check(danaPhone); got.Outcome != ivr.OutcomeOK {
		t.Errorf("somebody else: %+v", got)
	}
}
