package carrier

import (
	"context"
	"strings"
	"time"
)

// The states of a call, as Twilio names them.
const (
	statusQueued     = "queued"
	statusInitiated  = "initiated"
	statusRinging    = "ringing"
	statusInProgress = "in-progress"
	statusCompleted  = "completed"
	statusBusy       = "busy"
	statusFailed     = "failed"
	statusNoAnswer   = "no-answer"
	statusCanceled   = "canceled"
)

// The directions of a call, as Twilio names them.
const (
	inbound      = "inbound"
	outboundAPI  = "outbound-api"
	outboundDial = "outbound-dial"
)

// defaultTimeLimit ends a call, whatever happens.
const defaultTimeLimit = 4 * time.Hour

// Leg is one call between a phone and the carrier, and what its person can do:
// listen, press keys, speak, hang up. Its methods are safe for concurrent use.
type Leg struct {
	c         *Carrier
	n         int // ordinal, from 1: whose turn it is
	sid       string
	phone     *Phone
	direction string
	from, to  string
	stir      string
	parent    *Leg
	bell      bell

	status                   string
	reason                   string
	created, answered, ended time.Time
	timeLimit                time.Duration

	fallback     string // URL for errors
	fallbackVerb string // and its method
	callback     statusCallback

	transcript []Spoken
	sinceKey   int // index into transcript

	accepted, declined bool // by the person on a phone that rings
	gather             *gathering
	recording          *recording
	jump               *target // a redirect by REST that waits to be taken
	cuts               []func() bool
	bridge             *bridge
	member             *member
	queued             *queueMember
	documents          int // since the person last did something
	documentsAt        time.Time
}

// target is a document to go on with: one to ask for, or one given.
type target struct {
	url, method string
	twiml       string
}

// newLeg registers a leg; the phone is on its far end.
func (c *Carrier) newLeg(p *Phone, direction, from, to string) *Leg {
	l := &Leg{
		c: c, n: len(c.legs) + 1, sid: c.sid(sidCall), phone: p, direction: direction,
		from: from, to: to, status: statusQueued, created: c.now(), timeLimit: defaultTimeLimit,
	}
	c.legs = append(c.legs, l)
	c.legBySID[l.sid] = l
	return l
}

// SID is the call's, "CA" and 32 hex digits.
func (l *Leg) SID() string { return l.sid }

// Phone is the one whose person this leg belongs to.
func (l *Leg) Phone() *Phone { return l.phone }

// From is the caller's number as the other side is shown it; To the number
// that was called.
func (l *Leg) From() string { return l.from }

// To is the number that was called.
func (l *Leg) To() string { return l.to }

// Status is the call's as Twilio names it: queued, ringing, in-progress,
// completed, busy, failed, no-answer or canceled.
func (l *Leg) Status() string {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.status
}

// Ended reports whether the call is over and, in a few words, why.
func (l *Leg) Ended() (ended bool, reason string) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.over(), l.reason
}

// over reports whether the status is a final one.
func (l *Leg) over() bool {
	switch l.status {
	case statusCompleted, statusBusy, statusFailed, statusNoAnswer, statusCanceled:
		return true
	}
	return false
}

// end makes status final, once, and wakes everybody.
func (l *Leg) end(status, reason string) {
	if l.over() {
		return
	}
	l.status, l.reason, l.ended = status, reason, l.c.now()
	l.ring()
}

// answer connects a call that is ringing.
func (l *Leg) answer(ctx context.Context) {
	if l.over() || l.status == statusInProgress {
		return
	}
	l.status, l.answered = statusInProgress, l.c.now()
	l.notify(ctx, "answered")
	l.ring()
}

// ring wakes the leg's task and whoever listens on it.
func (l *Leg) ring() {
	l.bell.ring()
	if l.phone != nil {
		l.phone.bell.ring()
	}
}

// cut reports whether what plays now must stop: the call is over, was
// redirected, or something that plays around it wants the leg back.
func (l *Leg) cut() bool {
	if l.over() || l.jump != nil {
		return true
	}
	for _, f := range l.cuts {
		if f() {
			return true
		}
	}
	return false
}

// while adds a reason to cut for as long as f runs.
func (l *Leg) while(cut func() bool, f func()) {
	l.cuts = append(l.cuts, cut)
	f()
	l.cuts = l.cuts[:len(l.cuts)-1]
}

// share is the leg's place among those that wake at the same moment.
func (l *Leg) share() time.Duration { return time.Duration(l.n) }

// wait gives up the lock until done holds (true) or d has passed (false), and
// no longer than the call may last.
func (l *Leg) wait(ctx context.Context, d time.Duration, done func() bool) bool {
	deadline := l.c.clk.Now().Add(d)
	for !done() {
		now := l.c.clk.Now()
		left := deadline.Sub(now)
		if limit := l.created.Add(l.timeLimit).Sub(now); limit <= 0 {
			l.end(statusCompleted, "time limit")
			return done()
		} else if left > limit {
			left = limit
		} else if left <= 0 {
			return false
		}
		l.bell.wait(ctx, l.c, left, l.share())
		if ctx.Err() != nil {
			l.end(statusCompleted, "carrier stopped")
			return true
		}
	}
	return true
}

// forever is longer than any call.
const forever = 24 * time.Hour

// settle lets everybody else who is at work finish first.
func (l *Leg) settle(ctx context.Context) {
	l.c.unlocked(func() { _ = l.c.clk.Sleep(ctx, l.share()) })
}

// Kind is what a [Spoken] is.
type Kind string

// What is heard on a leg, and done.
const (
	KindRing  Kind = "ring"  // the phone rings, or the ringing tone is heard
	KindSay   Kind = "say"   // the application speaks
	KindPlay  Kind = "play"  // a sound; Text is its URL, or "music"
	KindPause Kind = "pause" // silence; Text is its length
	KindBeep  Kind = "beep"  // of a conference or before a recording
	KindTone  Kind = "tone"  // keys that somebody else sent
	KindVoice Kind = "voice" // another person speaks
	KindSaid  Kind = "said"  // the person on this leg speaks
	KindKey   Kind = "key"   // the person on this leg presses keys
)

// Spoken is one thing that was heard or done on a leg, when it began.
type Spoken struct {
	// At is on the carrier's clock, in whole milliseconds.
	At time.Time
	// Kind is what it was.
	Kind Kind
	// Text is the words, keys, sound or length.
	Text string
}

func (l *Leg) heard(k Kind, text string) {
	l.transcript = append(l.transcript, Spoken{At: l.c.now(), Kind: k, Text: text})
}

// Transcript is everything that was heard and done, oldest first.
func (l *Leg) Transcript() []Spoken {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return append([]Spoken(nil), l.transcript...)
}

// SpokenSinceKey is what the application and other people have said since the
// person on this leg last pressed a key or spoke, joined by single spaces.
func (l *Leg) SpokenSinceKey() string {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	var parts []string
	for _, s := range l.transcript[l.sinceKey:] {
		if (s.Kind == KindSay || s.Kind == KindVoice) && s.Text != "" {
			parts = append(parts, s.Text)
		}
	}
	return strings.Join(parts, " ")
}
