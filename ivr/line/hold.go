package line

import (
	"context"
	"fmt"
	"strconv"

	"ringback/ivr"
	"ringback/twiml"
)

// HoldURL is what a caller hears whom an agent puts on hold: a few words, music,
// and the next document, for as long as it takes.
func (s *Server) HoldURL(transfer, line, language string) string {
	return s.holdURL(transfer, line, language, 0)
}

func (s *Server) holdURL(transfer, line, language string, n uint64) string {
	return s.url("/voice/hold", "g", language, "l", line, "n", strconv.FormatUint(n, 10), "x", transfer)
}

// AnnounceURL is what a caller in the conference hears of the agent of an offer.
func (s *Server) AnnounceURL(transfer string, offer int) string {
	return s.url("/voice/announce", "o", strconv.Itoa(offer), "x", transfer)
}

// holdWords is every how many documents somebody on hold is spoken to.
const holdWords = 3

// hold is one document of somebody on hold. It is the desk's tick, too: an agent
// who has left cannot be heard to have left. Whatever fails, the music goes on.
func (s *Server) hold(ctx context.Context, w *webhook) (twiml.Response, error) {
	n, _ := strconv.ParseUint(w.query.Get("n"), 10, 32) // signed: it is ours
	transfer, call := w.query.Get("x"), ivr.Call{Line: w.query.Get("l"), Language: w.query.Get("g")}
	if err := s.Desk.OnHold(ctx, transfer); err != nil {
		s.Logger.WarnContext(ctx, "desk tick of a caller on hold failed", "error", err.Error())
	}
	var v []twiml.Verb
	if n%holdWords == 0 {
		id := "on_hold"
		if n > 0 {
			id = "on_hold_still"
		}
		says, err := s.says(&call, []ivr.Message{{ID: id}})
		if err != nil {
			s.Logger.WarnContext(ctx, "caller on hold not spoken to", "error", err.Error())
		}
		v = verbs(says)
	}
	return twiml.Response{Verbs: append(v, s.holdOn(w).Verbs...)}, nil
}

// holdOn is music and the next document.
func (s *Server) holdOn(w *webhook) twiml.Response {
	n, _ := strconv.ParseUint(w.query.Get("n"), 10, 32)
	return twiml.Response{Verbs: []twiml.Verb{
		twiml.Play{URL: s.Music[int(n)%len(s.Music)]},
		twiml.Redirect{URL: s.holdURL(w.query.Get("x"), w.query.Get("l"), w.query.Get("g"), n+1)},
	}}
}

// announce tells the caller, and nobody else, who is with them now.
func (s *Server) announce(ctx context.Context, w *webhook) (twiml.Response, error) {
	offer, err := strconv.Atoi(w.query.Get("o"))
	if err != nil {
		return twiml.Response{}, fmt.Errorf("offer number: %w", err)
	}
	i, err := s.Desk.Introduce(ctx, w.query.Get("x"), offer)
	if err != nil || len(i.Say) == 0 { // better nothing than an apology in the middle of a talk
		if err != nil {
			s.Logger.WarnContext(ctx, "agent not announced", "error", err.Error())
		}
		return twiml.Response{}, nil
	}
	says, err := s.says(&ivr.Call{Line: i.Line, Language: i.Language}, i.Say)
	if err != nil {
		return twiml.Response{}, err
	}
	return twiml.Response{Verbs: verbs(says)}, nil
}
