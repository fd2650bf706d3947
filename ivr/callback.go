package ivr

import "time"

// Callback is what a caller wants who is to be called back; and of a call that the
// line makes, which callback it is.
type Callback struct {
	Keyed string  `msgpack:"k,omitempty"` // the number to be checked, as keyed, or the calling one
	To    string  `msgpack:"t,omitempty"` // E.164: checked, to be called
	Own   bool    `msgpack:"o,omitempty"` // it is the one that the call comes from
	Shut  bool    `msgpack:"s,omitempty"` // asked for while the desk is closed
	After string  `msgpack:"a,omitempty"` // why there was nobody: the reason of the ending of who wants no callback
	Slots []int64 `msgpack:"l,omitempty"` // Unix seconds of the times on offer
	Due   int64   `msgpack:"d,omitempty"` // Unix seconds of the one chosen; 0: when it is their turn
	Bad   uint8   `msgpack:"b,omitempty"` // numbers that are not called, so far
	Offer int     `msgpack:"f,omitempty"` // of a call that the line makes: which agent waits, by the transfer's offers
}

// maxSlots is how many times are offered; with "as soon as possible" before them
// they make four options.
const maxSlots = 3

// slotLength is how long the part of an hour is that somebody can choose.
const slotLength = 30 * time.Minute

// callsBack reports whether the caller may be called back at all.
func (t *talk) callsBack() bool { return t.line().Callbacks }

// offerCallback offers a callback to a caller for whom nobody is there, or who
// asked for it in the queue. Who wants none hears what comes after that.
func (t *talk) offerCallback(shut bool, after string) {
	t.c.Callback = Callback{Shut: shut, After: after}
	if t.c.Queue.Proof == "" {
		t.c.Queue.Proof = proof(t.c.Salt, t.c.Effects+1)
	}
	t.askCallback()
}

func (t *talk) askCallback() {
	c := t.c
	c.Callback.Keyed, c.Callback.To, c.Callback.Own, c.Callback.Due = "", "", false, 0
	switch {
	case c.Callback.Shut:
		t.say("callback_offer_closed")
	case c.Callback.After != "":
		t.say("callback_offer_free")
	default:
		t.say("callback_offer")
	}
	t.say("callback_proves_nothing")
	t.ask(StepCallback)
}

// ownNumber reports whether the number that the call comes from may be called: not
// one that is withheld, or that the carrier says is somebody else's.
func (t *talk) ownNumber() bool { return t.c.From != "" && !t.c.Suspect }

func (t *talk) callbackMenu() menu {
	var m menu
	if t.ownNumber() {
		m.options = append(m.options, option{key: '1', say: "callback_own", args: []string{"last", Phone{Number: t.c.From}.Last2()}, do: func(t *talk) {
			t.c.Callback.Keyed, t.c.Callback.Own = t.c.From, true
			t.await(EffectCheckNumber, 0)
		}})
	}
	m.options = append(m.options, option{key: '2', say: "callback_other", do: func(t *talk) { t.askCallbackTo() }})
	if t.c.Callback.After == "" {
		m.options = append(m.options, option{key: '3', say: "callback_wait_on", do: func(t *talk) { t.noCallback() }})
	} else {
		m.end = (*talk).noCallback
	}
	return m
}

// noCallback goes on without one: in the queue, at the place of before, or to the
// end.
func (t *talk) noCallback() {
	c := t.c
	switch {
	case c.Callback.After == "":
		t.person(c.Queue.Why)
	case c.Callback.After == "queue_full":
		t.fullStill()
	case c.Callback.Shut && c.Callback.After == "asked" && !c.Shut: // what needs no person goes on
		c.Shut = true
		t.mainAgain()
	case c.Callback.Shut:
		t.goodbye(ResultClosed, c.Callback.After)
	default:
		t.goodbye(ResultFailed, c.Callback.After)
	}
}

