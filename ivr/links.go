package ivr

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// readAccount asks Duo for the account, once the factors have passed: an
// unknown ID never comes this far.
func (t *talk) readAccount() {
	t.c.Step = StepAccount
	t.await(EffectReadAccount, 0)
}

// accountRead completes the facts, and weighs again.
func (t *talk) accountRead(w AccountRead) {
	switch w.Outcome {
	case OutcomeOK:
		t.c.Facts.Account, t.c.Facts.Phones = true, w.Phones
		t.weigh()
	case OutcomeFailed: // no such account in Duo
		t.say("no_account")
		t.person("no_account")
	default:
		t.duoTrouble()
	}
}

// duoTrouble keeps the caller while Duo does not answer, as long as the verdict
// would live; "done" is never said for what is not.
func (t *talk) duoTrouble() {
	if t.lapsed() {
		t.say("duo_still_down")
		t.person("duo_down")
		return
	}
	t.c.Step = StepDuoWait
	if t.c.Quiet++; t.c.Quiet%quietTurns != 1 { // told already
		m := t.duoWaitMenu()
		t.say("still_here")
		t.listen(m)
		return
	}
	t.askPlain()
}

// lapsed reports whether what was proven has run out, or never was.
func (t *talk) lapsed() bool {
	v := t.verdict()
	return v.Level == LevelNone && v.Why != "account_unread"
}

func (t *talk) duoWaitMenu() menu {
	return menu{seconds: 10, patient: true, options: []option{{key: '0', say: "menu_person"}}}
}

// textable are the indices of the phones that links may go to.
func (t *talk) textable() []uint8 {
	var all []uint8
	for i, ph := range t.c.Facts.Phones {
		if t.mayLink(ph) {
			all = append(all, uint8(i))
		}
	}
	return all
}

// mayLink reports whether links may go to a phone at this moment.
func (t *talk) mayLink(ph Phone) bool {
	return MayLink(t.d.Policy, t.c.Facts, t.c.Passed, ph, t.e.At)
}

// anyOnFile reports whether there is a phone that links could go to at all.
func (t *talk) anyOnFile() bool {
	return slices.ContainsFunc(t.c.Facts.Phones, func(ph Phone) bool { return t.d.Policy.OnFile(ph, t.e.At) })
}

// choosePhone asks which phone when there are several, after the verdict.
func (t *talk) choosePhone() {
	if !t.c.Facts.Account { // a verdict without Duo, for a number
		t.readAccount()
		return
	}
	phones := t.textable()
	switch len(phones) {
	case 0:
		// Another factor may be one that is not of the phone. Nothing makes up for a
		// number that is not on file: no recovery code is to be used up over that.
		if t.anyOnFile() && t.remaining() {
			t.askNext()
			return
		}
		t.say("no_phone")
		t.person("no_phone")
	case 1:
		t.c.Phone = phones[0]
		t.makeLinks()
	default:
		t.c.Step = StepPhone
		t.askPlain()
	}
}

func (t *talk) phoneMenu() menu {
	var m menu
	phones := t.textable()
	if len(phones) == 0 { // it took too long: whichever key, what was offered is gone
		for key := byte('1'); key <= '5'; key++ {
			m.options = append(m.options, option{key: key, do: (*talk).verifyAnew})
		}
		return m
	}
	for i, p := range phones {
		if i == 5 { // at most five options a menu
			break
		}
		m.options = append(m.options, option{
			key: byte('1' + i), say: "choose_phone", args: []string{"last", t.c.Facts.Phones[p].Last2()},
			do: func(t *talk) { t.c.Phone = p; t.makeLinks() },
		})
	}
	return m
}

// askPhone offers the phones once more.
func (t *talk) askPhone() {
	if len(t.textable()) == 0 {
		t.verifyAnew()
		return
	}
	t.askPlain()
}

// verifyAnew begins again when a verdict ran out before it was used.
func (t *talk) verifyAnew() {
	t.say("verdict_lapsed")
	t.c.Request = RequestSameNumber
	t.askID()
}

// makeLinks has the links made, and is the only place that does. The verdict is
// asked for at this moment: one that lapsed meanwhile opens nothing.
func (t *talk) makeLinks() {
	c := t.c
	if !t.mayLink(c.phone()) {
		t.verifyAnew()
		return
	}
	if c.Links.Sets >= t.d.Policy.LinkSets {
		t.say("no_more_links")
		t.person("link_sets")
		return
	}
	c.Step = StepLinks
	t.drop(EffectSendText)
	c.Links = c.Links.fresh()
	c.Links.Sets++
	c.Links.Phone = c.phone()
	t.await(EffectMakeLinks, 0)
}

