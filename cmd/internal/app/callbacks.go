package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/desk"
	"ringback/ivr/desk/callback"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
	"ringback/ivr/line"
	"ringback/ivr/notice"
	"ringback/ivr/transfer"
)

// callbackKey is the key that seals the numbers of those who are to be called back.
// It comes from the pseudonym key, which never changes: a callback may be for Monday.
func callbackKey(pseudonym []byte) []byte {
	m := hmac.New(sha256.New, pseudonym)
	m.Write([]byte("ringback callbacks\n"))
	return m.Sum(nil)
}

// openCallbacks starts what calls people back; nothing where nobody is.
func (a *App) openCallbacks(d *ivr.Dialogue, names caller.Pseudonyms, key []byte, tell teller, wording wording) error {
	c := a.o.Config
	if !c.Callbacks.On() {
		return nil
	}
	o := callback.Options{
		Writer: callbackBooks{a.ledger, a.o.Gate}, Reader: callbackBooks{a.ledger, a.o.Gate}, Desk: a.desk, Names: names, Leases: a.store.Leases(),
		Key: callbackKey(key), Lines: map[string]*ivr.Line{}, Countries: c.Callbacks.Countries,
		Attempts: c.Callbacks.Attempts, Gap: c.Callbacks.Gap.Std(),
		Caps: ledger.CallbackCaps{Number: c.Callbacks.PerNumberDay, Prefix: c.Callbacks.PerPrefixDay, Line: c.Callbacks.PerLine},
		Called: func(ctx context.Context, d callback.Call) []ledger.Notice {
			return tell.announce(ctx, deed{line: d.Line, key: d.ID + "/" + fmt.Sprint(d.Attempt)},
				event.Callback{Ticket: d.ID, Due: d.Due.UTC(), Attempt: d.Attempt})
		},
		GivenUp: func(ctx context.Context, f callback.Failure) []ledger.Notice {
			return a.callbackTicket(ctx, f, tell, wording)
		},
		Owed: tell.kick, Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(),
	}
	for i := range d.Lines {
		o.Lines[d.Lines[i].ID] = &d.Lines[i]
	}
	o.Never = slices.Collect(maps.Keys(ourNumbers(c)))
	s, err := callback.New(o)
	if err != nil {
		return fmt.Errorf("callbacks: %w", err)
	}
	a.callbacks = s
	running, stop := context.WithCancel(context.Background())
	a.served.Go(func() { s.Run(running) })
	a.onStop("callbacks", func(ctx context.Context) error {
		stop()
		return s.Close(ctx) //nolint:wrapcheck // it names itself
	})
	return nil
}

// callbackTicket tells the mailbox of a line of somebody who was not reached, if it
// has one. A ticket that cannot be made is lost, and the callback ends all the same.
func (a *App) callbackTicket(ctx context.Context, f callback.Failure, tell teller, words wording) []ledger.Notice {
	for _, l := range a.o.Config.Lines {
		if l.ID != f.Line || l.TicketsTo == "" {
			continue
		}
		at := f.Asked.In(l.Schedule.Location)
		args := []string{
			"line", l.Name, "last", f.Last2, "date", at.Format(time.DateOnly), "time", at.Format("15:04"),
			"request", f.Request, "attempts", strconv.Itoa(f.Attempts), "why", f.Why, "call", f.ID,
		}
		call := ivr.Call{Line: l.ID, Language: l.Languages[0]}
		subject, err := words.text(call, "ticket_callback_subject", args...)
		if err != nil {
			break
		}
		text, err := words.text(call, "ticket_callback", args...)
		if err != nil {
			break
		}
		n, err := tell.worker.Ticket(notice.Ticket{Key: "callback/" + f.ID, About: f.Number, To: l.TicketsTo, Subject: subject, Text: text})
		if err == nil {
			return []ledger.Notice{n}
		}
		a.o.Logger.WarnContext(ctx, "ticket lost", "call", f.ID, "line", f.Line, "error", err.Error())
	}
	return nil
}

// callbackBooks is the ledger's callbacks behind the gate.
type callbackBooks struct {
	*ledger.Ledger

	gate func() error
}

var (
	_ callback.Writer = callbackBooks{}
	_ callback.Reader = callbackBooks{}
)