// askCallbackTo asks for another number.
func (t *talk) askCallbackTo() {
	t.c.Step = StepCallbackTo
	t.c.Callback.Own = false
	t.say("ask_callback_number")
	t.listenEntry()
}

// keyedNumber reads the number back before anything is asked about it.
func (t *talk) keyedNumber(digits string) {
	if len(digits) < 7 || len(digits) > 18 { // with an international prefix: refused for what it is
		say := "no_key"
		if digits != "" {
			say = "callback_not_a_number"
		}
		t.miss(say)
		return
	}
	t.c.Callback.Keyed = digits
	t.c.Misses, t.c.Cleared = 0, 0
	t.askCallbackConfirm()
}

func (t *talk) askCallbackConfirm() {
	t.say("confirm_number", "number", t.c.Callback.Keyed)
	t.ask(StepCallbackConfirm)
}

func (t *talk) callbackConfirmMenu() menu {
	return menu{options: []option{
		{key: '1', say: "confirm_yes", do: func(t *talk) { t.await(EffectCheckNumber, 0) }},
		{key: '2', say: "confirm_no", do: func(t *talk) { t.askCallbackTo() }},
	}}
}

// The reasons of [NumberChecked] for a number that is not called.
const (
	NumberInvalid = "invalid" // cannot exist
	NumberForeign = "foreign" // of a country that is not called
	NumberPremium = "premium" // costs whoever calls it, or belongs to nobody
)

// numberChecked goes on with a number that may be called. With another one the
// caller may try another.
func (t *talk) numberChecked(w NumberChecked) {
	c := t.c
	switch w.Outcome {
	case OutcomeOK:
		c.Callback.To = w.Number
		c.Callback.Slots = t.slots()
		if len(c.Callback.Slots) == 0 {
			t.await(EffectTakeCallback, 0)
			return
		}
		t.ask(StepCallbackSlot)
	case OutcomeFailed:
		own := c.Callback.Own
		t.say("callback_refused_" + refusal(w.Why))
		c.Callback.Bad++
		switch {
		case c.Callback.Bad >= maxMisses:
			t.noCallback()
		case own:
			t.askCallback()
		default:
			t.askCallbackTo()
		}
	default:
		t.say("callback_unavailable")
		t.noCallback()
	}
}

func refusal(why string) string {
	switch why {
	case NumberForeign, NumberPremium:
		return why
	}
	return NumberInvalid
}

// slots are the next half-hours in which the desk is open for their whole length,
// two hours apart, the first at least half an hour from now.
func (t *talk) slots() []int64 {
	l, from := t.line(), t.e.At.Add(slotLength)
	var all []int64
	at := from.Truncate(slotLength)
	if at.Before(from) {
		at = at.Add(slotLength)
	}
	for range lookAhead * 48 {
		if len(all) >= min(l.Slots, maxSlots) {
			break
		}
		first, _, _ := l.Hours.Open(at)
		last, _, _ := l.Hours.Open(at.Add(slotLength - time.Minute))
		if first && last && !l.Quiet.quietAt(at.In(l.Hours.location())) {
			all = append(all, at.Unix())
			at = at.Add(2*time.Hour - slotLength)
		}
		at = at.Add(slotLength)
	}
	return all
}

func (t *talk) slotMenu() menu {
	soon := "callback_soon"
	if t.c.Callback.Shut {
		soon = "callback_at_opening"
	}
	m := menu{options: []option{{key: '1', say: soon, do: func(t *talk) { t.await(EffectTakeCallback, 0) }}}}
	for i, unix := range t.c.Callback.Slots {
		when := time.Unix(unix, 0).In(t.line().Hours.location()).Format(time.RFC3339)
		m.options = append(m.options, option{key: byte('2' + i), say: "callback_slot", args: []string{"next", when}, do: func(t *talk) {
			t.c.Callback.Due = unix
			t.await(EffectTakeCallback, 0)
		}})
	}
	return m
}

