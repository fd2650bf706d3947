package transfer

import (
	"cmp"
	"time"
)

// join queues the caller. A repeat changes nothing, so that whoever asked may ask
// again; a caller whom an agent has comes back only from a talk whose end was
// never heard of.
func (s *step) join(w Join) {
	t := s.t
	if w.Ticket.Callback != "" {
		s.joinCallback(w)
		return
	}
	if t.Gone || t.State != StateUnknown && w.Ticket.Ask == t.Ticket.Ask {
		return
	}
	switch t.State {
	case StateUnknown:
		*t = Transfer{ID: w.ID, Ticket: w.Ticket}
		s.wait(w.Head)
	case StateBridged, StateHeld, StateConsulting, StateThreeWay:
		s.callerBack()
		s.rejoin(w.Ticket, true)
	case StateReturned:
		s.rejoin(w.Ticket, true)
	case StateDone:
		since := t.Queued
		aside := t.Leave == LeaveCallback
		s.rejoin(w.Ticket, w.Head)
		if aside { // wants no callback after all
			s.keepPlace(since)
		}
	case StateQueued, StateOffered, StateAccepted:
		t.Ticket = w.Ticket
	}
}

// rejoin starts over, with the numbers of old offers kept from being used again.
func (s *step) rejoin(k Ticket, head bool) {
	t := s.t
	*t = Transfer{
		ID: t.ID, Ticket: k, Seat: Seat{Offer: t.Offer}, Claims: t.Claims, Result: t.Result, Reason: t.Reason,
		Told: t.Told, Tale: t.Tale, Plan: t.Plan, LastRoom: cmp.Or(t.Room, t.LastRoom),
	}
	s.wait(head)
}

// wait starts a new wait.
func (s *step) wait(head bool) {
	s.enter(StateQueued)
	s.t.Queued = s.at.UnixMilli()
	s.do(Requeue{Since: s.at, Head: head}, Wake{})
}

// keepPlace has a wait that has just begun go on with the one before.
func (s *step) keepPlace(since int64) {
	s.t.Queued = since
	for i, a := range s.turn.Actions {
		if r, ok := a.(Requeue); ok {
			r.Since = time.UnixMilli(since)
			s.turn.Actions[i] = r
		}
	}
}

// requeue goes on with the present wait at the head of the queue, after an
// accept that came to nothing. Too many of them, and the desk's own number has
// to do.
func (s *step) requeue() {
	t := s.t
	if t.unattended() {
		s.settle(CallbackAgentLeft)
		return
	}
	t.Missed++
	if t.Missed >= maxMissed {
		s.leave(LeaveFallback)
		return
	}
	s.enter(StateQueued)
	s.do(Requeue{Since: time.UnixMilli(t.Queued), Head: true}, Wake{})
}

// leave has the caller leave the queue with the next wait document.
func (s *step) leave(why string) {
	s.t.Leave = why
	s.end()
}

// callerIn bridges, once for each accept.
func (s *step) callerIn() {
	t := s.t
	switch t.State {
	case StateAccepted:
		s.enter(StateBridged)
		s.do(ReportWait{Waited: max(s.at.Sub(time.UnixMilli(t.Queued)), 0)})
		s.turn.Then, s.turn.Agent = ThenJoin, t.Agent
	case StateBridged, StateHeld, StateConsulting, StateThreeWay:
		s.turn.Then, s.turn.Agent = ThenJoin, t.Agent
	case StateReturned:
		t.Back = true
		s.turn.Then = ThenWait
	case StateUnknown, StateQueued, StateOffered, StateDone:
		s.turn.Then = ThenWait
	}
}

// callerBack ends the talk. The agents' calls end with the conference; stopping
// them makes sure.
func (s *step) callerBack() {
	t := s.t
	if t.calling() { // nobody is there who could be back
		return
	}
	why := ReasonAgentLeft
	switch t.State {
	case StateAccepted:
		why = ReasonNotJoined
	case StateBridged, StateHeld, StateConsulting, StateThreeWay:
	case StateUnknown, StateQueued, StateOffered, StateReturned, StateDone:
		t.Back = t.Back || t.State == StateReturned
		return
	}
	s.do(StopRing{SID: t.Leg})
	if t.Second.Stage == StageIn {
		s.do(StopRing{SID: t.Second.Leg})
	}
	s.cancelSecond(ReasonWithdrawn)
	s.release(why, PresenceWrapUp)
	if t.Back = true; !t.Gone {
		s.enter(StateReturned)
		return
	}
	s.end()
}

// callerGone ends everything. A phone that rings is stopped, and an agent who
// has picked up is told.
func (s *step) callerGone() {
	t := s.t
	if t.Gone || t.calling() { // the carrier's word on the person's call tells more: personStatus
		return
	}
	t.Gone = true
	switch t.State {
	case StateQueued:
		e := ReasonInQueue.Ending()
		t.Result, t.Reason = e.Result, e.Reason
		s.do(Report{Ending: e})
	case StateOffered:
		if t.Prompt == 0 {
			s.stopRing(&t.Seat)
			s.release(ReasonRinging, PresenceReady)
			break
		}
		s.tell(&t.Seat)
		s.release(ReasonBrief, PresenceWrapUp)
	case StateAccepted:
		s.tell(&t.Seat)
		s.release(ReasonJoining, PresenceWrapUp)
	case StateBridged, StateHeld, StateConsulting, StateThreeWay:
		s.goneFromTalk()
		return
	case StateUnknown, StateReturned:
	case StateDone:
		return
	}
	s.end()
}

// goneFromTalk is a caller who hangs up while an agent has them. The conference
// ends with the caller, and the agents are told where it ends; see AgentOut. Look
// makes sure. A phone that rings for the caller is not in the conference.
func (s *step) goneFromTalk() {
	t := s.t
	t.Planned = 0
	if k := &t.Second; k.Stage != StageNone && k.Stage != StageIn {
		why := ReasonRinging
		if k.Prompt > 0 {
			why = ReasonBrief
		}
		s.cancelSecond(why)
		t.State = StateHeld
	}
	s.enter(t.State)
	s.do(Wake{After: s.rules.JoinTimeout})
}

// stopRing ends a call, if its SID is known. If not, the first that is heard of it
// will: see [step.stray].
func (s *step) stopRing(c *Seat) {
	if c.Leg != "" {
		s.do(StopRing{SID: c.Leg})
	}
}

// tell has an agent who picked up hear why the offer is over, or go where it leads.
func (s *step) tell(c *Seat) {
	if c.Leg != "" {
		s.do(TellAgent{SID: c.Leg, Offer: c.Offer})
	}
}
