package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringback/cmd/internal/config"
	"ringback/ivr"
)

// demanding is the example with a policy of its own.
func demanding(t *testing.T, policy, line string) *config.Config {
	t.Helper()
	text := strings.Replace(example(t), "  links:\n", "  links:\n"+policy, 1)
	text = strings.Replace(text, "  - id: health\n", "  - id: health\n"+line, 1)
	return mustParse(t, text)
}

func TestDemands(t *testing.T) {
	c := demanding(t, "", "    policy: {links: {without: [texted_code]}, number: {need: identity_check}}\n")
	told := func(all []config.Demand) (says []string) {
		for _, d := range all {
			says = append(says, d.Path+" ("+d.Group+"): "+d.String())
		}
		return says
	}
	strong := "links need a recovery code or a Duo push"
	for _, tt := range []struct {
		name, line string
		groups     []string
		want       []string
	}{
		{"nothing", "university", nil, nil},
		{"a group", "university", []string{"staff", "treasury"}, []string{"policy.groups[0] (treasury): " + strong}},
		{"a line", "health", nil, []string{"lines[1].policy (): texted_code counts for nothing; a number takes an identity check"}},
		{"a line and a group", "health", []string{"payroll"}, []string{
			"policy.groups[0] (payroll): " + strong, "lines[1].policy (): texted_code counts for nothing; a number takes an identity check",
		}},
		{"a group whose name somebody wrote otherwise", "university", []string{"Payroll "}, []string{"policy.groups[0] (payroll): " + strong}},
		{"another group", "university", []string{"payrolls"}, nil},
	} {
		if diff := cmp.Diff(tt.want, told(c.Demands(tt.line, tt.groups))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff([]string{
		"policy.groups[0] (payroll, treasury): " + strong, "lines[1].policy (): texted_code counts for nothing; a number takes an identity check",
	}, told(c.AllDemands())); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	both := ivr.Need{Strong: true, Without: ivr.SetOf(ivr.FactorTextedCode), IdentityCheck: true}
	if got := c.Need("health", []string{"payroll"}); got != both {
		t.Errorf("need %+v, want %+v", got, both)
	}
}

// Each key of a policy says what it is taken for.
func TestNeedsOfTheFile(t *testing.T) {
	for _, tt := range []struct {
		name, policy, line string
		want               ivr.Need
	}{
		{"nothing", "", "", ivr.Need{}},
		{"strong", "    need: strong\n", "", ivr.Need{Strong: true}},
		{"strong, on a line", "", "    policy: {links: {need: strong}}\n", ivr.Need{Strong: true}},
		{"two of two", "", "    policy: {number: {factors: [recovery_code, duo_push]}}\n", ivr.Need{NumberWithout: ivr.SetOf(ivr.FactorEmailedCode)}},
		{"identity check", "", "    policy: {number: {need: identity_check}}\n", ivr.Need{IdentityCheck: true}},
		{"without", "", "    policy: {links: {without: [pin, texted_code]}}\n", ivr.Need{Without: ivr.SetOf(ivr.FactorPIN, ivr.FactorTextedCode)}},
	} {
		if got := demanding(t, tt.policy, tt.line).Need("health", nil); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	c := mustParse(t, strings.Replace(example(t), "  number:\n    #need: two_of", "  number:\n    need: identity_check", 1))
	if got := c.Need("university", nil); got != (ivr.Need{IdentityCheck: true}) {
		t.Errorf("for everybody: %+v", got)
	}
}

// With each rule that holds for somebody, as much is demanded as before, or more.
func TestMoreRulesNeverDemandLess(t *testing.T) {
	links := rapid.Custom(func(t *rapid.T) config.LinksNeed {
		return config.LinksNeed{Need: rapid.SampledFrom([]string{"two_methods", "strong"}).Draw(t, "links"), Without: anyFactors(t)}
	})
	number := rapid.Custom(func(t *rapid.T) config.NumberNeed {
		return config.NumberNeed{Need: rapid.SampledFrom([]string{"two_of", "identity_check"}).Draw(t, "number"), Factors: anyFactors(t)}
	})
	rapid.Check(t, func(t *rapid.T) {
		var c config.Config
		c.Policy.Links.Need, c.Policy.Number = links.Draw(t, "policy").Need, number.Draw(t, "policy's number")
		c.Lines = []config.Line{{ID: "one"}}
		c.Lines[0].Policy = config.Needs{Links: links.Draw(t, "line"), Number: number.Draw(t, "line's number")}
		names := []string{"a", "b", "c"}
		for _, n := range names {
			c.Policy.Groups = append(c.Policy.Groups, config.GroupNeeds{
				Groups: []string{n, rapid.SampledFrom(names).Draw(t, "group")}, Links: links.Draw(t, "group's links"), Number: number.Draw(t, "group's number"),
			})
		}
		groups := rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, "groups")
		n := c.Need("one", groups)
		for i := range groups {
			if fewer := c.Need("one", slices.Delete(slices.Clone(groups), i, i+1)); n != n.And(fewer) {
				t.Fatalf("with one group more %+v, without it %+v", n, fewer)
			}
		}
		if other := c.Need("another", groups); n != n.And(other) {
			t.Fatalf("on its line %+v, on another %+v", n, other)
		}
		for _, d := range c.Demands("one", groups) {
			if n != n.And(d.Need) {
				t.Fatalf("%s demands %+v, and all together %+v", d.Path, d.Need, n)
			}
		}
	})
}

func anyFactors(t *rapid.T) (fs []config.Factor) {
	for _, f := range rapid.SliceOfN(rapid.SampledFrom(ivr.Factors()), 0, 3).Draw(t, "factors") {
		fs = append(fs, config.Factor(f))
	}
	return fs
}

// Directories write the same group now so and now so: what only ever demands more is
// not dodged by a capital.
func TestPrivileged(t *testing.T) {
	var c config.Config
	c.Policy.PrivilegedGroups = []string{"duo-admins"}
	c.Lines = []config.Line{{ID: "health", PrivilegedGroups: []string{"Surgeons"}}, {ID: "university"}}
	for _, tt := range []struct {
		line   string
		groups []string
		want   bool
	}{
		{"university", nil, false},
		{"university", []string{"staff", "duo-admins"}, true},
		{"university", []string{"Duo-Admins"}, true},
		{"gone", []string{" DUO-ADMINS"}, true},
		{"university", []string{"duo-admin"}, false},
		{"university", []string{"surgeons"}, false},
		{"health", []string{"surgeons"}, true},
		{"health", []string{"Duo-Admins"}, true},
	} {
		if got := c.Privileged(tt.line, tt.groups); got != tt.want {
			t.Errorf("%s, %q: %v", tt.line, tt.groups, got)
		}
	}
}
