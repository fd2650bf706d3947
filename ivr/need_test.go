package ivr_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringback/ivr"
)

// aNeed is any need.
func aNeed() *rapid.Generator[ivr.Need] {
	set := rapid.Custom(func(t *rapid.T) ivr.FactorSet {
		return ivr.SetOf(rapid.SliceOfN(rapid.SampledFrom(ivr.Factors()), 0, 2).Draw(t, "factors")...)
	})
	return rapid.Custom(func(t *rapid.T) ivr.Need {
		return ivr.Need{
			Strong: rapid.Bool().Draw(t, "strong"), Without: set.Draw(t, "without"), NumberWithout: set.Draw(t, "number without"),
			IdentityCheck: rapid.IntRange(0, 3).Draw(t, "identity check") == 0,
		}
	})
}

// aCase is any person with any evidence.
type aCase struct {
	facts  ivr.Facts
	passed []ivr.Passed
	at     time.Time
}

func anyCase() *rapid.Generator[aCase] {
	rarely := func(t *rapid.T, label string) bool { return rapid.IntRange(0, 7).Draw(t, label) == 0 }
	return rapid.Custom(func(t *rapid.T) aCase {
		c := aCase{at: noon, facts: ivr.Facts{
			Known: !rarely(t, "nobody"), Privileged: rarely(t, "privileged"), Frozen: rarely(t, "frozen"),
			Threat: rarely(t, "threat"), Account: !rarely(t, "unread"), Need: aNeed().Draw(t, "need"),
		}}
		for _, n := range []string{"+19195550102", "+19195550112"} {
			days := rapid.SampledFrom([]int{400, 400, 8, 6}).Draw(t, "days on file")
			c.facts.Phones = append(c.facts.Phones, ivr.Phone{
				Number: n, Since: noon.AddDate(0, 0, -days).Unix(), Usable: !rarely(t, "not in Duo"), SIM: ivr.SIM(rapid.IntRange(0, 2).Draw(t, "SIM")),
			})
		}
		for range rapid.IntRange(0, 5).Draw(t, "how many passed") {
			c.passed = append(c.passed, ivr.Passed{
				Factor: rapid.SampledFrom(ivr.Factors()).Draw(t, "factor"),
				At:     noon.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 1, 5, 9, 10, 11, 30}).Draw(t, "minutes ago")) * time.Minute).Unix(),
				Phone:  rapid.SampledFrom([]uint8{0, 1, ivr.NoPhone}).Draw(t, "phone"),
			})
		}
		return c
	})
}

// told is the rule, told a second time: which level, and to which phones links
// may go. It shares no code with [ivr.Evaluate].
func (c aCase) told() (level string, phones []string) {
	n, last := c.facts.Need, int64(0)
	for _, x := range c.passed {
		last = max(last, x.At)
	}
	if !c.facts.Known || c.at.Unix()-last > 600 {
		return "none", nil
	}
	methods, strong, number := c.count(last, "")
	switch {
	case methods < 2 || c.facts.Frozen:
		return "none", nil
	case c.facts.Privileged:
		return "refused", nil
	case (n.Strong || c.facts.Threat) && !strong:
		return "none", nil
	case !c.facts.Account && (number < 2 || c.facts.Threat || n.IdentityCheck):
		return "none", nil
	}
	level = "links"
	if number >= 2 && !c.facts.Threat && !n.IdentityCheck {
		level = "number"
	}
	for _, p := range c.facts.Phones {
		methods, strong, _ := c.count(last, p.Number)
		if c.facts.Account && p.Usable && noon.Unix()-p.Since >= 7*86400 && methods >= 2 && (strong || !n.Strong && !c.facts.Threat) {
			phones = append(phones, p.Number)
		}
	}
	return level, phones
}

// count are the methods that count towards a phone, or towards none in particular,
// whether a strong one is among them, and how many factors speak for a number.
func (c aCase) count(last int64, target string) (methods int, strong bool, number int) {
	in := func(s ivr.FactorSet, f ivr.Factor) bool { return int(s)>>int(f)%2 == 1 }
	once, forNumber := map[ivr.Factor]bool{}, map[ivr.Factor]bool{}
	for _, x := range c.passed {
		if last-x.At > 600 || in(c.facts.Need.Without, x.Factor) {
			continue
		}
		spare := !in(c.facts.Need.NumberWithout, x.Factor)
		switch x.Factor.String() {
		case "pin":
			once[x.Factor] = true
		case "texted_code":
			if int(x.Phone) >= len(c.facts.Phones) {
				continue
			}
			p := c.facts.Phones[x.Phone]
			old := noon.Unix()-p.Since >= 7*86400
			if old && (!c.facts.Account || p.Usable && p.SIM != ivr.SIMChanged) {
				once[x.Factor] = true
			}
		case "emailed_code":
			once[x.Factor], forNumber[x.Factor] = true, forNumber[x.Factor] || spare
		case "recovery_code":
			once[x.Factor], forNumber[x.Factor], strong = true, forNumber[x.Factor] || spare, true
		case "duo_push":
			forNumber[x.Factor] = forNumber[x.Factor] || spare && x.Phone == ivr.NoPhone
			if target == "" || x.Phone == ivr.NoPhone || c.facts.Phones[x.Phone].Number != target {
				once[x.Factor], strong = true, true
			}
		}
	}
	for _, yes := range forNumber {
		if yes {
			number++
		}
	}
	return len(once), strong, number
}

