package carrier

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ringback/twiml"
)

// recording is a Record under way. Its methods do nothing on nil.
type recording struct {
	keys   string // that end it
	key    string // that ended it
	sound  bool   // something was said
	silent time.Time
}

func (r *recording) press(key byte) {
	if r != nil && r.key == "" && strings.IndexByte(r.keys, key) >= 0 {
		r.key = string(key)
	}
}

func (r *recording) speak(c *Carrier, text string) {
	if r == nil || r.key != "" {
		return
	}
	from := c.clk.Now()
	if r.silent.After(from) {
		from = r.silent
	}
	r.sound, r.silent = true, from.Add(speechLength(text))
}

// doRecord records until a key, silence or the limit. When nothing was heard the
// next verb follows.
func (l *Leg) doRecord(ctx context.Context, doc *document, pl place, v twiml.Record) step {
	if v.PlayBeep.Or(true) {
		l.heard(KindBeep, "")
		l.wait(ctx, time.Second, l.cut)
	}
	start := l.c.clk.Now()
	r := &recording{keys: v.FinishOnKey.Or("1234567890*#"), silent: start}
	l.recording = r
	l.ring()
	limit := start.Add(time.Duration(v.MaxLength) * time.Second)
	if v.MaxLength == 0 {
		limit = start.Add(time.Hour)
	}
	for !l.cut() && r.key == "" {
		now, until := l.c.clk.Now(), limit
		if t := v.Timeout.Or(5); t > 0 {
			if end := r.silent.Add(time.Duration(t) * time.Second); end.Before(until) {
				until = end
			}
		}
		silent := r.silent
		if !until.After(now) {
			break
		}
		l.wait(ctx, until.Sub(now), func() bool { return l.cut() || r.key != "" || !r.silent.Equal(silent) })
	}
	l.recording = nil
	if !r.sound {
		if l.cut() {
			return stopAt(wasCut)
		}
		return step{}
	}
	sid := l.c.sid(sidRecording)
	digits := r.key
	if l.over() {
		digits = "hangup"
	}
	params := url.Values{
		"RecordingSid": {sid}, "RecordingUrl": {l.c.resource("/Recordings/" + sid)},
		"RecordingDuration": {strconv.Itoa(seconds(l.c.clk.Now().Sub(start)))}, "Digits": {digits},
	}
	action := v.Action
	if action == "" {
		action = doc.url
	}
	return l.after(ctx, doc, pl, action, v.Method, params)
}

// seconds is a length as Twilio tells it, in whole seconds.
func seconds(d time.Duration) int { return int(d.Round(time.Millisecond) / time.Second) }

// resource is the absolute URL of something in the account.
func (c *Carrier) resource(path string) string {
	return "https://api.twilio.com/" + apiVersion + "/Accounts/" + c.opts.AccountSID + path
}
