package carrier

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrEnded is what [Leg.Hear] returns when the call ended before what it waited
// for came.
var ErrEnded = errors.New("the call has ended")

// patience is how much later than everything else a person notices a change.
const patience = time.Millisecond

// Hear listens until the predicate holds, which it looks at after each change on
// the leg: nil then, [ErrEnded] when the call ended without it,
// [context.DeadlineExceeded] after limit on the carrier's clock, or the context's
// cause. On a virtual clock ctx must be of a task.
func (l *Leg) Hear(ctx context.Context, limit time.Duration, until func(*Leg) bool) error {
	return await(ctx, l.c, &l.bell, limit, patience+l.share(), func() (bool, error) {
		if until(l) {
			return true, nil
		}
		if ended, _ := l.Ended(); ended {
			return false, fmt.Errorf("hear: %w", ErrEnded)
		}
		return false, nil
	})
}

// await waits on a bell until look finds what it looks for or an error. Look is
// called without the lock.
func await(ctx context.Context, c *Carrier, b *bell, limit, share time.Duration, look func() (bool, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	deadline := c.clk.Now().Add(limit)
	for {
		// Who listens before looking cannot miss what changes in between.
		s := c.clk.NewSignal()
		b.waiting = append(b.waiting, s)
		var found bool
		var err error
		c.unlocked(func() {
			if found, err = look(); found || err != nil {
				return
			}
			if err = s.Wait(ctx, deadline.Sub(c.clk.Now())); err == nil {
				_ = c.clk.Sleep(ctx, share)
			}
		})
		b.forget(s)
		if found || err != nil {
			return err
		}
	}
}

// Awaiting reports whether the prompts of a Gather are over and an answer is
// awaited. It is a predicate for [Leg.Hear].
func (l *Leg) Awaiting() bool {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.gather != nil && l.gather.open && l.gather.prompted
}

// Gathering reports whether keys would be collected now, prompts or not.
func (l *Leg) Gathering() bool {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.gather != nil && l.gather.open
}

// Answered reports whether the call has been answered and goes on.
func (l *Leg) Answered() bool {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.status == statusInProgress
}

// Press presses keys, of 0-9 * #, one after the other and at once. Keys that
// nobody gathers are lost, as at Twilio.
func (l *Leg) Press(keys string) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.over() || keys == "" {
		return
	}
	l.heard(KindKey, keys)
	l.acted()
	for _, key := range keys {
		l.gather.press(byte(key))
		l.recording.press(byte(key))
	}
	l.tellOthers(KindTone, keys)
	l.ring()
}

// Say speaks. A Gather for speech understands it word by word, and others who
// are connected hear it.
func (l *Leg) Say(text string) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	l.speak(text)
}

func (l *Leg) speak(text string) {
	if l.over() || text == "" {
		return
	}
	l.heard(KindSaid, text)
	l.acted()
	l.gather.speak(text)
	l.recording.speak(l.c, text)
	l.tellOthers(KindVoice, text)
	l.ring()
}

// acted notes that the person did something.
func (l *Leg) acted() {
	l.sinceKey = len(l.transcript)
	l.documents = 0
}

// tellOthers lets those who are connected with this leg hear something.
func (l *Leg) tellOthers(k Kind, text string) {
	if o := l.bridge.other(l); o != nil {
		o.heard(k, text)
		o.recording.speak(l.c, text)
		o.ring()
	}
	l.member.tell(k, text)
}

// Hangup ends the call from the person's side; on a ringing phone it is
// [Leg.Decline].
func (l *Leg) Hangup() {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	switch {
	case l.status == statusInProgress:
		l.end(statusCompleted, "hung up")
	case l.direction == inbound:
		l.end(statusNoAnswer, "hung up before the answer")
	default:
		l.declined = true
		l.ring()
	}
}

// Answer picks up a phone that rings; otherwise it does nothing.
func (l *Leg) Answer() {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.direction != inbound && l.status == statusRinging {
		l.accepted = true
		l.ring()
	}
}

// Decline turns a call away that rings; otherwise it does nothing.
func (l *Leg) Decline() {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.direction != inbound && l.status == statusRinging {
		l.declined = true
		l.ring()
	}
}
