package line

import (
	"context"
	"fmt"

	"ringback/ivr"
	"ringback/sessions"
)

// AgentLinks has links sent to the caller of a call, for an agent who talks to
// them. why is why not, as [ivr.Policy.WhyNotLinks] says; then nothing was done.
// What comes of it is in the call.
func (s *Server) AgentLinks(ctx context.Context, sid string, w ivr.AgentLinks) (why string, err error) {
	call, err := s.Call(ctx, sid)
	if err != nil {
		return "", fmt.Errorf("agent's links: %w", err)
	}
	e := ivr.Event{At: s.Clock.Now(), What: w}
	if why := s.Dialogue.Policy.WhyNotLinks(call, w, e); why != "" {
		return why, nil
	}
	st, out, err := s.update(ctx, sid, sessions.Any(), e)
	switch {
	case err != nil:
		return "", fmt.Errorf("agent's links: %w", err)
	case out != sessions.Applied:
		return "", fmt.Errorf("agent's links: %w", errNotApplied(out))
	case st.call.Effects == call.Effects: // what was seen above has changed since
		return "under_way", nil
	}
	return "", nil
}

// AgentLook has Duo asked whether the caller's phone was activated; the answer is
// in the call a little later.
func (s *Server) AgentLook(ctx context.Context, sid string) error {
	return s.agentEvent(ctx, sid, ivr.AgentLook{})
}

// Dismiss has the caller's next turn be a goodbye.
func (s *Server) Dismiss(ctx context.Context, sid string) error {
	return s.agentEvent(ctx, sid, ivr.AgentDismiss{})
}

func (s *Server) agentEvent(ctx context.Context, sid string, what ivr.What) error {
	_, out, err := s.update(ctx, sid, sessions.Any(), ivr.Event{At: s.Clock.Now(), What: what})
	if err == nil && out != sessions.Applied {
		err = errNotApplied(out)
	}
	if err != nil {
		return fmt.Errorf("agent's tool: %w", err)
	}
	return nil
}
