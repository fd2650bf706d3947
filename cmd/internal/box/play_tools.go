package box

import (
	"context"
	"errors"
	"time"

	"ringback/ivr/desk/console"
)

// tool uses an agent's tool for the caller on their line, as the page does. What
// the verdict does not cover is refused there; a script says so with "refused".
func (p *player) tool(ctx context.Context, s Step) error {
	name, what, want := s.Words[0], s.Words[2], s.Words[3]
	u := console.Use{Agent: name, By: name, Reason: "as the script says"}
	for _, t := range console.AllTools() {
		if t.String() == what {
			u.Tool = t
		}
	}
	for deadline := p.w.Clock.Now().Add(hearLimit); ; {
		t, _, err := p.w.App.Desk().Holding(ctx, name)
		if err != nil {
			return p.fail(s, "%v", err)
		}
		u.Transfer = t.ID
		err = p.w.App.Tools().Use(ctx, u)
		r, refused := errors.AsType[*console.Refusal](err)
		switch {
		case err == nil && want == "", refused && r.Why == want:
			p.note("", name, "on the page: "+what+refusedWords(r))
			return nil
		case refused && want != "" || err != nil && !refused:
			return p.fail(s, "the tool says: %v", err)
		case err == nil:
			return p.fail(s, "the tool was used")
		case !p.w.Clock.Now().Before(deadline):
			return p.fail(s, "the tool says: %v", err)
		}
		if err := p.w.Clock.Sleep(ctx, time.Second); err != nil {
			return err //nolint:wrapcheck // the context's cause
		}
	}
}

func refusedWords(r *console.Refusal) string {
	if r == nil {
		return ""
	}
	return ", refused: " + r.Why
}

// wrapUp says how an agent's call ended.
func (p *player) wrapUp(ctx context.Context, s Step) error {
	name, outcome := s.Words[0], s.Words[2]
	for deadline := p.w.Clock.Now().Add(hearLimit); ; {
		id, ok, err := p.w.App.Tools().Last(ctx, name)
		if err != nil {
			return p.fail(s, "%v", err)
		}
		if ok {
			if err := p.w.App.Tools().WrapUp(ctx, console.WrapUp{Transfer: id, Agent: name, By: name, Outcome: outcome, Note: "as the script says"}); err != nil {
				return p.fail(s, "%v", err)
			}
			p.note("", name, "on the page: it ended as "+outcome)
			return nil
		}
		if !p.w.Clock.Now().Before(deadline) {
			return p.fail(s, "%s has had no call", name)
		}
		if err := p.w.Clock.Sleep(ctx, time.Second); err != nil {
			return err //nolint:wrapcheck // the context's cause
		}
	}
}

// card looks for words on the card of the caller on an agent's line.
func (p *player) card(ctx context.Context, s Step) error {
	var saw string
	for deadline := p.w.Clock.Now().Add(hearLimit); ; {
		text, err := p.w.App.CardText(ctx, s.Words[0])
		if err != nil {
			return p.fail(s, "%v", err)
		}
		if saw = text; s.Match.MatchString(text) {
			p.note("", s.Words[0], "the card: "+s.Match.FindString(text))
			return nil
		}
		if !p.w.Clock.Now().Before(deadline) {
			return p.fail(s, "the card says: %s", saw)
		}
		if err := p.w.Clock.Sleep(ctx, time.Second); err != nil {
			return err //nolint:wrapcheck // the context's cause
		}
	}
}
