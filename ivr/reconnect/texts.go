package reconnect

import (
	"context"
	"strings"
	"time"

	"ringback/ivr"
)

// sendText sends one of the links, or the self-service page's address, to a
// phone on file. Sending a link again that still lives asks nothing of Duo.
func (s *Service) sendText(ctx context.Context, callSID string, call ivr.Call, e ivr.SendText) ivr.TextDispatched {
	out := ivr.TextDispatched{Text: e.Text, Status: ivr.TextUnavailable}
	if e.Phone.Number == "" {
		return out
	}
	link, life := s.WebPages[call.Line], time.Hour
	if e.Text != ivr.TextWeb {
		if !s.goesOn(ctx, call, e) {
			return out
		}
		link, life = s.kept(ctx, callSID, call, e.Text)
	}
	if link == "" {
		return out
	}
	body, err := s.Wording.Body(call, e.Text, link)
	if err != nil {
		s.warn(ctx, "text not worded", err)
		return out
	}
	out.Status = s.Texter.Text(ctx, Text{To: e.Phone.Number, Body: body, Callback: s.StatusURL(callSID, e.Text, e.Send), Validity: life})
	return out
}

// goesOn reports whether links may still go out: not once recovery was stopped,
// though the verdict of this call came before that.
func (s *Service) goesOn(ctx context.Context, call ivr.Call, e ivr.SendText) bool {
	p, found, err := s.People.Person(ctx, e.ID)
	if err != nil || !found {
		s.warn(ctx, "person not read", err)
		return false
	}
	facts, err := s.Guard.Now(ctx, p.Subject, call.Facts)
	if err != nil {
		s.warn(ctx, "present facts not read", err)
		return false
	}
	return !facts.Frozen
}

// kept is a link of the call and how much longer it lives.
func (s *Service) kept(ctx context.Context, callSID string, call ivr.Call, t ivr.Text) (link string, life time.Duration) {
	life = time.Unix(call.Links.Until, 0).Sub(s.Clock.Now())
	if life <= 0 {
		return "", 0
	}
	body, ok, err := s.Kept.Get(ctx, linksKind, setOf(callSID, call))
	if err != nil || !ok {
		s.warn(ctx, "links are gone", err)
		return "", 0
	}
	install, activate, _ := strings.Cut(string(body), "\n")
	if t == ivr.TextInstall {
		return install, life
	}
	return activate, life
}
