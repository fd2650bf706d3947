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
		s.overdue(&t.Seat, t.Since)
	case StateAccepted:
		if t.calling() {
			s.personOverdue()
			return
		}
		if s.passed(t.Since, s.rules.JoinTimeout) {
			s.notJoined()
		}
	case StateBridged, StateHeld, StateConsulting, StateThreeWay:
		s.lookTalk(w)
	case StateUnknown, StateReturned, StateDone:
	}
}

// sendFor has a caller come back who has not been heard of since the agent left;
// whatever is heard of the transfer is an occasion for it.
func (s *step) sendFor() {
	t := s.t
	if t.State == StateReturned && !t.Back && !t.Gone && s.passed(t.Since, s.rules.JoinTimeout) {
		t.Since = s.at.UnixMilli()
		s.do(MoveCaller{Offer: t.Offer}, Wake{After: s.rules.JoinTimeout})
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
	switch {
	case w.Closed:
		s.nobody(LeaveClosed, ReasonClosed)
		return
	case !t.unattended() && s.passed(t.Queued, s.rules.MaxWait):
		s.nobody(LeaveNoAgents, ReasonTooLong)
		return
	}
	if t.Pause != 0 && s.at.UnixMilli() >= t.Pause {
		t.Pause, t.Tried = 0, nil
	}
	if free := s.untried(w.Ready); len(free) > 0 {
		t.Offer = t.claim()
		t.Claiming = s.at.UnixMilli()
		s.do(ClaimAgent{Offer: t.Offer, Among: free})
		return
	}
	if t.Pause != 0 || len(s.untried(w.Busy)) > 0 {
		return
	}
	t.Round++
	if t.Round >= s.rules.Rounds {
		s.nobody(LeaveNoAgents, ReasonNobody)
		return
	}
	t.Pause = s.at.Add(s.rules.RoundPause).UnixMilli()
	s.do(Wake{After: s.rules.RoundPause})
}

func (s *step) untried(agents []string) []string {
	return slices.DeleteFunc(slices.Clone(agents), func(a string) bool { return slices.Contains(s.t.Tried, a) })
}

// nobody ends a wait that nobody answered. A callback is queued again by whoever
// keeps them, when somebody of the desk is there.
func (s *step) nobody(leave string, why Reason) {
	if s.t.unattended() {
		s.end()
		return
	}
	e := why.Ending()
	s.t.Result, s.t.Reason = e.Result, e.Reason
	s.do(Report{Ending: e})
	s.leave(leave)
}

// overdue ends an offer, begun or answered at since, of which the carrier should
// have spoken long ago. An agent whose phone was never heard of did not miss
// anything.
func (s *step) overdue(c *Seat, since int64) {
	ring := s.rules.RingTimeout + s.rules.RingGrace
	switch {
	case c.Prompt > 0 && s.passed(since, s.rules.BriefTimeout):
		s.stopRing(c)
		s.turnedDown(c, ReasonNoKey, PresenceAway)
	case c.Prompt == 0 && c.Leg == "" && s.passed(since, ring):
		s.turnedDown(c, ReasonLost, PresenceReady)
	case c.Prompt == 0 && s.passed(since, ring):
		s.stopRing(c)
		s.turnedDown(c, ReasonRangOut, PresenceAway)
	}
}

// next ends an offer and looks for the next agent.
func (s *step) next(why Reason, to Presence) {
	t := s.t
	if !slices.Contains(t.Tried, t.Agent) {
		t.Tried = append(t.Tried, t.Agent)
	}
	s.release(why, to)
	s.enter(StateQueued)
	s.do(Wake{})
}

// claimed offers the caller to the agent, or lets go of one who came too late.
func (s *step) claimed(w Claimed) {
	t, k := s.t, &s.t.Second
	switch {
	case t.State == StateQueued && t.Claiming != 0 && w.Offer == t.Offer:
		t.Claiming = 0
		if w.Agent == "" {
			return
		}
		t.Seat = Seat{Offer: w.Offer, Agent: w.Agent}
		s.enter(StateOffered)
		s.ring(&t.Seat)
	case k.Stage == StageSeeking && k.Claiming != 0 && w.Offer == k.Offer:
		k.Claiming = 0
		if w.Agent == "" { // somebody else was quicker
			s.do(Wake{})
			return
		}
		k.Seat = Seat{Offer: w.Offer, Agent: w.Agent}
		s.stage(StageOffered)
		s.ring(&k.Seat)
	case w.Agent == "", t.seatOf(w.Agent, w.Offer) != nil:
	default:
		s.do(FreeAgent{Agent: w.Agent, Offer: w.Offer, To: PresenceReady})
	}
}

func (s *step) ring(c *Seat) {
	s.do(Ring{Agent: c.Agent, Offer: c.Offer}, Wake{After: s.rules.RingTimeout + s.rules.RingGrace})
}

// rung learns the SID of the ring. It may come after the offer is over: then
// the ring is stopped.
func (s *step) rung(w Rung) {
	if s.seat(w.Offer, w.SID) == nil {
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
	t, k := s.t, &s.t.Second
	why, to := ReasonRefused, PresenceAway
	if w.Down {
		why, to = ReasonCarrierDown, PresenceReady
	}
	switch {
	case k.Stage == StageOffered && w.Offer == k.Offer && k.Leg == "":
		s.turnedDown(&k.Seat, why, to)
	case t.State != StateOffered || w.Offer != t.Offer || t.Leg != "":
	case w.Down:
		s.release(why, to)
		s.leave(LeaveFallback)
	default:
		s.next(why, to)
	}
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
	t.Told, t.Tale = t.Offer, taleNotJoined
	s.tell(&t.Seat)
	s.release(ReasonCarrierDown, PresenceWrapUp)
	s.leave(LeaveFallback)
}

// notJoined tells and frees the agent of a caller who has not come in time.
func (s *step) notJoined() {
	s.t.Told, s.t.Tale = s.t.Offer, taleNotJoined
	s.tell(&s.t.Seat)
	s.release(ReasonNotJoined, PresenceWrapUp)
	s.requeue()
}

// accept gives the caller to the agent: the agent joins at once, the caller is
// moved. A second agent joins the first.
func (s *step) accept(c *Seat) {
	t := s.t
	if s.second(c) {
		s.acceptSecond()
		return
	}
	s.enter(StateAccepted)
	t.Taken = s.at.UnixMilli()
	t.newRoom()
	s.do(
		LeaveQueue{},
		BusyAgent{Agent: t.Agent, Offer: t.Offer},
	)
	if t.unattended() {
		s.dial()
		s.meet(c)
		return
	}
	s.do(
		MoveCaller{Offer: t.Offer},
		Wake{After: s.rules.JoinTimeout},
	)
	s.sayProof() // the brief may have been cut short
	s.say("agent_connecting")
	s.meet(c)
}

// waited is how long the caller has been in the queue, in whole minutes.
func (s *step) waited() int {
	return int(s.at.Sub(time.UnixMilli(s.t.Queued)) / time.Minute)
}