// linksMade sends the first text and stays on the line.
func (t *talk) linksMade(w LinksMade) {
	c := t.c
	switch w.Outcome {
	case OutcomeOK:
		c.Links.Until, c.Links.MadeAt = w.Until.Unix(), t.e.At.Unix()
		c.Links.Was = w.Was
		t.firstText()
		c.Step = StepWatch
		t.say("links_coming", "last", c.Links.Phone.Last2())
		t.askWatch()
	case OutcomeLocked: // stopped, or the bar was raised, since the verdict
		c.Links.Sets--
		t.say("cannot_verify")
		t.person("strict")
	case OutcomeLimited:
		t.say("no_more_links")
		t.person("link_sets")
	case OutcomeFailed:
		t.say("phone_not_usable")
		t.person("phone_not_usable")
	case OutcomeUnavailable:
		c.Links.Sets-- // nothing was made
		t.duoTrouble()
	case OutcomeUnknown:
		t.unclear()
	default:
		t.say("links_unclear")
		t.person("links_unclear")
	}
}

// unclear is when nobody knows whether Duo made the link. Another set voids a
// first one, so that the caller may have one made, if the day has one left.
func (t *talk) unclear() {
	if t.c.Links.Sets >= t.d.Policy.LinkSets || !t.mayLink(t.c.phone()) {
		t.say("links_unclear")
		t.person("links_unclear")
		return
	}
	t.c.Step = StepUnclear
	t.askPlain()
}

func (t *talk) unclearMenu() menu {
	return menu{options: []option{
		{key: '1', say: "unclear_again", do: (*talk).makeLinks},
		{key: '0', say: "menu_person"},
	}}
}

// firstText sends the link that installs. What is still heard of an earlier
// sending does not count any more.
func (t *talk) firstText() {
	t.drop(EffectSendText)
	t.c.Links.Sends++
	t.c.News = slices.DeleteFunc(t.c.News, func(id string) bool { return strings.HasPrefix(id, "text_") })
	t.c.Links.Install, t.c.Links.Activate = TextQueued, TextUnknown
	t.c.Links.SentAt, t.c.Links.Second = t.e.At.Unix(), false
	t.start(EffectSendText, uint8(TextInstall))
}

// secondText sends the link that activates, once: after the first one is on its
// way, or has been waited for long enough (the order of texts is not kept otherwise).
func (t *talk) secondText() {
	l := &t.c.Links
	if l.Second || l.MadeAt == 0 || !t.linksLive() {
		return
	}
	l.Second, l.Activate = true, TextQueued
	t.start(EffectSendText, uint8(TextActivate))
}

// secondAfter is how long the second text waits for the first, in seconds.
const secondAfter = 15

// delivered takes a delivery callback, unless it is of an earlier sending.
func (t *talk) delivered(w Texted) {
	if w.Send == t.c.Links.Sends {
		t.texted(w.Text, w.Status)
	}
}

// texted notes how far a text has come; only forward.
func (t *talk) texted(text Text, s TextStatus) {
	l := &t.c.Links
	var st *TextStatus
	switch text {
	case TextInstall:
		st = &l.Install
	case TextActivate:
		st = &l.Activate
	case TextNone, TextCode, TextWeb:
		return
	}
	before := *st
	*st = st.Advance(s)
	if text == TextInstall && *st >= TextSent && !st.Bad() {
		t.secondText()
	}
	if st.Bad() && !before.Bad() {
		t.badText(*st)
	}
}

// badText has the bad end of a text told at the next chance. The second is not
// sent to a phone that takes no texts; after any other bad end of the first it
// is, in its time, since the app may be on the phone already.
func (t *talk) badText(s TextStatus) {
	if s == TextOptedOut || s == TextLandline {
		t.c.Links.Second = true
	}
	id := "text_" + s.String()
	if slices.Contains(t.c.News, id) {
		return
	}
	t.c.News = append(t.c.News, id)
}

// linksLive reports whether the activation link can still be used.
func (t *talk) linksLive() bool {
	return t.c.Links.Until != 0 && t.e.At.Unix() < t.c.Links.Until && !t.c.Links.Done
}
