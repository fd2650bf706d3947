package config

import (
	"slices"

	"ringback/ivr"
)

// needs checks what one part of the file demands.
func (c *checker) needs(path string, l *LinksNeed, n *NumberNeed) {
	orElse(c, path+".links.need", &l.Need, twoMethods)
	c.oneOf(path+".links.need", l.Need, twoMethods, strongFactor)
	c.once(path+".links.without", l.Without)
	c.number(path+".number", n)
}

// number checks what changing a number demands. What never counts for it, and less
// than two, cannot be said.
func (c *checker) number(path string, n *NumberNeed) {
	at := path + ".factors"
	if n.Need == identityCheck && c.given(at) {
		c.fail(at, "is given beside need: identity_check, with which no factor counts")
	}
	orElse(c, path+".need", &n.Need, twoOf)
	c.oneOf(path+".need", n.Need, twoOf, identityCheck)
	c.once(at, n.Factors)
	for i, f := range n.Factors {
		switch f := ivr.Factor(f); {
		case f == ivr.FactorUnknown: // reported
		case !(ivr.Need{}).ForNumber().Has(f):
			c.fail(index(at, i), "never counts for changing a number: emailed_code, recovery_code and duo_push do")
		case f == ivr.FactorEmailedCode && !c.c.Mail.Configured():
			c.fail(index(at, i), "is emailed_code, and there is no mail.host to send it")
		}
	}
	if c.given(at) && len(n.Factors) < 2 {
		c.fail(at, "needs two factors at least; for none say need: identity_check")
	}
}

// once refuses a factor that is named twice.
func (c *checker) once(path string, list []Factor) {
	for i, f := range list {
		if slices.Contains(list[:i], f) {
			c.fail(path, "names a factor twice")
		}
	}
}

// groupNeeds checks what is demanded of groups. Groups that could not pass on any
// line are privileged, and should be said to be.
func (c *checker) groupNeeds() {
	for i := range c.c.Policy.Groups {
		g, at := &c.c.Policy.Groups[i], index("policy.groups", i)
		if len(g.Groups) == 0 {
			c.fail(at+".groups", "is missing: name at least one group")
		}
		c.names(at+".groups", g.Groups)
		c.needs(at, &g.Links, &g.Number)
		if !c.bad(at) && need(g.Links, g.Number) == (ivr.Need{}) {
			c.fail(at, "demands nothing beyond the policy: give links or number")
		}
	}
}

// passable says where people could never pass, once all lines are known.
func (c *checker) passable() {
	for i, l := range c.c.Lines {
		at := index("lines", i) + ".policy"
		c.numberLeft(at+".number", l.ID, nil)
		if !c.given(at) {
			at = "policy.links.need"
		}
		if why := impassable(l, c.c.Need(l.ID, nil)); why != "" && !c.bad(index("lines", i)) && !c.bad("policy") {
			c.fail(at, "%s: nobody could pass", why)
		}
	}
	for i, g := range c.c.Policy.Groups {
		at, why := index("policy.groups", i), ""
		for _, l := range c.c.Lines {
			if why = impassable(l, c.c.Need(l.ID, g.Groups)); why == "" {
				break
			}
		}
		if why != "" && !c.bad("lines") && !c.bad("policy") {
			c.fail(at, "%s, on any line: for people who get nothing by phone there is privileged_groups", why)
		}
		c.numberLeft(at+".number", "", g.Groups)
	}
}

// impassable says why links are out of reach with what a line asks for, or "".
func impassable(l Line, n ivr.Need) string {
	methods, strong := make(map[string]bool), false
	for _, f := range Factors(l.Factors) {
		if !n.Without.Has(f) {
			methods[f.Method()] = true
			strong = strong || f.Strong()
		}
	}
	switch {
	case len(methods) < 2:
		return "leaves no two methods of what is asked for"
	case n.Strong && !strong:
		return "wants a recovery code or a push, and neither is asked for"
	}
	return ""
}

// numberLeft warns where rules that are each fine leave no two factors together.
func (c *checker) numberLeft(path, line string, groups []string) {
	n := c.c.Need(line, groups)
	left := n.ForNumber()
	if !c.c.Mail.Configured() {
		left &^= ivr.SetOf(ivr.FactorEmailedCode)
	}
	if n != c.c.Need("", nil) && !n.IdentityCheck && len(left.Factors()) < 2 {
		c.warn(path, "leaves no two factors together with the rest of the policy: a number takes an identity check")
	}
}
