package carrier

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statusCallback is where changes of a leg are reported.
type statusCallback struct {
	url, method string
	events      []string // initiated ringing answered completed
	sequence    int
}

// notify reports a change, if the callback asked for it. Each report is a
// request of its own, numbered from 0; their order is not guaranteed.
func (l *Leg) notify(ctx context.Context, event string) {
	cb := &l.callback
	if cb.url == "" || !slices.Contains(cb.events, event) {
		return
	}
	form := l.form()
	form.Del("CallToken")
	form.Set("CallbackSource", "call-progress-events")
	form.Set("Timestamp", stamp(l.c.now()))
	form.Set("SequenceNumber", strconv.Itoa(cb.sequence))
	if event == "completed" {
		d := l.duration()
		form.Set("CallDuration", strconv.Itoa(d))
		form.Set("Duration", strconv.Itoa((d+59)/60))
	}
	cb.sequence++
	l.c.callback(ctx, hook{url: cb.url, method: cb.method, form: form, sid: l.sid})
}

// duration is the time since the answer in seconds, 0 without one.
func (l *Leg) duration() int {
	if l.answered.IsZero() {
		return 0
	}
	end := l.ended
	if end.IsZero() {
		end = l.c.now()
	}
	return seconds(end.Sub(l.answered))
}

// finish is the last thing that a leg's task does.
func (l *Leg) finish(ctx context.Context) {
	l.end(statusCompleted, "the document ended")
	l.notify(ctx, "completed")
}

// stamp is a time as Twilio writes it, RFC 2822 in UTC.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC1123Z) }

// eventsOf reads StatusCallbackEvent, which may be repeated or joined by spaces;
// none is def.
func eventsOf(form url.Values, key string, def ...string) []string {
	var events []string
	for _, v := range form[key] {
		events = append(events, strings.Fields(v)...)
	}
	if len(events) == 0 {
		return def
	}
	return events
}
