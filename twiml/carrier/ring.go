package carrier

import (
	"context"
	"time"
)

// How long it takes to find out that a phone is busy or not there.
const (
	busyAfter        = time.Second
	unreachableAfter = 2 * time.Second
)

// ringOut rings the leg's phone until it is answered, turned away or cut, at
// most timeout. The status says what came of it.
func (l *Leg) ringOut(ctx context.Context, timeout time.Duration) {
	l.status = statusInitiated
	l.notify(ctx, "initiated")
	p := l.phone
	b := p.onRing
	switch b.kind {
	case isUnreachable:
		l.wait(ctx, unreachableAfter, l.cut)
		l.end(statusFailed, "unreachable")
		return
	case isBusy:
		l.wait(ctx, busyAfter, l.cut)
		l.end(statusBusy, "busy")
		return
	case ringsOn, answersAfter, declinesAfter, hasVoicemail:
	}
	l.status = statusRinging
	p.legs = append(p.legs, l)
	l.heard(KindRing, "")
	l.notify(ctx, "ringing")
	l.ring()
	first := timeout
	if b.kind != ringsOn {
		first = min(b.after, timeout)
	}
	decided := func() bool { return l.cut() || l.accepted || l.declined }
	if !l.wait(ctx, first, decided) && b.after < timeout {
		l.accepted = b.kind == answersAfter || b.kind == hasVoicemail
		l.declined = b.kind == declinesAfter
	}
	switch {
	case l.cut():
		l.end(statusCanceled, "canceled")
	case l.accepted:
		l.answer(ctx)
		if b.kind == hasVoicemail {
			l.c.spawn(ctx, 0, func(ctx context.Context) { l.playMachine(ctx, b.greeting) })
		}
	case l.declined:
		l.end(statusBusy, "declined")
	default:
		l.end(statusNoAnswer, "not answered")
	}
}

// playMachine is an answering machine at the phone's end of the leg.
func (l *Leg) playMachine(ctx context.Context, greeting string) {
	l.wait(ctx, time.Second, l.over)
	l.speak(greeting)
	l.wait(ctx, speechLength(greeting), l.over)
	if !l.over() {
		l.tellOthers(KindBeep, "")
	}
	if !l.wait(ctx, time.Minute, l.over) {
		l.end(statusCompleted, "hung up")
	}
}
