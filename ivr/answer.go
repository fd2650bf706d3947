package ivr

import (
	"slices"
	"strconv"
)

// ring is the first turn: whose line it is, and whether the call fits.
func (t *talk) ring(w Ring) {
	c := t.c
	c.Ref = hex16(t.e.Seed)
	c.Salt = mix(t.e.Seed)
	c.Started = t.e.At.Unix()
	c.From, c.Suspect = w.From, w.Suspect
	c.Step = StepAdmit
	lines := t.linesOf(w.To)
	if len(lines) == 0 {
		lines = t.d.Lines[:1]
	}
	c.Line = lines[0].ID
	c.Language = lines[0].Languages[0]
	t.await(EffectAdmit, 0)
}

// linesOf are the lines that share a number.
func (t *talk) linesOf(number string) []Line {
	var lines []Line
	for _, l := range t.d.Lines {
		if l.Number == number {
			lines = append(lines, l)
		}
	}
	return lines
}

// admitted goes on with a call that fits its number's cap. When the cap cannot
// be read, or the number is withheld, a person decides.
func (t *talk) admitted(w Admitted) {
	t.c.Closures = w.Closures
	switch {
	case w.Outcome == OutcomeLimited:
		t.say("busy_number")
		t.finish(ResultRefused, "too_many_calls")
	case w.Outcome != OutcomeOK:
		t.greeting()
		t.person("unavailable")
	case len(t.linesOf(t.line().Number)) > 1:
		t.c.Step = StepLine
		t.askPlain()
	default:
		t.answer()
	}
}

// answer greets and opens the main menu.
func (t *talk) answer() {
	t.greeting()
	if t.c.From == "" {
		t.say("withheld")
		t.person("withheld")
		return
	}
	t.c.Step = StepMenu
	t.offerLanguage()
	t.ask(StepMenu)
}

// offerLanguage offers the line's next language, in that language's own words. It
// comes before the menu and once: who needs it would not follow the options, and
// who does not hears five of them.
func (t *talk) offerLanguage() {
	if next := t.otherLanguage(); next != t.c.Language {
		t.say("menu_language", "key", "8")
		t.turn.Say[len(t.turn.Say)-1].Lang = next
	}
}

// greeting names the line, and says a notice if one is set.
func (t *talk) greeting() {
	t.say("greeting", "line", t.line().Name)
	if t.line().Notice {
		t.say("notice")
	}
	if c, shut := closure(t.c.Closures, t.line().ID, t.e.At); shut {
		t.say("closure", "reason", c.reason())
	}
}

// greetless is the main menu without the greeting.
func (t *talk) greetless() {
	t.news()
	t.ask(StepMenu)
}

func (t *talk) lineMenu() menu {
	var m menu
	for i, l := range t.linesOf(t.line().Number) {
		m.options = append(m.options, option{key: byte('1' + i), say: "choose_line", args: []string{"line", l.Name}, do: func(t *talk) {
			t.c.Line, t.c.Language = l.ID, l.Languages[0]
			t.answer()
		}})
	}
	return m
}

func (t *talk) mainMenu() menu {
	return menu{options: []option{
		{key: '1', say: "menu_same_number", do: func(t *talk) { t.request(RequestSameNumber) }},
		{key: '2', say: "menu_new_number", do: func(t *talk) { t.request(RequestNewNumber) }},
		{key: '3', say: "menu_web", do: func(t *talk) { t.askWeb() }},
		{key: '4', say: "menu_trouble", do: func(t *talk) { t.askTrouble() }},
		{key: '0', say: "menu_person"},
		{key: '8', do: func(t *talk) { t.nextLanguage() }}, // see offerLanguage
	}}
}

// nextLanguage switches to the line's next language, for the rest of the call.
func (t *talk) nextLanguage() {
	next := t.otherLanguage()
	if next == t.c.Language {
		t.miss("wrong_key")
		return
	}
	t.c.Language = next
	t.offerLanguage()
	t.greetless()
}

// otherLanguage is the line's language after the call's own, round and round.
func (t *talk) otherLanguage() string {
	all := t.line().Languages
	i := slices.Index(all, t.c.Language)
	return all[(i+1)%len(all)]
}

// hex16 is a seed as 16 hex digits.
func hex16(n uint64) string {
	s := strconv.FormatUint(n, 16)
	return "0000000000000000"[len(s):] + s
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014): a second number
// from the same seed. It need not be secret: codes are keyed by a pepper.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
