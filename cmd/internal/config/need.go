package config

import (
	"slices"
	"strings"

	"ringback/ivr"
)

// The rules of [Needs]. There is nothing weaker than the first of each.
const (
	twoMethods    = "two_methods"    // links: two factors of two methods
	strongFactor  = "strong"         // links: one of them a recovery code or a push
	twoOf         = "two_of"         // a number: two of the factors that have nothing to do with one
	identityCheck = "identity_check" // a number: a person has to see them, whatever passed
)

// Needs are what a line, or groups of people, have to show beyond what the policy
// demands of everybody. They can only add: where several hold, the strictest wins.
type Needs struct {
	Links  LinksNeed  `yaml:"links"`
	Number NumberNeed `yaml:"number"`
}

// LinksNeed is what links demand.
type LinksNeed struct {
	Need    string   `yaml:"need"`    // two_methods; strong: one of them a recovery code or a push; two_methods
	Without []Factor `yaml:"without"` // factors that count for nothing; none
}

// NumberNeed is what changing a number demands.
type NumberNeed struct {
	Need    string   `yaml:"need"`    // two_of its factors; identity_check: nothing by phone; two_of
	Factors []Factor `yaml:"factors"` // at least two of emailed_code, recovery_code, duo_push; the policy's, whose own are all (emailed_code with mail)
}

// GroupNeeds are the needs of the members of groups.
type GroupNeeds struct {
	Groups []string   `yaml:"groups"` // by their names in the directory, at least one
	Links  LinksNeed  `yaml:"links"`
	Number NumberNeed `yaml:"number"`
}

// Demand is one part of the file that demands something, with what it demands.
type Demand struct {
	Path  string // policy, lines[1].policy, policy.groups[0]
	Group string // which of a person's groups it is for; "" is everybody
	Need  ivr.Need
}

// Demands are what holds for a person with some groups on a line, in the order of
// the file. What demands nothing beyond the floor is left out.
func (c *Config) Demands(line string, groups []string) (all []Demand) {
	add := func(d Demand) {
		if d.Need != (ivr.Need{}) {
			all = append(all, d)
		}
	}
	p := c.Policy
	number := p.Number
	if !c.Mail.Configured() && len(number.Factors) > 0 { // what cannot be had needs no rule
		number.Factors = append(slices.Clone(number.Factors), Factor(ivr.FactorEmailedCode))
	}
	add(Demand{Path: "policy", Need: need(LinksNeed{Need: p.Links.Need}, number)})
	for i, g := range p.Groups {
		for _, name := range g.Groups {
			if among(groups, name) {
				add(Demand{Path: index("policy.groups", i), Group: name, Need: need(g.Links, g.Number)})
				break
			}
		}
	}
	for i, l := range c.Lines {
		if l.ID == line {
			add(Demand{Path: index("lines", i) + ".policy", Need: need(l.Policy.Links, l.Policy.Number)})
		}
	}
	return all
}

// Privileged reports whether somebody with some groups gets nothing by phone on a
// line, by the policy's groups or by the line's.
func (c *Config) Privileged(line string, groups []string) bool {
	of := func(name string) bool { return among(groups, name) }
	return slices.ContainsFunc(c.Policy.PrivilegedGroups, of) ||
		slices.ContainsFunc(c.Lines, func(l Line) bool { return l.ID == line && slices.ContainsFunc(l.PrivilegedGroups, of) })
}

// among finds a group. Capitals and spaces around do not matter, as they do not in
// LDAP: groups only ever demand more, and a slip in a name must not lift that.
func among(groups []string, name string) bool {
	return slices.ContainsFunc(groups, func(g string) bool { return strings.EqualFold(strings.TrimSpace(g), strings.TrimSpace(name)) })
}

// AllDemands are what the file demands of anybody beyond the floor, in its order.
func (c *Config) AllDemands() (all []Demand) {
	all = c.Demands("", nil)
	for i, g := range c.Policy.Groups {
		all = append(all, Demand{Path: index("policy.groups", i), Group: strings.Join(g.Groups, ", "), Need: need(g.Links, g.Number)})
	}
	for _, l := range c.Lines {
		all = append(all, c.Demands(l.ID, nil)[len(c.Demands("", nil)):]...)
	}
	return all
}

// String says what is demanded, in words.
func (d Demand) String() string {
	var says []string
	if d.Need.Strong {
		says = append(says, "links need a recovery code or a Duo push")
	}
	if d.Need.Without != 0 {
		says = append(says, d.Need.Without.String()+" counts for nothing")
	}
	number := d.Need.ForNumber()
	switch {
	case number == 0:
		says = append(says, "a number takes an identity check")
	case number != ivr.Need{}.ForNumber():
		says = append(says, "a number takes two of "+number.String())
	}
	return strings.Join(says, "; ")
}

// Need is all that holds for a person with some groups on a line: its [Demands],
// joined.
func (c *Config) Need(line string, groups []string) (n ivr.Need) {
	for _, d := range c.Demands(line, groups) {
		n = n.And(d.Need)
	}
	return n
}

func need(l LinksNeed, n NumberNeed) ivr.Need {
	x := ivr.Need{Strong: l.Need == strongFactor, Without: ivr.SetOf(Factors(l.Without)...), IdentityCheck: n.Need == identityCheck}
	if len(n.Factors) > 0 {
		x.NumberWithout = ivr.Need{}.ForNumber() &^ ivr.SetOf(Factors(n.Factors)...)
	}
	return x
}
