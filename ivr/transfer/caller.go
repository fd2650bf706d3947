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
	if t.Gone || t.State != StateUnknown && w.Ticket.Ask == t.Ticket.Ask {
		return
	}
	switch t.State {
	case StateUnknown:
		*t = Transfer{ID: w.ID, Ticket: w.Ticket}
		s.wait(w.Head)
	case StateBridged, StateConsulting:
		s.callerBack()
		s.rejoin(w.Ticket, true)
	case StateReturned:
		s.rejoin(w.Ticket, true)
	case StateDone:
		s.rejoin(w.Ticket, w.Head)
	case StateQueued, StateOffered, StateAccepted:
		t.Ticket = w.Ticket
	}
}

// rejoin starts over, with the numbers of old offers kept from being used again.
func (s *step) rejoin(k Ticket, head bool) {
	t := s.t
	*t = Transfer{ID: t.ID, Ticket: k, Offer: t.Offer, Result: t.Result, Told: t.Told, LastRoom: cmp.Or(t.Room, t.LastRoom)}
	s.wait(head)
}

// wait starts a new wait.
func (s *step) wait(head bool) {
	s.enter(StateQueued)
	s.t.Queued = s.at.UnixMilli()
	s.do(Requeue{Since: s.at, Head: head}, Wake{})
}

// requeue goes on with the present wait at the head of the queue, after an
// accept that came to nothing. Too many of them, and the desk's own number has
// to do.
func (s *step) requeue() {
	t := s.t
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
		s.turn.Then = ThenJoin
	case StateBridged, StateConsulting:
		s.turn.Then = ThenJoin
	case StateUnknown, StateQueued, StateOffered, StateReturned, StateDone:
		s.turn.Then = ThenWait
	}
}

// callerBack ends the talk. The agent's call ends with the conference; stopping
// it makes sure.
func (s *step) callerBack() {
	t := s.t
	result := ResultCompleted
	switch t.State {
	case StateAccepted:
		result = ResultError
	case StateBridged, StateConsulting:
	case StateUnknown, StateQueued, StateOffered, StateReturned, StateDone:
		t.Back = t.Back || t.State == StateReturned
		return
	}
	s.do(StopRing{SID: t.Leg})
	s.release(result, PresenceWrapUp)
	if t.Back = true; !t.Gone {
		s.enter(StateReturned)
		return
	}
	s.end()
}

// parted is the state after a talk that the agent has left: the caller comes back,
// if still there. One who does not is sent for: the agent may have left before the
// caller, who is told first who joins, was in the conference, and would be alone.
func (s *step) parted() {
	if s.t.Gone {
		s.end()
		return
	}
	s.enter(StateReturned)
	s.t.Back = false
	s.do(Wake{After: s.rules.JoinTimeout})
}

// callerGone ends everything. A phone that rings is stopped, and an agent who
// has picked up is told.
func (s *step) callerGone() {
	t := s.t
	if t.Gone {
		return
	}
	t.Gone = true
	switch t.State {
	case StateQueued:
		t.Result = ResultCallerGone
		s.do(Report{Result: ResultCallerGone})
	case StateOffered:
		if t.Prompt == 0 {
			s.stopRing()
			s.release(ResultCallerGone, PresenceReady)
			break
		}
		s.tell()
		s.release(ResultCallerGone, PresenceWrapUp)
	case StateAccepted:
		s.tell()
		s.release(ResultCallerGone, PresenceWrapUp)
	case StateBridged, StateConsulting:
		// The conference ends with the caller, and the agent is told where it
		// ends; see AgentOut. Look makes sure.
		s.enter(t.State)
		s.do(Wake{After: s.rules.JoinTimeout})
		return
	case StateUnknown, StateReturned:
	case StateDone:
		return
	}
	s.end()
}

// stopRing ends the ring, if its SID is known. If not, the first that is heard
// of it will: see [step.stray].
func (s *step) stopRing() {
	if s.t.Leg != "" {
		s.do(StopRing{SID: s.t.Leg})
	}
}

// tell has an agent who picked up hear why the offer is over.
func (s *step) tell() {
	if s.t.Leg != "" {
		s.do(TellAgent{SID: s.t.Leg, Offer: s.t.Offer})
	}
}
