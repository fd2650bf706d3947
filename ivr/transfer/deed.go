package transfer

// Deed is what an agent asks for on the page.
type Deed uint8

// The deeds.
const (
	DeedUnknown  Deed = iota
	DeedAccept        // takes the call; a phone that rings still has to be picked up, and 1 pressed
	DeedDecline       // does not
	DeedHold          // puts the caller on hold; with three, the two agents talk apart again
	DeedResume        // takes the caller off hold
	DeedConsult       // asks a second agent, the caller on hold
	DeedJoin          // brings the caller in: three talk
	DeedHandOver      // gives the caller to the second agent and leaves
	DeedDrop          // lets the second agent go, or takes the request back; of the second agent: leaves
	DeedEnd           // hangs up
)

// Deeds returns every deed but DeedUnknown.
func Deeds() []Deed {
	return []Deed{DeedAccept, DeedDecline, DeedHold, DeedResume, DeedConsult, DeedJoin, DeedHandOver, DeedDrop, DeedEnd}
}

// String is the deed's name on pages and in metrics.
func (d Deed) String() string {
	names := [...]string{"unknown", "accept", "decline", "hold", "resume", "consult", "join", "hand_over", "drop", "end"}
	return name(names[:], "deed", d)
}

// ParseDeed is the inverse of [Deed.String]; "unknown" is an error, too.
func ParseDeed(name string) (Deed, error) { return parse(Deeds(), "deed", name) }

// Answer is what became of a deed.
type Answer uint8

// The answers.
const (
	AnswerUnknown Answer = iota
	AnswerDone           // it is done, or was before: by the phone, or by a page that was sent twice
	AnswerOver           // the call is not this agent's any more
	AnswerNotNow         // it does not fit what the call has become
)

// Answers returns every answer but AnswerUnknown.
func Answers() []Answer { return []Answer{AnswerDone, AnswerOver, AnswerNotNow} }

// String is the answer's name in tests and metrics.
func (a Answer) String() string {
	names := [...]string{"unknown", "done", "over", "not_now"}
	return name(names[:], "answer", a)
}

// Do is a deed of an agent, as asked for on a page that showed the offer.
type Do struct {
	Agent     string
	Offer     uint32
	Deed      Deed
	Colleague string // of DeedConsult: whom to ask; "" is whoever is free
	// PickedUp, of DeedAccept: the page showed that the phone had been picked up, and
	// so whoever accepts on it says that they did.
	PickedUp bool
}

// May are the deeds that an agent may ask for now.
func (t *Transfer) May(agent string) []Deed {
	var may []Deed
	for _, d := range Deeds() {
		if c := t.seatOf(agent, t.offerOf(agent)); c != nil && t.fits(c, d) {
			may = append(may, d)
		}
	}
	return may
}

// Watched reports whether the page of an agent who has the call should have the
// desk look ([Look]): something is under way, or would go unheard.
func (t *Transfer) Watched() bool { return t.Planned != 0 || t.Talking() && t.State != StateBridged }

// AwaitsKey reports whether the phone of an agent who has not accepted on it was
// picked up.
func (t *Transfer) AwaitsKey(agent string) bool {
	c := t.seatOf(agent, t.offerOf(agent))
	return c != nil && c.Prompt > 0 && (c == &t.Seat && t.State == StateOffered || c == &t.Second.Seat && t.Second.Stage == StageOffered)
}

// offerOf is the offer that an agent has, or 0.
func (t *Transfer) offerOf(agent string) uint32 {
	for _, c := range []*Seat{&t.Seat, &t.Second.Seat} {
		if agent != "" && c.Agent == agent {
			return c.Offer
		}
	}
	return 0
}

func (t *Transfer) seatOf(agent string, offer uint32) *Seat {
	for _, c := range []*Seat{&t.Seat, &t.Second.Seat} {
		if agent != "" && c.Agent == agent && c.Offer == offer {
			return c
		}
	}
	return nil
}

// fits says whether a deed changes anything now that the agent may change.
func (t *Transfer) fits(c *Seat, d Deed) bool {
	if t.Gone {
		return false
	}
	if c == &t.Second.Seat {
		return t.fitsSecond(d)
	}
	switch d {
	case DeedAccept:
		return t.State == StateOffered && (!c.Accepted || c.Prompt > 0)
	case DeedDecline:
		return t.State == StateOffered
	case DeedEnd:
		return t.State == StateAccepted || t.Talking()
	case DeedUnknown, DeedHold, DeedResume, DeedConsult, DeedJoin, DeedHandOver, DeedDrop:
	}
	return t.Talking() && t.fitsTalk(d)
}

