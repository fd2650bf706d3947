package numberchange

import "fmt"

// end is the end of a change. The subject is told, if they know that it began.
func (s *step) end(to State, why Reason) {
	c := s.c
	s.enter(to)
	c.Reason = why
	c.Number, c.Read = "", 0
	s.do(Audit{Name: "end", Detail: to.String() + " " + why.String()})
	switch {
	case !c.Told:
	case to == StateDone:
		s.do(Notify{NoticeDone})
	case to == StateUndone:
		s.do(Notify{NoticeUndone})
	default:
		s.do(Notify{NoticeCancelled})
	}
}

// over is an event after the end. What became of a step after all is written
// down, since somebody has to look at it.
func (s *step) over(why Refusal) {
	switch w := s.What.(type) {
	case DuoDone:
		if w.Result != ResultFailed && !s.c.knows(w) {
			s.do(Audit{Name: "late", Detail: w.Step.String() + " " + w.Result.String()})
		}
	case Opened:
		if w.ID != s.c.ID {
			s.refuse(why)
		}
	default:
		if s.audit() != "" {
			s.refuse(why)
		} else {
			s.system()
		}
	}
}

// knows reports whether that word of a step is no news.
func (c *Change) knows(w DuoDone) bool {
	if w.Step < StepFind || w.Step > StepDissociate {
		return true
	}
	p := c.Step(w.Step)
	return p.Try == w.Try && (p.Status == StatusOK || p.Status == StatusTodo)
}

// stopped is why an event came too late that found the end itself.
func (s *step) stopped() Refusal {
	if s.Facts.Frozen {
		return RefusalFrozen
	}
	return RefusalOver
}

// system holds that an event which nobody waits for is a known one.
func (s *step) system() {
	switch s.What.(type) {
	case Tick, CodeSent, AccountRead, Activated, Frozen, Repudiated, DuoDone:
	default:
		panic(fmt.Sprintf("numberchange: event %T", s.What))
	}
}

// stop ends what must not go on, whatever the event is: facts that say frozen,
// and a change that was not approved in time.
func (s *step) stop() {
	c := s.c
	switch {
	case s.Facts.Frozen:
		s.freeze(ReasonFrozen)
	case c.open() && s.passed(c.Opened, s.rules.OpenFor):
		s.end(StateExpired, ReasonLate)
	}
}

// freeze ends a change at once, by undoing it if Duo may have been changed.
func (s *step) freeze(why Reason) {
	c := s.c
	if c.State == StateUndoing && (c.Reason == ReasonFrozen || c.Reason == ReasonRepudiated) {
		return
	}
	name := "freeze"
	if why == ReasonRepudiated {
		name = "repudiate"
	}
	s.do(Audit{Name: name, By: s.By.ID, Detail: c.State.String()})
	s.takeBack(why)
}
