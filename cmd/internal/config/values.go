package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"ringback/ivr"
)

// Number is a phone number in E.164, normalised: +19196842200.
type Number string

// UnmarshalText takes a number with its country code, in any spelling that
// starts with a plus sign. Errors never repeat it.
func (n *Number) UnmarshalText(b []byte) error {
	p, err := phonenumbers.Parse(string(b), "")
	if err != nil || !strings.HasPrefix(strings.TrimSpace(string(b)), "+") {
		return errors.New("is not a phone number with its country code, such as +19195550100")
	}
	if !phonenumbers.IsValidNumber(p) {
		return errors.New("is not a number that can exist in its country")
	}
	*n = Number(phonenumbers.Format(p, phonenumbers.E164))
	return nil
}

// NumberRange is one number, or all from the first to the last, which have the
// same length: "+19196840000-+19196849999".
type NumberRange struct{ From, To Number }

// UnmarshalText takes a number, or two with a hyphen between them.
func (r *NumberRange) UnmarshalText(b []byte) error {
	first, last, isRange := strings.Cut(string(b), "-+")
	if err := r.From.UnmarshalText([]byte(first)); err != nil {
		return err
	}
	r.To = r.From
	if !isRange {
		return nil
	}
	if err := r.To.UnmarshalText([]byte("+" + last)); err != nil {
		return fmt.Errorf("the end of the range %w", err)
	}
	if len(r.From) != len(r.To) || r.To < r.From {
		return errors.New("is a range that ends before it begins, or whose ends differ in length")
	}
	return nil
}

// MarshalText is the spelling of the file.
func (r NumberRange) MarshalText() ([]byte, error) {
	if r.From == r.To {
		return []byte(r.From), nil
	}
	return []byte(r.From + "-" + r.To), nil
}

// Contains reports whether a number in E.164 lies in the range.
func (r NumberRange) Contains(e164 string) bool {
	return len(e164) == len(r.From) && string(r.From) <= e164 && e164 <= string(r.To)
}

// Duration is a time.Duration written as Go does: 300ms, 20s, 10m, 168h.
type Duration time.Duration

// Std is the standard library's.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is as short as the file has it: 10m, 168h, 1h30m.
func (d Duration) String() string {
	text := time.Duration(d).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// MarshalText is [Duration.String].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText takes what time.ParseDuration takes.
func (d *Duration) UnmarshalText(b []byte) error {
	x, err := time.ParseDuration(string(b))
	if err != nil {
		return errors.New("is not a duration, such as 30s, 10m or 168h")
	}
	*d = Duration(x)
	return nil
}

// Factor is a factor by its name in package ivr.
type Factor ivr.Factor

// MarshalText is the factor's name.
func (f Factor) MarshalText() ([]byte, error) { return []byte(ivr.Factor(f).String()), nil }

// UnmarshalText takes one of the names.
func (f *Factor) UnmarshalText(b []byte) error {
	x, err := ivr.ParseFactor(string(b))
	if err != nil {
		var names []string
		for _, known := range ivr.Factors() {
			names = append(names, known.String())
		}
		return errors.New("is not a factor" + meant(string(b), names))
	}
	*f = Factor(x)
	return nil
}

// Factors converts factors to those of package ivr, in order.
func Factors(list []Factor) []ivr.Factor {
	out := make([]ivr.Factor, len(list))
	for i, f := range list {
		out[i] = ivr.Factor(f)
	}
	return out
}

// Date is a day, 2026-11-26.
type Date string

// UnmarshalText takes a day that exists.
func (d *Date) UnmarshalText(b []byte) error {
	if _, err := time.Parse(time.DateOnly, string(b)); err != nil {
		return errors.New("is not a day, such as 2026-11-26")
	}
	*d = Date(b)
	return nil
}

// TimeSpan is a part of a day by the wall clock, "08:00-17:00". 24:00 is its
// end; an end at or before the start is on the next day: "22:00-02:00".
type TimeSpan ivr.Span

// MarshalText is the spelling of the file.
func (s TimeSpan) MarshalText() ([]byte, error) {
	end := s.To
	if end > 24*60 {
		end -= 24 * 60
	}
	return fmt.Appendf(nil, "%02d:%02d-%02d:%02d", s.From/60, s.From%60, end/60, end%60), nil
}

// UnmarshalText takes two times with a hyphen between them.
func (s *TimeSpan) UnmarshalText(b []byte) error {
	first, last, _ := strings.Cut(string(b), "-")
	from, ok1 := clockTime(first)
	to, ok2 := clockTime(last)
	switch {
	case !ok1 || !ok2 || from == 24*60:
		return errors.New("is not a span of time, such as 08:00-17:00")
	case from == to:
		return errors.New("begins and ends at the same time: a whole day is 00:00-24:00")
	case to < from:
		to += 24 * 60
	}
	*s = TimeSpan{From: from, To: to}
	return nil
}

// clockTime reads HH:MM as minutes from midnight.
func clockTime(text string) (int, bool) {
	h, m, ok := strings.Cut(strings.TrimSpace(text), ":")
	hours, err1 := strconv.ParseUint(h, 10, 8)
	minutes, err2 := strconv.ParseUint(m, 10, 8)
	at := int(hours*60 + minutes)
	return at, ok && err1 == nil && err2 == nil && len(h) == 2 && len(m) == 2 && minutes < 60 && at <= 24*60
}

// meant lists what a word could have been, with the likeliest one first.
func meant(word string, known []string) string {
	if n := nearest(word, known); n != "" {
		return fmt.Sprintf(" (did you mean %s?)", n)
	}
	known = slices.Clone(known)
	return ": one of " + strings.Join(known, ", ")
}
