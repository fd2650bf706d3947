package desk

import (
	"context"
	"fmt"
	"time"

	"ringback/ivr/transfer"
)

// Snapshot is the desk at a moment.
type Snapshot struct {
	At     time.Time
	Lines  []LineSnapshot  // in the order of the configuration
	Agents []AgentSnapshot // likewise
}

// LineSnapshot is the queue of a line.
type LineSnapshot struct {
	Line    string
	Waiting int
	Longest time.Duration // of those waiting now; 0 with nobody
}

// AgentSnapshot is an agent and what the agent is doing.
type AgentSnapshot struct {
	ID, Name string
	State    transfer.Presence
	Since    time.Time
	Until    time.Time // when the state ends by itself; zero: it does not
}

// Snapshot reads the queues and who is present. It changes nothing but to
// introduce agents who were never seen, and to set those away whose page is gone.
func (d *Desk) Snapshot(ctx context.Context) (Snapshot, error) {
	if err := d.sweep(ctx); err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	s := Snapshot{At: d.Clock.Now()}
	for _, l := range d.Lines {
		list, err := d.Store.Queue().List(ctx, l.ID, 0)
		if err != nil {
			return Snapshot{}, fmt.Errorf("snapshot: %w", err)
		}
		one := LineSnapshot{Line: l.ID, Waiting: len(list)}
		for _, t := range list {
			one.Longest = max(one.Longest, s.At.Sub(t.At))
		}
		s.Lines = append(s.Lines, one)
	}
	at, err := d.present(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	for _, a := range d.Agents {
		s.Agents = append(s.Agents, snapshotOf(a, at[a.ID]))
	}
	return s, nil
}
