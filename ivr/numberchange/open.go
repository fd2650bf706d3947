package numberchange

import "slices"

// begin is an event of a change that is not there yet.
func (s *step) begin() {
	w, ok := s.What.(Opened)
	if !ok {
		if s.audit() != "" {
			s.refuse(RefusalNotNow)
		} else {
			s.system()
		}
		return
	}
	s.c.Agent = s.By.ID
	if s.refused(s.agent()) {
		*s.c = Change{}
		return
	}
	s.c.ID, s.c.Subject, s.c.Opened = w.ID, w.Subject, s.At.UnixMilli()
	s.enter(StateDraft)
	s.record("")
}

// opened is an opening of a change that is there: a repeat, or a mistake.
func (s *step) opened(w Opened) {
	if w.ID != s.c.ID {
		s.refuse(RefusalNotNow)
	}
}

// evidence takes the line's verdict, the first time or again, until the approval.
func (s *step) evidence(w Evidence) {
	c := s.c
	why := s.agent()
	switch {
	case why != RefusalNone:
	case !c.open():
		why = RefusalNotNow
	case s.strict():
		why = RefusalInPerson
	case !w.Number:
		why = RefusalEvidence
	case !s.At.Before(w.Until):
		why = RefusalLapsed
	}
	if s.refused(why) {
		return
	}
	c.Proof.Until, c.Proof.Factors = w.Until.UnixMilli(), slices.Clone(w.Factors)
	s.record("factors")
	s.evidenced()
}

func (s *step) evidenced() {
	if s.c.State == StateDraft {
		s.enter(StateEvidenced)
	}
}

// checkable reports whether an identity check is of use: until the approval, and
// during the hold, which it ends.
func (s *step) checkable() bool { return s.c.open() || s.c.State == StateHolding }

// identityChecked notes what the agent saw. It is worth nothing without a lead.
func (s *step) identityChecked(w IdentityChecked) {
	c := s.c
	why := s.agent()
	switch {
	case why != RefusalNone:
	case !s.checkable():
		why = RefusalNotNow
	case w.Check != CheckVideo && w.Check != CheckInPerson,
		len(w.Seen) == 0 || len(w.Seen) > len(AllSeen()),
		slices.ContainsFunc(w.Seen, func(x Seen) bool { return !slices.Contains(AllSeen(), x) }):
		why = RefusalNothingSeen
	case s.strict() && w.Check != CheckInPerson:
		why = RefusalInPerson
	}
	if s.refused(why) {
		return
	}
	p := &c.Proof
	p.Check, p.Seen, p.CheckedAt, p.ConfirmedBy = w.Check, slices.Clone(w.Seen), s.At.UnixMilli(), ""
	s.do(Audit{Name: s.audit(), By: s.By.ID, Detail: w.Check.String(), People: true, Seen: slices.Clone(w.Seen)})
}

// identityConfirmed is a lead who has seen the same as the agent. The approver
// of a change cannot end its hold in this way.
func (s *step) identityConfirmed(w IdentityConfirmed) {
	c := s.c
	p := &c.Proof
	why := s.desk()
	switch {
	case why != RefusalNone:
	case s.By.Role != RoleLead:
		why = RefusalRole
	case same(s.By.ID, c.Agent), !s.rules.ConfirmerApproves && same(s.By.ID, c.Approver):
		why = RefusalSamePerson
	case !s.checkable() || p.Check == CheckUnknown || p.ConfirmedBy != "":
		why = RefusalNotNow
	case w.Check != p.Check || !sameSeen(w.Seen, p.Seen):
		why = RefusalStale
	default:
		why = s.confirmable()
	}
	if s.refused(why) {
		return
	}
	p.ConfirmedBy = s.By.ID
	s.do(Audit{Name: s.audit(), By: s.By.ID, Detail: p.Check.String(), People: true, Seen: slices.Clone(p.Seen)})
	s.evidenced()
	if c.State == StateHolding {
		c.Hold = min(c.Hold, s.At.UnixMilli())
	}
}

// sameSeen reports whether two lists have the same documents.
func sameSeen(a, b []Seen) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// confirmable is why the check that was recorded cannot be confirmed any more.
func (s *step) confirmable() Refusal {
	switch p := s.c.Proof; {
	case !s.rules.fresh(p, s.At):
		return RefusalLapsed
	case s.line() != RefusalNone:
		return s.line()
	case s.strict() && p.Check != CheckInPerson:
		return RefusalInPerson
	}
	return RefusalNone
}
