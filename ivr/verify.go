package ivr

import "slices"

// factor is the factor that the call stands at, or FactorUnknown after the last.
func (t *talk) factor() Factor {
	if fs := t.line().Factors; int(t.c.Factor) < len(fs) {
		return fs[t.c.Factor]
	}
	return FactorUnknown
}

// nextFactor asks for the factor at c.Factor, passing over those that are of no
// use here, or weighs the evidence once it is enough, and after the last.
func (t *talk) nextFactor() {
	if t.enough() {
		t.weigh()
		return
	}
	t.askNext()
}

// askNext asks for the next factor, whatever has been proven.
func (t *talk) askNext() {
	i, ok := t.next()
	t.c.Factor = i
	if !ok {
		t.weigh()
		return
	}
	if t.factor().Sends() {
		t.newCode(0)
	}
	t.c.Step, t.c.Misses = StepFactor, 0
	t.askFactor()
}

// next is the index of the factor to ask for: the line's order, but those that
// need no sending first while none of them has passed, since nothing would be
// sent. It depends on what this call has proven and on nothing else. Without one
// it is behind the last.
func (t *talk) next() (i uint8, ok bool) {
	all := t.line().Factors
	for _, sends := range []bool{false, true} {
		for i, f := range all {
			if !t.passOver(f) && (t.proven() || f.Sends() == sends) {
				return uint8(i), true //nolint:gosec // lines have at most five factors
			}
		}
	}
	return uint8(len(all)), false //nolint:gosec // likewise
}

// enough reports whether more evidence would change nothing. For a changed number
// the caller is verified as far as possible; a report wants one factor.
func (t *talk) enough() bool {
	v := t.verdict()
	switch t.c.Request {
	case RequestReport:
		return len(t.c.Passed) > 0
	case RequestNewNumber:
		if t.c.Facts.ForNumber() == 0 && (v.Level == LevelLinks || v.Why == "account_unread") {
			return true // nothing on the phone leads further
		}
		return v.Level.Allows(LevelNumber) || v.Level == LevelRefused
	default:
		return v.Level != LevelNone || v.Why == "account_unread"
	}
}

// passOver reports whether a factor is not asked for: it has passed or was
// skipped. For a changed number codes never go to phones on file: that phone may
// be in other hands.
func (t *talk) passOver(f Factor) bool {
	if t.c.Has(f) || slices.Contains(t.c.Skipped, f) {
		return true
	}
	return f == FactorTextedCode && t.c.Request != RequestSameNumber && t.c.Request != RequestReport
}

// proven reports whether a factor has passed that needs no sending.
func (t *talk) proven() bool {
	return slices.ContainsFunc(t.c.Passed, func(p Passed) bool { return !p.Factor.Sends() })
}

// maySend says whether a send may be asked for: nothing is sent before a factor
// that needs no sending has passed; who has none gets one send per call.
func (t *talk) maySend() bool {
	return t.c.Code.Sends == 0 || t.proven()
}

// newCode sends a code, or a push, unless it may not; the words are the
// same, and nobody waits for it.
func (t *talk) newCode(phone uint8) {
	if !t.maySend() {
		return
	}
	before := t.c.Code
	before.Before = nil
	t.c.Code = Code{Factor: t.factor(), Issued: t.e.At.Unix(), Sends: before.Sends + 1, Phone: phone, Before: &before}
	t.c.Code.Effect = t.c.Effects + 1
	t.start(EffectSendCode, 0)
}

// sameCode sends the live code once more: a slow text must not make a dead code.
// A push has a new code each time.
func (t *talk) sameCode() {
	c := t.c
	if c.Code.Effect == 0 || c.Code.Factor != t.factor() || c.Code.Factor == FactorDuoPush || since(c.Code.Issued, t.e.At) >= t.d.Policy.CodeLife {
		t.newCode(c.Code.Phone)
		return
	}
	if t.maySend() {
		c.Code.Sends++
		t.start(EffectSendCode, 0)
	}
}

// otherPhone is the index of the next phone on file.
func (t *talk) otherPhone() uint8 {
	n := max(len(t.c.Facts.Phones), 1)
	return uint8((int(t.c.Code.Phone) + 1) % n)
}

// codeSent puts the former code back when a limit kept the new one from being
// sent: the one that the caller holds must go on working.
func (t *talk) codeSent(w CodeSent) {
	c := t.c
	if t.kindOf(c.Await) == EffectCheckFactor {
		return // what is being compared stays what it is
	}
	before := c.Code.Before
	if w.Outcome != OutcomeLimited || c.Code.Effect != t.e.Effect || before == nil || before.Effect == 0 || before.Factor != c.Code.Factor {
		return
	}
	tries, sends := c.Code.Tries, c.Code.Sends
	c.Code = *c.Code.Before
	c.Code.Tries += tries
	c.Code.Sends = sends
}

