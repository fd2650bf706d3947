package numberchange

import "time"

// approved is the second person's yes. It starts the hold, or the change itself
// when the subject's identity was checked.
func (s *step) approved() {
	c := s.c
	why := s.second()
	switch {
	case why != RefusalNone:
	case c.State != StateAwaitingApproval:
		why = RefusalNotNow
	case !s.signedIn():
		why = RefusalSignIn
	case !s.Facts.Read:
		why = RefusalUnread
	default:
		why = s.proven()
	}
	if s.refused(why) {
		return
	}
	c.Approver, c.Approved = s.By.ID, s.At.UnixMilli()
	hold := max(s.rules.Hold, 0)
	if s.rules.checked(c.Proof, s.At) {
		hold = 0
	}
	c.Hold = s.At.Add(hold).UnixMilli()
	s.record("")
	if hold > 0 {
		s.do(Notify{NoticeApproved})
	}
	s.enter(StateHolding)
}

// signedIn reports whether the approver has signed in of late. A minute of the
// future is another machine's clock.
func (s *step) signedIn() bool {
	age := s.At.Sub(s.By.SignedIn)
	return !s.By.SignedIn.IsZero() && age <= s.rules.SignInAge && age >= -time.Minute
}

// denied is the second person's no.
func (s *step) denied() {
	why := s.second()
	if why == RefusalNone && s.c.State != StateAwaitingApproval {
		why = RefusalNotNow
	}
	if s.refused(why) {
		return
	}
	s.record("")
	s.end(StateDenied, ReasonPerson)
}

// holding begins to apply once the hold is over, the facts are known and nothing
// stands in the way: a threat that came meanwhile counts, too.
func (s *step) holding() {
	c := s.c
	p := c.Proof
	switch {
	case s.At.Before(millis(c.Hold)):
	case s.passed(c.Hold, s.rules.HoldLimit):
		s.end(StateExpired, ReasonLate)
	case !s.Facts.Read, s.strict() && (p.Check != CheckInPerson || p.ConfirmedBy == ""):
		c.Looked = s.At.UnixMilli()
	default:
		s.do(Audit{Name: "apply"})
		s.enter(StateApplying)
	}
}
