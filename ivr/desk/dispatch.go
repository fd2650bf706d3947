package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ringback/ivr/transfer"
	"ringback/sessions"
)

const (
	// maxVisits bounds how many tickets one dispatch looks at.
	maxVisits = 64
	// recentWaits is what an expected wait is judged by.
	recentWaits = 2 * time.Hour
	// minWaits is how many of those it takes.
	minWaits = 5
	// servedOn is how long those who wait are served after their line has closed.
	servedOn = 15 * time.Minute
)

// Status is what a waiting caller can be told.
type Status struct {
	Position int // 1 is next; 0 is not in the queue
	Size     int
	Expected time.Duration // until an agent has the caller
	Known    bool          // whether Expected can be told at all
	// Leave says why the caller has to leave the queue now: "",
	// [transfer.LeaveNoAgents], [transfer.LeaveClosed] or [transfer.LeaveFallback].
	Leave string
}

// Waiting is the place of a caller who waits. It also sees to whatever is due,
// so that a transfer goes on as long as its caller waits. A call that the store
// has lost has to leave for the desk's own number.
func (d *Desk) Waiting(ctx context.Context, callSID string) (Status, error) {
	id, ok, err := d.records.find(ctx, callSID)
	if err != nil {
		return Status{}, fmt.Errorf("place in the queue: %w", err)
	}
	if !ok {
		return Status{Leave: transfer.LeaveFallback}, nil
	}
	t, ok, err := d.see(ctx, id)
	if err != nil {
		return Status{}, fmt.Errorf("place in the queue: %w", err)
	}
	if !ok {
		return Status{Leave: transfer.LeaveFallback}, nil
	}
	s := Status{Leave: t.Leave}
	if t.State == transfer.StateQueued || t.State == transfer.StateOffered {
		s, err = d.place(ctx, t)
	}
	return s, err
}

// place is the position and the expected wait of a ticket. One that the queue
// has lost is put back where it was.
func (d *Desk) place(ctx context.Context, t transfer.Transfer) (s Status, err error) {
	q := d.Store.Queue()
	if s.Position, s.Size, err = q.Position(ctx, t.Ticket.Line, t.ID); err != nil {
		return Status{}, fmt.Errorf("place in the queue: %w", err)
	}
	if s.Position == 0 {
		if err := d.requeue(ctx, t, transfer.Requeue{Since: time.UnixMilli(t.Queued)}); err != nil {
			return Status{}, fmt.Errorf("place in the queue: %w", err)
		}
		if s.Position, s.Size, err = q.Position(ctx, t.Ticket.Line, t.ID); err != nil {
			return Status{}, fmt.Errorf("place in the queue: %w", err)
		}
	}
	recent, err := q.RecentWaits(ctx, t.Ticket.Line, recentWaits)
	if err != nil {
		return Status{}, fmt.Errorf("recent waits: %w", err)
	}
	waited := d.Clock.Now().Sub(time.UnixMilli(t.Queued))
	if s.Expected, s.Known = expected(recent, waited); s.Known {
		d.promise(ctx, t, waited+s.Expected)
	}
	return s, nil
}

// expected is how much longer those waited who had waited as long as this
// caller: the middle one of them. Of fewer than five waits in all, or three
// longer ones, nothing can be told.
func expected(recent []sessions.Wait, waited time.Duration) (time.Duration, bool) {
	var longer []time.Duration
	for _, w := range recent {
		if w.Waited > waited {
			longer = append(longer, w.Waited)
		}
	}
	if len(recent) < minWaits || len(longer) < 3 {
		return 0, false
	}
	slices.Sort(longer)
	return longer[len(longer)/2] - waited, true
}

// tick sees to a transfer whose caller may have left, or has been moved.
func (d *Desk) tick(ctx context.Context, line, id string) {
	if _, _, err := d.see(ctx, id); err != nil {
		d.Logger.WarnContext(ctx, "desk tick failed", "line", line, "error", err.Error())
	}
}

// see has free agents offered to those who wait, oldest first, and then looks at
// one transfer.
func (d *Desk) see(ctx context.Context, id string) (t transfer.Transfer, ok bool, err error) {
	if t, ok, err = d.records.load(ctx, id); err != nil || !ok {
		return t, false, err
	}
	if t.State == transfer.StateDone {
		return t, true, nil
	}
	if err := d.dispatch(ctx, t.Ticket.Line); err != nil {
		return t, false, err
	}
	t, err = d.look(ctx, id)
	return t, err == nil, err
}

