package carrier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Phone is any telephone that the application does not own, with a person or a
// machine at it: it makes calls, rings, and receives texts. Get one from
// [Carrier.Phone]. Its methods are safe for concurrent use.
type Phone struct {
	c        *Carrier
	number   string
	bell     bell // rings on new texts, and on every change of its legs
	legs     []*Leg
	onRing   Behaviour
	inbox    []Text
	textFate TextFate
	optedOut map[string]bool // by owned number, or "" for all

	lineType   string     // "" is a mobile; see LineType
	simChanged *time.Time // nil is long ago; see SIM
}

// Number of the phone, E.164.
func (p *Phone) Number() string { return p.number }

// Behaviour is what happens when a phone rings. The zero value lets it ring on
// until the person answers by [Leg.Answer], declines, or the caller gives up.
type Behaviour struct {
	kind     behaviour
	after    time.Duration
	greeting string
}

type behaviour int

const (
	ringsOn behaviour = iota
	answersAfter
	declinesAfter
	isBusy
	isUnreachable
	hasVoicemail
)

// RingOn lets the phone ring until the person does something.
func RingOn() Behaviour { return Behaviour{} }

// AnswerAfter picks up after d.
func AnswerAfter(d time.Duration) Behaviour { return Behaviour{kind: answersAfter, after: d} }

// DeclineAfter turns the call away after d; the caller's side sees busy.
func DeclineAfter(d time.Duration) Behaviour { return Behaviour{kind: declinesAfter, after: d} }

// Busy is engaged.
func Busy() Behaviour { return Behaviour{kind: isBusy} }

// Unreachable is no working number: the call fails.
func Unreachable() Behaviour { return Behaviour{kind: isUnreachable} }

// Voicemail is a machine that picks up after d, speaks its greeting, beeps,
// listens for a minute and hangs up. It presses no keys.
func Voicemail(after time.Duration, greeting string) Behaviour {
	return Behaviour{kind: hasVoicemail, after: after, greeting: greeting}
}

// OnRing sets what happens from the next ring on.
func (p *Phone) OnRing(b Behaviour) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.onRing = b
}

// CallOption changes a call that a [Phone] makes.
type CallOption func(*Leg)

// StirVerstat is how the caller's number was attested, such as
// "TN-Validation-Passed-A".
func StirVerstat(v string) CallOption { return func(l *Leg) { l.stir = v } }

// Withheld hides the caller's number: From is "anonymous".
func Withheld() CallOption { return func(l *Leg) { l.from = "anonymous" } }

// ShownAs shows another number, as a thief would.
func ShownAs(number string) CallOption { return func(l *Leg) { l.from = number } }

// Call dials. A number that nobody owns, or that has no VoiceURL, ends the call
// at once as failed. On a virtual clock ctx may be of a task; only its values
// are used.
func (p *Phone) Call(ctx context.Context, to string, opts ...CallOption) *Leg {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.newLeg(p, inbound, p.number, to)
	p.legs = append(p.legs, l)
	for _, o := range opts {
		o(l)
	}
	cfg, ok := c.owned(to)
	if !ok || cfg.VoiceURL == "" || c.closed {
		l.end(statusFailed, "number not in service")
		return l
	}
	l.status = statusRinging
	l.fallback = cfg.FallbackURL
	l.callback = statusCallback{url: cfg.StatusCallback, events: []string{"completed"}}
	l.heard(KindRing, "")
	c.spawn(ctx, 0, func(ctx context.Context) {
		l.program(ctx, &target{url: cfg.VoiceURL})
		l.finish(ctx)
	})
	return l
}

// Incoming is the call that rings on the phone or that it has answered, the
// latest first, or nil.
func (p *Phone) Incoming() *Leg {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	for _, l := range slices.Backward(p.legs) {
		if l.direction != inbound && !l.over() && (l.status == statusRinging || l.status == statusInProgress) {
			return l
		}
	}
	return nil
}

// WaitIncoming waits, at most limit, until a call rings or is connected on the
// phone, and returns it.
func (p *Phone) WaitIncoming(ctx context.Context, limit time.Duration) (*Leg, error) {
	var l *Leg
	err := await(ctx, p.c, &p.bell, limit, patience, func() (bool, error) {
		l = p.Incoming()
		return l != nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait for a call: %w", err)
	}
	return l, nil
}

// Text is a text message that a phone received.
type Text struct {
	// SID of the message.
	SID string
	// From is the sender's number and To the phone's own.
	From, To string
	// Body is the whole text, however many segments it took.
	Body string
	// At is when it arrived.
	At time.Time
}

// Texts are the received texts that nobody has taken, oldest first.
func (p *Phone) Texts() []Text {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	return slices.Clone(p.inbox)
}

// TakeText removes the oldest text that matches from the inbox; a nil match is
// any.
func (p *Phone) TakeText(match func(body string) bool) (Text, bool) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	i := slices.IndexFunc(p.inbox, func(t Text) bool { return match == nil || match(t.Body) })
	if i < 0 {
		return Text{}, false
	}
	t := p.inbox[i]
	p.inbox = slices.Delete(p.inbox, i, i+1)
	return t, true
}

// WaitText is TakeText that waits, at most limit, for the text to arrive.
func (p *Phone) WaitText(ctx context.Context, limit time.Duration, match func(body string) bool) (Text, error) {
	var t Text
	err := await(ctx, p.c, &p.bell, limit, patience, func() (ok bool, err error) {
		t, ok = p.TakeText(match)
		return ok, nil
	})
	if err != nil {
		return Text{}, fmt.Errorf("wait for a text: %w", err)
	}
	return t, nil
}

// TextFate is what becomes of texts to a phone; the zero value delivers them.
type TextFate struct {
	code     int
	refused  int
	optedOut bool
	lost     bool
	late     time.Duration
}

// Undelivered lets texts end as undelivered with an error code such as 30003
// (unreachable), 30006 (landline) or 30007 (filtered).
func Undelivered(code int) TextFate { return TextFate{code: code} }

// Landline has the API refuse texts to the phone as error 21614.
func Landline() TextFate { return TextFate{refused: codeNotMobile} }

// OptedOut has the API refuse texts to the phone as error 21610, as after STOP.
func OptedOut() TextFate { return TextFate{optedOut: true} }

// Late delivers texts d after they were sent, or never when their validity
// period is shorter.
func Late(d time.Duration) TextFate { return TextFate{late: d} }

// Lost lets texts be sent and never heard of again.
func Lost() TextFate { return TextFate{lost: true} }

// OnText sets what becomes of texts from now on.
func (p *Phone) OnText(f TextFate) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.textFate = f
}

// errNotOwned is a text to a number that the application does not own.
var errNotOwned = errors.New("the number is not one of the application's")
