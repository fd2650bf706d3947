package ivr_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
)

func TestExplain(t *testing.T) {
	facts := dana("+19195550102", "+19195550112")
	facts.Account, facts.Phones = true, account(facts)
	pin := ivr.Enrolled{Factor: ivr.FactorPIN}
	text0 := ivr.Enrolled{Factor: ivr.FactorTextedCode, Label: "to 02"}
	text1 := ivr.Enrolled{Factor: ivr.FactorTextedCode, Phone: 1, Label: "to 12"}
	mail := ivr.Enrolled{Factor: ivr.FactorEmailedCode}
	paper := ivr.Enrolled{Factor: ivr.FactorRecoveryCode}
	push := ivr.Enrolled{Factor: ivr.FactorDuoPush, Phone: ivr.NoPhone}
	for _, tt := range []struct {
		name  string
		facts func(*ivr.Facts)
		all   []ivr.Enrolled
		level ivr.Level
		leads []string
		why   map[string]string
	}{
		{"links", nil, []ivr.Enrolled{pin, text0, text1}, ivr.LevelLinks, []string{"pin + texted_code to 02", "pin + texted_code to 12"}, map[string]string{"pin": "one_method"}},
		{"a young phone", func(f *ivr.Facts) { f.Phones[1].Since = noon.Unix() }, []ivr.Enrolled{pin, text1}, ivr.LevelLinks, nil, map[string]string{"pin + texted_code to 12": "young_number"}},
		{"a number", nil, []ivr.Enrolled{pin, mail, paper}, ivr.LevelNumber, []string{"emailed_code + recovery_code"}, map[string]string{"pin + emailed_code": "one_method"}},
		{"threat", func(f *ivr.Facts) { f.Threat = true }, []ivr.Enrolled{pin, mail, push}, ivr.LevelLinks, []string{"pin + duo_push"}, map[string]string{"pin + emailed_code": "strict", "emailed_code + duo_push": "one_send"}},
		{"nothing more is sent", nil, []ivr.Enrolled{pin, mail, push}, ivr.LevelNumber, []string{"pin + emailed_code + duo_push"}, map[string]string{"emailed_code + duo_push": "one_send"}},
		{"no number under threat", func(f *ivr.Facts) { f.Threat = true }, []ivr.Enrolled{mail, paper}, ivr.LevelNumber, nil, map[string]string{"emailed_code": "in_person", "recovery_code": "in_person"}},
		{"an identity check", func(f *ivr.Facts) { f.Need.IdentityCheck = true }, []ivr.Enrolled{mail, paper}, ivr.LevelNumber, nil, map[string]string{"emailed_code": "in_person", "recovery_code": "in_person"}},
		{"not for a number", func(f *ivr.Facts) { f.Need.NumberWithout = ivr.SetOf(ivr.FactorEmailedCode) }, []ivr.Enrolled{mail, paper, push}, ivr.LevelNumber, []string{"recovery_code + duo_push"}, map[string]string{"emailed_code + recovery_code": "not_counted"}},
		{"counts for nothing", func(f *ivr.Facts) { f.Need.Without = ivr.SetOf(ivr.FactorTextedCode) }, []ivr.Enrolled{pin, text0, mail}, ivr.LevelLinks, []string{"pin + emailed_code"}, map[string]string{"pin + texted_code to 02": "not_counted"}},
		{"privileged", func(f *ivr.Facts) { f.Privileged = true }, []ivr.Enrolled{pin, text0, mail}, ivr.LevelLinks, nil, map[string]string{"pin + texted_code to 02": "privileged", "pin + texted_code to 02 + emailed_code": ""}},
		{"no phone on file", func(f *ivr.Facts) { f.Phones = nil }, []ivr.Enrolled{pin, mail}, ivr.LevelLinks, nil, map[string]string{"pin + emailed_code": "no_phone"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := facts
			f.Phones = append([]ivr.Phone(nil), facts.Phones...)
			if tt.facts != nil {
				tt.facts(&f)
			}
			var leads []string
			why := map[string]string{}
			for _, w := range ivr.Explain(ivr.Policy{}.WithDefaults(), f, tt.all, tt.level, noon) {
				if w.Leads {
					leads = append(leads, w.String())
				} else {
					why[w.String()] = w.Why
				}
			}
			if diff := cmp.Diff(tt.leads, leads); diff != "" {
				t.Errorf("ways (-want +got):\n%s", diff)
			}
			for way, want := range tt.why {
				if why[way] != want {
					t.Errorf("%s: %q, want %q", way, why[way], want)
				}
			}
		})
	}
}
