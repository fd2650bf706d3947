package ivr

// menu is a step that awaits one key.
type menu struct {
	options []option
	seconds int         // of silence; 0 is 6
	patient bool        // silence is no try: the step is asked again as it is
	silent  string      // what a patient step says instead of its whole menu, if anything
	only    bool        // no key means anything but the options: what is left is as good as silence
	end     func(*talk) // what silence means at a step after which nothing is left to do; nil: a try
}

// option is one key. The option is said before its key.
type option struct {
	key  byte
	say  string // message id; "" for a key that is not offered aloud
	do   func(*talk)
	args []string
}

// menuOf is the menu of the step that the call is at.
func (t *talk) menuOf(s Step) (menu, bool) { //nolint:gocyclo // a table: one line a step
	switch s {
	case StepLine:
		return t.lineMenu(), true
	case StepMenu:
		return t.mainMenu(), true
	case StepConfirm:
		return t.confirmMenu(), true
	case StepPhone:
		return t.phoneMenu(), true
	case StepDuoWait:
		return t.duoWaitMenu(), true
	case StepWatch:
		return t.watchMenu(), true
	case StepNothing:
		return t.nothingMenu(), true
	case StepExpired:
		return t.expiredMenu(), true
	case StepTrouble:
		return t.troubleMenu(), true
	case StepTroubleQR:
		return t.qrMenu(), true
	case StepReconnected:
		return t.reconnectedMenu(), true
	case StepWeb:
		return t.webMenu(), true
	case StepRefused:
		return t.refusedMenu(), true
	case StepReturned:
		return t.returnedMenu(), true
	case StepUnclear:
		return t.unclearMenu(), true
	case StepCallback:
		return t.callbackMenu(), true
	case StepCallbackConfirm:
		return t.callbackConfirmMenu(), true
	case StepCallbackSlot:
		return t.slotMenu(), true
	case StepCalled:
		return t.calledMenu(), true
	default:
		return menu{}, false
	}
}

// ask says the step's options and awaits a key.
func (t *talk) ask(s Step) {
	t.c.Step = s
	m, ok := t.menuOf(s)
	if !ok {
		panic("ivr: no menu at " + s.String())
	}
	for _, o := range m.options {
		if o.say != "" {
			t.say(o.say, append([]string{"key", string(o.key)}, o.args...)...)
		}
	}
	t.listen(m)
}

// listen awaits a key of the menu without saying the options.
func (t *talk) listen(m menu) {
	if m.seconds == 0 {
		m.seconds = 6
	}
	t.expect(ExpectKey, m.seconds)
}

// key deals with one key at a menu.
func (t *talk) key(in Input) {
	m, ok := t.menuOf(t.c.Step)
	if !ok { // a Gather that nothing sent: say where the call stands
		t.again()
		return
	}
	k := lastKey(in)
	if k != 0 {
		t.c.Quiet = 0
	}
	if m.only {
		t.onlyKey(m, k)
		return
	}
	switch k {
	case 0:
		t.silence(m)
		return
	case '9':
		t.c.Misses = 0
		t.again()
		return
	case '0':
		t.c.Misses = 0
		t.person("asked")
		return
	case '*':
		t.c.Misses = 0
		t.back()
		return
	case '7':
		t.c.Misses = 0
		t.report()
		return
	case '#': // ends an entry by habit; means nothing here
		t.again()
		return
	}
	for _, o := range m.options {
		if o.key == k {
			t.c.Misses = 0
			o.do(t)
			return
		}
	}
	t.miss("wrong_key")
}

// onlyKey deals with a key at a menu that knows its options alone.
func (t *talk) onlyKey(m menu, k byte) {
	for _, o := range m.options {
		if o.key == k {
			t.c.Misses = 0
			o.do(t)
			return
		}
	}
	m.end(t)
}

// lastKey is the key that counts: the first one pressed, or '#' alone, or 0.
func lastKey(in Input) byte {
	if in.Keys != "" {
		return in.Keys[0]
	}
	if in.Pound {
		return '#'
	}
	return 0
}

// silence is a try, except where the caller is told to take their time, and
// where everything has been said.
func (t *talk) silence(m menu) {
	switch {
	case m.end != nil:
		m.end(t)
	case m.patient:
		t.tick()
	default:
		t.miss("no_key")
	}
}

// miss counts a wrong or silent try; the third in a row leads to a person.
func (t *talk) miss(say string) {
	t.c.Misses++
	if t.c.Misses >= maxMisses {
		t.c.Misses = 0
		t.say("too_many_misses")
		t.person("misses")
		return
	}
	t.say(say)
	t.again()
}

// again says the step once more.
func (t *talk) again() { //nolint:gocyclo // a table: one line a step
	switch t.c.Step {
	case StepUnknown, StepAdmit, StepMenu:
		t.greetless()
	case StepID:
		t.askID()
	case StepConfirm:
		t.askConfirm()
	case StepFactor:
		t.askFactor()
	case StepReport:
		t.askReport()
	case StepWatch:
		t.askWatch()
	case StepTrouble:
		t.askTrouble()
	case StepTroubleQR:
		t.askQR()
	case StepReconnected:
		t.askReconnected()
	case StepWeb:
		t.askWeb()
	case StepRefused:
		t.askRefused()
	case StepReturned:
		t.askReturned()
	case StepPhone:
		t.askPhone()
	case StepLine, StepDuoWait, StepNothing, StepExpired, StepUnclear:
		t.askPlain()
	case StepAccount:
		t.readAccount()
	case StepLinks:
		t.duoTrouble()
	case StepQueue:
		t.enqueue()
	case StepBridged:
		t.conference()
	case StepFallback:
		t.fallback()
	case StepCallback:
		t.askCallback()
	case StepCallbackTo:
		t.askCallbackTo()
	case StepCallbackConfirm:
		t.askCallbackConfirm()
	case StepCallbackSlot:
		t.ask(StepCallbackSlot)
	case StepCalled:
		t.askCalled()
	case StepDone, stepEnd:
		t.sayGoodbye()
	}
}

// askPlain is for steps whose menu is opened by one sentence.
func (t *talk) askPlain() {
	s := t.c.Step
	t.news()
	t.say("at_" + s.String())
	t.ask(s)
}

// back goes one step back.
func (t *talk) back() {
	switch t.c.Step {
	case StepLine: // there is nothing before it, and no menu without it
		t.again()
	case StepConfirm, StepFactor:
		t.askID()
	case StepNothing, StepExpired, StepTrouble:
		if t.linksLive() {
			t.c.Step = StepWatch
			t.again()
			return
		}
		t.mainAgain()
	case StepTroubleQR:
		t.askTrouble()
	case StepCallback:
		t.noCallback()
	case StepCallbackTo, StepCallbackConfirm, StepCallbackSlot:
		t.askCallback()
	default:
		t.mainAgain()
	}
}

// mainAgain returns to the main menu. What was proven stays proven.
func (t *talk) mainAgain() {
	t.c.Step, t.c.Misses = StepMenu, 0
	if t.c.Request == RequestReport {
		t.c.Request = RequestUnknown
	}
	t.again()
}
