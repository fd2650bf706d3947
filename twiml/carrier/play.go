package carrier

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"ringback/twiml"
)

// outcome is how a document came to its end.
type outcome int

const (
	ranOut outcome = iota // no verb was left
	wasCut                // the call ended, was redirected, or is wanted elsewhere
	failed                // the next document could not be had
	leave                 // <Leave/>
)

// step is what follows a verb: another document, an end, or, if it is zero, the
// next verb.
type step struct {
	next *document
	stop bool
	out  outcome
}

func stopAt(o outcome) step { return step{stop: true, out: o} }

// program is a call's whole life on TwiML, from a first document to the end.
func (l *Leg) program(ctx context.Context, t *target) {
	pl := l.callPlace()
	for t != nil {
		var out outcome
		if doc := l.load(ctx, pl, *t, nil, false); doc != nil {
			out = l.play(ctx, doc, pl)
		} else {
			out = failed
		}
		t = nil
		switch {
		case l.over():
		case l.jump != nil:
			t, l.jump = l.jump, nil
		case out == failed:
			l.applicationError(ctx)
		default:
			l.answer(ctx)
			l.end(statusCompleted, "the document ended")
		}
	}
}

// applicationError is what a caller hears when nothing else is left.
func (l *Leg) applicationError(ctx context.Context) {
	l.answer(ctx)
	l.say(ctx, twiml.SayText("We are sorry, an application error has occurred. Goodbye."))
	l.end(statusCompleted, "application error")
}

// play runs a document and those that follow from it.
func (l *Leg) play(ctx context.Context, doc *document, pl place) outcome {
	for {
		next, out := l.playOne(ctx, doc, pl)
		if next == nil {
			return out
		}
		doc = next
	}
}

func (l *Leg) playOne(ctx context.Context, doc *document, pl place) (*document, outcome) {
	for i, v := range doc.resp.Verbs {
		if l.cut() {
			return nil, wasCut
		}
		if answers(v, i == 0) {
			l.answer(ctx)
		}
		if s := l.verb(ctx, doc, pl, v); s.next != nil || s.stop {
			return s.next, s.out
		}
	}
	if l.cut() {
		return nil, wasCut
	}
	return nil, ranOut
}

// answers reports whether a verb picks up a call that still rings.
func answers(v twiml.Verb, first bool) bool {
	switch v := v.(type) {
	case twiml.Reject, twiml.Redirect, twiml.Leave:
		return false
	case twiml.Pause:
		return !first
	case twiml.Dial:
		return !v.AnswerOnBridge
	}
	return true
}

func (l *Leg) verb(ctx context.Context, doc *document, pl place, v twiml.Verb) step {
	switch v := v.(type) {
	case twiml.Say, twiml.Play, twiml.Pause:
		l.prompt(ctx, doc, v)
	case twiml.Gather:
		return l.doGather(ctx, doc, pl, v)
	case twiml.Redirect:
		return l.goTo(ctx, doc, pl, v.URL, v.Method, nil, false)
	case twiml.Hangup:
		l.end(statusCompleted, "hung up by the application")
		return stopAt(wasCut)
	case twiml.Reject:
		if l.status == statusRinging {
			l.end(statusBusy, "rejected")
		} else {
			l.end(statusCompleted, "hung up by the application")
		}
		return stopAt(wasCut)
	case twiml.Leave:
		return stopAt(leave)
	case twiml.Record:
		return l.doRecord(ctx, doc, pl, v)
	case twiml.Dial:
		return l.doDial(ctx, doc, pl, v)
	case twiml.Enqueue:
		return l.doEnqueue(ctx, doc, pl, v)
	}
	return step{}
}

// goTo asks for the next document; an empty ref is the present one again. What
// comes after the call was cut is dropped.
func (l *Leg) goTo(ctx context.Context, doc *document, pl place, ref string, method twiml.Method, params url.Values, sorted bool) step {
	t, ok := l.refer(doc, ref, method)
	if !ok {
		return stopAt(failed)
	}
	next := l.load(ctx, pl, t, params, sorted)
	switch {
	case l.cut():
		return stopAt(wasCut)
	case next == nil:
		return stopAt(failed)
	}
	return step{next: next}
}

// refer resolves a URL of a document.
func (l *Leg) refer(doc *document, ref string, method twiml.Method) (target, bool) {
	if ref == "" {
		ref = doc.url
	}
	abs, err := resolve(doc.url, ref)
	if err != nil {
		l.c.problem(l.sid, CodeURLRelative, ref, err.Error())
		return target{}, false
	}
	if method == "" {
		method = http.MethodPost
	}
	return target{url: abs, method: string(method)}, true
}

// after is what follows a verb that has an action: the document that the action
// answers, or without one the next verb. The action of a call that is over is
// told what happened, that of one which was redirected is not.
func (l *Leg) after(ctx context.Context, doc *document, pl place, action string, method twiml.Method, params url.Values) step {
	if l.cut() {
		if l.over() {
			l.tell(ctx, doc, action, method, params)
		}
		return stopAt(wasCut)
	}
	if action == "" {
		return step{}
	}
	return l.goTo(ctx, doc, pl, action, method, params, true)
}

// tell requests an action whose answer nobody plays any more.
func (l *Leg) tell(ctx context.Context, doc *document, action string, method twiml.Method, params url.Values) {
	if action == "" {
		return
	}
	t, ok := l.refer(doc, action, method)
	if !ok {
		return
	}
	form := l.form()
	form.Del("CallToken")
	maps.Copy(form, params)
	l.c.callback(ctx, hook{url: t.url, method: t.method, form: form, sid: l.sid, sorted: true})
}
