package ivr

import "strings"

// request notes what the caller came for and asks who they say they are.
func (t *talk) request(r Request) {
	t.c.Request = r
	if r == RequestSameNumber && t.verdict().Why == "account_unread" { // proven; only Duo has not answered
		t.readAccount()
		return
	}
	if t.c.Facts.Known && len(t.c.Passed) > 0 && t.verdict().Level.Allows(LevelLinks) && r == RequestSameNumber {
		t.choosePhone()
		return
	}
	t.askID()
}

// maxClears is how often an entry may be cleared before it counts as a try.
const maxClears = 3

// askID asks for the unique ID. What was proven for an earlier one is gone, and so
// are the links that went to that one's phone; the sets that were used are not. A
// withheld number gets a person by whichever way it comes here: nothing would bound
// how many IDs it tries.
func (t *talk) askID() {
	c := t.c
	if c.From == "" {
		t.say("withheld")
		t.person("withheld")
		return
	}
	c.Step = StepID
	c.ID, c.Factor, c.Passed, c.Skipped, c.Facts, c.Code = "", 0, nil, nil, Facts{}, Code{Sends: c.Code.Sends}
	c.Phone, c.Links, c.News = 0, c.Links.fresh(), nil
	t.drop(EffectSendCode, EffectSendText)
	t.say("ask_id", "digits", itoa(t.line().IDDigits))
	t.listenEntry()
}

// listenEntry awaits digits; the design gives ten seconds between them.
func (t *talk) listenEntry() { t.expect(ExpectEntry, 10) }

// entry deals with digits at a step that collects them. There 0 and 9 are
// digits, unless they come alone; the star key clears what was keyed, and goes
// back when nothing was.
func (t *talk) entry(in Input) {
	digits := in.Keys
	switch {
	case digits != "" && strings.Trim(digits, "*") == "":
		t.c.Misses = 0
		t.back()
		return
	case strings.Contains(digits, "*"):
		t.clear()
		return
	case digits == "0":
		t.c.Misses = 0
		t.person("asked")
		return
	case digits == "9":
		t.c.Misses = 0
		t.again()
		return
	}
	digits = strings.ReplaceAll(digits, "#", "")
	switch t.c.Step {
	case StepID:
		t.keyedID(digits)
	case StepFactor:
		t.keyedFactor(digits, in.Pound)
	case StepCallbackTo:
		t.keyedNumber(digits)
	default:
		t.keyedReference(digits, in.Pound)
	}
}

// clear asks anew. Who clears again and again is helped like somebody who keys
// in nothing.
func (t *talk) clear() {
	if t.c.Cleared >= maxClears {
		t.miss("cleared")
		return
	}
	t.c.Cleared++
	t.say("cleared")
	t.again()
}

// keyedID reads the ID back. An incomplete one is a silent try.
func (t *talk) keyedID(digits string) {
	if len(digits) != t.line().IDDigits {
		say := "no_key"
		if digits != "" {
			say = "id_length"
		}
		t.miss(say)
		return
	}
	t.c.ID = digits
	t.c.Misses, t.c.Cleared = 0, 0
	t.askConfirm()
}

// askConfirm reads the ID back, digit by digit.
func (t *talk) askConfirm() {
	t.say("confirm_id", "id", t.c.ID)
	t.ask(StepConfirm)
}

func (t *talk) confirmMenu() menu {
	return menu{options: []option{
		{key: '1', say: "confirm_yes", do: func(t *talk) { t.lookUp() }},
		{key: '2', say: "confirm_no", do: func(t *talk) { t.askID() }},
	}}
}

// lookUp finds the person; what it finds is not spoken of.
func (t *talk) lookUp() {
	if t.c.IDs >= t.d.Policy.CallIDs {
		t.say("cannot_verify")
		t.person("ids")
		return
	}
	t.c.IDs++
	t.await(EffectLookUp, 0)
}

// lookedUp goes to the first factor, the same way for everybody.
func (t *talk) lookedUp(w LookedUp) {
	switch w.Outcome {
	case OutcomeOK:
		t.c.Facts = w.Facts
		t.c.Facts.Need = w.Facts.Need.And(t.line().Need).And(Need{Strong: t.c.Suspect})
		t.c.Factor = 0
		t.nextFactor()
	case OutcomeLimited:
		t.say("cannot_verify")
		t.person("limited")
	default:
		t.say("cannot_check")
		t.person("unavailable")
	}
}
