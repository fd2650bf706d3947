package transfer

import "time"

// CallbackOutcome is how calling a person back ended. It labels metrics.
type CallbackOutcome uint8

// The outcomes.
const (
	CallbackPending   CallbackOutcome = iota // has not ended
	CallbackReached                          // the person pressed 1 and met the agent
	CallbackNoAnswer                         // nobody picked up
	CallbackBusy                             // the person was on the phone
	CallbackNoKey                            // picked up, and 1 was not pressed: a voicemail, or somebody who hung up
	CallbackRefused                          // the carrier did not place the call, or it failed
	CallbackDown                             // the carrier's API does not answer
	CallbackAgentLeft                        // the agent did not wait for the person
	CallbackDeclined                         // the person pressed 2: nobody there wants it
	CallbackWithdrawn                        // it was cancelled, or taken by somebody else, before it was dialled
	CallbackLost                             // nobody knows
)

// CallbackOutcomes returns every outcome but CallbackPending.
func CallbackOutcomes() []CallbackOutcome {
	all := make([]CallbackOutcome, 0, CallbackLost)
	for o := CallbackReached; o <= CallbackLost; o++ {
		all = append(all, o)
	}
	return all
}

// String is the outcome's metric label.
func (o CallbackOutcome) String() string {
	names := [...]string{
		"pending", "reached", "no_answer", "busy", "no_key", "refused", "down", "agent_left", "declined", "withdrawn", "lost",
	}
	return name(names[:], "callback", o)
}

// The events of somebody who is called back.
type (
	// Aside takes a caller out of the queue who wants to be called back instead, and
	// stops the ring that may be under way: [AnswerDone]. A caller whom an agent has
	// accepted stays: [AnswerNotNow].
	Aside struct{}
	// PersonDialled answers [DialPerson]: the carrier took the call.
	PersonDialled struct {
		Offer uint32
		SID   string
	}
	// PersonNotDialled answers [DialPerson]: it did not, or was not asked.
	PersonNotDialled struct {
		Offer   uint32
		Outcome CallbackOutcome
	}
	// PersonStatus is the carrier's word on the person's call.
	PersonStatus struct {
		Offer  uint32
		SID    string
		Status LegStatus
	}
	// PersonKey is what the person pressed: Yes goes on into the conference
	// ([ThenJoin]) if the agent is there still ([ThenWait] if not).
	PersonKey struct {
		Offer uint32
		SID   string
		Yes   bool
	}
)

func (Aside) what()            {}
func (PersonDialled) what()    {}
func (PersonNotDialled) what() {}
func (PersonStatus) what()     {}
func (PersonKey) what()        {}

type (
	// DialPerson calls the person back whom an agent has accepted. It reports
	// [PersonDialled] or [PersonNotDialled].
	DialPerson struct{ Offer uint32 }
	// SettleCallback tells how the attempt ended, once.
	SettleCallback struct{ Outcome CallbackOutcome }
)

func (DialPerson) action()     {}
func (SettleCallback) action() {}

// LeaveCallback is the [Transfer.Leave] of a caller who wants to be called back.
const LeaveCallback = "callback"

// aside has a caller leave the queue for a callback.
func (s *step) aside() {
	t := s.t
	switch {
	case t.State == StateDone && t.Leave == LeaveCallback:
		s.turn.Answer = AnswerDone
		return
	case t.Gone, t.State != StateQueued && t.State != StateOffered:
		s.turn.Answer = AnswerNotNow
		return
	case t.State == StateOffered:
		if t.Prompt == 0 {
			s.stopRing(&t.Seat)
			s.release(ReasonAside, PresenceReady)
			break
		}
		t.Told, t.Tale = t.Offer, taleAside
		s.tell(&t.Seat)
		s.release(ReasonAside, PresenceReady)
	default:
		e := ReasonAside.Ending()
		t.Result, t.Reason = e.Result, e.Reason
		s.do(Report{Ending: e})
	}
	s.turn.Answer = AnswerDone
	s.leave(LeaveCallback)
}

// joinCallback queues somebody who is not on the line. One attempt is dialled once:
// what has been settled does not come back.
func (s *step) joinCallback(w Join) {
	t := s.t
	switch {
	case t.State == StateUnknown:
		*t = Transfer{ID: w.ID, Ticket: w.Ticket}
	case t.State == StateDone && t.Ticket.Callback == w.Ticket.Callback && t.Callback == CallbackPending && !t.Dialled:
		*t = Transfer{ID: t.ID, Ticket: w.Ticket, Seat: Seat{Offer: t.Offer}, Claims: t.Claims, Told: t.Told, Tale: t.Tale, Plan: t.Plan}
	default:
		return
	}
	s.enter(StateQueued)
	t.Queued = w.Ticket.Place
	s.do(Requeue{Since: time.UnixMilli(t.Queued)}, Wake{})
}

