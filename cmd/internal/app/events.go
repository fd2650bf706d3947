package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
)

// eventKey is the key that seals and names events. Like the notices' it comes from
// the pseudonym key: an event may wait for half a day.
func eventKey(pseudonym []byte) []byte {
	m := hmac.New(sha256.New, pseudonym)
	m.Write([]byte("ringback events\n"))
	return m.Sum(nil)
}

// openEvents starts what posts events to the hooks of the configuration.
func (a *App) openEvents(key []byte) (*event.Sender, error) {
	s, err := a.eventSender(key)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	a.served.Go(func() { s.Run(running) })
	a.onStop("events", func(ctx context.Context) error {
		stop()
		return s.Close(ctx) //nolint:wrapcheck // it names itself
	})
	return s, nil
}

// eventSender is a sender that does not run yet: it can compose what is owed.
func (a *App) eventSender(key []byte) (*event.Sender, error) {
	o := event.Options{
		Ledger: a.ledger, Hooks: hooks(a.o.Config), Key: eventKey(key),
		Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(), Jitter: a.o.Jitter,
	}
	if a.o.Transport != http.DefaultTransport {
		o.Transport = a.o.Transport
	}
	s, err := event.New(o)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return s, nil
}

// hooks are those of the configuration.
func hooks(c *config.Config) []event.Hook {
	all := make([]event.Hook, 0, len(c.Events))
	for i, e := range c.Events {
		h := event.Hook{
			Name: "events[" + strconv.Itoa(i) + "]", URL: e.URL.Reveal(), Secret: e.Secret.Reveal(), SecretOld: e.SecretOld.Reveal(),
		}
		for _, t := range e.Types {
			h.Types = append(h.Types, event.Type(t))
		}
		for _, p := range e.Include {
			h.Include = append(h.Include, event.Part(p))
		}
		all = append(all, h)
	}
	return all
}

// announce composes the events of a deed, to be owed with it. What cannot be
// composed costs the event and never the deed.
func (t teller) announce(ctx context.Context, d deed, data event.Data) []ledger.Notice {
	e := event.Event{At: t.now(), Line: d.line, CallRef: d.callRef, UniqueID: d.id, Subject: d.subject, Data: data, Key: d.key}
	if d.callRef != "" {
		e.Key = d.callRef + "/" + strconv.FormatUint(uint64(d.effect), 10)
	}
	if d.id != "" {
		e.Subject = t.names.Subject(d.id)
	}
	owed, err := t.events.Compose(e)
	if err != nil {
		t.logger.WarnContext(ctx, "event lost", "event", data.Type().String(), "error", err.Error())
	}
	return owed
}

// kick has people and other systems told of what is owed.
func (t teller) kick() {
	t.worker.Kick()
	t.events.Kick()
	if c := t.changes.Load(); c != nil { // a freeze stops a change at once
		c.Kick()
	}
}

// endings keeps calls that ended, and tells other systems of them.
type endings struct {
	events *event.Sender
	books  interface {
		AppendOwing(ctx context.Context, e ledger.Entry, notices ...ledger.Notice) error
	}
	gate    func() error
	version string // of the policy
	clock   clock.Clock
	logger  *slog.Logger
	names   caller.Pseudonyms
	policy  ivr.Policy
}

// tell tells of one. A call in which an ID was keyed in is in the audit, too, so that
// whoever has that person on the line next sees it. Whom the call was about is what was keyed in: a claim, unless
// the level says more.
func (n endings) tell(ctx context.Context, call ivr.Call) {
	now := n.clock.Now()
	v := ivr.Evaluate(n.policy, call.Facts, call.Passed, now)
	data := event.Ended{
		Result: call.Ending.Result.String(), Reason: call.Ending.Reason, Language: call.Language,
		Seconds: max(now.Unix()-call.Started, 0), Level: v.Level.String(), Factors: []string{}, Links: linksOf(call.Links),
	}
	if call.Ending.Result == ivr.ResultUnknown {
		data.Result = ivr.ResultFailed.String() // as the metrics have it
	}
	if call.Request != ivr.RequestUnknown {
		data.Request = call.Request.String()
	}
	for _, p := range call.Passed {
		data.Factors = append(data.Factors, p.Factor.String())
	}
	e := event.Event{Key: call.Ref, At: now, Line: call.Line, CallRef: call.Ref, UniqueID: call.ID, Data: data}
	if call.ID == "" {
		n.events.Emit(ctx, e)
		return
	}
	e.Subject = n.names.Subject(call.ID)
	n.keep(ctx, e, data)
}

// keepTries is how often the ledger is tried with the end of a call.
const keepTries = 3

// keep appends the row of a call and owes its event. A ledger that is away costs
// both, after three tries.
func (n endings) keep(ctx context.Context, e event.Event, data event.Ended) {
	row := ledger.Entry{
		Phase: ledger.Outcome, Action: "call", Subject: e.Subject, Actor: lineActor, Reason: data.Reason, Factors: data.Factors,
		PolicyVersion: n.version, CallRef: e.CallRef, Detail: map[string]string{
			"line": e.Line, "request": data.Request, "result": data.Result, "level": data.Level, "seconds": strconv.FormatInt(data.Seconds, 10),
		},
	}
	owed, err := n.events.Compose(e)
	if err != nil {
		n.logger.WarnContext(ctx, "event lost", "event", data.Type().String(), "error", err.Error())
	}
	for try := 1; ; try++ {
		if err = n.gate(); err == nil {
			err = n.books.AppendOwing(ctx, row, owed...)
		}
		if err == nil || try == keepTries || n.clock.Sleep(ctx, time.Second) != nil {
			break
		}
	}
	if err != nil {
		n.logger.WarnContext(ctx, "end of a call not in the audit", "call", e.CallRef, "error", err.Error())
		return
	}
	n.events.Kick()
}

// linksOf is how far a call's links came.
func linksOf(l ivr.Links) string {
	switch {
	case l.Done:
		return "activated"
	case l.Sent || l.Activate == ivr.TextSent || l.Activate == ivr.TextDelivered:
		return "sent"
	}
	return "none"
}
