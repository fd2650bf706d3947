package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"ringback/ivr/transfer"
)

// Callbacks is who is to be called back. The desk asks it before it dials, and
// tells it how that ended.
type Callbacks interface {
	// Begin claims one attempt and says whom to call; ok is false when the callback
	// is not to be made any more, or somebody else has claimed the attempt.
	Begin(ctx context.Context, id string, attempt int) (number string, ok bool, err error)
	// Settle tells how an attempt ended. It may come twice.
	Settle(ctx context.Context, id string, attempt int, o transfer.CallbackOutcome) error
}

// promisedPriority puts somebody who was promised a time ahead of those who wait.
const promisedPriority = 100

// ErrNotWaiting says that a call is not waiting in a queue.
var ErrNotWaiting = errors.New("the caller does not wait")

// Callback is somebody to be called back, as they are queued. Ticket needs no
// calling number and no SID.
type Callback struct {
	ID       string
	Attempt  int // from 1; each is dialled once
	Place    time.Time
	Promised bool // a time was promised: ahead of those who wait
	Ticket   transfer.Ticket
}

// callbackTransfer is the transfer of one attempt, the same on every instance.
func callbackTransfer(id string, attempt int) string {
	return "back-" + id + "-" + strconv.Itoa(attempt)
}

// CallBack gives somebody who is not on the line a place in the queue, if the line
// is open and somebody of the desk is there; if not, ok is false, and it is asked
// again later. One who has a place keeps it.
func (d *Desk) CallBack(ctx context.Context, c Callback) (ok bool, err error) {
	k := c.Ticket
	line, known := d.lines[k.Line]
	if !known || c.ID == "" || c.Attempt < 1 {
		return false, fmt.Errorf("queue callback: no line %.20q, or no callback", k.Line)
	}
	at, err := d.present(ctx)
	if err != nil {
		return false, fmt.Errorf("queue callback: %w", err)
	}
	ready, busy := d.eligible(at, k.Line, k.Language)
	if len(ready)+len(busy) == 0 || !d.Open(k.Line, d.Clock.Now()) {
		return false, nil
	}
	k.LineName, k.Callback, k.Place, k.Ask = line.Name, c.ID, c.Place.UnixMilli(), uint32(c.Attempt) //nolint:gosec // a few at most
	if c.Promised {
		k.Priority = max(k.Priority, promisedPriority)
	}
	id := callbackTransfer(c.ID, c.Attempt)
	t, _, err := d.apply(ctx, id, transfer.Join{ID: id, Ticket: k})
	if err != nil {
		return false, fmt.Errorf("queue callback: %w", err)
	}
	if t.State == transfer.StateQueued {
		if _, err := d.place(ctx, t); err != nil { // a queue that was lost
			return false, err
		}
	}
	if _, _, err := d.see(ctx, id); err != nil {
		return false, fmt.Errorf("queue callback: %w", err)
	}
	return true, nil
}

// CallbackEnded is how an attempt ended, as far as the desk knows: one that the
// store has lost is lost. For those of whom [Callbacks] was never told.
func (d *Desk) CallbackEnded(ctx context.Context, id string, attempt int) (transfer.CallbackOutcome, error) {
	t, ok, err := d.see(ctx, callbackTransfer(id, attempt))
	switch {
	case err != nil:
		return transfer.CallbackPending, fmt.Errorf("how a callback ended: %w", err)
	case !ok, t.State == transfer.StateDone && t.Callback == transfer.CallbackPending:
		return transfer.CallbackLost, nil
	}
	return t.Callback, nil
}

// StepAside takes a caller out of the queue who wants to be called back, and stops
// the ring that may be under way, in one step; ok is false when it is too late for
// that, or the line calls nobody back.
func (d *Desk) StepAside(ctx context.Context, callSID string) (ok bool, err error) {
	id, found, err := d.records.find(ctx, callSID)
	if err != nil || !found {
		return false, err
	}
	t, found, err := d.records.load(ctx, id)
	if err != nil || !found || !d.lines[t.Ticket.Line].Callbacks {
		return false, err
	}
	_, turn, err := d.apply(ctx, id, transfer.Aside{})
	if err != nil {
		return false, fmt.Errorf("step aside: %w", err)
	}
	return turn.Answer == transfer.AnswerDone, nil
}

