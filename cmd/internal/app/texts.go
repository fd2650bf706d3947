package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/reconnect"
	"ringback/ivr/twilio"
	"ringback/ivr/words"
)

// texter sends texts by the carrier.
type texter struct {
	carrier  *twilio.Client
	wording  wording
	validity time.Duration // of a code: a text that comes later is of no use
}

// Text sends one of the links.
func (t texter) Text(ctx context.Context, m reconnect.Text) ivr.TextStatus {
	_, err := t.carrier.SendText(ctx, twilio.Text{To: m.To, Body: m.Body, StatusCallback: m.Callback, Validity: m.Validity})
	switch {
	case err == nil, errors.Is(err, twilio.ErrUnclear): // it may be on its way; a callback will tell
		return ivr.TextQueued
	case errors.Is(err, twilio.ErrOptedOut):
		return ivr.TextOptedOut
	case errors.Is(err, twilio.ErrNotTextable):
		return ivr.TextLandline
	}
	return ivr.TextUnavailable
}

// SendCode texts a code. Whether it arrives is nobody's business before a verdict.
func (t texter) SendCode(ctx context.Context, _ string, call ivr.Call, to, code string) ivr.Outcome {
	body, err := t.wording.text(t.wording.ofLine(call), "text_code", "code", code)
	if err != nil {
		return ivr.OutcomeFailed
	}
	if _, err := t.carrier.SendText(ctx, twilio.Text{To: to, Body: body, Validity: t.validity}); err != nil {
		return ivr.OutcomeUnavailable
	}
	return ivr.OutcomeOK
}

// wording says what texts say.
type wording struct {
	books map[string]*words.Catalogue
	lines []config.Line
}

// Body is a text with a link.
func (w wording) Body(call ivr.Call, t ivr.Text, link string) (string, error) {
	return w.text(call, "text_"+t.String(), "link", link)
}

// ofLine is the call in its line's own language: what warns somebody must not be in
// one that whoever calls has chosen.
func (w wording) ofLine(call ivr.Call) ivr.Call {
	for _, l := range w.lines {
		if l.ID == call.Line {
			call.Language = l.Languages[0]
		}
	}
	return call
}

// text words a message; args are name, value, name, value.
func (w wording) text(call ivr.Call, id string, args ...string) (string, error) {
	m := ivr.Message{ID: id, Args: make(map[string]string, len(args)/2+2)}
	for _, l := range w.lines {
		if l.ID == call.Line {
			m.Args["line"], m.Args["number"] = l.Name, string(l.Number)
			for i := 0; i+1 < len(args); i += 2 {
				m.Args[args[i]] = args[i+1]
			}
			text, err := w.books[l.ID].Text(call.Language, m)
			if err != nil {
				return "", fmt.Errorf("word a text: %w", err)
			}
			return text, nil
		}
	}
	return "", fmt.Errorf("word a text: no line %q", call.Line)
}

// linksKind names the sets of links in the ledger.
const linksKind = "links"

// holdNotices is how long the notices of a claim wait for its end. If nobody
// tells that, they are sent: the links may have gone out.
const holdNotices = 3 * time.Minute
