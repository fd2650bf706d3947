package carrier

import (
	"context"
	"net/url"
	"strings"
	"time"

	"ringback/twiml"
)

// wordsPerMinute is how fast voices speak.
const wordsPerMinute = 165

// speechLength is how long it takes to say a text.
func speechLength(text string) time.Duration {
	return time.Duration(len(strings.Fields(text))) * time.Minute / wordsPerMinute
}

// sayLength is that of a Say once, with its breaks.
func sayLength(s twiml.Say) time.Duration { return speechLength(s.Text()) + breaks(s.Parts) }

func breaks(parts []twiml.SayPart) (d time.Duration) {
	for _, p := range parts {
		switch p := p.(type) {
		case twiml.Break:
			d += breakLength(p)
		case twiml.Prosody:
			d += breaks(p.Parts)
		case twiml.Emphasis:
			d += breaks(p.Parts)
		case twiml.Lang:
			d += breaks(p.Parts)
		case twiml.P:
			d += breaks(p.Parts)
		case twiml.S:
			d += breaks(p.Parts)
		case twiml.W:
			d += breaks(p.Parts)
		}
	}
	return d
}

func breakLength(b twiml.Break) time.Duration {
	if b.Time > 0 {
		return b.Time
	}
	switch b.Strength {
	case twiml.StrengthNone, twiml.StrengthXWeak:
		return 0
	case twiml.StrengthWeak:
		return 100 * time.Millisecond
	case twiml.StrengthStrong:
		return 500 * time.Millisecond
	case twiml.StrengthXStrong:
		return time.Second
	case twiml.StrengthMedium:
	}
	return 250 * time.Millisecond
}

// soundLength is how long a sound lasts: 8 to 30 s, the same for the same URL.
func (c *Carrier) soundLength(u string) time.Duration {
	return time.Duration(8+c.hash(u)%23) * time.Second
}

// prompt plays a Say, Play or Pause until its end or a cut.
func (l *Leg) prompt(ctx context.Context, doc *document, v twiml.Verb) {
	switch v := v.(type) {
	case twiml.Say:
		l.say(ctx, v)
	case twiml.Play:
		l.playSound(ctx, doc, v)
	case twiml.Pause:
		d := time.Duration(max(v.Length, 1)) * time.Second
		l.heard(KindPause, d.String())
		l.wait(ctx, d, l.cut)
	}
}

func (l *Leg) say(ctx context.Context, s twiml.Say) {
	text := s.Text()
	l.loop(ctx, s.Loop.Or(1), KindSay, text, sayLength(s))
}

// loop is heard n times, or until a cut if n is zero.
func (l *Leg) loop(ctx context.Context, n int, k Kind, text string, d time.Duration) {
	if n == 0 {
		d = max(d, time.Second)
	}
	for i := 0; (n == 0 || i < n) && !l.cut(); i++ {
		l.heard(k, text)
		l.ring()
		l.wait(ctx, d, l.cut)
	}
}

func (l *Leg) playSound(ctx context.Context, doc *document, p twiml.Play) {
	if p.Digits != "" {
		l.tellOthers(KindTone, strings.ReplaceAll(p.Digits, "w", ""))
		waits := strings.Count(p.Digits, "w")
		l.loop(ctx, p.Loop.Or(1), KindTone, p.Digits,
			time.Duration(waits)*500*time.Millisecond+time.Duration(len(p.Digits)-waits)*250*time.Millisecond)
		return
	}
	abs, err := resolve(doc.url, p.URL)
	if err != nil || !l.c.fetchable(abs) {
		l.c.problem(l.sid, CodePlay, p.URL, "the sound cannot be fetched")
		return
	}
	l.loop(ctx, p.Loop.Or(1), KindPlay, abs, l.c.soundLength(abs))
}

// fetchable reports whether a sound can be had: by https, or from the
// application itself.
func (c *Carrier) fetchable(abs string) bool {
	u, err := url.Parse(abs)
	if err != nil {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	b, err := url.Parse(c.opts.BaseURL)
	return err == nil && b.Host != "" && b.Host == u.Host
}

// music is what plays where no sound was named: without end, until a cut.
func (l *Leg) music(ctx context.Context) {
	l.heard(KindPlay, "music")
	l.ring()
	l.wait(ctx, forever, l.cut)
}
