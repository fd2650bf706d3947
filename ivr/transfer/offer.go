package transfer

import (
	"slices"
	"time"
)

// look sees to whatever is due.
func (s *step) look(w Look) {
	t := s.t
	switch t.State {
	case StateQueued:
		s.seek(w)
	case StateOffered:
		s.overdue()
	case StateAccepted:
		if s.passed(t.Since, s.rules.JoinTimeout) {
			s.notJoined()
		}
	case StateBridged, StateConsulting:
		gone := t.Gone && s.passed(t.Since, s.rules.JoinTimeout)
		if gone || t.Parted != 0 && s.passed(t.Parted, s.rules.JoinTimeout) {
			s.tell()
			s.release(ResultCompleted, PresenceWrapUp)
			s.parted()
		}
	case StateReturned:
		if !t.Back && !t.Gone && s.passed(t.Since, s.rules.JoinTimeout) {
			t.Back = true
			s.do(MoveCaller{Offer: t.Offer})
		}
	case StateUnknown, StateDone:
	}
}

// seek asks for an agent who was not tried in this round. When nobody is left
// who is there at all the round is over, and after the last one so is the wait.
// Until the next round starts, agents who come back are still asked.
func (s *step) seek(w Look) {
	t := s.t
	if t.Claiming != 0 && !s.passed(t.Claiming, s.rules.ClaimTimeout) {
		return
	}
	t.Claiming = 0
	if w.Closed {
		s.nobody(LeaveClosed)
		return
	}
	if s.passed(t.Queued, s.rules.MaxWait) {
		s.nobody(LeaveNoAgents)
		return
	}
	if t.Pause != 0 && s.at.UnixMilli() >= t.Pause {
		t.Pause, t.Tried = 0, nil
	}
	if free := s.untried(w.Ready); len(free) > 0 {
		t.Offer++
		t.Claiming = s.at.UnixMilli()
		s.do(ClaimAgent{Offer: t.Offer, Among: free})
		return
	}
	if t.Pause != 0 || len(s.untried(w.Busy)) > 0 {
		return
	}
	t.Round++
	if t.Round >= s.rules.Rounds {
		s.nobody(LeaveNoAgents)
		return
	}
	t.Pause = s.at.Add(s.rules.RoundPause).UnixMilli()
	s.do(Wake{After: s.rules.RoundPause})
}

func (s *step) untried(agents []string) []string {
	return slices.DeleteFunc(slices.Clone(agents), func(a string) bool { return slices.Contains(s.t.Tried, a) })
}

// nobody ends a wait that nobody answered.
func (s *step) nobody(why string) {
	s.t.Result = ResultNoAnswer
	s.do(Report{Result: ResultNoAnswer})
	s.leave(why)
}

// overdue ends an offer of which the carrier should have spoken long ago. An
// agent whose phone was never heard of did not miss anything.
func (s *step) overdue() {
	t, ring := s.t, s.rules.RingTimeout+s.rules.RingGrace
	switch {
	case t.Prompt > 0 && s.passed(t.Since, s.rules.BriefTimeout):
		s.stopRing()
		s.next(ResultVoicemail, PresenceAway)
	case t.Prompt == 0 && t.Leg == "" && s.passed(t.Since, ring):
		s.next(ResultError, PresenceReady)
	case t.Prompt == 0 && s.passed(t.Since, ring):
		s.stopRing()
		s.next(ResultNoAnswer, PresenceAway)
	}
}

// next ends an offer and looks for the next agent.
func (s *step) next(r Result, to Presence) {
	t := s.t
	if !slices.Contains(t.Tried, t.Agent) {
		t.Tried = append(t.Tried, t.Agent)
	}
	s.release(r, to)
	s.enter(StateQueued)
	s.do(Wake{})
}

// claimed offers the caller to the agent, or lets go of one who came too late.
func (s *step) claimed(w Claimed) {
	t := s.t
	switch {
	case t.State == StateQueued && t.Claiming != 0 && w.Offer == t.Offer:
		t.Claiming = 0
		if w.Agent == "" {
			return
		}
		t.Agent, t.Leg, t.Prompt, t.Misses = w.Agent, "", 0, 0
		s.enter(StateOffered)
		s.do(Ring{Agent: w.Agent, Offer: w.Offer}, Wake{After: s.rules.RingTimeout + s.rules.RingGrace})
	case w.Agent == "", t.Held() && w.Offer == t.Offer && w.Agent == t.Agent:
	default:
		s.do(FreeAgent{Agent: w.Agent, Offer: w.Offer, To: PresenceReady})
	}
}

// rung learns the SID of the ring. It may come after the offer is over: then
// the ring is stopped.
func (s *step) rung(w Rung) {
	if !s.holds(w.Offer, w.SID) {
		s.stray(w.SID)
	}
}

// stray stops a call that nobody wants any more.
func (s *step) stray(sid string) {
	if sid != "" {
		s.do(StopRing{SID: sid})
	}
}

// notRung goes on with the next agent, or without the carrier's API. A call that
// has been heard of exists, whatever the API answered.
func (s *step) notRung(w NotRung) {
	t := s.t
	if t.State != StateOffered || w.Offer != t.Offer || t.Leg != "" {
		return
	}
	if !w.Down {
		s.next(ResultError, PresenceAway)
		return
	}
	s.release(ResultError, PresenceReady)
	s.leave(LeaveFallback)
}

// notMoved frees the agent of a caller who cannot be moved.
func (s *step) notMoved(w NotMoved) {
	t := s.t
	if t.State != StateAccepted || w.Offer != t.Offer {
		return
	}
	if !w.Down {
		s.notJoined()
		return
	}
	t.Told = t.Offer
	s.tell()
	s.release(ResultError, PresenceWrapUp)
	s.leave(LeaveFallback)
}

// notJoined tells and frees the agent of a caller who has not come in time.
func (s *step) notJoined() {
	s.t.Told = s.t.Offer
	s.tell()
	s.release(ResultError, PresenceWrapUp)
	s.requeue()
}

// accept gives the caller to the agent: the agent joins at once, the caller is
// moved.
func (s *step) accept() {
	t := s.t
	s.enter(StateAccepted)
	t.newRoom()
	s.do(
		LeaveQueue{},
		BusyAgent{Agent: t.Agent, Offer: t.Offer},
		MoveCaller{Offer: t.Offer},
		Wake{After: s.rules.JoinTimeout},
	)
	s.sayProof() // the brief may have been cut short
	s.say("agent_connecting")
	s.turn.Then = ThenJoin
}

// waited is how long the caller has been in the queue, in whole minutes.
func (s *step) waited() int {
	return int(s.at.Sub(time.UnixMilli(s.t.Queued)) / time.Minute)
}
