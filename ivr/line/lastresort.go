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

// apology is the last resort of a line.
func (s *Server) apology(l *ivr.Line) twiml.Response {
	call := ivr.Call{Line: l.ID, Language: l.Languages[0]}
	says, err := s.says(&call, []ivr.Message{{ID: "last_resort"}, {ID: "dialling_desk"}})
	if err != nil {
		says = []twiml.Prompt{twiml.SayText("We are sorry, something is not working on our side.")}
	}
	return twiml.Response{Verbs: append(verbs(says), s.dialDesk(l, "")...)}
}

// dialDesk connects to the line's own number, or hangs up where there is none.
func (s *Server) dialDesk(l *ivr.Line, action string) []twiml.Verb {
	if l.Fallback == "" {
		return []twiml.Verb{twiml.Hangup{}}
	}
	return []twiml.Verb{twiml.Dial{Action: action, Timeout: 30, Number: l.Fallback}}
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
	return s.apology(s.lineOf(w)), nil
}

// Static is the document for the carrier's own fallback URL of a line, to be
// hosted where nothing of ours can fail.
func (s *Server) Static(line string) (twiml.Response, bool) {
	for i := range s.Dialogue.Lines {
		if s.Dialogue.Lines[i].ID == line {
			return s.apology(&s.Dialogue.Lines[i]), true
		}
	}
	return twiml.Response{}, false
}
