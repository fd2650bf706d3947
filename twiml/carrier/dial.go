package carrier

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ringback/twiml"
)

// doDial connects the leg to whom the Dial names, and then asks its action.
func (l *Leg) doDial(ctx context.Context, doc *document, pl place, d twiml.Dial) step {
	if len(d.Nouns) > 0 {
		switch n := d.Nouns[0].(type) {
		case twiml.Conference:
			return l.dialConference(ctx, doc, pl, d, n)
		case twiml.Queue:
			return l.dialQueue(ctx, doc, pl, d, n)
		}
	}
	race := l.newRace(doc, d)
	params := url.Values{}
	if race == nil {
		params.Set("DialCallStatus", statusFailed)
	} else {
		params = l.runRace(ctx, race)
	}
	return l.after(ctx, doc, pl, d.Action, d.Method, params)
}

// race is several phones that ring for one leg; the first to answer wins.
type race struct {
	d       twiml.Dial
	parent  *Leg
	runners []*runner
	winner  *runner
}

// runner is one phone in a race.
type runner struct {
	leg     *Leg
	whisper target
	ready   bool // answered, whispered to, waiting for the parent
	done    bool
	away    bool // redirected by REST: lives on by itself
	bridge  *bridge
}

// newRace checks what a Dial names and makes a leg for each; nil means that
// Twilio would not have dialled.
func (l *Leg) newRace(doc *document, d twiml.Dial) *race {
	c := l.c
	callerID := cmp.Or(d.CallerID, l.from)
	if d.CallerID != "" && !c.mayShow(l, d.CallerID) {
		c.problem(l.sid, CodeCallerID, doc.url, "the caller ID is neither the call's nor owned nor verified")
		return nil
	}
	nouns := d.Nouns
	if d.Number != "" {
		nouns = []twiml.Noun{twiml.Number{Number: d.Number}}
	}
	r := &race{d: d, parent: l}
	for _, n := range nouns {
		var to string
		var spec twiml.Number
		switch n := n.(type) {
		case twiml.Number:
			to, spec = n.Number, n
			if !isE164(to) {
				c.problem(l.sid, CodeDialNumber, doc.url, "the number to dial is not in E.164 form")
				continue
			}
		case twiml.Client:
			to = "client:" + n.Identity
			spec = twiml.Number{
				URL: n.URL, Method: n.Method, StatusCallback: n.StatusCallback,
				StatusCallbackMethod: n.StatusCallbackMethod, StatusCallbackEvent: n.StatusCallbackEvent,
			}
		default:
			continue
		}
		run, ok := l.newRunner(doc, callerID, to, spec)
		if ok {
			r.runners = append(r.runners, run)
		}
	}
	if len(r.runners) == 0 {
		return nil
	}
	return r
}

func (l *Leg) newRunner(doc *document, callerID, to string, spec twiml.Number) (*runner, bool) {
	run := &runner{}
	if spec.URL != "" {
		t, ok := l.refer(doc, spec.URL, spec.Method)
		if !ok {
			return nil, false
		}
		run.whisper = t
	}
	kid := l.c.newLeg(l.c.phone(to), outboundDial, callerID, to)
	kid.parent = l
	if spec.StatusCallback != "" {
		t, ok := l.refer(doc, spec.StatusCallback, spec.StatusCallbackMethod)
		if !ok {
			return nil, false
		}
		kid.callback = statusCallback{url: t.url, method: t.method}
		for _, e := range spec.StatusCallbackEvent {
			kid.callback.events = append(kid.callback.events, string(e))
		}
		if len(kid.callback.events) == 0 {
			kid.callback.events = []string{"completed"}
		}
	}
	run.leg = kid
	return run, true
}

// mayShow reports whether a Dial on l may show that caller ID.
func (c *Carrier) mayShow(l *Leg, id string) bool {
	_, owned := c.owned(id)
	return owned || id == l.from || id == l.to || c.verified(id)
}

