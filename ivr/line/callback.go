package line

import (
	"context"
	"fmt"
	"strconv"

	"ringback/ivr"
	"ringback/sessions"
	"ringback/twiml"
)

// PersonEvent is a webhook of a call to somebody who is called back.
type PersonEvent struct {
	Transfer string // in which an agent waits
	Offer    int
	CallSID  string
	Status   string // the carrier's CallStatus
}

// PersonURLs are those of a call to somebody who is called back: its first document,
// its fallback, and its status callback.
func (s *Server) PersonURLs(transfer string, offer int, line, language string) (first, fallback, status string) {
	args := []string{"g", language, "l", line, "o", strconv.Itoa(offer), "x", transfer}
	return s.url("/voice/callback", args...), s.callback("/voice/fallback"), s.callback("/voice/callback/status", args...)
}

func personEvent(w *webhook) (PersonEvent, error) {
	offer, err := strconv.Atoi(w.query.Get("o"))
	if err != nil {
		return PersonEvent{}, fmt.Errorf("offer number: %w", err)
	}
	return PersonEvent{Transfer: w.query.Get("x"), Offer: offer, CallSID: w.sid, Status: w.Get("CallStatus")}, nil
}

// calledBack is the first turn of a call that the line makes to somebody who asked
// for it. The line is that of the number it comes from, the caller is whom it goes
// to. When no agent waits any more there is nothing to say that a voicemail should
// keep.
func (s *Server) calledBack(ctx context.Context, w *webhook) (twiml.Response, error) {
	e, err := personEvent(w)
	if err != nil {
		return twiml.Response{}, err
	}
	e.Status = "in-progress"
	wanted, err := s.Desk.Person(ctx, e)
	if err != nil {
		return twiml.Response{}, fmt.Errorf("person's call: %w", err)
	}
	if !wanted {
		return twiml.Response{Verbs: []twiml.Verb{twiml.Hangup{}}}, nil
	}
	return s.turn(ctx, w, sessions.Create(), ivr.CalledBack{
		Line: w.query.Get("l"), Language: w.query.Get("g"), To: e164(w.Get("To")), Transfer: e.Transfer, Offer: e.Offer,
	})
}

// calledStatus is the carrier's word on that call. Its end is also the end of the
// dialogue, if there was one.
func (s *Server) calledStatus(ctx context.Context, w *webhook) (twiml.Response, error) {
	e, err := personEvent(w)
	if err != nil {
		return twiml.Response{}, err
	}
	if _, err := s.Desk.Person(ctx, e); err != nil {
		return twiml.Response{}, fmt.Errorf("person's call: %w", err)
	}
	return s.status(ctx, w)
}
