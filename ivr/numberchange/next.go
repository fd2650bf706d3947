package numberchange

import (
	"fmt"
	"time"
)

// Next takes a change through one event. It changes nothing that c points to.
// Any event is fine in any state: what a person does and does not fit is
// answered with [Refuse], and what the system reports too late changes nothing.
func (r Rules) Next(c Change, e Event) (Change, []Action) {
	c = c.clone()
	s := &step{rules: r.WithDefaults(), c: &c, Event: e}
	before := s.rules.Due(c)
	switch {
	case c.State == StateUnknown:
		s.begin()
	case c.State.Over():
		s.over(RefusalOver)
	default:
		if s.stop(); c.State.Over() {
			s.over(s.stopped())
		} else {
			s.dispatch()
			s.advance()
		}
	}
	if due := s.rules.Due(c); !due.IsZero() && !due.Equal(before) {
		s.do(Wake{At: due})
	}
	return c, s.actions
}

// Why is why a person may not do something now, or RefusalNone: what Next would
// refuse it for. [RefusalCodeWrong] is no answer here: it would tell.
func (r Rules) Why(c Change, e Event) Refusal {
	_, actions := r.Next(c, e)
	for _, a := range actions {
		if refuse, ok := a.(Refuse); ok && refuse.Why != RefusalCodeWrong {
			return refuse.Why
		}
	}
	return RefusalNone
}

// step is one event being dealt with.
type step struct {
	Event
	rules   Rules
	c       *Change
	actions []Action
}

func (s *step) dispatch() {
	switch w := s.What.(type) {
	case Opened:
		s.opened(w)
	case Evidence:
		s.evidence(w)
	case IdentityChecked:
		s.identityChecked(w)
	case IdentityConfirmed:
		s.identityConfirmed(w)
	case NumberGiven:
		s.numberGiven(w)
	case CodeTried:
		s.codeTried(w)
	case CodeResend:
		s.codeResend()
	case Approved:
		s.approved()
	case Denied:
		s.denied()
	case Cancelled:
		s.cancelled()
	case Resume:
		s.resume()
	case Undo:
		s.undo()
	default:
		s.report()
	}
}

// report is what the system says.
func (s *step) report() {
	switch w := s.What.(type) {
	case Tick:
	case CodeSent:
		s.codeSent(w)
	case DuoDone:
		s.duoDone(w)
	case AccountRead:
		s.accountRead(w)
	case Activated:
		s.activated(w)
	case Frozen:
		s.freeze(ReasonFrozen)
	case Repudiated:
		s.freeze(ReasonRepudiated)
	default:
		panic(fmt.Sprintf("numberchange: event %T", s.What))
	}
}

func (s *step) do(actions ...Action) { s.actions = append(s.actions, actions...) }

// refuse answers a person and leaves a trace of the attempt.
func (s *step) refuse(why Refusal) {
	s.do(Audit{Name: s.audit(), By: s.By.ID, Detail: why.String()}, Refuse{Why: why})
}

// refused refuses unless there is no reason to.
func (s *step) refused(why Refusal) bool {
	if why != RefusalNone {
		s.refuse(why)
	}
	return why != RefusalNone
}

// record writes what a person did.
func (s *step) record(detail string) {
	s.do(Audit{Name: s.audit(), By: s.By.ID, Detail: detail})
}

// audit is the name under which what a person does is recorded; "" is that of
// no person.
func (s *step) audit() string {
	switch s.What.(type) {
	case Opened:
		return "open"
	case Evidence:
		return "evidence"
	case IdentityChecked:
		return "identity_check"
	case IdentityConfirmed:
		return "identity_confirm"
	case NumberGiven:
		return "number"
	case CodeTried:
		return "code"
	case CodeResend:
		return "code_resend"
	case Approved:
		return "approve"
	case Denied:
		return "deny"
	case Cancelled:
		return "cancel"
	case Resume:
		return "resume"
	case Undo:
		return "undo"
	default:
		return ""
	}
}

// enter changes the state and starts its time.
func (s *step) enter(to State) {
	s.c.State = to
	s.c.Since = s.At.UnixMilli()
}

// passed reports whether d has gone by since a stored moment.
func (s *step) passed(unixMilli int64, d time.Duration) bool {
	return s.At.Sub(millis(unixMilli)) >= d
}

// advance does what is due.
func (s *step) advance() {
	c := s.c
	if c.open() && s.codesUp() {
		s.end(StateFailed, ReasonCodes)
	}
	if c.State == StateHolding {
		s.holding()
	}
	if c.State == StateApplying {
		s.applying()
	}
	if c.State == StateAwaitingActivation {
		s.awaiting()
	}
	if c.State == StateRemovingOld {
		s.removing()
	}
	if c.State == StateUndoing {
		s.undoing()
	}
}
