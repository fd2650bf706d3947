package line

import (
	"context"

	"ringback/ivr"
	"ringback/twiml"
)

// lastResort is what is said when nothing else can be: an apology, and a Dial
// to the desk's own number. It needs no store, no REST and no memory of the call.
func (s *Server) lastResort(route string, w *webhook) twiml.Response {
	s.metrics.lastResort.WithLabelValues(route).Inc()
	return s.apology(s.lineOf(w))
}

// apology is the last resort of a line, in its own words.
func (s *Server) apology(l *ivr.Line) twiml.Response {
	call := ivr.Call{Line: l.ID, Language: l.Languages[0]}
	says, err := s.says(&call, []ivr.Message{{ID: "last_resort"}, {ID: "dialling_desk"}})
	if err != nil {
		return Apology(s.speaker(l.ID), l.Languages[0], l.Fallback)
	}
	return twiml.Response{Verbs: append(verbs(says), dialDesk(l.Fallback)...)}
}

// Apology is the document for the carrier's own fallback URL, to be hosted where
// nothing of ours can fail: an apology, and a Dial to the desk's own number.
func Apology(voice twiml.Voice, language, number string) twiml.Response {
	say := twiml.Say{Voice: voice, Language: language, Parts: []twiml.SayPart{
		twiml.Text("We are sorry, something is not working on our side. I am putting you through to the service desk."),
	}}
	return twiml.Response{Verbs: append([]twiml.Verb{say}, dialDesk(number)...)}
}

// dialDesk connects to the desk's own number, or hangs up where there is none.
func dialDesk(number string) []twiml.Verb {
	if number == "" {
		return []twiml.Verb{twiml.Hangup{}}
	}
	return []twiml.Verb{twiml.Dial{Timeout: 30, Number: number}}
}

// lineOf is the line whose number was dialled; the first if none was.
func (s *Server) lineOf(w *webhook) *ivr.Line {
	for i := range s.Dialogue.Lines {
		if n := s.Dialogue.Lines[i].Number; n == w.Get("To") || n == w.Get("From") {
			return &s.Dialogue.Lines[i]
		}
	}
	return &s.Dialogue.Lines[0]
}

// fallback is where the carrier goes when one of our documents failed: the
// current prompt once more, and after that the desk's own number.
func (s *Server) fallback(ctx context.Context, w *webhook) (twiml.Response, error) {
	s.metrics.lastResort.WithLabelValues("fallback").Inc()
	l := s.lineOf(w)
	rec, ok, err := s.Records.Load(ctx, w.sid)
	if err != nil || !ok {
		return s.apology(l), nil //nolint:nilerr // what is down is why we are here
	}
	st, err := decode(rec)
	if err != nil || st.call.Answer == nil || st.call.Answer.Expect.Kind == ivr.ExpectNothing {
		return s.apology(l), nil //nolint:nilerr // likewise
	}
	says, err := s.says(&st.call, st.call.Answer.Say)
	if err != nil {
		return s.apology(l), nil //nolint:nilerr // likewise
	}
	g := s.gather(st.call.Answer.Expect, says, s.turnURL(st.turn, "g"))
	g.ActionOnEmptyResult = false // silence goes on to the desk
	return twiml.Response{Verbs: append([]twiml.Verb{g}, dialDesk(l.Fallback)...)}, nil
}
