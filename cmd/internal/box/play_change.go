package box

import (
	"context"
	"errors"
	"slices"
	"strings"

	"ringback/ivr/desk/changes"
	nc "ringback/ivr/numberchange"
)

// changeForms are what people at the desk do to number changes.
func changeForms() map[string]form {
	return map[string]form{
		"approve": {"approve NAME [refused WHY]", (*Step).parseDecision},
		"deny":    {"deny NAME [refused WHY]", (*Step).parseDecision},
	}
}

// onChange is what an agent does to a number change.
const onChange = "change +NUMBER, code {code}|{wrong}|DIGITS, check in_person|video DOCUMENT, verdict, resend, cancel, resume, undo, each with [refused WHY]"

// refusal cuts off which refusal is expected.
func (s *Step) refusal(words []string) ([]string, error) {
	i := slices.Index(words, "refused")
	if i < 0 {
		return words, nil
	}
	if i != len(words)-2 {
		return nil, errors.New("refused wants one reason")
	}
	why, err := nc.ParseRefusal(words[i+1])
	if err != nil {
		return nil, err //nolint:wrapcheck // it names itself
	}
	s.Refused = why
	return words[:i], nil
}

func (s *Step) parseDecision(rest string) error {
	w, err := s.refusal(strings.Fields(rest))
	if err != nil {
		return err
	}
	return s.parseName(strings.Join(w, " "))
}

// parseChange is what follows `agent NAME`; ok is false when it is about something
// else.
func (s *Step) parseChange(name, rest string) (ok bool, err error) {
	w, err := s.refusal(strings.Fields(rest))
	if err != nil || len(w) == 0 {
		return false, err
	}
	want := 1
	switch w[0] {
	case "change":
		want = 2
		if len(w) == want {
			err = checkNumber(w[1])
		}
	case "code":
		if want = 2; len(w) == want && w[1] != "{code}" && w[1] != "{wrong}" && strings.Trim(w[1], "0123456789") != "" {
			err = errors.New("a code is digits")
		}
	case "check":
		if want = 3; len(w) == want {
			_, _, err = checkOf(w)
		}
	case "verdict", "resend", "cancel", "resume", "undo":
	default:
		return false, nil
	}
	if err == nil && len(w) != want {
		err = errors.New(w[0] + " wants other words")
	}
	s.Words = append([]string{name}, w...)
	return true, err
}

// checkOf is an identity check in words: how, and which document.
func checkOf(w []string) (nc.Check, nc.Seen, error) {
	for _, c := range []nc.Check{nc.CheckVideo, nc.CheckInPerson} {
		for _, seen := range nc.AllSeen() {
			if c.String() == w[1] && seen.String() == w[2] {
				return c, seen, nil
			}
		}
	}
	return nc.CheckUnknown, nc.SeenUnknown, errors.New("no check and document such as in_person passport")
}

// atDesk plays what people at the desk do: with a number change, or otherwise.
func (p *player) atDesk(ctx context.Context, s Step) error {
	of := []string{"change", "code", "check", "verdict", "resend", "cancel", "resume", "undo", "confirm"}
	switch {
	case s.Verb == "approve", s.Verb == "deny":
		return p.change(ctx, s, s.Verb)
	case slices.Contains(of, s.Words[1]):
		return p.change(ctx, s, s.Words[1])
	case s.Verb == "lead":
		return p.lead(ctx, s)
	}
	return p.agent(ctx, s)
}

// actor is somebody at the desk who has signed in just now.
func (p *player) actor(name string) (changes.Actor, error) {
	if _, err := p.agentPhone(name); err != nil {
		return changes.Actor{}, err
	}
	a := changes.Actor{ID: name, Role: nc.RoleAgent, SignedIn: p.w.Clock.Now()}
	for _, g := range p.w.Config.Desk.Agents {
		if g.ID == name && g.Role == "lead" {
			a.Role = nc.RoleLead
		}
	}
	return a, nil
}

