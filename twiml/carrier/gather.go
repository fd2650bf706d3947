package carrier

import (
	"context"
	"net/url"
	"strings"
	"time"

	"ringback/twiml"
)

// gathering is a Gather under way. Its methods do nothing on nil, so that keys
// pressed without one are lost.
type gathering struct {
	spec     twiml.Gather
	open     bool // input is still collected
	prompted bool // the prompts are over
	digits   string
	finished string // the key that finished it
	speech   string
	keys     int // pressed so far, the finish key included
}

func (g *gathering) press(key byte) {
	if g == nil || !g.open || !g.spec.Input.DTMF() {
		return
	}
	g.keys++
	if strings.IndexByte(g.spec.FinishOnKey.Or(twiml.DefaultFinishOnKey), key) >= 0 {
		g.finished, g.open = string(key), false
		return
	}
	g.digits += string(key)
	if g.spec.NumDigits > 0 && len(g.digits) >= g.spec.NumDigits {
		g.open = false
	}
}

// speak is recognised unless keys came first.
func (g *gathering) speak(text string) {
	if g != nil && g.open && g.spec.Input.Speech() && g.digits == "" {
		g.speech, g.open = text, false
	}
}

func (g *gathering) empty() bool { return g.digits == "" && g.speech == "" }

// result is what the action is told.
func (g *gathering) result() url.Values {
	if g.speech != "" {
		return url.Values{"SpeechResult": {g.speech}, "Confidence": {"0.9"}, "Language": {g.language()}}
	}
	v := url.Values{"Digits": {g.digits}}
	if g.finished != "" {
		v.Set("FinishedOnKey", g.finished)
	}
	return v
}

func (g *gathering) language() string {
	if g.spec.Language == "" {
		return "en-US"
	}
	return g.spec.Language
}

// speechEnd is how long somebody must be silent to have finished speaking.
func (g *gathering) speechEnd() time.Duration {
	switch g.spec.SpeechTimeout {
	case 0:
		return g.timeout()
	case twiml.SpeechTimeoutAuto:
		return time.Second
	}
	return time.Duration(g.spec.SpeechTimeout) * time.Second
}

func (g *gathering) timeout() time.Duration {
	return time.Duration(g.spec.Timeout.Or(twiml.DefaultGatherTimeout)) * time.Second
}

// doGather collects input. The time-out runs from the end of the prompts and
// anew from each key; a key or a word ends the prompts.
func (l *Leg) doGather(ctx context.Context, doc *document, pl place, spec twiml.Gather) step {
	g := &gathering{spec: spec, open: true}
	l.gather = g
	l.while(func() bool { return !g.open || g.keys > 0 }, func() {
		for _, p := range spec.Prompts {
			if l.cut() {
				break
			}
			l.prompt(ctx, doc, p)
		}
	})
	g.prompted = true
	l.ring()
	for g.open && !l.cut() {
		n := g.keys
		if !l.wait(ctx, g.timeout(), func() bool { return l.cut() || !g.open || g.keys != n }) {
			break
		}
	}
	g.open = false
	l.gather = nil
	if l.cut() {
		return stopAt(wasCut)
	}
	if g.speech != "" {
		l.partial(ctx, doc, g)
		if l.wait(ctx, speechLength(g.speech)+g.speechEnd(), l.cut) {
			return stopAt(wasCut)
		}
	}
	if g.empty() && !spec.ActionOnEmptyResult {
		return step{}
	}
	return l.goTo(ctx, doc, pl, spec.Action, spec.Method, g.result(), spec.Action != "")
}

// partial tells of speech before it is over.
func (l *Leg) partial(ctx context.Context, doc *document, g *gathering) {
	l.tell(ctx, doc, g.spec.PartialResultCallback, g.spec.PartialResultCallbackMethod, url.Values{
		"UnstableSpeechResult": {g.speech}, "Stability": {"0.8"}, "SequenceNumber": {"0"},
	})
}
