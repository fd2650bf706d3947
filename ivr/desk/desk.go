package desk

import (
	"context"
	"errors"
	"fmt"

	"ringback/ivr/clock"
	"ringback/ivr/transfer"
)

// ErrCallerGone says that the call ended before it could be queued.
var ErrCallerGone = errors.New("the caller has hung up")

// Why [Desk.Join] turns a caller away who was not in the queue before.
var (
	ErrFull   = errors.New("the queue is full")
	ErrNobody = errors.New("no agent is there")
)

// Desk is the agents' side of all lines. Make one with [New]. It is safe for
// concurrent use, and several may share a store.
type Desk struct {
	Options
	rules   transfer.Rules
	lines   map[string]Line
	agents  map[string]Agent
	records records
	tasks   *clock.Tasks
	metrics *metrics
}

// New returns a desk. The caller closes it.
func New(o Options) (*Desk, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("desk options: %w", err)
	}
	o = o.withDefaults()
	d := &Desk{
		Options: o,
		rules:   o.rules(),
		lines:   map[string]Line{},
		agents:  map[string]Agent{},
		records: records{o.Store},
		tasks:   clock.NewTasks(o.Clock),
	}
	for _, l := range o.Lines {
		d.lines[l.ID] = l
	}
	for _, a := range o.Agents {
		d.agents[a.ID] = a
	}
	d.metrics = newMetrics(o.Registerer, d)
	return d, nil
}

// Close stops the timers, waits for calls to the carrier that are under way
// until ctx ends or 20 s are over, and breaks off those that remain. What they
// would have done is found by the next tick of another instance.
func (d *Desk) Close(ctx context.Context) error { return d.tasks.Close(ctx) }

// Join gives a call a place in the queue of its line and returns the id of its
// transfer, which stays the same for the whole call. With again an agent has
// had the caller before, and the place is at the head. Its error wraps
// [ErrCallerGone] if the call is over, [ErrFull] if as many wait as may, and
// [ErrNobody] if no agent of the line is there: see [Desk.room].
func (d *Desk) Join(ctx context.Context, k transfer.Ticket, again bool) (transferID string, err error) {
	line, ok := d.lines[k.Line]
	if !ok {
		return "", fmt.Errorf("join queue: no line %.20q", k.Line)
	}
	k.LineName = line.Name
	id, err := d.records.transferOf(ctx, k.CallSID, d.NewID)
	if err != nil {
		return "", fmt.Errorf("join queue: %w", err)
	}
	if id == gone {
		return "", fmt.Errorf("join queue: %w", ErrCallerGone)
	}
	if err := d.room(ctx, id, k, again); err != nil {
		return "", fmt.Errorf("join queue: %w", err)
	}
	t, _, err := d.apply(ctx, id, transfer.Join{ID: id, Ticket: k, Head: again})
	switch {
	case err != nil:
		return "", fmt.Errorf("join queue: %w", err)
	case t.Gone:
		return "", fmt.Errorf("join queue: %w", ErrCallerGone)
	}
	return id, nil
}

// CallerJoined says whether the caller, who was moved to meet the agent, may go
// on into the conference, and with whom: agent is the name, as spoken. If not, the
// agent has been freed meanwhile and the caller has to queue again: the place is
// kept.
func (d *Desk) CallerJoined(ctx context.Context, callSID string) (meets bool, agent string, err error) {
	turn, err := d.caller(ctx, callSID, transfer.CallerIn{})
	if err != nil {
		return false, "", fmt.Errorf("caller joins: %w", err)
	}
	return turn.Then == transfer.ThenJoin, d.spoken(turn.Agent), nil
}

// CallerBack tells that the caller has left the conference and is still there.
func (d *Desk) CallerBack(ctx context.Context, callSID string) error {
	if _, err := d.caller(ctx, callSID, transfer.CallerBack{}); err != nil {
		return fmt.Errorf("caller is back: %w", err)
	}
	return nil
}

// CallerGone tells that a call is over. It is right for calls that were never
// queued, too: a Join that comes later is refused.
func (d *Desk) CallerGone(ctx context.Context, callSID string) error {
	id, err := d.records.transferOf(ctx, callSID, func() string { return gone })
	if err == nil && id != gone {
		_, _, err = d.apply(ctx, id, transfer.CallerGone{})
	}
	if err != nil {
		return fmt.Errorf("caller is gone: %w", err)
	}
	return nil
}

// caller plays an event of a caller. A call that is not known is an unknown
// transfer.
func (d *Desk) caller(ctx context.Context, callSID string, what transfer.What) (transfer.Turn, error) {
	id, ok, err := d.records.find(ctx, callSID)
	if err != nil {
		return transfer.Turn{}, err
	}
	if !ok {
		_, turn := d.rules.Next(transfer.Transfer{}, transfer.Event{At: d.Clock.Now(), What: what})
		return turn, nil
	}
	_, turn, err := d.apply(ctx, id, what)
	return turn, err
}

// apply takes a stored transfer through an event and does what that asks for.
func (d *Desk) apply(ctx context.Context, id string, what transfer.What) (transfer.Transfer, transfer.Turn, error) {
	_, t, turn, err := d.step(ctx, id, what)
	return t, turn, err
}

// step is apply, with the transfer as it was before.
func (d *Desk) step(ctx context.Context, id string, what transfer.What) (before, t transfer.Transfer, turn transfer.Turn, err error) {
	at := d.Clock.Now()
	_, creates := what.(transfer.Join)
	t, err = d.records.change(ctx, id, creates, func(t transfer.Transfer) transfer.Transfer {
		before = t
		t, turn = d.rules.Next(t, transfer.Event{At: at, What: what})
		return t
	})
	if err != nil {
		return transfer.Transfer{}, transfer.Transfer{}, transfer.Turn{}, err
	}
	if t.ID == "" {
		t.ID = id // unknown: a stray leg still has to be stopped
	}
	d.run(context.WithoutCancel(ctx), t, turn.Actions)
	return before, t, turn, nil
}
