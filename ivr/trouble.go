package ivr

// askTrouble is the article's first remedy: remove the old account, try again.
func (t *talk) askTrouble() {
	t.news()
	t.say("trouble_delete")
	t.ask(StepTrouble)
}

func (t *talk) troubleMenu() menu {
	m := menu{seconds: 10, options: []option{
		{key: '1', say: "trouble_qr", do: func(t *talk) { t.askQR() }},
		{key: '2', say: "trouble_fresh", do: (*talk).freshLinks},
		{key: '0', say: "menu_person"},
	}}
	if t.linksLive() { // stay with the caller who tries again
		m.patient, m.silent = true, "still_here"
	}
	return m
}

// freshLinks makes a new set for who has a verdict, and verifies who has none.
func (t *talk) freshLinks() {
	if t.verdict().Level.Allows(LevelLinks) {
		t.choosePhone()
		return
	}
	t.request(RequestSameNumber)
}

// askQR is the article's other remedy: the code instead of the text.
func (t *talk) askQR() {
	t.say("qr_steps")
	t.ask(StepTroubleQR)
}

func (t *talk) qrMenu() menu {
	m := menu{seconds: 10, options: []option{
		{key: '1', say: "trouble_back", do: func(t *talk) { t.askTrouble() }},
		{key: '2', say: "trouble_fresh", do: (*talk).freshLinks},
		{key: '0', say: "menu_person"},
	}}
	if t.linksLive() {
		m.patient, m.silent = true, "still_here"
	}
	return m
}

// askWeb tells how to do it without us.
func (t *talk) askWeb() {
	t.say("web_steps")
	t.ask(StepWeb)
}

func (t *talk) webMenu() menu {
	m := menu{options: []option{
		{key: '1', say: "web_goodbye", do: func(t *talk) { t.goodbye(ResultCompleted, "self_service") }},
		{key: '*', say: "web_back"},
		{key: '0', say: "menu_person"},
	}}
	if t.line().Web && !t.c.Web && t.verdict().Level.Allows(LevelLinks) && len(t.textable()) > 0 {
		m.options = append(m.options, option{key: '2', say: "web_text", do: (*talk).textWeb})
	}
	return m
}

// textWeb texts the page's address to the phone on file, never to a keyed number.
func (t *talk) textWeb() {
	t.c.Phone, t.c.Web = t.textable()[0], true
	t.start(EffectSendText, uint8(TextWeb))
	t.say("web_texted", "last", t.c.phone().Last2())
	t.ask(StepWeb)
}

// report is for somebody who was told of something that they did not do.
func (t *talk) report() {
	t.c.Request = RequestReport
	t.askReport()
}

// askReport asks for the eight digits of the notice.
func (t *talk) askReport() {
	t.c.Step = StepReport
	t.say("ask_reference")
	t.listenEntry()
}

// referenceDigits is the length of a notice's reference.
const referenceDigits = 8

// keyedReference freezes by reference; without one a person takes the report.
func (t *talk) keyedReference(digits string, pound bool) {
	switch {
	case digits == "" && pound && len(t.c.Passed) > 0 && t.verdict().Why != "lapsed":
		t.await(EffectReport, 0) // one factor has passed in this call already
	case digits == "" && pound:
		t.say("report_by_id")
		t.askID()
	case len(digits) != referenceDigits:
		t.miss("no_key")
	default:
		t.c.Reference = digits
		t.await(EffectReport, 0)
	}
}

// reported says the same for a right and a wrong reference, and a person looks.
func (t *talk) reported(w Reported) {
	t.c.Reference = ""
	switch w.Outcome {
	case OutcomeUnavailable, OutcomeLost, OutcomeUnknown, OutcomeLimited: // nothing was looked at
		t.say("report_not_taken")
	default:
		t.say("report_taken")
	}
	t.person("report")
}
