package desk

import (
	"context"
	"fmt"
	"time"

	"ringback/ivr/transfer"
)

// headPriority is that of a ticket at the head of the queue.
const headPriority = 500

// run does what an event asks for: what concerns the queue at once, the rest in
// its order after the event has been answered.
func (d *Desk) run(ctx context.Context, t transfer.Transfer, actions []transfer.Action) {
	var later []transfer.Action
	for _, a := range actions {
		switch a := a.(type) {
		case transfer.Requeue:
			d.try(ctx, t, "join queue", d.requeue(ctx, t, a))
			d.offered(ctx, t)
		case transfer.LeaveQueue:
			_, err := d.Store.Queue().Leave(ctx, t.Ticket.Line, t.ID)
			if t.Ticket.Line != "" {
				d.try(ctx, t, "leave queue", err)
			}
		case transfer.Report:
			d.report(ctx, t, a)
			d.abandoned(ctx, t, a)
		case transfer.ReportWait:
			d.metrics.waited(t.Ticket.Line, a.Waited)
			d.answered(ctx, t, a.Waited)
			d.try(ctx, t, "record wait", d.Store.Queue().RecordWait(ctx, t.Ticket.Line, a.Waited))
		case transfer.Wake:
			d.tasks.After(ctx, a.After, func(ctx context.Context) { d.tick(ctx, t.Ticket.Line, t.ID) })
		default:
			later = append(later, a)
		}
	}
	if len(later) > 0 {
		d.tasks.After(ctx, 0, func(ctx context.Context) {
			for _, a := range later {
				d.runLater(ctx, t, a)
			}
		})
	}
}

func (d *Desk) runLater(ctx context.Context, t transfer.Transfer, a transfer.Action) {
	switch a := a.(type) {
	case transfer.ClaimAgent:
		d.claim(ctx, t, a)
	case transfer.Ring:
		d.ring(ctx, t, a)
	case transfer.StopRing:
		d.try(ctx, t, "stop ring", d.Dialer.EndCall(ctx, a.SID))
	case transfer.TellAgent:
		d.tell(ctx, t, a)
	case transfer.MoveCaller:
		d.move(ctx, t, a)
	case transfer.BusyAgent:
		d.try(ctx, t, "set agent talking", d.busyAgent(ctx, t, a))
	case transfer.FreeAgent:
		d.try(ctx, t, "free agent", d.freeAgent(ctx, t, a))
	case transfer.Arrange:
		d.arrange(ctx, t, a)
	case transfer.CheckRoom:
		d.checkRoom(ctx, t, a)
	case transfer.Announce:
		d.announce(ctx, t, a)
	case transfer.DialPerson:
		d.dialPerson(ctx, t, a)
	case transfer.SettleCallback:
		d.settleCallback(ctx, t, a)
	default:
		panic(fmt.Sprintf("desk: action %T", a))
	}
}

// try logs what went wrong with an action. Each can be lost: the next tick, a
// lease, or the carrier's own timeout makes up for it.
func (d *Desk) try(ctx context.Context, t transfer.Transfer, what string, err error) {
	if err != nil {
		d.Logger.WarnContext(ctx, "desk action failed", "action", what, "call", t.Ticket.CallRef,
			"line", t.Ticket.Line, "error", err.Error())
	}
}

// follow plays the event that an action reports.
func (d *Desk) follow(ctx context.Context, t transfer.Transfer, what transfer.What) {
	_, _, err := d.apply(context.WithoutCancel(ctx), t.ID, what)
	d.try(ctx, t, fmt.Sprintf("report %T", what), err)
}

// requeue puts the ticket into the queue, or to its head.
func (d *Desk) requeue(ctx context.Context, t transfer.Transfer, a transfer.Requeue) error {
	q := d.Store.Queue()
	if err := q.Join(ctx, t.Ticket.Line, t.ID, a.Since, t.Ticket.Priority); err != nil || !a.Head {
		return err //nolint:wrapcheck // run names the operation
	}
	return q.Prioritize(ctx, t.Ticket.Line, t.ID, a.Since, max(headPriority, t.Ticket.Priority)) //nolint:wrapcheck // as above
}

// ring calls an agent. A desk that closes leaves the outcome to the next tick:
// whether the call was placed is not known.
func (d *Desk) ring(ctx context.Context, t transfer.Transfer, a transfer.Ring) {
	first, fallback, status := d.URLs(t.ID, int(a.Offer))
	sid, err := d.Dialer.PlaceCall(ctx, OutgoingCall{
		To: d.agents[a.Agent].Phone, From: d.lines[t.Ticket.Line].From,
		URL: first, FallbackURL: fallback, StatusCallback: status,
		StatusEvents: []string{"initiated", "ringing", "answered", "completed"},
		RingTimeout:  d.rules.RingTimeout,
	})
	switch {
	case err == nil:
		d.follow(ctx, t, transfer.Rung{Offer: a.Offer, SID: sid})
	case ctx.Err() == nil:
		d.try(ctx, t, "ring agent", err)
		d.follow(ctx, t, transfer.NotRung{Offer: a.Offer, Down: d.Down(err)})
	}
}

// tell sends an agent's leg to where it hears what happened, or ends it. One that
// has come to the conference by a key, meanwhile, is where it should be.
func (d *Desk) tell(ctx context.Context, t transfer.Transfer, a transfer.TellAgent) {
	if now, ok, err := d.records.load(ctx, t.ID); err == nil && ok && now.Meets(a.Offer) {
		return
	}
	first, _, _ := d.URLs(t.ID, int(a.Offer))
	if err := d.Dialer.RedirectCall(ctx, a.SID, first); err != nil {
		d.try(ctx, t, "tell agent", err)
		d.try(ctx, t, "end agent's call", d.Dialer.EndCall(ctx, a.SID))
	}
}

func (d *Desk) move(ctx context.Context, t transfer.Transfer, a transfer.MoveCaller) {
	err := d.Mover.MoveCaller(ctx, t.Ticket.CallSID, t.ID, int(a.Offer))
	if err != nil && ctx.Err() == nil {
		d.try(ctx, t, "move caller", err)
		d.follow(ctx, t, transfer.NotMoved{Offer: a.Offer, Down: d.Down(err)})
	}
}

// report counts the end of an attempt.
func (d *Desk) report(ctx context.Context, t transfer.Transfer, a transfer.Report) {
	d.metrics.ended(t.Ticket.Line, a)
	d.Logger.InfoContext(ctx, "transfer attempt ended", "call", t.Ticket.CallRef, "line", t.Ticket.Line,
		"result", a.Ending.Result.String(), "reason", a.Ending.Reason.String(), "agent", a.Agent, "second", a.Second,
		"since_queued_seconds", int(d.Clock.Now().Sub(time.UnixMilli(t.Queued)).Seconds()))
	if d.Trail == nil || a.Agent == "" {
		return
	}
	one := Attempt{CallRef: t.Ticket.CallRef, Line: t.Ticket.Line, Agent: a.Agent, Second: a.Second, Ending: a.Ending}
	d.tasks.After(ctx, 0, func(ctx context.Context) { d.try(ctx, t, "keep attempt", d.Trail.Ended(ctx, one)) }) // no webhook waits for it
}
