package ivr

import "slices"

// factor is the factor that the call stands at, or FactorUnknown after the last.
func (t *talk) factor() Factor {
	if fs := t.line().Factors; int(t.c.Factor) < len(fs) {
		return fs[t.c.Factor]
	}
	return FactorUnknown
}

// nextFactor asks for the factor at c.Factor, passing over those that this
// request cannot use, or weighs the evidence after the last.
func (t *talk) nextFactor() {
	for t.passOver(t.factor()) {
		t.c.Factor++
	}
	f := t.factor()
	if f == FactorUnknown {
		t.weigh()
		return
	}
	if f.Sends() {
		t.newCode(0)
	}
	t.c.Step, t.c.Misses = StepFactor, 0
	t.askFactor()
}

// passOver reports whether a factor is not asked for. For a changed number
// codes never go to phones on file: that phone may be in other hands.
func (t *talk) passOver(f Factor) bool {
	return f == FactorTextedCode && t.c.Request != RequestSameNumber
}

// maySend says whether a send may be asked for: nothing is sent before a factor
// that needs no sending has passed; who has none gets one send per call.
func (t *talk) maySend() bool {
	if t.c.Code.Sends == 0 {
		return true
	}
	return slices.ContainsFunc(t.c.Passed, func(p Passed) bool { return !p.Factor.Sends() })
}

// newCode sends a code to a phone on file, unless it may not; the words are the
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
func (t *talk) sameCode() {
	c := t.c
	if c.Code.Effect == 0 || since(c.Code.Issued, t.e.At) >= t.d.Policy.CodeLife {
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
	if w.Outcome != OutcomeLimited || c.Code.Effect != t.e.Effect || c.Code.Before == nil || c.Code.Before.Effect == 0 {
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
		t.c.Factor++
		t.nextFactor()
	case f.Sends() && digits == "2":
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
		c.Factor++
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
	case t.c.Request != RequestSameNumber:
		t.say("to_agent_new_number")
		t.person("new_number")
	case v.Level == LevelRefused:
		t.askRefused()
	case v.Why == "account_unread", v.Level.Allows(LevelLinks) && !t.c.Facts.Account:
		t.readAccount()
	case v.Level.Allows(LevelLinks):
		t.choosePhone()
	default:
		t.say("not_enough")
		t.person(v.Why)
	}
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