// Whatever is demanded of whomever: what [ivr.Evaluate] and [ivr.MayLink] say is
// what the rule says.
func TestEvaluateIsTheRule(t *testing.T) {
	seen := map[string]int{}
	policy := ivr.Policy{}.WithDefaults()
	rapid.Check(t, func(t *rapid.T) {
		for _, c := range rapid.SliceOfN(anyCase(), 100, 200).Draw(t, "cases") {
			level, phones := c.told()
			if got := ivr.Evaluate(policy, c.facts, c.passed, c.at).Level.String(); got != level {
				t.Fatalf("level %s, want %s, of %+v", got, level, c)
			}
			var may []string
			for _, p := range c.facts.Phones {
				if ivr.MayLink(policy, c.facts, c.passed, p, c.at) {
					may = append(may, p.Number)
				}
			}
			if diff := cmp.Diff(phones, may); diff != "" {
				t.Fatalf("links may go to (-want +got):\n%s\nof %+v", diff, c)
			}
			seen[level]++
		}
	})
	for _, level := range []string{"none", "links", "number", "refused"} {
		if seen[level] == 0 {
			t.Errorf("level %s never came up: the test proves nothing", level)
		}
	}
}

// Demanding more never allows more, and no need allows less evidence than the floor.
func TestMoreNeedNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCase().Draw(t, "case")
		less, more := aNeed().Draw(t, "need"), aNeed().Draw(t, "another")
		policy := ivr.Policy{}.WithDefaults()
		at := func(n ivr.Need) (ivr.Facts, ivr.Level) {
			f := c.facts
			f.Need = n
			return f, ivr.Evaluate(policy, f, c.passed, c.at).Level
		}
		floor, base := at(ivr.Need{})
		one, allows := at(less)
		both, stricter := at(less.And(more))
		for _, l := range []ivr.Level{ivr.LevelLinks, ivr.LevelNumber} {
			if stricter.Allows(l) && !allows.Allows(l) || allows.Allows(l) && !base.Allows(l) {
				t.Fatalf("%v: floor %v, need %v, both %v", l, base, allows, stricter)
			}
		}
		for _, p := range c.facts.Phones {
			may := func(f ivr.Facts) bool { return ivr.MayLink(policy, f, c.passed, p, c.at) }
			if may(both) && !may(one) || may(one) && !may(floor) {
				t.Fatalf("links: floor %v, need %v, both %v", may(floor), may(one), may(both))
			}
		}
	})
}

// The strictest wins, in whichever order the rules are read.
func TestNeedsAreJoined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := aNeed().Draw(t, "a"), aNeed().Draw(t, "b"), aNeed().Draw(t, "c")
		for what, same := range map[string]bool{
			"in either order": a.And(b) == b.And(a), "in any grouping": a.And(b).And(c) == a.And(b.And(c)),
			"twice is once": a.And(a) == a, "nothing adds nothing": a.And(ivr.Need{}) == a,
			"a number is not easier": a.And(b).ForNumber()&^a.ForNumber() == 0,
		} {
			if !same {
				t.Fatalf("%s: not so for %+v, %+v, %+v", what, a, b, c)
			}
		}
	})
}

func TestForNumber(t *testing.T) {
	for _, tt := range []struct {
		name string
		need ivr.Need
		want string
	}{
		{"the floor", ivr.Need{}, "emailed_code, recovery_code, duo_push"},
		{"without one", ivr.Need{NumberWithout: ivr.SetOf(ivr.FactorEmailedCode)}, "recovery_code, duo_push"},
		{"what does not count for links", ivr.Need{Without: ivr.SetOf(ivr.FactorDuoPush, ivr.FactorPIN)}, "emailed_code, recovery_code"},
		{"one left is none", ivr.Need{Without: ivr.SetOf(ivr.FactorDuoPush), NumberWithout: ivr.SetOf(ivr.FactorEmailedCode)}, ""},
		{"an identity check", ivr.Need{IdentityCheck: true}, ""},
	} {
		if got := tt.need.ForNumber().String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
