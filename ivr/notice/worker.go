package notice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ringback/ivr/ledger"
	"ringback/ivr/mail"
	"ringback/ivr/outbox"
	"ringback/ivr/twilio"
)

// maxPerhaps is how often a person may be told the same.
const maxPerhaps = 2

// channels are those of notices to people.
func channels() []string { return []string{ledger.ByText, ledger.ByMail} }

// Worker composes notices and sends what is owed; see [outbox.Worker] for how.
// Make one with [New]. It is safe for concurrent use, and several may share a
// ledger.
type Worker struct {
	*outbox.Worker

	o      Options
	sealer *outbox.Sealer
}

// New returns a worker that sends nothing before its first Kick. The caller closes
// it.
func New(o Options) (*Worker, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("notice options: %w", err)
	}
	o = o.withDefaults()
	w := &Worker{o: o}
	var err error
	if w.sealer, err = outbox.NewSealer(o.Random, o.Key, o.OldKey); err != nil {
		return nil, fmt.Errorf("notice options: %w", err)
	}
	m := newMetrics(o.Registerer, o.Ledger)
	if w.Worker, err = outbox.New(outbox.Options{
		Ledger: o.Ledger, Channels: channels(), Send: w.send, Ended: m.ended, AtMost: maxPerhaps,
		Clock: o.Clock, Logger: o.Logger, Jitter: o.Jitter, Timing: o.Timing,
	}); err != nil {
		return nil, fmt.Errorf("notice options: %w", err)
	}
	return w, nil
}

// letter is what is sealed: everything about a notice that is personal.
type letter struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

func (w *Worker) seal(event string, l letter) ([]byte, error) {
	plain, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("seal letter: %w", err)
	}
	return w.sealer.Seal(event, plain) //nolint:wrapcheck // it names itself
}

// send sends one notice.
func (w *Worker) send(ctx context.Context, n ledger.Notice) outbox.Outcome {
	plain, err := w.sealer.Open(n.Event, n.Sealed)
	var l letter
	if err != nil || json.Unmarshal(plain, &l) != nil {
		return outbox.Unreadable
	}
	switch {
	case n.Channel == ledger.ByText:
		_, err := w.o.Texter.SendText(ctx, twilio.Text{To: l.To, Body: l.Text})
		return ofText(err)
	case n.Channel == ledger.ByMail && w.o.Mailer != nil:
		return ofMail(w.o.Mailer.Send(ctx, mail.Message{
			To: l.To, Subject: l.Subject, Text: l.Text, ID: "notice-" + w.mac("message", n.Event)[:32],
		}))
	}
	return outbox.Unavailable // by an instance that has a mail server, perhaps
}

func ofText(err error) outbox.Outcome {
	switch {
	case err == nil:
		return outbox.Sent
	case errors.Is(err, twilio.ErrOptedOut), errors.Is(err, twilio.ErrNotTextable), errors.Is(err, twilio.ErrInvalid):
		return outbox.Refused
	case errors.Is(err, twilio.ErrUnclear):
		return outbox.Unclear
	}
	return outbox.Unavailable
}

func ofMail(err error) outbox.Outcome {
	switch {
	case err == nil:
		return outbox.Sent
	case errors.Is(err, mail.ErrRefused):
		return outbox.Refused
	case errors.Is(err, mail.ErrUnclear):
		return outbox.Unclear
	}
	return outbox.Unavailable
}
