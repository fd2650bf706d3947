package ivr

import (
	"strings"
	"time"
)

// Closure is a desk that a lead has closed on the spot, beside its hours.
type Closure struct {
	Line  string `msgpack:"l,omitempty"` // id; "" is every line
	Words string `msgpack:"w,omitempty"` // why, as it is said
	Until int64  `msgpack:"u,omitempty"` // Unix seconds
}

// closure is the one that holds for a line at a moment, its own before one of every
// line.
func closure(all []Closure, line string, at time.Time) (c Closure, shut bool) {
	for _, one := range all {
		if at.Unix() < one.Until && (one.Line == line || one.Line == "" && !shut) {
			c, shut = one, true
		}
	}
	return c, shut
}

// reason is the closure's words as part of a sentence.
func (c Closure) reason() string { return strings.TrimRight(c.Words, ".! ") }

// OpenBut is [Hours.Open] of a desk with closures: then the reason is a closure's
// words, and the next opening is not before its end.
func (h Hours) OpenBut(closures []Closure, line string, at time.Time) (open bool, reason string, next time.Time) {
	open, reason, next = h.Open(at)
	c, shut := closure(closures, line, at)
	if !shut {
		return open, reason, next
	}
	end := time.Unix(c.Until, 0).In(h.location())
	if open || !next.IsZero() && next.Before(end) {
		if next = end; !h.openAt(end) {
			next = h.next(end)
		}
	}
	return false, c.reason(), next
}

// closing is how soon a desk has to close for those who ask for a person to be told.
const closing = 30 * time.Minute

// sayClosing tells one who is about to wait that the desk closes soon.
func (t *talk) sayClosing() {
	if at := t.line().Hours.Closes(t.e.At); !at.IsZero() && at.Sub(t.e.At) <= closing {
		t.say("open_until", "until", at.Format(time.RFC3339))
	}
}
