package numberchange

import "time"

// progress is how a step stands, to be changed.
func (s *step) progress(d Step) *Progress { return &s.c.Duo[d-StepFind] }

func (s *step) set(d Step, to Status) {
	p := s.progress(d)
	p.Status, p.At = to, s.At.UnixMilli()
	switch to {
	case StatusFailed:
		p.Failures = min(p.Failures+1, maxBackOff)
	case StatusOK:
		p.Failures = 0
	case StatusTodo, StatusRunning, StatusUnclear:
	}
}

// run begins a step: the intent first.
func (s *step) run(d Step) {
	c := s.c
	c.Try++
	s.set(d, StatusRunning)
	s.progress(d).Try = c.Try
	s.do(Audit{Intent: true, Name: d.String()})
	switch d {
	case StepFind:
		s.do(FindOrCreatePhone{Try: c.Try, Number: c.Number})
	case StepAssociate:
		s.do(Associate{Try: c.Try, Subject: c.Subject, Phone: c.Phone})
	case StepLinks:
		s.do(MakeLinks{Try: c.Try, Phone: c.Phone})
	case StepSend:
		s.do(SendLinks{Try: c.Try, Number: c.Number})
	case StepRemove:
		s.do(RemoveOld{Try: c.Try, Subject: c.Subject, Phone: c.Replaces})
	case StepDissociate:
		s.do(Dissociate{Try: c.Try, Subject: c.Subject, Phone: c.Phone})
	case StepUnknown:
	}
}

// settle finds out what became of a step that was not heard of in time. It
// reports whether the step is settled: not begun, ok, or certainly failed.
func (s *step) settle(d Step) bool {
	c, p := s.c, s.progress(d)
	if p.Status == StatusRunning && s.passed(p.At, s.rules.StepTimeout) {
		s.outcome(d, ResultUnclear)
	}
	if p.Status == StatusUnclear && !s.At.Before(s.rules.readDue(*c, *p)) {
		c.Try++
		c.Read, c.ReadAt = c.Try, s.At.UnixMilli()
		read := ReadAccount{Try: c.Read, Subject: c.Subject, Phone: c.Phone, Old: c.Replaces}
		if c.Phone == "" {
			read.Number = c.Number
		}
		s.do(read)
	}
	return p.Status != StatusRunning && p.Status != StatusUnclear
}

// readDue is when a read is to settle an unclear step: a moment after the step,
// since it may be on its way still, and after a read that failed or was lost.
func (r Rules) readDue(c Change, p Progress) time.Time {
	due := millis(p.At).Add(r.Settle)
	if again := millis(c.ReadAt).Add(r.StepTimeout); c.ReadAt >= p.At && again.After(due) {
		due = again
	}
	return due
}

// outcome notes how a step ended. A text cannot be read back: one that may have
// been sent counts as sent, and the subject says whether it came.
func (s *step) outcome(d Step, r Result) {
	s.do(Audit{Name: d.String(), Detail: r.String()})
	switch r {
	case ResultOK:
		s.set(d, StatusOK)
		if d == StepLinks {
			s.c.Sets++
		}
	case ResultFailed:
		s.set(d, StatusFailed)
	case ResultUnknown, ResultUnclear:
		if d == StepSend {
			s.set(d, StatusOK)
		} else if s.progress(d).Status != StatusUnclear {
			s.set(d, StatusUnclear)
		}
	}
}

// attend brings a step on: begins it, settles it, tries it again when that is
// due. It reports whether the step is ok.
func (s *step) attend(d Step) bool {
	if !s.settle(d) {
		return false
	}
	switch p := s.progress(d); p.Status {
	case StatusOK:
		return true
	case StatusTodo:
		s.run(d)
	case StatusFailed:
		if !s.rules.stuck(*s.c, d) && s.passed(p.At, s.rules.backOff(*p)) {
			s.run(d)
		}
	case StatusRunning, StatusUnclear:
	}
	return false
}

// backOff is the wait after a failure.
func (r Rules) backOff(p Progress) time.Duration { return time.Duration(p.Failures) * r.RetryGap }

// stuck reports whether a step waits for a person. The last two steps make
// things safer and never do.
func (r Rules) stuck(c Change, d Step) bool {
	p := c.Step(d)
	return p.Status == StatusFailed && p.Failures >= r.StepTries && d != StepRemove && d != StepDissociate
}

