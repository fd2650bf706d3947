package desk

import (
	"context"
	"fmt"
	"time"

	"ringback/ivr/transfer"
	"ringback/sessions"
)

// pageGone is how long an agent's page may be gone before the agent is away.
const pageGone = time.Minute

// PageSeen notes that an agent's page is open. From then on an agent whose page is
// gone for a minute is away, once no call holds them: nobody is rung who has left
// the desk. Agents without a live page, who work by their phone alone, are never
// missed. Somebody who takes no calls is no agent, and nothing is noted.
func (d *Desk) PageSeen(ctx context.Context, agent string) error {
	if _, ok := d.agents[agent]; !ok {
		return nil
	}
	if err := d.Store.Presence().Seen(ctx, group, agent); err != nil {
		return fmt.Errorf("note an agent's page: %w", err)
	}
	return nil
}

// sweep sets those away whose page is gone. Whoever reads the floor does it first,
// so that nothing has to run for it. One who is on a call, or in wrap-up, is looked
// at again when that is over.
func (d *Desk) sweep(ctx context.Context) error {
	missing, err := d.Store.Presence().Missing(ctx, group, pageGone)
	if err != nil {
		return fmt.Errorf("missing pages: %w", err)
	}
	for _, agent := range missing {
		if _, ok := d.agents[agent]; !ok { // of another release, or configuration
			continue
		}
		away := transfer.PresenceAway.String()
		set, err := d.Store.Presence().Set(ctx, group, agent, sessions.Move{From: names(transfer.PresenceReady), To: away, Lapse: away})
		if err != nil {
			return fmt.Errorf("set away without a page: %w", err)
		}
		if !set {
			continue
		}
		if err := d.Store.Presence().Forget(ctx, group, agent); err != nil {
			return fmt.Errorf("set away without a page: %w", err)
		}
		d.PageGone(ctx, agent)
		d.Logger.InfoContext(ctx, "agent away without a page", "agent", agent)
	}
	return nil
}
