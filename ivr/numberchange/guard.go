package numberchange

// desk is why somebody may not take part in this change at all.
func (s *step) desk() Refusal {
	by := s.By
	switch {
	case by.ID == "", by.Role != RoleAgent && by.Role != RoleLead:
		return RefusalRole
	case by.Subject:
		return RefusalSubject
	case by.Local && !s.rules.LocalMay:
		return RefusalLocal
	}
	return RefusalNone
}

// agent is why somebody may not act as the agent of this change.
func (s *step) agent() Refusal {
	switch why := s.desk(); {
	case why != RefusalNone:
		return why
	case !same(s.By.ID, s.c.Agent):
		return RefusalNotYours
	}
	return s.line()
}

// line is why nothing may be done for the subject from the phone now.
func (s *step) line() Refusal {
	switch f := s.Facts; {
	case f.Frozen:
		return RefusalFrozen
	case !f.Read:
		return RefusalUnread
	case !f.OnLine && !f.OpenCase:
		return RefusalNotOnLine
	}
	return RefusalNone
}

// strict reports whether only a check in person counts.
func (s *step) strict() bool { return s.Facts.Threat || s.Facts.Privileged }

// proven is why the evidence is not enough now. Facts must have been read.
func (s *step) proven() Refusal {
	p := s.c.Proof
	switch {
	case s.strict() && (p.Check != CheckInPerson || p.ConfirmedBy == ""):
		return RefusalInPerson
	case s.strict() && !s.rules.checked(p, s.At):
		return RefusalLapsed
	case !s.rules.verified(p, s.At):
		return RefusalLapsed
	}
	return RefusalNone
}

// second is why somebody may not be the second person: that is neither the
// agent nor, unless the rules say so, the lead who confirmed an identity check.
func (s *step) second() Refusal {
	by, c := s.By, s.c
	switch why := s.desk(); {
	case why != RefusalNone:
		return why
	case s.rules.LeadsApprove && by.Role != RoleLead:
		return RefusalRole
	case same(by.ID, c.Agent):
		return RefusalSamePerson
	case !s.rules.ConfirmerApproves && same(by.ID, c.Proof.ConfirmedBy):
		return RefusalSamePerson
	}
	return RefusalNone
}

// helper is why somebody may not resume or undo: the agent may, and any lead.
func (s *step) helper() Refusal {
	switch why := s.desk(); {
	case why != RefusalNone:
		return why
	case s.By.Role != RoleLead && !same(s.By.ID, s.c.Agent):
		return RefusalNotYours
	}
	return RefusalNone
}

// stopper is why somebody may not stop this. Stopping is safe, so that a local
// account is no hindrance, and neither is being the subject.
func (s *step) stopper() Refusal {
	switch by := s.By; {
	case by.ID == "", by.Role != RoleAgent && by.Role != RoleLead:
		return RefusalRole
	case by.Role != RoleLead && !same(by.ID, s.c.Agent):
		return RefusalNotYours
	}
	return RefusalNone
}
