package box

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringback/ivr/ledger"
	"ringback/twiml/carrier"
)

const (
	// backLimit is how long somebody waits to be called back.
	backLimit = 30 * time.Minute
	// backLabel is the label of a call that somebody gets, unless it has its own.
	backLabel = "back"
)

// parseAnswer reads whose phone is picked up.
func (s *Step) parseAnswer(rest string) error {
	s.Call = backLabel
	if label, after, ok := strings.Cut(rest, ":"); ok {
		s.Call, rest = strings.TrimSpace(label), strings.TrimSpace(after)
		if s.Call == "" || strings.Contains(s.Call, " ") {
			return fmt.Errorf("%q is no label", label)
		}
	}
	return s.phone(rest, false)
}

// parsePhone reads what becomes of calls to somebody's phone.
func (s *Step) parsePhone(rest string) error {
	number, what, _ := strings.Cut(rest, " ")
	if err := checkNumber(number); err != nil {
		return err
	}
	s.Words = []string{number, what}
	switch what {
	case "rings", "voicemail", "busy":
		return nil
	}
	return errors.New("a phone rings, is busy, or has a voicemail")
}

// answer waits until somebody's phone rings and picks it up: from then on it is a
// call like the others.
func (p *player) answer(ctx context.Context, s Step) error {
	number := s.Words[0]
	l, err := p.w.Carrier.Phone(number).WaitIncoming(ctx, backLimit)
	if err != nil {
		return p.fail(s, "nobody called")
	}
	if _, used := p.calls[s.Call]; used {
		return p.bad(s, fmt.Errorf("the label %q is used", s.Call))
	}
	l.Answer()
	p.calls[s.Call], p.owner[s.Call], p.last = l, number, s.Call
	return nil
}

// phone sets what becomes of calls to somebody's phone.
func (p *player) phone(s Step) {
	b := carrier.RingOn()
	switch s.Words[1] {
	case "busy":
		b = carrier.Busy()
	case "voicemail":
		b = carrier.Voicemail(5*time.Second, "Please leave a message after the tone.")
	}
	p.w.Carrier.Phone(s.Words[0]).OnRing(b)
}

// noCall expects that nobody calls a number now.
func (p *player) noCall(s Step) error {
	if p.w.Carrier.Phone(s.Words[0]).Incoming() != nil {
		return p.fail(s, "somebody calls")
	}
	return nil
}

// parseCallback reads whose callback is looked at.
func (s *Step) parseCallback(rest string) error {
	number, state, _ := strings.Cut(rest, " ")
	if err := checkNumber(number); err != nil {
		return err
	}
	s.Words = []string{number, state}
	_, err := ledger.ParseCallbackState(state)
	return err //nolint:wrapcheck // says what it is
}

// callback expects that the ledger says of a number's last callback how far it is.
func (p *player) callback(ctx context.Context, s Step) error {
	all, err := p.w.App.Ledger().Callbacks(ctx, p.began, 0)
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	name, got := p.w.App.NumberName(s.Words[0]), "none"
	for _, c := range all {
		if c.Number == name {
			got = c.State.String()
		}
	}
	if got != s.Words[1] {
		return p.fail(s, "it is %s", got)
	}
	return nil
}