// unattended reports whether nobody is on the line yet who would have to be told
// anything: a callback that waits for an agent.
func (t *Transfer) unattended() bool { return t.Ticket.Callback != "" && t.Ticket.CallSID == "" }

// calling reports whether an agent waits for a person who is being called back.
func (t *Transfer) calling() bool { return t.State == StateAccepted && t.unattended() }

// dial has the person called whom an agent has accepted.
func (s *step) dial() {
	s.t.Dialled = true
	s.do(DialPerson{Offer: s.t.Offer}, Wake{After: s.rules.personTime()})
	s.sayProof()
	s.say("agent_calling")
}

// personTime is from the accept to the time when the person must have pressed 1.
func (r Rules) personTime() time.Duration { return r.PersonRing + r.RingGrace + r.PersonWindow }

// personDialled learns the SID of the person's call. One that nobody waits for any
// more is ended.
func (s *step) personDialled(w PersonDialled) {
	if !s.personIs(w.Offer, w.SID) {
		s.stray(w.SID)
	}
}

// personIs reports whether a call is the one that an agent waits for. The first
// SID heard of is.
func (s *step) personIs(offer uint32, sid string) bool {
	t := s.t
	if t.Ticket.Callback == "" || t.Offer != offer || sid == "" || t.Person != "" && t.Person != sid {
		return false
	}
	if t.Person == "" && !t.calling() {
		return false
	}
	t.Person = sid
	return t.calling() || t.Ticket.CallSID == sid
}

// personNotDialled frees the agent of a person who could not be called.
func (s *step) personNotDialled(w PersonNotDialled) {
	t := s.t
	if !t.calling() || w.Offer != t.Offer || t.Person != "" {
		return
	}
	why := ReasonRefused
	switch w.Outcome {
	case CallbackDown:
		why = ReasonCarrierDown
	case CallbackWithdrawn:
		why = ReasonCancelled
	default:
	}
	s.missed(why, w.Outcome)
}

// personStatus ends an attempt whose call is over. The window opens anew when the
// person picks up.
func (s *step) personStatus(w PersonStatus) {
	t := s.t
	switch {
	case !s.personIs(w.Offer, w.SID):
		if !w.Status.Ended() {
			s.stray(w.SID)
		}
	case !t.calling():
	case w.Status == LegUp:
		if !t.PickedUp {
			t.PickedUp = true
			s.enter(StateAccepted)
			s.do(Wake{After: s.rules.PersonWindow})
		}
	case !w.Status.Ended():
	case t.PickedUp || w.Status == LegCompleted:
		s.missed(ReasonNotJoined, CallbackNoKey)
	case w.Status == LegBusy:
		s.missed(ReasonNotJoined, CallbackBusy)
	case w.Status == LegFailed:
		s.missed(ReasonNotJoined, CallbackRefused)
	default:
		s.missed(ReasonNotJoined, CallbackNoAnswer)
	}
}

// personKey has the person and the agent meet.
func (s *step) personKey(w PersonKey) {
	t := s.t
	s.turn.Then = ThenWait
	switch {
	case !s.personIs(w.Offer, w.SID):
	case !w.Yes && t.calling():
		s.missed(ReasonDeclined, CallbackDeclined)
	case !w.Yes:
	case t.calling():
		t.Ticket.CallSID = w.SID
		t.Callback = CallbackReached
		s.do(SettleCallback{Outcome: CallbackReached})
		s.enter(StateBridged)
		s.turn.Then, s.turn.Agent = ThenJoin, t.Agent
	case t.Talking():
		s.turn.Then, s.turn.Agent = ThenJoin, t.Agent
	}
}

// personOverdue ends an attempt of which nothing was heard for too long.
func (s *step) personOverdue() {
	t := s.t
	switch {
	case t.PickedUp && s.passed(t.Since, s.rules.PersonWindow):
		s.missed(ReasonNotJoined, CallbackNoKey)
	case !t.PickedUp && s.passed(t.Since, s.rules.personTime()):
		s.missed(ReasonNotJoined, CallbackNoAnswer)
	}
}

// missed tells and frees an agent whose person was not reached.
func (s *step) missed(why Reason, outcome CallbackOutcome) {
	t := s.t
	t.Told, t.Tale = t.Offer, talePerson
	s.tell(&t.Seat)
	s.release(why, PresenceWrapUp)
	s.settle(outcome)
}

// settle ends an attempt, and the person's call with it; but for somebody who does
// not want it, and hears so.
func (s *step) settle(outcome CallbackOutcome) {
	t := s.t
	if t.Person != "" && outcome != CallbackDeclined {
		s.do(StopRing{SID: t.Person})
	}
	t.Callback = outcome
	s.do(SettleCallback{Outcome: outcome})
	s.end()
}
