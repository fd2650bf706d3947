package app_test

import (
	"testing"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr"
)

// The audit tells policies apart by whatever they demand.
func TestPolicyVersion(t *testing.T) {
	version := func(change func(*config.Config)) string {
		t.Helper()
		c, err := config.ParseExample(change)
		if err != nil {
			t.Fatal(err)
		}
		return app.PolicyVersion(c)
	}
	seen := map[string]string{version(nil): "the example"}
	if _, same := seen[version(nil)]; !same {
		t.Error("the same policy has two versions")
	}
	two := []config.Factor{config.Factor(ivr.FactorDuoPush), config.Factor(ivr.FactorRecoveryCode)}
	for what, change := range map[string]func(*config.Config){
		"policy.links.need":    func(c *config.Config) { c.Policy.Links.Need = "strong" },
		"policy.links.factors": func(c *config.Config) { c.Policy.Links.Factors = []config.Factor{1, 4, 5} },
		"policy.number.need":   func(c *config.Config) { c.Policy.Number.Need = "identity_check" },
		"policy.groups.groups": func(c *config.Config) { c.Policy.Groups[0].Groups = []string{"payroll"} },
		"policy.groups.links.need": func(c *config.Config) {
			c.Policy.Groups[0].Links.Need = "two_methods"
			c.Policy.Groups[0].Links.Without = two[:1]
		},
		"policy.groups.number.factors":  func(c *config.Config) { c.Policy.Groups[0].Number.Factors = two },
		"policy.groups.number.need":     func(c *config.Config) { c.Policy.Groups[0].Number.Need = "identity_check" },
		"lines.policy.links.need":       func(c *config.Config) { c.Lines[1].Policy.Links.Need = "strong" },
		"lines.policy.links.without":    func(c *config.Config) { c.Lines[1].Policy.Links.Without = two[:1] },
		"lines.policy.number.need":      func(c *config.Config) { c.Lines[1].Policy.Number.Need = "identity_check" },
		"lines.policy.number.factors":   func(c *config.Config) { c.Lines[1].Policy.Number.Factors = two },
		"the same on another line":      func(c *config.Config) { c.Lines[0].Policy.Links.Need = "strong" },
		"policy.privileged_groups":      func(c *config.Config) { c.Policy.PrivilegedGroups = nil },
		"policy.limits.call_failures":   func(c *config.Config) { c.Policy.Limits.CallFailures = 5 },
		"lines.factors, in their order": func(c *config.Config) { c.Lines[0].Factors = two },
	} {
		v := version(change)
		if other, same := seen[v]; same {
			t.Errorf("%s has the version of %s", what, other)
		}
		seen[v] = what
	}
}
