package ivr

import "time"

// Hours are when a desk is open, in its own time zone. The zero value, with a
// Location, is never open. Whoever makes one loads the location.
type Hours struct {
	Location *time.Location    // nil is UTC
	Weekly   [7][]Span         // by [time.Weekday]; spans of a day in order, not overlapping
	Holidays map[string]string // 2006-01-02 -> the reason that is spoken; closed all day
}

// Span is a part of a day, in minutes from midnight by the wall clock. To is not
// part of it and may be 1440, or beyond for a span that ends after midnight.
type Span struct{ From, To int }

// lookAhead is how many days an opening is looked for; desks do not close for longer.
const lookAhead = 15

// Open reports whether the desk is open at a moment. If it is not, reason is a
// holiday's (or ""), and next is when it opens (zero when not within two weeks).
func (h Hours) Open(at time.Time) (open bool, reason string, next time.Time) {
	at = at.In(h.location())
	if h.openAt(at) {
		return true, "", time.Time{}
	}
	return false, h.Holidays[at.Format(time.DateOnly)], h.next(at)
}

func (h Hours) location() *time.Location {
	if h.Location == nil {
		return time.UTC
	}
	return h.Location
}

// openAt looks at the day's own spans and at those of the day before that run
// past midnight.
func (h Hours) openAt(at time.Time) bool {
	minute := at.Hour()*60 + at.Minute()
	yesterday := time.Date(at.Year(), at.Month(), at.Day()-1, 12, 0, 0, 0, at.Location())
	return within(h.spans(at), minute) || within(h.spans(yesterday), minute+24*60)
}

func within(spans []Span, minute int) bool {
	for _, s := range spans {
		if s.From <= minute && minute < s.To {
			return true
		}
	}
	return false
}

// spans are those of a date; none on a holiday.
func (h Hours) spans(day time.Time) []Span {
	if _, holiday := h.Holidays[day.Format(time.DateOnly)]; holiday {
		return nil
	}
	return h.Weekly[day.Weekday()]
}

// Closes is when the desk closes that is open at a moment. Zero: it is not open, or
// does not close within two weeks.
func (h Hours) Closes(at time.Time) time.Time {
	at = at.In(h.location())
	open := at
	for h.openAt(at) {
		if at = h.end(at); at.Sub(open) > lookAhead*24*time.Hour {
			return time.Time{}
		}
	}
	if at.Equal(open) {
		return time.Time{}
	}
	return at
}

// end is when the span ends that a moment is in.
func (h Hours) end(at time.Time) time.Time {
	minute := at.Hour()*60 + at.Minute()
	for _, before := range []int{0, 1} { // yesterday's may run past midnight
		day := time.Date(at.Year(), at.Month(), at.Day()-before, 12, 0, 0, 0, at.Location())
		for _, s := range h.spans(day) {
			if m := minute + before*24*60; s.From > m || m >= s.To {
				continue
			}
			end := clockAt(day, s.To)
			if !end.After(at) { // the hour that comes twice when summer time ends
				end = end.Add(time.Hour)
			}
			return end
		}
	}
	return at
}

// clockAt is the first moment of a day when the clock on the wall shows a minute, or
// has gone past it: a time that summer time skips is when the clocks go forward.
func clockAt(day time.Time, minute int) time.Time {
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, day.Location())
	want := time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, time.UTC)
	shows := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	}
	if shows(at).Equal(want) {
		return at
	}
	for at = at.Add(-2 * time.Hour); shows(at).Before(want); {
		at = at.Add(time.Minute)
	}
	return at
}

// next is the first opening after at.
func (h Hours) next(at time.Time) time.Time {
	for d := range lookAhead {
		day := time.Date(at.Year(), at.Month(), at.Day()+d, 12, 0, 0, 0, at.Location())
		for _, s := range h.spans(day) {
			opens := clockAt(day, s.From)
			if opens.After(at) {
				return opens
			}
		}
	}
	return time.Time{}
}
