package twilio_test

import (
	"testing"
	"time"

	"ringback/ivr/twilio"
)

func TestParsePeriod(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"PT24H": 24 * time.Hour, "PT48H": 48 * time.Hour, "P3D": 72 * time.Hour, "P1DT2H3M4S": 26*time.Hour + 3*time.Minute + 4*time.Second,
		"PT15282H33M44S": 15282*time.Hour + 33*time.Minute + 44*time.Second, "PT0S": 0,
		"": 0, "P": 0, "PT": 0, "P1DT": 0, "T1H": 0, "PT1": 0, "PTH": 0, "P1Y": 0, "P1M": 0, "P1H": 0, "PT1D": 0, "pt24h": 0,
		"PT1M1H": 0, "PT1H1H": 0, "PT-1H": 0, "PT1.5H": 0, "PT9999999999999999999H": 0, "P300000000D": 0, "PT87601H": 0, " PT1H": 0,
		"P3650DT1H": 0,
	} {
		if got := twilio.ParsePeriod(s); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

// Whatever comes, nothing is known of another number, and what is known means
// something.
func FuzzLookup(f *testing.F) {
	f.Add([]byte(answerOf(mobile, dated)))
	f.Add([]byte(answerOf(`null`, `null`)))
	f.Add([]byte(answerOf(`{"type":7,"error_code":60601}`, `{"last_sim_swap":{"swapped_period":"P1DT","swapped_in_period":"yes"}}`)))
	f.Add([]byte(`{"phone_number":"+19195550102"}`))
	f.Add([]byte(`[`))
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		l, ok := twilio.DecodeLookup(body, dana)
		if !ok && l != (twilio.Lookup{}) {
			t.Errorf("no answer, and yet %+v", l)
		}
		s := l.SIM
		if !s.Known && s != (twilio.SIM{}) {
			t.Errorf("not known, and yet %+v", s)
		}
		if s.Known && s.SwappedAt.IsZero() && s.Period <= 0 || s.Period < 0 || s.Period > 3650*24*time.Hour {
			t.Errorf("known for no time: %+v", s)
		}
		if twilio.ParseLineType(l.Line.String()) != l.Line {
			t.Errorf("line %v", l.Line)
		}
		if changed, known := s.ChangedWithin(72*time.Hour, now); changed && !known {
			t.Errorf("%+v changed and is not known", s)
		}
	})
}
