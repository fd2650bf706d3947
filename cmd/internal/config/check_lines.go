package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

const (
	idPattern       = `[a-z][a-z0-9_-]{0,31}`
	idWords         = "an id: a lower case letter, then up to 31 of a-z, 0-9, - and _"
	languagePattern = `[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?`
)

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// unique refuses a value that an earlier entry has; it remembers where.
func (c *checker) unique(seen map[string]string, path, value string) {
	if value == "" {
		return
	}
	if first, twice := seen[value]; twice {
		c.fail(path, "is the same as %s", first)
		return
	}
	seen[value] = path
}

// id checks an identifier.
func (c *checker) id(seen map[string]string, path, value string) {
	if c.need(path, value) {
		c.matches(path, value, idPattern, idWords)
		c.unique(seen, path, value)
	}
}

// languages defaults to American English.
func (c *checker) languages(path string, list *[]string) {
	if len(*list) == 0 && !c.bad(path) {
		*list = []string{"en-US"}
	}
	seen := make(map[string]string)
	for i, l := range *list {
		c.matches(index(path, i), l, languagePattern, "a language, such as en-US")
		c.unique(seen, index(path, i), l)
	}
}

// known refuses names that nobody has.
func (c *checker) known(path, what string, list, all []string) {
	for i, n := range list {
		if !slices.Contains(all, n) {
			c.fail(index(path, i), "is not %s%s", what, meant(n, all))
		}
	}
}

func (c *checker) desk() {
	d := &c.c.Desk
	within(c, "desk.ring_timeout", &d.RingTimeout, 20*second, 5*second, 2*minute, neither)
	within(c, "desk.max_wait", &d.MaxWait, 10*minute, minute, hour, neither)
	within(c, "desk.max_waiting", &d.MaxWaiting, 50, 1, 1000, neither)
	within(c, "desk.rounds", &d.Rounds, 2, 1, 10, neither)
	within(c, "desk.answer_within", &d.AnswerWithin, 20*second, 5*second, 5*minute, neither)
	within(c, "desk.short_abandon", &d.ShortAbandon, 5*second, second, minute, neither)
	within(c, "desk.wrap_up", &d.WrapUp, 30*second, 5*second, 15*minute, neither)
	for i, m := range d.WaitMusic {
		if u, err := url.Parse(m); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			c.fail(index("desk.wait_music", i), "is not the URL of a recording")
		}
	}
	if d.AccountsFile != "" {
		c.warn("desk.accounts_file", "is set: local accounts are for trying out, and have one factor")
	}
	c.outcomes()
	c.oidc()
	c.numberChange()
	var lines []string
	for _, l := range c.c.Lines {
		lines = append(lines, l.ID)
	}
	ids, phones, signIns := make(map[string]string), make(map[string]string), make(map[string]string)
	for i := range d.Agents {
		a, at := &d.Agents[i], index("desk.agents", i)
		c.id(ids, at+".id", a.ID)
		c.need(at+".name", a.Name)
		c.spoken(at+".spoken", a.Spoken)
		orElse(c, at+".spoken", &a.Spoken, a.Name)
		c.need(at+".phone", string(a.Phone))
		c.unique(phones, at+".phone", string(a.Phone))
		c.notOurs(at+".phone", a.Phone)
		orElse(c, at+".role", &a.Role, "agent")
		c.oneOf(at+".role", a.Role, "agent", "lead")
		c.known(at+".lines", "a line", a.Lines, lines)
		c.languages(at+".languages", &a.Languages)
		c.unique(signIns, at+".sign_in", strings.ToLower(a.SignIn))
		switch {
		case a.UniqueID == "" && !d.OIDC.IsZero():
			c.warn(at+".unique_id", "is not given: %s can neither change numbers nor approve", a.ID)
		case a.UniqueID != "":
			c.matches(at+".unique_id", a.UniqueID, `[0-9]{4,12}`, "digits, as the agent would key them")
		}
	}
}

func (c *checker) numberChange() {
	n := &c.c.Desk.NumberChange
	within(c, "desk.number_change.hold", &n.Hold, 24*hour, 0, 168*hour, less)
	within(c, "desk.number_change.activate_in", &n.ActivateIn, 24*hour, hour, 168*hour, neither)
	within(c, "desk.number_change.link_validity", &n.LinkValidity, 4*hour, 10*minute, 10*hour, more)
	within(c, "desk.number_change.case_life", &n.CaseLife, 2*hour, 10*minute, 12*hour, more)
	if n.ConfirmerApproves {
		c.warn("desk.number_change.confirmer_approves", "is set: an agent and one lead are then enough to change a number")
	}
}

// spoken refuses a name that a voice would read as something else.
func (c *checker) spoken(path, name string) {
	if strings.ContainsAny(name, "<>&{}[]\n") || len(name) > 60 {
		c.fail(path, "is not a name that can be said: letters, spaces and points, 60 at most")
	}
}

func (c *checker) oidc() {
	o := c.c.Desk.OIDC
	if o.IsZero() && o.ClientID == "" && o.ClientSecret.IsZero() && !c.given("desk.oidc") {
		return
	}
	if c.need("desk.oidc.issuer", o.Issuer) {
		c.base("desk.oidc.issuer", o.Issuer)
	}
	c.need("desk.oidc.client_id", o.ClientID)
	c.needSecret("desk.oidc.client_secret", o.ClientSecret.IsZero())
	if len(o.ACRValues)+len(o.AMRValues) == 0 {
		c.fail("desk.oidc.acr_values", "is missing: give the acr_values, or the amr_values, that prove more than one factor")
	}
	c.roles(o)
}