// fitsTalk is fits for the owner of a caller who is in the conference.
func (t *Transfer) fitsTalk(d Deed) bool {
	in := t.Second.Stage == StageIn
	switch d {
	case DeedHold:
		return t.State == StateBridged || t.State == StateThreeWay
	case DeedResume:
		return t.State == StateHeld
	case DeedConsult:
		return t.State == StateBridged || t.State == StateHeld
	case DeedJoin:
		return t.State == StateConsulting && in
	case DeedHandOver:
		return in
	case DeedDrop:
		return t.Second.Stage != StageNone
	case DeedUnknown, DeedAccept, DeedDecline, DeedEnd:
	}
	return false
}

func (t *Transfer) fitsSecond(d Deed) bool {
	switch d {
	case DeedAccept:
		return t.Second.Stage == StageOffered && (!t.Second.Accepted || t.Second.Prompt > 0)
	case DeedDecline:
		return t.Second.Stage == StageOffered
	case DeedJoin:
		return t.State == StateConsulting && t.Second.Stage == StageIn
	case DeedDrop, DeedEnd:
		return t.Second.Stage == StageIn
	case DeedUnknown, DeedHold, DeedResume, DeedConsult, DeedHandOver:
	}
	return false
}

// already says whether what a deed wants is so.
func (t *Transfer) already(c *Seat, d Deed) bool {
	first := c == &t.Seat
	switch d {
	case DeedAccept:
		return c.Accepted || first && t.State != StateOffered || !first && t.Second.Stage == StageIn
	case DeedHold:
		return t.State == StateHeld || t.State == StateConsulting
	case DeedResume:
		return t.State == StateBridged || t.State == StateThreeWay
	case DeedJoin:
		return t.State == StateThreeWay
	case DeedDrop:
		return first && t.Second.Stage == StageNone && t.Talking()
	case DeedUnknown, DeedDecline, DeedConsult, DeedHandOver, DeedEnd:
	}
	return false
}

// deed does what an agent asks for on the page. Of page and phone, whichever
// comes first counts.
func (s *step) deed(w Do) {
	t := s.t
	c := t.seatOf(w.Agent, w.Offer)
	switch {
	case c == nil:
		s.turn.Answer = AnswerOver
		return
	case !t.fits(c, w.Deed), w.Deed == DeedConsult && w.Colleague == w.Agent:
		s.turn.Answer = AnswerNotNow
		if t.already(c, w.Deed) {
			s.turn.Answer = AnswerDone
		}
		return
	}
	s.turn.Answer = AnswerDone
	switch w.Deed {
	case DeedAccept:
		s.acceptOnPage(c, w.PickedUp)
	case DeedDecline:
		s.stopRing(c)
		s.turnedDown(c, ReasonPage, PresenceReady)
	case DeedHold:
		s.hold()
	case DeedResume:
		s.become(StateBridged)
	case DeedConsult:
		s.consult(w.Colleague)
	case DeedJoin:
		offer := t.Second.Offer
		s.become(StateThreeWay)
		s.do(Announce{Offer: offer})
	case DeedHandOver:
		first := t.Seat
		s.promote(ReasonHandedOver)
		s.tell(&first)
	case DeedDrop, DeedEnd:
		s.goAway(c, w.Deed)
	case DeedUnknown:
		s.turn.Answer = AnswerNotNow
	}
}

// goAway takes one of the agents, or the request for one, out of the talk.
func (s *step) goAway(c *Seat, d Deed) {
	t := s.t
	switch {
	case s.second(c):
		s.stopRing(c)
		s.endSecond(ReasonAgentLeft, PresenceWrapUp)
		s.back()
	case d == DeedDrop:
		from := t.Second.From
		if t.Second.Stage == StageIn {
			t.Told, t.Tale = t.Second.Offer, taleThanked
			s.tell(&t.Second.Seat)
		}
		s.cancelSecond(ReasonWithdrawn)
		t.Second.From = from
		s.back()
	default:
		s.stopRing(c)
		if t.State != StateAccepted { // the end of the call says so there
			s.firstLeft(ReasonAgentLeft)
		}
	}
}

// acceptOnPage proves that a human is there, and nothing about who picks the phone
// up: a voicemail must never get a call. One that rings wants a key afterwards, without
// the brief; the agent who was shown that it had been picked up joins at once.
func (s *step) acceptOnPage(c *Seat, pickedUp bool) {
	c.Accepted = true
	if c.Prompt == 0 || !pickedUp {
		return
	}
	s.accept(c)
	c.Met = false
	s.turn.Say, s.turn.Then, s.turn.Ends = nil, ThenNothing, false // nobody listens to this answer
	s.tell(c)
}

// hold puts the caller on hold.
func (s *step) hold() {
	if s.t.State == StateThreeWay {
		s.become(StateConsulting)
		return
	}
	s.become(StateHeld)
}
