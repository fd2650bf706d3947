package twiml_test

import (
	"slices"
	"strings"
	"testing"

	"ringback/twiml"
)

func TestParseVerstat(t *testing.T) {
	type traits struct{ attested, failed, diverted bool }
	for _, tt := range []struct {
		sent   string
		want   twiml.Verstat
		label  string
		traits traits
	}{
		{"", twiml.VerstatNone, "none", traits{}},
		{"NULL", twiml.VerstatNone, "none", traits{}},
		{"No-TN-Validation", twiml.VerstatNoValidation, "No-TN-Validation", traits{}},
		{"TN-Validation-Passed-A", twiml.VerstatPassedA, "TN-Validation-Passed-A", traits{attested: true}},
		{"TN-Validation-Passed-B", twiml.VerstatPassedB, "TN-Validation-Passed-B", traits{}},
		{"TN-Validation-Passed-C", twiml.VerstatPassedC, "TN-Validation-Passed-C", traits{}},
		{"TN-Validation-Passed-A-Diverted", twiml.VerstatPassedADiverted, "TN-Validation-Passed-A-Diverted", traits{diverted: true}},
		{"TN-Validation-Passed-A-Passthrough", twiml.VerstatPassedAPassthrough, "TN-Validation-Passed-A-Passthrough", traits{}},
		{"TN-Validation-Passed-C-Diverted", twiml.VerstatPassedCDiverted, "TN-Validation-Passed-C-Diverted", traits{diverted: true}},
		{"TN-Validation-Failed", twiml.VerstatFailed, "TN-Validation-Failed", traits{failed: true}},
		{"TN-Validation-Failed-A", twiml.VerstatFailedA, "TN-Validation-Failed-A", traits{failed: true}},
		{"TN-Validation-Failed-C-Diverted", twiml.VerstatFailedCDiverted, "TN-Validation-Failed-C-Diverted", traits{failed: true, diverted: true}},
		{"TN-Validation-Failed-B-Passthrough", twiml.VerstatFailedBPassthrough, "TN-Validation-Failed-B-Passthrough", traits{failed: true}},

		{"unknown", twiml.VerstatUnknown, "unknown", traits{}},
		{"none", twiml.VerstatUnknown, "unknown", traits{}},
		{"null", twiml.VerstatUnknown, "unknown", traits{}},
		{"tn-validation-passed-a", twiml.VerstatUnknown, "unknown", traits{}},
		{"TN-Validation-Passed", twiml.VerstatUnknown, "unknown", traits{}},
		{"TN-Validation-Passed-A ", twiml.VerstatUnknown, "unknown", traits{}},
		{" TN-Validation-Passed-A", twiml.VerstatUnknown, "unknown", traits{}},
		{"TN-Validation-Passed-AA", twiml.VerstatUnknown, "unknown", traits{}},
		{"TN-Validation-Passed-D", twiml.VerstatUnknown, "unknown", traits{}},
		{"TN-Validation-Passed-A-Diverted-Passthrough", twiml.VerstatUnknown, "unknown", traits{}},
		{"TN-Validation-Passed-A-Whatever", twiml.VerstatUnknown, "unknown", traits{}},
		{"TN-Validation-Passed-A,TN-Validation-Failed", twiml.VerstatUnknown, "unknown", traits{}},
	} {
		got := twiml.ParseVerstat(tt.sent)
		if got != tt.want || got.String() != tt.label {
			t.Errorf("%q is read as %q with label %q, want %q, %q", tt.sent, string(got), got, string(tt.want), tt.label)
		}
		if is := (traits{got.Attested(), got.Failed(), got.Diverted()}); is != tt.traits {
			t.Errorf("%q: %+v, want %+v", tt.sent, is, tt.traits)
		}
	}
}

// Each value reads as itself and says of itself what its words say.
func TestVerstats(t *testing.T) {
	all := twiml.Verstats()
	if want := 1 + 2*3*3 + 1 + 1 + 1; len(all) != want || len(slices.Compact(slices.Sorted(slices.Values(all)))) != want {
		t.Errorf("%d values, want %d different ones", len(all), want)
	}
	for _, v := range all {
		if got := twiml.ParseVerstat(string(v)); got != v {
			t.Errorf("%q is read as %q", string(v), string(got))
		}
		if v.Attested() != (v == "TN-Validation-Passed-A") ||
			v.Failed() != strings.HasPrefix(string(v), "TN-Validation-Failed") ||
			v.Diverted() != strings.HasSuffix(string(v), "-Diverted") {
			t.Errorf("%q: attested %v, failed %v, diverted %v", string(v), v.Attested(), v.Failed(), v.Diverted())
		}
	}
	for _, s := range []twiml.Verstat{"TN-Validation-Failed-Z", "x-Diverted"} {
		if s.Failed() || s.Diverted() {
			t.Errorf("%q: failed %v, diverted %v", string(s), s.Failed(), s.Diverted())
		}
	}
	// What was never parsed is no label and no evidence.
	if made := twiml.Verstat("TN-Validation-Passed-A\n"); made.String() != "unknown" || made.Attested() || made.Failed() {
		t.Errorf("a value of somebody's own: %q", made)
	}
}

func FuzzParseVerstat(f *testing.F) {
	for _, v := range twiml.Verstats() {
		f.Add(string(v))
		f.Add(string(v) + "-Diverted")
	}
	f.Add("NULL")
	f.Fuzz(func(t *testing.T, s string) {
		v := twiml.ParseVerstat(s)
		if !slices.Contains(twiml.Verstats(), v) || twiml.Verstat(s).String() != v.String() {
			t.Errorf("%q is read as %q", s, string(v))
		}
		if v.Attested() != (s == "TN-Validation-Passed-A") {
			t.Errorf("%q: attested %v", s, v.Attested())
		}
		if v != twiml.VerstatUnknown && v != twiml.VerstatNone && string(v) != s {
			t.Errorf("%q is read as %q", s, string(v))
		}
	})
}