// runRace rings, connects and waits until it is over; it returns what the
// action is told.
func (l *Leg) runRace(ctx context.Context, r *race) url.Values {
	timeout := time.Duration(cmp.Or(r.d.Timeout, twiml.DefaultDialTimeout)) * time.Second
	l.heard(KindRing, "")
	if r.d.Sequential {
		for _, run := range r.runners {
			l.startRunners(ctx, r, run)
			l.awaitRunners(ctx, r, timeout, run)
			if l.cut() || r.winner != nil {
				break
			}
		}
	} else {
		l.startRunners(ctx, r, r.runners...)
		l.awaitRunners(ctx, r, timeout, r.runners...)
	}
	if w := r.winner; w != nil && w.ready && !w.leg.over() && !l.cut() {
		l.answer(ctx)
		w.bridge = l.c.connect(l, w.leg)
		limit := time.Duration(cmp.Or(r.d.TimeLimit, twiml.DefaultDialTimeLimit)) * time.Second
		l.talk(ctx, w.bridge, limit)
	}
	for _, run := range r.runners {
		run.stop("canceled")
	}
	// The others' last words before ours.
	l.wait(ctx, time.Second, func() bool { return l.over() || r.allDone() })
	return r.result()
}

func (l *Leg) startRunners(ctx context.Context, r *race, runners ...*runner) {
	timeout := time.Duration(cmp.Or(r.d.Timeout, twiml.DefaultDialTimeout)) * time.Second
	for _, run := range runners {
		l.c.spawn(ctx, 0, func(ctx context.Context) { r.run(ctx, run, timeout) })
	}
}

// awaitRunners waits until one is ready to talk, all have come to nothing, or
// the time is up; the time stops once somebody has answered.
func (l *Leg) awaitRunners(ctx context.Context, r *race, timeout time.Duration, runners ...*runner) {
	all := func() bool {
		return !slices.ContainsFunc(runners, func(run *runner) bool { return !run.done })
	}
	over := func() bool { return l.cut() || all() || (r.winner != nil && r.winner.ready) }
	if !l.wait(ctx, timeout+time.Second, func() bool { return over() || r.winner != nil }) {
		return
	}
	l.wait(ctx, forever, over)
}

// run is the life of one phone in a race, in a task of its own.
func (r *race) run(ctx context.Context, run *runner, timeout time.Duration) {
	kid := run.leg
	defer func() {
		run.done = true
		r.parent.ring()
	}()
	if r.parent.over() || r.winner != nil {
		kid.end(statusCanceled, "canceled")
		kid.finish(ctx)
		return
	}
	kid.ringOut(ctx, timeout)
	if kid.status == statusInProgress && r.winner == nil {
		r.winner = run
		for _, o := range r.runners {
			if o != run {
				o.stop("canceled")
			}
		}
		r.parent.ring()
		r.connect(ctx, run)
	}
	if kid.jump != nil && !kid.over() {
		t := kid.jump
		kid.jump = nil
		run.done, run.away = true, true
		r.parent.ring()
		kid.program(ctx, t)
	}
	kid.end(statusCompleted, "the other side hung up")
	kid.finish(ctx)
}

// connect whispers to the one who answered, and holds it for the parent.
func (r *race) connect(ctx context.Context, run *runner) {
	kid := run.leg
	if run.whisper.url != "" {
		out := failed
		kid.while(r.parent.over, func() {
			pl := kid.callPlace()
			if doc := kid.load(ctx, pl, run.whisper, nil, false); doc != nil {
				out = kid.play(ctx, doc, pl)
			}
		})
		if out == failed && !kid.cut() {
			kid.applicationError(ctx)
		}
		if kid.cut() {
			return
		}
	}
	run.ready = true
	r.parent.ring()
	kid.wait(ctx, forever, func() bool { return kid.cut() || run.bridge != nil || r.parent.over() })
	if run.bridge != nil {
		kid.talk(ctx, run.bridge, forever)
	}
}

// stop ends a runner's call, however far it got.
func (run *runner) stop(reason string) {
	if run.away || run.leg.jump != nil {
		return
	}
	if run.leg.status == statusInProgress {
		run.leg.end(statusCompleted, "the other side hung up")
		return
	}
	run.leg.end(statusCanceled, reason)
}

func (r *race) allDone() bool {
	return !slices.ContainsFunc(r.runners, func(run *runner) bool { return !run.done })
}

// result is what the action is told: of the winner, or of the last one.
func (r *race) result() url.Values {
	run := r.winner
	if run == nil {
		run = r.runners[len(r.runners)-1]
	}
	kid := run.leg
	status := kid.status
	switch {
	case r.winner != nil:
		status = statusCompleted
	case status == statusCanceled && !r.parent.over():
		status = statusNoAnswer
	}
	v := url.Values{
		"DialCallStatus": {status}, "DialCallSid": {kid.sid}, "DialBridged": {strconv.FormatBool(run.bridge != nil)},
	}
	if r.winner != nil {
		v.Set("DialCallDuration", strconv.Itoa(kid.duration()))
	}
	return v
}