// applying sets up the new phone, step by step. Nobody is left between two
// phones for ever: when it takes too long it is undone.
func (s *step) applying() {
	if s.passed(s.c.Since, s.rules.ActivateIn) {
		s.takeBack(ReasonLate)
		return
	}
	for d := StepFind; d <= StepSend; d++ {
		if !s.attend(d) {
			return
		}
	}
	s.enter(StateAwaitingActivation)
	s.c.Watch = s.At.UnixMilli()
}

// awaiting asks for the activation, often while the links live.
func (s *step) awaiting() {
	c := s.c
	switch {
	case s.passed(c.Since, s.rules.ActivateIn):
		s.takeBack(ReasonNotActivated)
	case s.passed(c.Watch, s.rules.watchEvery(*c)):
		c.Try++
		c.Watch = s.At.UnixMilli()
		s.do(ReadPhone{Try: c.Try, Phone: c.Phone})
	}
}

func (r Rules) watchEvery(c Change) time.Duration {
	if millis(c.Watch).Sub(millis(c.Step(StepLinks).At)) < r.LinkLife {
		return watchGap
	}
	return slowWatchGap
}

// activated is the moment from which the old phone is not needed any more. What
// was seen before the last links were made is not true any more.
func (s *step) activated(w Activated) {
	c := s.c
	if c.State != StateAwaitingActivation || w.Phone != c.Phone || w.Try <= c.Step(StepSend).Try || w.Try > c.Try {
		return
	}
	c.Active, c.Number = s.At.UnixMilli(), ""
	s.do(Audit{Name: "activated"})
	s.enter(StateRemovingOld)
}

// removing takes the old phone off, if there is one.
func (s *step) removing() {
	if s.c.Replaces == "" || s.c.Replaces == s.c.Phone || s.attend(StepRemove) {
		s.end(StateDone, ReasonDone)
	}
}

// duoDone takes the word of whoever ran a step. An ok counts even after a read
// that saw nothing; a repeat, or word of an older try, changes nothing.
func (s *step) duoDone(w DuoDone) {
	if w.Step < StepFind || w.Step > StepDissociate {
		return
	}
	p := s.progress(w.Step)
	r := w.Result
	if r == ResultOK && w.Step == StepFind && w.Phone == "" && !w.Taken {
		r = ResultUnclear
	}
	if w.Try != p.Try || !p.news(r) {
		return
	}
	s.outcome(w.Step, r)
	if w.Step == StepFind && r == ResultOK {
		s.found(w.Phone, w.Taken)
	}
}

// news reports whether a result says more than is known of a step.
func (p Progress) news(r Result) bool {
	switch p.Status {
	case StatusRunning:
		return true
	case StatusUnclear:
		return r == ResultOK || r == ResultFailed
	case StatusFailed:
		return r == ResultOK
	case StatusTodo, StatusOK:
	}
	return false
}

// found notes the new phone, or gives up when it is somebody's already.
func (s *step) found(phone string, taken bool) {
	if taken {
		if s.c.State == StateApplying {
			s.end(StateFailed, ReasonTaken)
		}
		return
	}
	s.c.Phone = phone
}

// accountRead settles what was unclear before the read began. Links that may
// have been made and were given to nobody count as not made: fresh ones void
// them.
func (s *step) accountRead(w AccountRead) {
	c := s.c
	if c.Read == 0 || w.Try != c.Read {
		return
	}
	c.Read = 0
	if !w.Read {
		return
	}
	for _, d := range Steps() {
		p := s.progress(d)
		if p.Status != StatusUnclear || millis(c.ReadAt).Before(millis(p.At).Add(s.rules.Settle)) {
			continue
		}
		if !w.shows(d) {
			s.outcome(d, ResultFailed)
			continue
		}
		s.outcome(d, ResultOK)
		if d == StepFind {
			s.found(w.Phone, w.Taken || w.New)
		}
	}
}

// shows reports whether the account is as a step leaves it.
func (w AccountRead) shows(d Step) bool {
	switch d {
	case StepFind:
		return w.Phone != ""
	case StepAssociate:
		return w.New
	case StepRemove:
		return !w.Old
	case StepDissociate:
		return !w.New
	case StepUnknown, StepLinks, StepSend:
	}
	return false
}
