package ivr_test

import (
	"testing"
	"time"

	"ringback/ivr"
)

func newYork(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestHours(t *testing.T) {
	zone := newYork(t)
	h := ivr.Hours{Location: zone, Holidays: map[string]string{"2026-11-26": "Thanksgiving", "2026-11-27": "Thanksgiving"}}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Weekly[d] = []ivr.Span{{From: 8 * 60, To: 12 * 60}, {From: 13 * 60, To: 17 * 60}}
	}
	h.Weekly[time.Saturday] = []ivr.Span{{From: 22 * 60, To: 26 * 60}} // into Sunday
	for _, tt := range []struct {
		name, at string
		open     bool
		reason   string
		next     string
	}{
		{"open", "2026-11-24 10:00", true, "", ""},
		{"the first minute", "2026-11-24 08:00", true, "", ""},
		{"the minute before", "2026-11-24 07:59", false, "", "2026-11-24 08:00"},
		{"the last minute", "2026-11-24 16:59", true, "", ""},
		{"closing", "2026-11-24 17:00", false, "", "2026-11-25 08:00"},
		{"lunch", "2026-11-24 12:30", false, "", "2026-11-24 13:00"},
		{"before a long week-end", "2026-11-25 18:00", false, "", "2026-11-28 22:00"},
		{"holiday", "2026-11-26 10:00", false, "Thanksgiving", "2026-11-28 22:00"},
		{"past midnight", "2026-11-29 01:30", true, "", ""},
		{"after that", "2026-11-29 02:00", false, "", "2026-11-30 08:00"},
		{"the day the clocks go forward", "2026-03-08 12:00", false, "", "2026-03-09 08:00"},
		{"the night the clocks go back, second one o'clock", "2026-11-01 01:30", true, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, zone)
			if err != nil {
				t.Fatal(err)
			}
			open, reason, next := h.Open(at.UTC())
			got := ""
			if !next.IsZero() {
				got = next.Format("2006-01-02 15:04")
			}
			if open != tt.open || reason != tt.reason || got != tt.next {
				t.Errorf("Open = %v, %q, %q; want %v, %q, %q", open, reason, got, tt.open, tt.reason, tt.next)
			}
		})
	}
}

func TestHoursNeverOpen(t *testing.T) {
	if open, _, next := (ivr.Hours{}).Open(noon); open || !next.IsZero() {
		t.Errorf("open %v, next %v", open, next)
	}
}

// Complaint: wrong times around the change of the clocks. Opening, closing and the
// length of a day are right on both days, in two zones.
func TestHoursWhenTheClocksChange(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		from, to   int    // of every day, minutes
		at         string // RFC 3339, so that the hour that comes twice can be told
		open       bool
		next       string // likewise; of a closed desk
		closes     string // of an open one
	}{
		{"forward, in the night before", "America/New_York", 2*60 + 30, 17 * 60, "2026-03-08T01:59:00-05:00", false, "2026-03-08T03:00:00-04:00", ""},
		{"forward, as soon as it has passed", "America/New_York", 2*60 + 30, 17 * 60, "2026-03-08T03:00:00-04:00", true, "", "2026-03-08T17:00:00-04:00"},
		{"forward, the hour that there is not", "America/New_York", 8 * 60, 17 * 60, "2026-03-08T07:59:00-04:00", false, "2026-03-08T08:00:00-04:00", ""},
		{"forward, open over it", "America/New_York", 60, 5 * 60, "2026-03-08T01:30:00-05:00", true, "", "2026-03-08T05:00:00-04:00"},
		{"forward, past midnight", "America/New_York", 22 * 60, 28 * 60, "2026-03-08T01:30:00-05:00", true, "", "2026-03-08T04:00:00-04:00"},
		{"back, the first one o'clock", "America/New_York", 60, 5 * 60, "2026-11-01T01:30:00-04:00", true, "", "2026-11-01T05:00:00-05:00"},
		{"back, the second one o'clock", "America/New_York", 60, 60 + 45, "2026-11-01T01:30:00-05:00", true, "", "2026-11-01T01:45:00-05:00"},
		{"back, the day after the night", "America/New_York", 8 * 60, 17 * 60, "2026-11-01T06:00:00-05:00", false, "2026-11-01T08:00:00-05:00", ""},
		{"back, tomorrow is an hour longer away", "America/New_York", 8 * 60, 17 * 60, "2026-10-31T18:00:00-04:00", false, "2026-11-01T08:00:00-05:00", ""},
		{"forward in Berlin", "Europe/Berlin", 8 * 60, 17 * 60, "2026-03-28T18:00:00+01:00", false, "2026-03-29T08:00:00+02:00", ""},
		{"back in Berlin", "Europe/Berlin", 8 * 60, 17 * 60, "2026-10-25T16:30:00+01:00", true, "", "2026-10-25T17:00:00+01:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			zone, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			h := ivr.Hours{Location: zone}
			for d := range h.Weekly {
				h.Weekly[d] = []ivr.Span{{From: tt.from, To: tt.to}}
			}
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			show := func(at time.Time) string {
				if at.IsZero() {
					return ""
				}
				return at.Format(time.RFC3339)
			}
			open, _, next := h.Open(at)
			if got := show(next); open != tt.open || got != tt.next {
				t.Errorf("open %v, next %q; want %v, %q", open, got, tt.open, tt.next)
			}
			if got := show(h.Closes(at)); got != tt.closes {
				t.Errorf("closes %q, want %q", got, tt.closes)
			}
		})
	}
}

// A desk that never closes has no closing time; spans that touch are one.
func TestCloses(t *testing.T) {
	var always, joined ivr.Hours
	for d := range always.Weekly {
		always.Weekly[d] = []ivr.Span{{From: 0, To: 24 * 60}}
		joined.Weekly[d] = []ivr.Span{{From: 8 * 60, To: 12 * 60}, {From: 12 * 60, To: 17 * 60}}
	}
	if got := always.Closes(noon); !got.IsZero() {
		t.Errorf("always open, closes %v", got)
	}
	ten := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	if got := joined.Closes(ten); !got.Equal(ten.Add(7 * time.Hour)) {
		t.Errorf("closes %v", got)
	}
	if got := (ivr.Hours{}).Closes(noon); !got.IsZero() {
		t.Errorf("never open, closes %v", got)
	}
	always.Holidays = map[string]string{"2026-11-26": "Thanksgiving"}
	if got, want := always.Closes(ten), time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("before a holiday, closes %v, want %v", got, want)
	}
}
