package line

import (
	"context"
	"slices"
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
		if sent, ok := what.(ivr.CodeSent); ok && fence > 1 && sent.Outcome == ivr.OutcomeLimited {
			what = ivr.CodeSent{Outcome: ivr.OutcomeUnknown} // limited by its own first run, which may have sent it
		}
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

// pickUp runs effects again whose instance has died: those that are wanted still
// and whose lease has run out. Whichever instance has a webhook of the call does
// it. One that must not run twice ([ivr.EffectKind.Once]) claims its row in the
// ledger first, and so finds that it has begun before.
func (s *Server) pickUp(ctx context.Context, sid string, st state) {
	for _, o := range st.open {
		if s.Clock.Now().Before(o.Until) {
			continue
		}
		i := slices.IndexFunc(st.call.Open, func(open ivr.Open) bool { return open.ID == o.ID })
		if i < 0 || !st.call.Wanted(st.call.Open[i]) {
			continue
		}
		fence, ok, err := s.Records.Claim(ctx, sid, o.ID, s.Lease)
		if err != nil {
			s.Logger.WarnContext(ctx, "effect not picked up", "error", err.Error())
			return
		}
		if ok {
			s.Logger.InfoContext(ctx, "effect picked up", "effect", st.call.Open[i].Kind.String())
			s.start(ctx, sid, st.call, st.call.Effect(st.call.Open[i]), fence)
		}
	}
}
