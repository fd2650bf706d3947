package line

import (
	"context"
	"time"

	"ringback/ivr"
	"ringback/sessions"
)

// effectTime is how long an effect may take before its context ends. It is
// within the lease, so that the instance that started it is done with it before
// another may pick it up; and the lease is within the time for which a caller is
// told to wait a moment, so that somebody does.
const effectTime = 7 * time.Second

// start runs an effect in the background and feeds its result back.
func (s *Server) start(ctx context.Context, sid string, call ivr.Call, e ivr.Effect, fence uint32) {
	s.background(ctx, func(ctx context.Context) {
		ctx, cancel := s.Clock.WithTimeout(ctx, min(effectTime, s.Lease))
		defer cancel()
		what := s.Runner.Run(ctx, sid, call, e)
		s.metrics.effect(e, what)
		s.report(ctx, sid, e, fence, what)
		if t, ok := e.(ivr.SendText); ok && t.Text == ivr.TextInstall {
			s.overdue(ctx, sid)
		}
	})
}

// report stores an effect's result. When the store is down for a moment the
// result is worth another try: nobody else has it.
func (s *Server) report(ctx context.Context, sid string, e ivr.Effect, fence uint32, what ivr.What) {
	ctx = context.WithoutCancel(ctx)
	for try := range 3 {
		_, out, err := s.update(ctx, sid, sessions.Effect(e.Num(), fence), ivr.Event{At: s.Clock.Now(), Effect: e.Num(), What: what})
		if err == nil {
			s.Logger.DebugContext(ctx, "effect reported", "effect", e.Kind().String(), "outcome", out.String())
			return
		}
		s.Logger.WarnContext(ctx, "effect not reported", "effect", e.Kind().String(), "try", try+1, "error", err.Error())
		if s.sleep(ctx, time.Second) != nil {
			return
		}
	}
}

// overdue reminds the call of its second text, whoever is on the line by then.
func (s *Server) overdue(ctx context.Context, sid string) {
	ctx = context.WithoutCancel(ctx)
	if s.sleep(ctx, secondText) != nil {
		return
	}
	if _, _, err := s.update(ctx, sid, sessions.Any(), ivr.Event{At: s.Clock.Now(), What: ivr.Overdue{}}); err != nil {
		s.Logger.WarnContext(ctx, "second text not reminded", "error", err.Error())
	}
}

// secondText is how long the activation text waits for the install text to be sent.
const secondText = 15 * time.Second

// pickUp runs an effect again whose instance has died, when the answer depends
// on it and its lease has run out.
func (s *Server) pickUp(ctx context.Context, sid string, st state) {
	if st.call.Await == 0 || st.call.Answer != nil {
		return
	}
	for _, o := range st.open {
		if o.ID != st.call.Await || s.Clock.Now().Before(o.Until) {
			continue
		}
		fence, ok, err := s.Records.Claim(ctx, sid, o.ID, s.Lease)
		if err != nil || !ok {
			return
		}
		for _, open := range st.call.Open {
			if open.ID == o.ID {
				s.Logger.InfoContext(ctx, "effect picked up", "effect", open.Kind.String())
				s.start(ctx, sid, st.call, st.call.Effect(open), fence)
			}
		}
	}
}