// TakeCallback keeps a new callback.
func (b callbackBooks) TakeCallback(ctx context.Context, c ledger.Callback, caps ledger.CallbackCaps, row ledger.Entry) error {
	if err := b.gate(); err != nil {
		return err
	}
	return b.Ledger.TakeCallback(ctx, c, caps, row) //nolint:wrapcheck // it names itself
}

// PutCallback changes one.
func (b callbackBooks) PutCallback(ctx context.Context, c ledger.Callback, rows []ledger.Entry, notices ...ledger.Notice) error {
	if err := b.gate(); err != nil {
		return err
	}
	return b.Ledger.PutCallback(ctx, c, rows, notices...) //nolint:wrapcheck // likewise
}

// deskCallbacks is who is to be called back, as the desk wants it. It is there
// before the service is: each needs the other.
type deskCallbacks struct{ app *App }

var errNoCallbacks = errors.New("nobody is called back")

// Begin claims an attempt.
func (d deskCallbacks) Begin(ctx context.Context, id string, attempt int) (number string, ok bool, err error) {
	if d.app.callbacks == nil {
		return "", false, errNoCallbacks
	}
	return d.app.callbacks.Begin(ctx, id, attempt) //nolint:wrapcheck // it names itself
}

// Settle tells how one ended.
func (d deskCallbacks) Settle(ctx context.Context, id string, attempt int, o transfer.CallbackOutcome) error {
	if d.app.callbacks == nil {
		return errNoCallbacks
	}
	return d.app.callbacks.Settle(ctx, id, attempt, o) //nolint:wrapcheck // it names itself
}

// called runs the effects of callbacks.
type called struct{ app *App }

// run runs one of them.
func (c called) run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What {
	s, d := c.app.callbacks, c.app.desk
	switch e := e.(type) {
	case ivr.CheckNumber:
		if s == nil {
			return ivr.NumberChecked{Outcome: ivr.OutcomeUnavailable}
		}
		return s.Check(e.Keyed)
	case ivr.TakeCallback:
		if s == nil {
			return ivr.CallbackTaken{Outcome: ivr.OutcomeUnavailable}
		}
		return s.Take(ctx, call, c.place(ctx, callSID, e), e)
	case ivr.AnswerCallback:
		meets, agent, proof, err := d.PersonPressed(ctx, e.Transfer, e.Offer, callSID, e.Yes)
		switch {
		case err != nil:
			c.app.o.Logger.WarnContext(ctx, "person called back does not meet the agent", "error", err.Error())
			return ivr.CallbackAnswered{Outcome: ivr.OutcomeUnavailable}
		case !e.Yes:
			return ivr.CallbackAnswered{Outcome: ivr.OutcomeOK, Declined: true}
		case !meets:
			return ivr.CallbackAnswered{Outcome: ivr.OutcomeFailed}
		}
		return ivr.CallbackAnswered{Outcome: ivr.OutcomeOK, Agent: agent, Proof: proof}
	}
	panic(fmt.Sprintf("app: no effect of callbacks: %T", e))
}

// place is since when a caller waits; zero for one who never did.
func (c called) place(ctx context.Context, callSID string, e ivr.TakeCallback) time.Time {
	if e.Shut {
		return time.Time{}
	}
	since, err := c.app.desk.Place(ctx, callSID)
	if err != nil && !errors.Is(err, desk.ErrNotWaiting) {
		c.app.o.Logger.WarnContext(ctx, "place in the queue not kept", "error", err.Error())
	}
	if err != nil {
		return time.Time{}
	}
	return since
}

// StepAside takes a caller out of the queue who wants to be called back.
func (d deskAdapter) StepAside(ctx context.Context, callSID string) (bool, error) {
	return d.desk.StepAside(ctx, callSID) //nolint:wrapcheck // it names itself
}

// Person takes the carrier's word on the call of somebody who is called back.
func (d deskAdapter) Person(ctx context.Context, e line.PersonEvent) (bool, error) {
	return d.desk.Person(ctx, e.Transfer, e.Offer, e.CallSID, e.Status) //nolint:wrapcheck // it names itself
}

// NumberName is the pseudonym of a number in E.164, by which the ledger knows it; for
// boxes and their scripts.
func (a *App) NumberName(e164 string) string { return a.lead.names.Number(e164) }
