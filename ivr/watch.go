package ivr

import "time"

// askWatch offers what can be done while the texts are on their way.
func (t *talk) askWatch() {
	t.news()
	t.ask(StepWatch)
}

func (t *talk) watchMenu() menu {
	return menu{seconds: 10, patient: true, silent: "still_here", options: []option{
		{key: '1', say: "watch_have_both", do: (*talk).haveBoth},
		{key: '2', say: "watch_again", do: (*talk).sendAgain},
		{key: '3', say: "watch_nothing", do: func(t *talk) { t.c.Step = StepNothing; t.askPlain() }},
		{key: '4', say: "watch_fails", do: func(t *talk) { t.askTrouble() }},
	}}
}

// haveBoth says what to do with the texts, and goes on watching.
func (t *talk) haveBoth() {
	t.say("open_second")
	t.listen(t.watchMenu())
}

// maxSends is how often the texts are sent in a call, at most.
const maxSends = 5

// sendAgain sends both texts again: the links live, so that this is no new set.
func (t *talk) sendAgain() {
	if !t.linksLive() {
		t.expired()
		return
	}
	if t.c.Links.SentAt != 0 && t.e.At.Unix()-t.c.Links.SentAt < 30 {
		t.say("texts_take_time")
		t.listen(t.watchMenu())
		return
	}
	if t.c.Links.Sends >= maxSends { // what did not come five times will not come
		t.askQR()
		return
	}
	t.firstText()
	t.say("texts_again", "last", t.c.Links.Phone.Last2())
	t.askWatch()
}

// tick is a silent turn of a patient step: the time to look what has happened.
func (t *talk) tick() {
	switch t.c.Step {
	case StepDuoWait:
		if t.c.Facts.Account {
			t.choosePhone()
			return
		}
		t.readAccount()
	case StepWatch, StepTrouble, StepTroubleQR:
		t.watch()
	case StepExpired:
		t.listenOn()
	default:
		t.again()
	}
}

// watch asks Duo whether the phone is activated. A text that is overdue goes out.
func (t *talk) watch() {
	c := t.c
	if c.Links.SentAt != 0 && t.e.At.Unix()-c.Links.SentAt >= secondAfter {
		t.secondText()
	}
	if c.Links.MadeAt == 0 {
		t.listenOn()
		return
	}
	t.await(EffectReadPhone, 0)
}

// phoneRead is what Duo said. Only its word makes it done.
func (t *talk) phoneRead(w PhoneRead) {
	c := t.c
	switch {
	case w.Outcome == OutcomeOK && w.Activated:
		c.Links.Done = true
		c.News = nil
		c.Step = StepReconnected
		t.say("reconnected")
		t.askReconnected()
	case !t.linksLive():
		t.expired()
	case len(c.News) > 0:
		t.again()
	default:
		t.listenOn()
	}
}

// listenOn says a little and listens, so that the whole menu is not said every
// ten seconds.
func (t *talk) listenOn() {
	m, _ := t.menuOf(t.c.Step)
	if m.silent != "" {
		t.say(m.silent)
	}
	t.listen(m)
}

// askReconnected tells how to check it, and says goodbye.
func (t *talk) askReconnected() {
	t.say("how_to_check")
	t.ask(StepReconnected)
}

func (t *talk) reconnectedMenu() menu {
	return menu{end: func(t *talk) { t.goodbye(ResultCompleted, "activated") }, options: []option{
		{key: '1', say: "reconnected_goodbye", do: func(t *talk) { t.goodbye(ResultCompleted, "activated") }},
		{key: '0', say: "menu_person"},
	}}
}

func (t *talk) nothingMenu() menu {
	return menu{options: []option{
		{key: '1', say: "nothing_again", do: func(t *talk) { t.c.Step = StepWatch; t.sendAgain() }},
		{key: '2', say: "nothing_wait", do: func(t *talk) { t.c.Step = StepWatch; t.watch() }},
		{key: '3', say: "nothing_qr", do: func(t *talk) { t.askQR() }},
		{key: '0', say: "menu_person"},
	}}
}

// expired tells that the link has died before it was used.
func (t *talk) expired() {
	t.c.Step = StepExpired
	if t.c.Links.Expired == 0 {
		t.c.Links.Expired = t.e.At.Unix()
	}
	t.askPlain()
}

// expiredPatience is how long a caller may look for the phone after that.
const expiredPatience = 2 * time.Minute

func (t *talk) expiredMenu() menu {
	m := menu{seconds: 10, options: []option{
		{key: '1', say: "expired_fresh", do: func(t *talk) { t.makeLinks() }},
		{key: '0', say: "menu_person"},
	}}
	if told := t.c.Links.Expired; told != 0 && since(told, t.e.At) < expiredPatience {
		m.patient, m.silent = true, "still_here"
	}
	return m
}
