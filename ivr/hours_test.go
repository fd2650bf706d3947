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