// change is what somebody does to the newest number change, as on its page.
func (p *player) change(ctx context.Context, s Step, what string) error {
	by, err := p.actor(s.Words[0])
	if err != nil {
		return p.bad(s, err)
	}
	var act changes.Act
	id := ""
	if what == "change" {
		if id, act, err = p.begin(ctx, s, by); err != nil || id == "" {
			return err
		}
	} else {
		if act, err = p.act(ctx, s, what); err != nil {
			return err
		}
		all, err := p.w.App.Changes().List(ctx)
		if err != nil || len(all) == 0 {
			return p.fail(s, "there is no number change: %v", err)
		}
		id = all[0].ID
		if act.What == changes.ConfirmCheck {
			act.Check, act.Seen = all[0].Check, all[0].Seen
		}
	}
	why, err := p.w.App.Changes().Do(ctx, id, by, act)
	if err != nil {
		return p.fail(s, "%v", err)
	}
	return p.answered(s, by.ID, why)
}

// answered compares a refusal with the one that is expected.
func (p *player) answered(s Step, who string, why nc.Refusal) error {
	if why != s.Refused {
		return p.fail(s, "refused: %v", why)
	}
	said := strings.Join(s.Words[1:], " ")
	if len(s.Words) == 1 {
		said = s.Verb
	}
	if why != nc.RefusalNone {
		said += ": refused, " + why.String()
	}
	p.note("", who, said)
	return nil
}

// begin opens a change for the caller, unless there is one, and gives the number
// that replaces the first phone. An id of "" is a refusal that was expected.
func (p *player) begin(ctx context.Context, s Step, by changes.Actor) (string, changes.Act, error) {
	c := p.w.App.Changes()
	id, why, err := c.Open(ctx, by, changes.Opening{Case: p.caseOf(ctx)})
	if err != nil && !errors.Is(err, changes.ErrTaken) {
		return "", changes.Act{}, p.fail(s, "%v", err)
	}
	if why != nc.RefusalNone {
		return "", changes.Act{}, p.answered(s, by.ID, why)
	}
	act := changes.Act{What: changes.GiveNumber, Number: s.Words[2]}
	v, err := c.View(ctx, id, by)
	if err != nil {
		return "", changes.Act{}, p.fail(s, "%v", err)
	}
	if len(v.Phones) > 0 {
		act.Replaces = v.Phones[0].ID
	}
	return id, act, nil
}

// caseOf is the newest case, or "": then it is the caller.
func (p *player) caseOf(ctx context.Context) string {
	if all, err := p.w.App.Changes().Cases(ctx); err == nil && len(all) > 0 {
		return all[0].Subject
	}
	return ""
}

// act is what somebody does, with what it takes.
func (p *player) act(ctx context.Context, s Step, what string) (changes.Act, error) {
	switch what {
	case "code":
		read := s
		read.Words = s.Words[2:]
		code, err := p.keys(ctx, read)
		return changes.Act{What: changes.EnterCode, Code: code}, err
	case "check":
		check, seen, err := checkOf(s.Words[1:])
		if err != nil {
			return changes.Act{}, p.bad(s, err)
		}
		if err := p.openFor(ctx, s); err != nil {
			return changes.Act{}, err
		}
		return changes.Act{What: changes.RecordCheck, Check: check, Seen: []nc.Seen{seen}}, nil
	}
	w, err := changes.ParseWhat(what)
	if err != nil {
		return changes.Act{}, p.bad(s, err)
	}
	return changes.Act{What: w, Why: "call script"}, nil
}

// openFor opens a change for a check, unless there is one.
func (p *player) openFor(ctx context.Context, s Step) error {
	by, err := p.actor(s.Words[0])
	if err != nil {
		return p.bad(s, err)
	}
	_, why, err := p.w.App.Changes().Open(ctx, by, changes.Opening{Case: p.caseOf(ctx)})
	if err != nil && !errors.Is(err, changes.ErrTaken) || why != nc.RefusalNone {
		return p.fail(s, "not opened: %v, %v", why, err)
	}
	return nil
}
