package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ringback/ivr"
	"ringback/ivr/desk/console"
	"ringback/ivr/transfer"
)

// more adds what an agent's tools show and may do, and the earlier calls.
func (k cards) more(ctx context.Context, card *console.Card, t transfer.Transfer, call ivr.Call) error {
	if t.Talking() && !t.Gone {
		card.Transfer = t.ID
	}
	card.Links = cardLinks(call, k.now())
	card.Rights = append(card.Rights, k.toolRights(call)...)
	var err error
	if card.Push, err = k.pushes.pushed(ctx, t.ID); err != nil {
		return fmt.Errorf("read push: %w", err)
	}
	if card.Subject == "" {
		return nil
	}
	// Before a factor has passed nobody learns whether the ID exists: what was
	// reached in earlier calls would tell.
	if card.EarlierHidden = len(call.Passed) == 0; card.EarlierHidden {
		return nil
	}
	if card.Earlier, err = k.stories.about(ctx, card.Subject, call.Ref); err != nil {
		return fmt.Errorf("read earlier calls: %w", err)
	}
	return nil
}

// toolRights says of each tool whether it may be used now, by what it is used by.
func (k cards) toolRights(call ivr.Call) []console.CardRight {
	now := k.now()
	right := func(what, why string, quiet bool) console.CardRight {
		return console.CardRight{What: what, May: why == "", Why: why, Quiet: quiet}
	}
	resend := k.dialogue.Policy.WhyNotLinks(call, ivr.AgentLinks{}, ivr.Event{At: now})
	fresh := "no_phone"
	for i := range call.Facts.Phones {
		why := k.dialogue.Policy.WhyNotLinks(call, ivr.AgentLinks{Fresh: true, Phone: uint8(i)}, ivr.Event{At: now}) //nolint:gosec // there are at most four
		if fresh != "" {
			fresh = why
		}
	}
	look, freeze := "no_links", "no_id"
	if call.Links.MadeAt != 0 && !call.Links.Done {
		look = ""
	}
	if call.ID != "" {
		freeze = ""
	}
	return []console.CardRight{
		right("push", whyNoPush(k.dialogue.Policy, call, now), false),
		right("resend", resend, resend == "no_links" || resend == "not_on_line"),
		right("fresh", fresh, true), right("look", look, true), right("freeze", freeze, true), right("suspect", "", true),
	}
}

// cardLinks is how far the call's links are; nil when there were none.
func cardLinks(call ivr.Call, now time.Time) *console.CardLinks {
	l := call.Links
	if l.Sets == 0 {
		return nil
	}
	out := &console.CardLinks{
		Last2: l.Phone.Last2(), Live: l.Until != 0 && now.Unix() < l.Until, Install: l.Install.String(), Activate: l.Activate.String(),
		By: l.By, Done: l.Done,
	}
	if l.Until != 0 {
		out.Until = time.Unix(l.Until, 0)
	}
	for _, o := range call.Open {
		out.Making = out.Making || o.Kind == ivr.EffectMakeLinks
	}
	if l.Failed != ivr.OutcomeUnknown {
		out.Failed = "links_" + l.Failed.String()
	}
	return out
}

// CardText is the card of the caller whom an agent has, in a line of words for
// scripts; "" when there is none.
func (a *App) CardText(ctx context.Context, agent string) (string, error) {
	t, ok, err := a.desk.Holding(ctx, agent)
	if err != nil || !ok {
		return "", err //nolint:wrapcheck // it names itself
	}
	card, ok, err := a.cards.Card(ctx, t.ID)
	if err != nil || !ok {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "level %s", card.Level)
	for _, r := range card.Rights {
		fmt.Fprintf(&b, "; %s %v %s", r.What, r.May, r.Why)
	}
	if l := card.Links; l != nil {
		fmt.Fprintf(&b, "; links live %v, install %s, activate %s, by %s, done %v %s", l.Live, l.Install, l.Activate, l.By, l.Done, l.Failed)
	}
	if card.Push != nil {
		fmt.Fprintf(&b, "; push %s", card.Push.Result)
	}
	for _, c := range card.Earlier {
		fmt.Fprintf(&b, "; earlier %s %s %s %s %s %s", c.Line, c.Request, c.Result, c.Level, c.Outcome, c.Note)
	}
	return b.String(), nil
}
