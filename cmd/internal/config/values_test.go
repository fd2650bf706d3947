package config_test

import (
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/config"
)

func TestTimeSpan(t *testing.T) {
	for _, tt := range []struct {
		text     string
		from, to int // both zero: refused
	}{
		{"08:00-17:00", 480, 1020},
		{"00:00-24:00", 0, 1440},
		{"08:00 - 17:30", 480, 1050},
		{"22:00-02:00", 1320, 1560},
		{"22:00-00:00", 1320, 1440},
		{"08:00-08:00", 0, 0},
		{"24:00-08:00", 0, 0},
		{"08:00-24:01", 0, 0},
		{"08:60-09:00", 0, 0},
		{"8:00-17:00", 0, 0},
		{"08:00", 0, 0},
		{"-08:00-09:00", 0, 0},
		{"+8:00-09:00", 0, 0},
		{"", 0, 0},
	} {
		var s config.TimeSpan
		err := s.UnmarshalText([]byte(tt.text))
		if (err != nil) != (tt.from == 0 && tt.to == 0) || s.From != tt.from || s.To != tt.to {
			t.Errorf("%q: %+v, %v", tt.text, s, err)
			continue
		}
		if err != nil {
			continue
		}
		b, _ := s.MarshalText()
		var again config.TimeSpan
		if err := again.UnmarshalText(b); err != nil || again != s {
			t.Errorf("%q: written as %s, read as %+v, %v", tt.text, b, again, err)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]string{"10m": "10m", "168h": "168h", "90m": "1h30m", "300ms": "300ms", "0s": "0s", "61s": "1m1s"} {
		var d config.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.String() != want {
			t.Errorf("%s: %s, %v; want %s", text, d, err, want)
		}
	}
}

// The hours of the file are those that the dialogue asks.
func TestSchedule(t *testing.T) {
	text := strings.Replace(example(t), `      mon: ["08:00-18:00"]`, `      mon: ["13:00-18:00", "08:00-12:00", "22:00-02:00"]`, 1)
	h := mustParse(t, text).Lines[0].Schedule
	for _, tt := range []struct {
		name, at string
		open     bool
		reason   string
		next     string
	}{
		{"unsorted spans, the first", "2026-11-23 09:00", true, "", ""},
		{"between them", "2026-11-23 12:00", false, "", "2026-11-23 13:00"},
		{"before midnight", "2026-11-23 23:59", true, "", ""},
		{"after midnight", "2026-11-24 01:59", true, "", ""},
		{"after that", "2026-11-24 02:00", false, "", "2026-11-24 08:00"},
		{"holiday", "2026-11-26 10:00", false, "Thanksgiving", "2026-11-30 08:00"},
		{"the week-end of the spring change", "2026-03-08 02:30", false, "", "2026-03-09 08:00"},
		{"the week-end of the autumn change", "2026-11-01 01:30", false, "", "2026-11-02 08:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, h.Location)
			if err != nil {
				t.Fatal(err)
			}
			open, reason, next := h.Open(at)
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