// Place is since when a caller has waited who stepped aside, or left because nobody
// came. One who never waited has no place: [ErrNotWaiting].
func (d *Desk) Place(ctx context.Context, callSID string) (since time.Time, err error) {
	id, found, err := d.records.find(ctx, callSID)
	if err != nil {
		return time.Time{}, fmt.Errorf("place: %w", err)
	}
	if !found {
		return time.Time{}, ErrNotWaiting
	}
	t, found, err := d.records.load(ctx, id)
	if err == nil && !found {
		err = ErrNotWaiting
	}
	return time.UnixMilli(t.Queued), err
}

// Person takes the carrier's word on the call of somebody who is called back;
// wanted is false when nobody waits for them any more.
func (d *Desk) Person(ctx context.Context, transferID string, offer int, callSID, status string) (wanted bool, err error) {
	s, err := transfer.ParseLegStatus(status)
	if err != nil || offer < 1 || offer > 1<<31-1 {
		return false, nil //nolint:nilerr // the carrier may add statuses
	}
	t, _, err := d.apply(ctx, transferID, transfer.PersonStatus{Offer: uint32(offer), SID: callSID, Status: s})
	if err != nil {
		return false, fmt.Errorf("person's call: %w", err)
	}
	return t.Person == callSID && t.Callback == transfer.CallbackPending, nil
}

// PersonPressed has somebody who is called back meet the agent: meets says whether
// the agent is still there, agent is the name, as spoken, and proof what the agent
// says first. From then on the call is one like all others. With yes false nobody
// there wants it, and the callback is over.
func (d *Desk) PersonPressed(ctx context.Context, transferID string, offer int, callSID string, yes bool) (meets bool, agent, proof string, err error) {
	if offer < 1 || offer > 1<<31-1 {
		return false, "", "", fmt.Errorf("person's key: %w", errOffer)
	}
	if yes { // what the call does later finds its transfer
		own, err := d.records.transferOf(ctx, callSID, func() string { return transferID })
		if err != nil || own != transferID {
			return false, "", "", err
		}
	}
	t, turn, err := d.apply(ctx, transferID, transfer.PersonKey{Offer: uint32(offer), SID: callSID, Yes: yes})
	if err != nil {
		return false, "", "", fmt.Errorf("person's key: %w", err)
	}
	return turn.Then == transfer.ThenJoin, d.spoken(turn.Agent), t.Ticket.Proof, nil
}

// dialPerson calls the person back whom an agent has accepted, once it is sure that
// nobody else does.
func (d *Desk) dialPerson(ctx context.Context, t transfer.Transfer, a transfer.DialPerson) {
	not := func(o transfer.CallbackOutcome) {
		d.follow(ctx, t, transfer.PersonNotDialled{Offer: a.Offer, Outcome: o})
	}
	number, ok, err := d.Callbacks.Begin(ctx, t.Ticket.Callback, int(t.Ticket.Ask))
	switch {
	case err != nil:
		d.try(ctx, t, "begin callback", err)
		not(transfer.CallbackDown)
		return
	case !ok:
		not(transfer.CallbackWithdrawn)
		return
	}
	first, fallback, status := d.PersonURLs(t.ID, int(a.Offer), t.Ticket.Line, t.Ticket.Language)
	sid, err := d.Dialer.PlaceCall(ctx, OutgoingCall{
		To: number, From: d.lines[t.Ticket.Line].From,
		URL: first, FallbackURL: fallback, StatusCallback: status,
		StatusEvents: []string{"initiated", "ringing", "answered", "completed"},
		RingTimeout:  d.rules.PersonRing,
	})
	switch {
	case err == nil:
		d.follow(ctx, t, transfer.PersonDialled{Offer: a.Offer, SID: sid})
	case ctx.Err() == nil:
		d.try(ctx, t, "call person back", err)
		if d.Down(err) {
			not(transfer.CallbackDown)
		} else {
			not(transfer.CallbackRefused)
		}
	}
}

// settleCallback tells how an attempt ended. When that is lost, [Desk.CallbackEnded]
// says it again.
func (d *Desk) settleCallback(ctx context.Context, t transfer.Transfer, a transfer.SettleCallback) {
	d.try(ctx, t, "settle callback", d.Callbacks.Settle(ctx, t.Ticket.Callback, int(t.Ticket.Ask), a.Outcome))
}

// noCallbacks is for a desk that calls nobody back.
type noCallbacks struct{}

func (noCallbacks) Begin(context.Context, string, int) (string, bool, error) { return "", false, nil }

func (noCallbacks) Settle(context.Context, string, int, transfer.CallbackOutcome) error { return nil }
