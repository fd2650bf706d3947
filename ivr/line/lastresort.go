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
	if l.Fallback == "" {
		return s.plain(l, "last_resort", "desk_unreachable")
	}
	return s.plain(l, "last_resort", "dialling_desk")
}

// plain says what is the same for everybody, in the line's first language, and
// then dials the desk's own number, or hangs up where there is none.
func (s *Server) plain(l *ivr.Line, ids ...string) twiml.Response {
	call := ivr.Call{Line: l.ID, Language: l.Languages[0]}
	messages := make([]ivr.Message, 0, len(ids))
	for _, id := range ids {
		messages = append(messages, ivr.Message{ID: id})
	}
	says, err := s.says(&call, messages)
	if err != nil {
		return Apology(s.speaker(l.ID, l.Languages[0]), l.Languages[0], l.Fallback)
	}
	return twiml.Response{Verbs: append(verbs(says), s.dialDesk(l)...)}
}

// Apology is the document for the carrier's own fallback URL, to be hosted where
// nothing of ours can fail: an apology, and a Dial to the desk's own number. It
// cannot know how that went, so that its last words fit either end.
func Apology(voice twiml.Voice, language, number string) twiml.Response {
	say := func(text string) twiml.Verb {
		return twiml.Say{Voice: voice, Language: language, Parts: []twiml.SayPart{twiml.Text(text)}}
	}
	if number == "" {
		return twiml.Response{Verbs: []twiml.Verb{say("We are sorry, something is not working on our side. Please call again later."), twiml.Hangup{}}}
	}
	return twiml.Response{Verbs: []twiml.Verb{
		say("We are sorry, something is not working on our side. I am putting you through to the service desk."),
		twiml.Dial{Timeout: 30, TimeLimit: talkLimit, Number: number},
		say("If you could not talk to the service desk, please call again later. Goodbye."),
		twiml.Hangup{},
	}}
}

// dialDesk connects to the desk's own number, or hangs up where there is none.
// What comes of it is told to a route that needs no state.
func (s *Server) dialDesk(l *ivr.Line) []twiml.Verb {
	if l.Fallback == "" {
		return []twiml.Verb{twiml.Hangup{}}
	}
	return []twiml.Verb{twiml.Dial{Action: s.url("/voice/fallback", "e", "d"), Timeout: 30, TimeLimit: talkLimit, Number: l.Fallback}}
}

// dialledDesk is the end of a Dial of the last resort. Who was not put through is
// told, and nobody is dialled again.
func (s *Server) dialledDesk(w *webhook) twiml.Response {
	hangup := twiml.Response{Verbs: []twiml.Verb{twiml.Hangup{}}}
	if status := w.Get("DialCallStatus"); status == "completed" || status == "answered" {
		return hangup
	}
	l := s.lineOf(w)
	says, err := s.says(&ivr.Call{Line: l.ID, Language: l.Languages[0]}, []ivr.Message{{ID: "desk_unreachable"}})
	if err != nil {
		return hangup
	}
	return twiml.Response{Verbs: append(verbs(says), twiml.Hangup{})}
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

// lineNamed is the line with an id; the first if there is none.
func (s *Server) lineNamed(id string) *ivr.Line {
	for i := range s.Dialogue.Lines {
		if s.Dialogue.Lines[i].ID == id {
			return &s.Dialogue.Lines[i]
		}
	}
	return &s.Dialogue.Lines[0]
}

// fallback is where the carrier goes when one of our documents failed: the
// current prompt once more, and after that the desk's own number. With e=d it is
// where that number's Dial ends.
func (s *Server) fallback(ctx context.Context, w *webhook) (twiml.Response, error) {
	if w.query.Get("e") == "d" {
		return s.dialledDesk(w), nil
	}
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
	return twiml.Response{Verbs: append([]twiml.Verb{g}, s.dialDesk(l)...)}, nil
}
