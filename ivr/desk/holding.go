package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ringback/ivr/transfer"
)

// Holding is the transfer that an agent is offered, or talks in; ok is false
// when there is none.
func (d *Desk) Holding(ctx context.Context, agent string) (t transfer.Transfer, ok bool, err error) {
	at, err := d.present(ctx)
	if err != nil {
		return transfer.Transfer{}, false, fmt.Errorf("what holds an agent: %w", err)
	}
	id, _, held := strings.Cut(at[agent].Owner, "/") // as holder writes it
	if !held {
		return transfer.Transfer{}, false, nil
	}
	return d.Transfer(ctx, id)
}

const (
	// lastKind is the kind of the value that names an agent's last transfer.
	lastKind = "last_transfer"
	// lastLife is how long an agent may still say how it ended.
	lastLife = 4 * time.Hour
)

// Last is the transfer that an agent has had last and is done with; ok is false
// when there was none lately.
func (d *Desk) Last(ctx context.Context, agent string) (t transfer.Transfer, ok bool, err error) {
	id, ok, err := d.Store.Values().Get(ctx, lastKind, agent)
	if err != nil || !ok {
		return transfer.Transfer{}, false, err //nolint:wrapcheck // the store names itself
	}
	return d.Transfer(ctx, string(id))
}

// Transfer is a transfer as it is stored; for pages, which show it and decide
// nothing. ok is false when the store has it no more.
func (d *Desk) Transfer(ctx context.Context, id string) (t transfer.Transfer, ok bool, err error) {
	if t, ok, err = d.records.load(ctx, id); err != nil {
		return transfer.Transfer{}, false, fmt.Errorf("read transfer: %w", err)
	}
	return t, ok, nil
}

// Expected is how long one who joins a line's queue now would wait; known is
// false when too few have waited lately to tell.
func (d *Desk) Expected(ctx context.Context, line string) (wait time.Duration, known bool, err error) {
	recent, err := d.Store.Queue().RecentWaits(ctx, line, recentWaits)
	if err != nil {
		return 0, false, fmt.Errorf("recent waits: %w", err)
	}
	wait, known = expected(recent, 0)
	return wait, known, nil
}