// callbackTaken says what happens next, and how the caller will know that it is
// the desk.
func (t *talk) callbackTaken(w CallbackTaken) {
	c := t.c
	switch w.Outcome {
	case OutcomeOK:
		t.say("callback_taken", "last", Phone{Number: c.Callback.To}.Last2())
		if c.Callback.Due != 0 {
			t.say("callback_when", "next", time.Unix(c.Callback.Due, 0).In(t.line().Hours.location()).Format(time.RFC3339))
		}
		t.say("callback_proof", "proof", c.Queue.Proof)
		t.goodbye(ResultCallback, "callback")
		return
	case OutcomeFailed: // there is one already
		t.say("callback_already")
	case OutcomeLimited:
		t.say("callback_full")
	default:
		t.say("callback_unavailable")
	}
	t.noCallback()
}

// calledBack is the first turn of a call that the line makes: whoever picks up, or
// whatever records it, hears the line's name and nothing else.
func (t *talk) calledBack(w CalledBack) {
	c := t.c
	c.Ref = hex16(t.e.Seed)
	c.Salt = mix(t.e.Seed)
	c.Started = t.e.At.Unix()
	c.From, c.Line, c.Language = w.To, w.Line, w.Language
	l := t.line()
	c.Line = l.ID
	if c.Language == "" {
		c.Language = l.Languages[0]
	}
	c.Queue.Transfer, c.Callback.Offer = w.Transfer, w.Offer
	t.askCalled()
}

func (t *talk) askCalled() {
	t.say("called_back", "line", t.line().Name)
	t.ask(StepCalled)
}

func (t *talk) calledMenu() menu {
	return menu{seconds: 8, only: true, end: (*talk).notPressed, options: []option{
		{key: '1', say: "called_yes", do: func(t *talk) { t.await(EffectAnswerCallback, 1) }},
		{key: '2', say: "called_no", do: func(t *talk) { t.await(EffectAnswerCallback, 0) }},
		{key: '0', do: func(t *talk) { t.await(EffectAnswerCallback, 1) }},
	}}
}

// notPressed asks again, and then gives up: a voicemail takes no call.
func (t *talk) notPressed() {
	if t.c.Misses++; t.c.Misses >= maxMisses {
		t.finish(ResultFailed, "not_pressed")
		return
	}
	t.askCalled()
}

// callbackAnswered has the person meet the agent. From here on the call is one like
// all others: nothing is proven by having been called.
func (t *talk) callbackAnswered(w CallbackAnswered) {
	c := t.c
	switch {
	case w.Declined:
		t.say("called_no_more")
		t.goodbye(ResultCompleted, "not_wanted")
	case w.Outcome != OutcomeOK:
		t.say("called_too_late")
		t.goodbye(ResultFailed, "agent_gone")
	default:
		c.Request = RequestPerson
		c.Queue.Proof = w.Proof
		t.jump(Jump{Transfer: c.Queue.Transfer, Agent: w.Agent})
	}
}

// Quiet is the part of each day in which nobody is called, in minutes from midnight
// by the wall clock; it may go past midnight. The zero value is none.
type Quiet struct{ From, To int }

func (q Quiet) quietAt(at time.Time) bool {
	m := at.Hour()*60 + at.Minute()
	if q.From <= q.To {
		return q.From <= m && m < q.To
	}
	return m >= q.From || m < q.To
}

// MayCall is the next moment, at or after at, at which somebody may be called back:
// in the hours, and not in the quiet part of the day; zero when there is none for
// two weeks.
func (l *Line) MayCall(at time.Time) time.Time {
	for range lookAhead * 24 * 4 {
		if open, _, _ := l.Hours.Open(at); open && !l.Quiet.quietAt(at.In(l.Hours.location())) {
			return at
		}
		at = at.Truncate(15 * time.Minute).Add(15 * time.Minute)
	}
	return time.Time{}
}
