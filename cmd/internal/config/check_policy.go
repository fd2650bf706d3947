package config

import (
	"cmp"
	"time"

	"ringback/ivr"
)

// Units of [Duration].
const (
	ms     = Duration(time.Millisecond)
	second = Duration(time.Second)
	minute = Duration(time.Minute)
	hour   = Duration(time.Hour)
)

// looser is the direction in which a setting weakens the policy.
type looser int

const (
	neither looser = 0
	more    looser = 1
	less    looser = -1
)

// within gives a number its default, keeps it between two bounds and warns when
// it is looser than the default.
func within[T int | Duration](c *checker, path string, v *T, def, low, high T, direction looser) {
	if !c.given(path) && *v == 0 {
		*v = def
	}
	switch {
	case *v < low || *v > high:
		c.fail(path, "must be between %v and %v", low, high)
	case cmp.Compare(*v, def) == int(direction) && direction != neither:
		c.warn(path, "is looser than the default, %v", def)
	}
}

func (c *checker) policy() {
	p := &c.c.Policy
	links := LinksNeed{Need: p.Links.Need}
	c.needs("policy", &links, &p.Number)
	p.Links.Need = links.Need
	if !c.given("policy.links.factors") && len(p.Links.Factors) == 0 {
		p.Links.Factors = []Factor{Factor(ivr.FactorPIN), Factor(ivr.FactorTextedCode)}
		if c.c.Mail.Configured() {
			p.Links.Factors = append(p.Links.Factors, Factor(ivr.FactorEmailedCode))
		}
		p.Links.Factors = append(p.Links.Factors, Factor(ivr.FactorRecoveryCode), Factor(ivr.FactorDuoPush))
	}
	c.factors("policy.links.factors", p.Links.Factors)
	if p.Number.Need == twoOf && !c.given("policy.number.factors") {
		if c.c.Mail.Configured() {
			p.Number.Factors = append(p.Number.Factors, Factor(ivr.FactorEmailedCode))
		}
		p.Number.Factors = append(p.Number.Factors, Factor(ivr.FactorRecoveryCode), Factor(ivr.FactorDuoPush))
	}
	c.groupNeeds()
	within(c, "policy.code_validity", &p.CodeValidity, 5*minute, minute, 10*minute, more)
	within(c, "policy.verdict_validity", &p.VerdictValidity, 10*minute, minute, hour, more)
	within(c, "policy.number_min_age", &p.NumberMinAge, 168*hour, hour, 8760*hour, less)
	if p.ImportedNumbersTrusted {
		c.warn("policy.imported_numbers_trusted", "is on: a number changed just before the first start counts at once")
	}
	within(c, "policy.sim_min_age", &p.SIMMinAge, 72*hour, 24*hour, 168*hour, less)
	c.names("policy.privileged_groups", p.PrivilegedGroups)
	l := &p.Limits
	const at = "policy.limits."
	within(c, at+"code_tries", &l.CodeTries, 3, 1, 10, more)
	within(c, at+"call_failures", &l.CallFailures, 6, 1, 20, more)
	within(c, at+"ids_per_call", &l.IDsPerCall, 3, 1, 10, more)
	within(c, at+"bad_ids_per_number_hour", &l.BadIDsPerNumberHour, 10, 1, 100, more)
	within(c, at+"bad_ids_per_prefix_hour", &l.BadIDsPerPrefixHour, 30, 1, 1000, more)
	within(c, at+"sends_per_hour", &l.SendsPerHour, 3, 1, 10, more)
	within(c, at+"sends_per_day", &l.SendsPerDay, 5, 1, 20, more)
	within(c, at+"send_gap", &l.SendGap, 30*second, 10*second, 10*minute, less)
	within(c, at+"consecutive_failures", &l.ConsecutiveFailures, 10, 3, 100, more)
	within(c, at+"calls_per_number", &l.CallsPerNumber, 2, 1, 20, more)
	within(c, at+"calls_per_shared_number", &l.CallsPerSharedNumber, 200, 1, 10000, more)
	within(c, "policy.threat.failures", &p.Threat.Failures, 20, 5, 1000, more)
	within(c, "policy.threat.subjects", &p.Threat.Subjects, 10, 3, 1000, more)
	within(c, "policy.threat.origins", &p.Threat.Origins, 3, 1, 100, more)
	within(c, "policy.threat.lasts", &p.Threat.Lasts, 30*minute, 10*minute, 24*hour, less)
	if l.SendsPerDay < l.SendsPerHour {
		c.fail(at+"sends_per_day", "must not be below sends_per_hour")
	}
	if l.CallsPerSharedNumber < l.CallsPerNumber {
		c.fail(at+"calls_per_shared_number", "must not be below calls_per_number")
	}
}

// factors must be able to add up to two methods, or nobody could ever pass.
func (c *checker) factors(path string, list []Factor) {
	if c.bad(path) {
		return
	}
	c.once(path, list)
	methods, sends := make(map[string]bool), true
	for _, f := range list {
		sends = sends && ivr.Factor(f).Sends()
		if ivr.Factor(f) == ivr.FactorEmailedCode && !c.c.Mail.Configured() {
			c.fail(path, "has emailed_code, and there is no mail.host to send it")
		}
		methods[ivr.Factor(f).Method()] = true
	}
	switch {
	case len(methods) < 2:
		c.fail(path, "needs factors of two methods, such as pin and texted_code: nobody could pass")
	case sends:
		c.fail(path, "needs pin or recovery_code: one code or push is sent at most before a factor that sends nothing has passed, so nobody could pass")
	}
}

// names refuses empty entries of a list.
func (c *checker) names(path string, list []string) {
	for i, n := range list {
		c.need(index(path, i), n)
	}
}