// roles wants a place where roles come from.
func (c *checker) roles(o OIDC) {
	named := len(o.AgentValues)+len(o.LeadValues) > 0
	switch {
	case o.RoleClaim != "" && !named:
		c.fail("desk.oidc.role_claim", "needs agent_values or lead_values: nobody would have a role")
	case o.RoleClaim == "" && named:
		c.fail("desk.oidc.role_claim", "is missing: agent_values and lead_values are values of a claim")
	case o.RoleClaim == "" && !slices.ContainsFunc(c.c.Desk.Agents, func(a Agent) bool { return a.SignIn != "" }):
		c.fail("desk.oidc.role_claim", "is missing, and no agent has a sign_in: nobody could sign in")
	}
}

// notOurs refuses a number to dial that would come back to one of the lines.
func (c *checker) notOurs(path string, n Number) {
	for i, l := range c.c.Lines {
		if n != "" && l.Number == n {
			c.fail(path, "is the number of lines[%d]: the call would come back to us", i)
		}
	}
}

func (c *checker) lines() {
	if len(c.c.Lines) == 0 {
		c.fail("lines", "is missing: give at least one line")
	}
	ids, numbers := make(map[string]string), make(map[Number]string)
	for i := range c.c.Lines {
		l, at := &c.c.Lines[i], index("lines", i)
		c.id(ids, at+".id", l.ID)
		c.need(at+".number", string(l.Number))
		if first, shared := numbers[l.Number]; shared && l.Number != "" {
			c.warn(at+".number", "is the same as %s: callers are asked which line they want", first)
		} else {
			numbers[l.Number] = at + ".number"
		}
		if c.need(at+".name", l.Name) {
			orElse(c, at+".spoken_name", &l.SpokenName, l.Name)
		}
		c.need(at+".fallback_number", string(l.FallbackNumber))
		c.notOurs(at+".fallback_number", l.FallbackNumber)
		c.mailbox(at+".tickets_to", l.TicketsTo)
		c.schedule(at, l)
		c.speech(at, l)
		c.people(at, l)
	}
	c.alike()
}

// mailbox checks where tickets go, if anywhere.
func (c *checker) mailbox(path, address string) {
	if address == "" {
		return
	}
	c.matches(path, address, `[^\s@<>]+@[^\s@<>]+`, "an address such as service-desk@example.edu")
	if !c.c.Mail.Configured() {
		c.fail(path, "needs mail: nothing else brings it there")
	}
}

// alike warns of lines that demand different things: people belong to no line, so
// who would rather meet another line's rules calls that one.
func (c *checker) alike() {
	for i := 1; i < len(c.c.Lines); i++ {
		first, l := &c.c.Lines[0], &c.c.Lines[i]
		for _, is := range []struct {
			key  string
			same bool
		}{
			{"factors", slices.Equal(l.Factors, first.Factors)},
			{"privileged_groups", slices.Equal(l.PrivilegedGroups, first.PrivilegedGroups)},
			{"policy", need(l.Policy.Links, l.Policy.Number) == need(first.Policy.Links, first.Policy.Number)},
		} {
			if !is.same {
				c.warn(index("lines", i)+"."+is.key, "differs from the first line's: whoever calls the other line meets that one's rules")
			}
		}
	}
}

// speech checks what a line says and how.
func (c *checker) speech(at string, l *Line) {
	c.languages(at+".languages", &l.Languages)
	if l.Voice != "" {
		c.matches(at+".voice", l.Voice, `man|woman|alice|Polly\.[A-Za-z-]+|Google\.[A-Za-z0-9-]+`, "a voice, such as Polly.Joanna-Neural")
	}
	if l.SelfServiceURL != "" {
		c.base(at+".self_service_url", l.SelfServiceURL)
		if u, err := url.Parse(l.SelfServiceURL); err == nil {
			orElse(c, at+".self_service_spoken", &l.SelfServiceSpoken, u.Host+strings.TrimSuffix(u.Path, "/"))
		}
	} else if l.SelfServiceSpoken != "" {
		c.fail(at+".self_service_url", "is missing: self_service_spoken is given")
	}
	for id, text := range l.Words {
		c.need(at+".words."+shown(id), text)
	}
}

// people checks who a line is for and who serves it.
func (c *checker) people(at string, l *Line) {
	within(c, at+".unique_id.digits", &l.UniqueID.Digits, 7, 4, 12, neither)
	orElse(c, at+".unique_id.name", &l.UniqueID.Name, "unique I D")
	if len(l.Factors) == 0 && !c.given(at+".factors") {
		l.Factors = slices.Clone(c.c.Policy.Links.Factors)
	} else {
		c.factors(at+".factors", l.Factors)
	}
	c.needs(at+".policy", &l.Policy.Links, &l.Policy.Number)
	c.names(at+".privileged_groups", l.PrivilegedGroups)
	var agents []string
	served := false
	for _, a := range c.c.Desk.Agents {
		agents = append(agents, a.ID)
		served = served || a.Serves(*l)
	}
	c.known(at+".agents", "an agent", l.Agents, agents)
	if !served {
		c.warn(at, "is served by no agent: who asks for a person is put through to its fallback number")
	}
}