// askFactor asks for the factor that the call stands at.
func (t *talk) askFactor() {
	t.say("ask_" + t.factor().String())
	t.listenEntry()
}

// keyedFactor takes what was keyed. A pound key alone skips: "I don't have that"
// costs nothing. Nothing at all, or too little, is a silent try.
func (t *talk) keyedFactor(digits string, pound bool) {
	f := t.factor()
	switch {
	case digits == "" && pound:
		t.c.Skipped = append(t.c.Skipped, f)
		t.nextFactor()
	case f == FactorTextedCode && digits == "2":
		t.newCode(t.otherPhone())
		t.say("code_other_phone")
		t.askFactor()
	case f.Sends() && digits == "3":
		t.sameCode()
		t.say("code_again")
		t.askFactor()
	case len(digits) < f.minDigits():
		t.miss("no_key")
	default:
		t.check(f, digits)
	}
}

// minDigits is how short an entry has to be to be taken for an incomplete one.
func (f Factor) minDigits() int {
	switch f {
	case FactorPIN:
		return 8
	case FactorRecoveryCode:
		return 20
	default:
		return 6
	}
}

// check compares what was keyed. The number of tries is counted before.
func (t *talk) check(f Factor, digits string) {
	if f.Sends() {
		t.c.Code.Tries++
	}
	t.await(EffectCheckFactor, uint8(f))
	last := len(t.turn.Effects) - 1
	e := t.turn.Effects[last].(CheckFactor)
	e.Secret = Secret(digits)
	t.turn.Effects[last] = e
}

// checked counts the result. A locked factor sounds like a wrong one.
func (t *talk) checked(w Checked) {
	c, f := t.c, t.factor()
	switch w.Outcome {
	case OutcomeOK:
		passed := Passed{Factor: f, At: t.e.At.Unix(), Phone: c.Code.Phone}
		if f == FactorDuoPush {
			passed.Phone = w.Phone
		}
		c.Passed = append(c.Passed, passed)
		c.Misses = 0
		t.say("thank_you")
		t.nextFactor()
	case OutcomeFailed, OutcomeLocked, OutcomeLimited:
		c.Failures++
		c.Misses++
		if c.Misses >= maxMisses || c.Failures >= t.d.Policy.CallFailures {
			c.Misses = 0
			t.say("cannot_verify")
			t.person("failed")
			return
		}
		t.say("no_match")
		t.askFactor()
	case OutcomeLost:
		t.say("once_more")
		t.askFactor()
	default:
		t.say("cannot_check")
		t.person("unavailable")
	}
}

// verdict is what the evidence amounts to at this moment.
func (t *talk) verdict() Verdict {
	return Evaluate(t.d.Policy, t.c.Facts, t.c.Passed, t.e.At)
}

// weigh goes on after the last factor: with links, or to a person.
func (t *talk) weigh() {
	v := t.verdict()
	switch {
	case t.c.Request == RequestReport && len(t.c.Passed) > 0:
		t.await(EffectReport, 0)
	case t.c.Request == RequestReport:
		t.say("report_not_proven")
		t.person("report")
	case t.c.Request != RequestSameNumber:
		t.say("to_agent_new_number")
		t.person("new_number")
	case v.Level == LevelRefused:
		t.askRefused()
	case v.Why == "account_unread", v.Level.Allows(LevelLinks) && !t.c.Facts.Account:
		t.readAccount()
	case v.Level.Allows(LevelLinks):
		t.choosePhone()
	case t.remaining(): // Duo's word has changed what counts
		t.askNext()
	default:
		t.say("not_enough")
		t.person(v.Why)
	}
}

// remaining reports whether there is something left to ask for.
func (t *talk) remaining() bool {
	_, ok := t.next()
	return ok
}

// askRefused tells a privileged person, who is proven by now, to come in person.
func (t *talk) askRefused() {
	t.say("refused")
	t.ask(StepRefused)
}

func (t *talk) refusedMenu() menu {
	return menu{end: func(t *talk) { t.goodbye(ResultRefused, "privileged") }, options: []option{
		{key: '1', say: "refused_goodbye", do: func(t *talk) { t.goodbye(ResultRefused, "privileged") }},
		{key: '0', say: "menu_person"},
	}}
}
