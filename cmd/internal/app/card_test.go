package app

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/desk/console"
)

// The card says what the verdict says, and nothing before there is evidence.
func TestCard(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	names, err := caller.NewPseudonyms(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	k := cards{
		dialogue: &ivr.Dialogue{Policy: ivr.Policy{}.WithDefaults(), Lines: []ivr.Line{{ID: "u", Factors: []ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode}}}},
		names:    names, now: func() time.Time { return now },
	}
	ago := func(d time.Duration) int64 { return now.Add(-d).Unix() }
	phone := ivr.Phone{Number: "+19195550101", Since: ago(30 * 24 * time.Hour), Usable: true, SIM: ivr.SIMSame}
	facts := ivr.Facts{Known: true, Account: true, Phones: []ivr.Phone{phone}}
	both := []ivr.Passed{{Factor: ivr.FactorPIN, At: ago(3 * time.Minute)}, {Factor: ivr.FactorTextedCode, At: ago(2 * time.Minute)}}
	for _, c := range []struct {
		name   string
		call   ivr.Call
		level  string
		why    string
		may    string // of information, links, number
		phones int
	}{
		{"nothing proven", ivr.Call{Line: "u", ID: "1000001", Facts: facts}, "none", "nothing_proven", "ynn", 0},
		{"one method", ivr.Call{Line: "u", ID: "1000001", Facts: facts, Passed: both[:1]}, "none", "one_method", "ynn", 1},
		{"two", ivr.Call{Line: "u", ID: "1000001", Facts: facts, Passed: both}, "links", "", "yyn", 1},
		{"two, and numbers by an identity check", ivr.Call{Line: "u", ID: "1000001", Facts: ivr.Facts{Known: true, Account: true, Need: ivr.Need{IdentityCheck: true}, Phones: facts.Phones}, Passed: both}, "links", "", "yyn", 1},
		{"privileged", ivr.Call{Line: "u", ID: "1000001", Facts: ivr.Facts{Known: true, Account: true, Privileged: true, Phones: facts.Phones}, Passed: both}, "refused", "privileged", "ynn", 1},
		{"frozen", ivr.Call{Line: "u", ID: "1000001", Facts: ivr.Facts{Known: true, Account: true, Frozen: true, Phones: facts.Phones}, Passed: both}, "none", "frozen", "ynn", 1},
		{"lapsed", ivr.Call{Line: "u", ID: "1000001", Facts: facts, Passed: []ivr.Passed{{Factor: ivr.FactorPIN, At: ago(time.Hour)}}}, "none", "lapsed", "ynn", 1},
	} {
		card := console.Card{}
		k.tell(&card, c.call)
		may := ""
		for _, r := range card.Rights {
			may += map[bool]string{true: "y", false: "n"}[r.May]
			if want := map[bool]string{true: "needs_check", false: "needs_number"}[c.call.Facts.Need.IdentityCheck]; r.What == "number" && c.level == "links" && r.Why != want {
				t.Errorf("%s: a number is refused with %s, want %s", c.name, r.Why, want)
			}
			if !r.May && r.Why == "" {
				t.Errorf("%s: %s is refused without a reason", c.name, r.What)
			}
		}
		if diff := cmp.Diff([]any{c.level, c.why, c.may, c.phones}, []any{card.Level, card.Why, may, len(card.Phones)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if card.Subject != names.Subject("1000001") || len(card.Factors) != 2 {
			t.Errorf("%s: subject %q, %d factors", c.name, card.Subject, len(card.Factors))
		}
		for _, p := range card.Phones {
			if p.Last2 != "01" || strings.Contains(p.SIM, "919") {
				t.Errorf("%s: phone %+v", c.name, p)
			}
		}
	}
}
