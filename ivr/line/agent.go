package line

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"ringback/ivr"
	"ringback/sessions"
	"ringback/twiml"
)

// agentEvent is what every webhook of an agent's leg says: which transfer, and
// which ring of it.
func agentEvent(w *webhook) (AgentEvent, error) {
	offer, err := strconv.Atoi(w.query.Get("o"))
	if err != nil {
		return AgentEvent{}, fmt.Errorf("offer number: %w", err)
	}
	return AgentEvent{Transfer: w.query.Get("x"), Offer: offer, CallSID: w.sid}, nil
}

// agent is the first document of a ring that was answered: the brief.
func (s *Server) agent(ctx context.Context, w *webhook) (twiml.Response, error) {
	e, err := agentEvent(w)
	if err != nil {
		return twiml.Response{}, err
	}
	e.First = true
	return s.agentTurnFor(ctx, e)
}

// agentTurn is a key of an agent's, silence, or the end of the conference.
func (s *Server) agentTurn(ctx context.Context, w *webhook) (twiml.Response, error) {
	e, err := agentEvent(w)
	if err != nil {
		return twiml.Response{}, err
	}
	e.Keys = keys(w.Get("Digits"))
	prompt, _ := strconv.ParseUint(w.query.Get("p"), 10, 32) // absent where no keys were awaited
	e.Prompt = uint32(prompt)
	e.Left = w.query.Get("e") == "d"
	return s.agentTurnFor(ctx, e)
}

func (s *Server) agentTurnFor(ctx context.Context, e AgentEvent) (twiml.Response, error) {
	t, err := s.Desk.Agent(ctx, e)
	if err != nil {
		return twiml.Response{}, fmt.Errorf("agent's leg: %w", err)
	}
	l := s.lineNamed(t.Line)
	call := ivr.Call{Line: l.ID, Language: cmp.Or(t.Language, l.Languages[0])}
	says, err := s.says(&call, t.Say)
	if err != nil {
		return twiml.Response{}, err
	}
	args := []string{"o", strconv.Itoa(e.Offer), "x", e.Transfer}
	switch {
	case t.Conference != "":
		return twiml.Response{Verbs: append(verbs(says), s.meet(t.Conference, "agent-"+strconv.Itoa(e.Offer), "", t.Ends, s.url("/voice/agent/turn", append(args, "e", "d")...)))}, nil
	case t.Seconds > 0:
		expect := ivr.Expect{Kind: ivr.ExpectKey, Seconds: t.Seconds}
		args = append(args, "p", strconv.FormatUint(uint64(t.Prompt), 10))
		return twiml.Response{Verbs: []twiml.Verb{s.gather(expect, says, s.url("/voice/agent/turn", args...))}}, nil
	default:
		return twiml.Response{Verbs: append(verbs(says), twiml.Hangup{})}, nil
	}
}

// agentStatus is the carrier's word on a ring: ringing, answered, how it ended.
func (s *Server) agentStatus(ctx context.Context, w *webhook) (twiml.Response, error) {
	e, err := agentEvent(w)
	if err != nil {
		return twiml.Response{}, err
	}
	e.Status = w.Get("CallStatus")
	if _, err := s.Desk.Agent(ctx, e); err != nil {
		return twiml.Response{}, fmt.Errorf("agent's leg: %w", err)
	}
	return twiml.Response{}, nil
}

// Move announces that a caller is about to meet the agent and returns the URL to
// send the call to. The jump is taken once, whatever the turn.
func (s *Server) Move(ctx context.Context, callSID, transfer string, n int) (url string, err error) {
	jump := transfer + "." + strconv.Itoa(n)
	_, out, err := s.Records.Update(ctx, callSID, sessions.Any(), func(body []byte, _ sessions.Outcome) (sessions.Change, error) {
		return sessions.Change{Body: body, Jump: jump}, nil
	})
	if err != nil {
		return "", fmt.Errorf("announce jump: %w", err)
	}
	if out != sessions.Applied {
		return "", errLost
	}
	return s.url("/voice/turn", "e", "j", "j", jump), nil
}

// AgentURLs are the URLs of a ring: what is played when it is answered, where to
// go when that fails, and where its status is told.
func (s *Server) AgentURLs(transfer string, offer int) (answer, fallback, status string) {
	args := []string{"o", strconv.Itoa(offer), "x", transfer}
	return s.url("/voice/agent", args...), s.callback("/voice/fallback"), s.callback("/voice/agent/status", args...)
}

// TextStatusURL is where the delivery of a call's text is told; send says of
// which sending, so that a late word on an old one is known for what it is.
func (s *Server) TextStatusURL(callSID string, t ivr.Text, send uint8) string {
	return s.callback("/texts/status", "c", callSID, "n", strconv.Itoa(int(send)), "x", t.String())
}
