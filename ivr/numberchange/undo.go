package numberchange

import "time"

// cancelled stops a change before Duo was touched.
func (s *step) cancelled() {
	why := s.stopper()
	if why == RefusalNone && s.c.State > StateHolding {
		why = RefusalApplied
	}
	if s.refused(why) {
		return
	}
	s.record(s.c.State.String())
	s.end(StateCancelled, ReasonPerson)
}

// takeBack ends a change, by taking the new phone off if it may be there.
func (s *step) takeBack(why Reason) {
	c := s.c
	if !c.Step(StepAssociate).maybe() {
		s.end(StateCancelled, why)
		return
	}
	c.Reason = why
	if c.State != StateUndoing {
		s.enter(StateUndoing)
	}
}

// undoing takes the new phone off, however often that takes. Nothing is taken
// off while it may still be put on. At the end it is known whether the old phone
// is still there.
func (s *step) undoing() {
	c := s.c
	if !s.settle(StepAssociate) {
		return
	}
	if c.Step(StepAssociate).Status == StatusFailed {
		s.end(StateCancelled, c.Reason)
		return
	}
	if s.attend(StepDissociate) && s.settle(StepRemove) {
		s.end(StateUndone, c.Reason)
	}
}

// undo takes back what was applied, as long as the old phone is certainly there.
func (s *step) undo() {
	c := s.c
	why := s.helper()
	switch {
	case why != RefusalNone:
	case c.State == StateUndoing:
		why = RefusalNotNow
	case c.State < StateApplying:
		why = RefusalNothingApplied
	case c.OldGone():
		why = RefusalOldGoing
	}
	if s.refused(why) {
		return
	}
	s.record(c.State.String())
	s.takeBack(ReasonPerson)
}

// resume runs again at once what certainly failed, and makes fresh links while
// the activation is awaited.
func (s *step) resume() {
	c := s.c
	d := s.rules.current(*c)
	why := s.helper()
	switch {
	case why != RefusalNone:
	case c.State == StateHolding:
		why = RefusalHold
	case c.State < StateApplying:
		why = RefusalNotNow
	case !s.Facts.Read:
		why = RefusalUnread
	case s.rules.renews(*c, s.At):
		if c.Sets >= s.rules.LinkSets {
			why = RefusalLinks
		}
	case d == StepUnknown || c.Step(d).Status != StatusFailed:
		why = RefusalBusy
	}
	if s.refused(why) {
		return
	}
	s.record(c.State.String())
	if s.rules.renews(*c, s.At) {
		*s.progress(StepLinks), *s.progress(StepSend) = Progress{}, Progress{}
		s.enter(StateApplying)
		return
	}
	s.progress(d).Failures = 0
	s.run(d)
}

// renews reports whether a resume makes fresh links: while the activation is
// awaited, and when the links lapsed before they could be texted.
func (r Rules) renews(c Change, at time.Time) bool {
	return c.State == StateAwaitingActivation ||
		c.State == StateApplying && r.stuck(c, StepSend) && r.linksLapsed(c, at)
}

func (r Rules) linksLapsed(c Change, at time.Time) bool {
	return at.Sub(millis(c.Step(StepLinks).At)) >= r.LinkLife
}

// current is the step that a change is at in Duo, or StepUnknown.
func (r Rules) current(c Change) Step {
	switch c.State {
	case StateApplying:
		for d := StepFind; d <= StepSend; d++ {
			if c.Step(d).Status != StatusOK {
				return d
			}
		}
	case StateRemovingOld:
		return StepRemove
	case StateUndoing:
		switch a := c.Step(StepAssociate).Status; {
		case a != StatusOK:
			return StepAssociate
		case c.Step(StepDissociate).Status != StatusOK:
			return StepDissociate
		}
		return StepRemove
	default:
	}
	return StepUnknown
}