// dispatch offers the free agents of a line to its callers in their order.
func (d *Desk) dispatch(ctx context.Context, line string) error {
	if err := d.sweep(ctx); err != nil {
		return err
	}
	at, err := d.present(ctx)
	if err != nil {
		return err
	}
	if ready, _ := d.eligible(at, line, ""); len(ready) == 0 {
		return nil
	}
	list, err := d.Store.Queue().List(ctx, line, maxVisits)
	if err != nil {
		return fmt.Errorf("list queue: %w", err)
	}
	for _, ticket := range list {
		t, ok, err := d.records.load(ctx, ticket.ID)
		switch {
		case err != nil:
			return err
		case t.State == transfer.StateOffered:
			continue
		case !ok, t.State != transfer.StateQueued: // left behind by an instance that died
			if _, err := d.Store.Queue().Leave(ctx, line, ticket.ID); err != nil {
				return fmt.Errorf("clear queue: %w", err)
			}
			continue
		}
		if ready, _ := d.eligible(at, line, t.Ticket.Language); len(ready) == 0 {
			continue
		}
		if _, err := d.look(ctx, ticket.ID); err != nil {
			return err
		}
		if at, err = d.present(ctx); err != nil {
			return err
		}
		if ready, _ := d.eligible(at, line, ""); len(ready) == 0 {
			return nil
		}
	}
	return nil
}

// look plays [transfer.Look] if that would change anything. A claim is made
// before look returns, so that the next in the queue sees who is left.
func (d *Desk) look(ctx context.Context, id string) (transfer.Transfer, error) {
	return d.lookAt(ctx, id, transfer.Look{})
}

// lookAt is look with what is known besides.
func (d *Desk) lookAt(ctx context.Context, id string, what transfer.Look) (transfer.Transfer, error) {
	t, ok, err := d.records.load(ctx, id)
	if err != nil || !ok {
		return t, err
	}
	at, err := d.present(ctx)
	if err != nil {
		return t, err
	}
	what.Ready, what.Busy = d.eligible(at, t.Ticket.Line, t.Ticket.Language)
	now := d.Clock.Now()
	what.Closed = d.shut(t.Ticket.Line, len(what.Ready)+len(what.Busy) > 0, now)
	if next, turn := d.rules.Next(t, transfer.Event{At: now, What: what}); len(turn.Actions) == 0 && next.Round == t.Round {
		return t, nil
	}
	var turn transfer.Turn
	t, err = d.records.change(ctx, id, false, func(t transfer.Transfer) transfer.Transfer {
		t, turn = d.rules.Next(t, transfer.Event{At: now, What: what})
		return t
	})
	if err != nil {
		return t, err
	}
	ctx = context.WithoutCancel(ctx)
	for i, a := range turn.Actions {
		if c, ok := a.(transfer.ClaimAgent); ok {
			d.claim(ctx, t, c)
			turn.Actions = slices.Delete(turn.Actions, i, i+1)
			break
		}
	}
	d.run(ctx, t, turn.Actions)
	return t, nil
}

// shut reports whether those who still wait for a line are to be told that it is
// closed: nobody of the desk is there any more, or it has been closed for long.
func (d *Desk) shut(line string, someone bool, now time.Time) bool {
	if d.Open(line, now) {
		return false
	}
	return !someone || !d.Open(line, now.Add(-servedOn))
}

// eligible are the agents who speak for a line in a language ("": any), by what
// they are doing. A language that none of the line's agents has is no condition.
func (d *Desk) eligible(at map[string]sessions.Agent, line, language string) (ready, busy []string) {
	speaks := func(a Agent) bool {
		return language == "" || len(a.Languages) == 0 ||
			slices.ContainsFunc(a.Languages, func(l string) bool { return base(l) == base(language) })
	}
	serves := func(a Agent) bool { return len(a.Lines) == 0 || slices.Contains(a.Lines, line) }
	if !slices.ContainsFunc(d.Agents, func(a Agent) bool { return serves(a) && speaks(a) }) {
		language = ""
	}
	for _, a := range d.Agents {
		if !serves(a) || !speaks(a) {
			continue
		}
		switch p, _ := transfer.ParsePresence(at[a.ID].State); p {
		case transfer.PresenceReady:
			ready = append(ready, a.ID)
		case transfer.PresenceRinging, transfer.PresenceTalking, transfer.PresenceWrapUp:
			busy = append(busy, a.ID)
		case transfer.PresenceUnknown, transfer.PresenceAway:
		}
	}
	return ready, busy
}

// base is the language of a BCP 47 tag, without region and script.
func base(tag string) string {
	lang, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(lang)
}
