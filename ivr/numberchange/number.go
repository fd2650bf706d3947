package numberchange

// numberGiven takes the new number, or another one before it is confirmed, and
// sends a code there.
func (s *step) numberGiven(w NumberGiven) {
	c := s.c
	why := s.agent()
	switch {
	case why != RefusalNone:
	case c.State != StateEvidenced && c.State != StateNumberGiven && c.State != StateCodeSent:
		why = RefusalNotNow
	case s.proven() != RefusalNone:
		why = s.proven()
	case c.Code > 0 && s.sendable() != RefusalNone:
		why = s.sendable()
	default:
		why = w.refusal()
	}
	if s.refused(why) {
		return
	}
	c.Number, c.Hint, c.Replaces = w.Number, w.Number[len(w.Number)-2:], w.Replaces
	s.record("")
	if !c.Told {
		c.Told = true
		s.do(Notify{NoticeStarted})
	}
	s.sendCode()
}

// refusal is why a number cannot be the new one.
func (w NumberGiven) refusal() Refusal {
	switch {
	case !e164(w.Number):
		return RefusalNumber
	case w.Line == LinePremium:
		return RefusalPremium
	case w.Line == LineLandline:
		return RefusalLandline
	case w.Line == LineOther:
		return RefusalNotMobile
	case w.Ours:
		return RefusalOurs
	case w.Current:
		return RefusalCurrent
	case w.Other:
		return RefusalOther
	}
	return RefusalNone
}

// e164 holds the form: a plus and 8 to 15 digits, the first not 0.
func e164(number string) bool {
	if len(number) < 9 || len(number) > 16 || number[0] != '+' || number[1] == '0' {
		return false
	}
	for _, d := range number[1:] {
		if d < '0' || d > '9' {
			return false
		}
	}
	return true
}

// sendable is why no further code is sent now. The limits are those of the
// whole change, so that another number gives no more of them.
func (s *step) sendable() Refusal {
	switch {
	case s.c.Code > uint32(s.rules.Resends):
		return RefusalSends
	case !s.passed(s.c.CodeAt, s.rules.CodeGap):
		return RefusalTooSoon
	}
	return RefusalNone
}

func (s *step) sendCode() {
	c := s.c
	c.Code++
	c.CodeAt, c.Tries, c.CodeFailed = s.At.UnixMilli(), 0, false
	s.enter(StateNumberGiven)
	s.do(SendCode{Code: c.Code, Number: c.Number})
}

// coding reports whether a code may be on its way, or there.
func (c *Change) coding() bool { return c.State == StateNumberGiven || c.State == StateCodeSent }

// codeSent has the code there, or maybe there. A code that the carrier refused
// may be asked for again.
func (s *step) codeSent(w CodeSent) {
	c := s.c
	switch {
	case c.State != StateNumberGiven || w.Code != c.Code:
	case w.Result == ResultFailed:
		c.CodeFailed = true
	default:
		c.CodeFailed = false
		s.enter(StateCodeSent)
	}
}

// codeResend sends a new code; the old one counts no more.
func (s *step) codeResend() {
	why := s.agent()
	switch {
	case why != RefusalNone:
	case !s.c.coding():
		why = RefusalNotNow
	default:
		why = s.sendable()
	}
	if s.refused(why) {
		return
	}
	s.record("")
	s.sendCode()
}

// codeTried counts a try, and confirms the number by the right code. Whatever
// refuses it otherwise does so for right and wrong ones alike.
func (s *step) codeTried(w CodeTried) {
	c := s.c
	why := s.agent()
	switch {
	case why != RefusalNone:
	case !c.coding():
		why = RefusalNotNow
	case w.Code != c.Code:
		why = RefusalCodeOld
	case s.passed(c.CodeAt, s.rules.CodeLife):
		why = RefusalCodeExpired
	case c.Tries >= s.rules.CodeTries:
		why = RefusalCodeTries
	case !w.OK:
		c.Tries++
		why = RefusalCodeWrong
	}
	if s.refused(why) {
		return
	}
	c.Confirmed = s.At.UnixMilli()
	s.record("")
	s.enter(StateAwaitingApproval)
	s.do(AskApproval{})
}

// codesUp reports whether no code can confirm the number any more.
func (s *step) codesUp() bool {
	c := s.c
	return c.coding() && c.Code > uint32(s.rules.Resends) &&
		(c.Tries >= s.rules.CodeTries || c.CodeFailed || s.passed(c.CodeAt, s.rules.CodeLife))
}
