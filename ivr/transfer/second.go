package transfer

import "slices"

// second reports whether a seat is the second one.
func (s *step) second(c *Seat) bool { return c == &s.t.Second.Seat }

// listening reports whether an agent has not accepted yet.
func (s *step) listening(c *Seat) bool {
	if s.second(c) {
		return s.t.Second.Stage == StageOffered
	}
	return s.t.State == StateOffered
}

// seat is the seat that an event of an agent's phone is of, or nil: its offer is
// over, or another phone has it. The first SID heard of is the offer's: the
// carrier may ring before it has answered our request.
func (s *step) seat(offer uint32, sid string) *Seat {
	t := s.t
	for _, c := range []*Seat{&t.Seat, &t.Second.Seat} {
		if c.Agent == "" || c.Offer != offer || sid == "" {
			continue
		}
		if c.Leg == "" {
			c.Leg = sid
		}
		if c.Leg == sid {
			return c
		}
	}
	return nil
}

// since starts the time of an offer anew: it has been answered.
func (s *step) since(c *Seat) {
	if s.second(c) {
		s.t.Second.Since = s.at.UnixMilli()
		return
	}
	s.t.Since = s.at.UnixMilli()
}

func (s *step) stage(to Stage) {
	s.t.Second.Stage = to
	s.t.Second.Since = s.at.UnixMilli()
}

// turnedDown ends an offer that was not accepted, and looks for the next agent.
func (s *step) turnedDown(c *Seat, why Reason, to Presence) {
	if !s.second(c) {
		s.next(why, to)
		return
	}
	k := &s.t.Second
	want, tried := k.Want, append(slices.Clone(k.Tried), k.Agent)
	s.endSecond(why, to)
	if want != "" {
		s.back()
		return
	}
	k.Tried = tried
	s.stage(StageSeeking)
	s.do(Wake{})
}

// consult puts the caller on hold and looks for a second agent. The agent is rung
// once the hold is sure.
func (s *step) consult(colleague string) {
	t := s.t
	t.Second = Second{Want: colleague, From: t.State}
	t.Asked = Attempt{}
	if t.State == StateHeld && t.Planned == 0 {
		s.enter(StateConsulting)
		s.stage(StageSeeking)
		s.do(Wake{})
		return
	}
	s.stage(StageHolding)
	s.become(StateConsulting)
}

// lookSecond asks for a second agent, or ends an offer of which the carrier
// should have spoken long ago.
func (s *step) lookSecond(w Look) {
	k := &s.t.Second
	switch k.Stage {
	case StageSeeking:
		s.seekSecond(w)
	case StageOffered:
		s.overdue(&k.Seat, k.Since)
	case StageNone, StageHolding, StageIn:
	}
}

func (s *step) seekSecond(w Look) {
	k := &s.t.Second
	if k.Claiming != 0 && !s.passed(k.Claiming, s.rules.ClaimTimeout) {
		return
	}
	k.Claiming = 0
	free := slices.DeleteFunc(slices.Clone(w.Ready), func(a string) bool { return a == s.t.Agent || slices.Contains(k.Tried, a) })
	if k.Want != "" {
		free = slices.DeleteFunc(free, func(a string) bool { return a != k.Want })
	}
	if len(free) == 0 {
		s.noSecond()
		return
	}
	k.Offer = s.t.claim()
	k.Claiming = s.at.UnixMilli()
	s.do(ClaimAgent{Offer: k.Offer, Among: free}, Wake{After: s.rules.ClaimTimeout})
}

// noSecond is that nobody is free, or nobody more. What the last one who was
// asked did stays on record.
func (s *step) noSecond() {
	if len(s.t.Second.Tried) == 0 {
		s.asked(ReasonNobody)
	}
	s.back()
}

// asked counts and keeps how asking the second agent ended.
func (s *step) asked(why Reason) {
	t := s.t
	agent := t.Second.Agent
	if agent == "" {
		agent = t.Second.Want
	}
	e := why.Ending()
	t.Asked = Attempt{Agent: agent, Result: e.Result, Reason: e.Reason}
	s.do(Report{Ending: e, Agent: agent, Second: true})
}

// endSecond empties the second seat. The agent's call is left alone; the state is
// the caller's to set.
func (s *step) endSecond(why Reason, to Presence) {
	k := &s.t.Second
	if k.Agent != "" {
		s.do(FreeAgent{Agent: k.Agent, Offer: k.Offer, To: to})
	}
	s.asked(why)
	s.t.Second = Second{From: k.From}
	s.t.InRoom &^= secondIn
	if s.t.OutRoom &^= secondIn; s.t.OutRoom == 0 {
		s.t.Parted, s.t.PartedBy = 0, 0
	}
}

// cancelSecond takes back the request, or ends the second agent's part: a phone
// that rings is stopped, and an agent who has picked up is told.
func (s *step) cancelSecond(why Reason) {
	k := &s.t.Second
	switch k.Stage {
	case StageNone:
		return
	case StageHolding, StageSeeking:
		s.endSecond(why, PresenceReady)
	case StageOffered:
		to := PresenceReady
		if k.Prompt == 0 {
			s.stopRing(&k.Seat)
		} else {
			s.tell(&k.Seat)
			to = PresenceWrapUp
		}
		s.endSecond(why, to)
	case StageIn:
		if why == ReasonWithdrawn {
			why = ReasonDropped
		}
		s.endSecond(why, PresenceWrapUp)
	}
	s.t.Second = Second{}
}

// back is the talk without the second agent: as it was before they were asked.
func (s *step) back() {
	t := s.t
	from := t.Second.From
	t.Second = Second{}
	switch {
	case t.State == StateConsulting && from == StateHeld:
		s.enter(StateHeld)
	case t.State == StateConsulting, t.State == StateThreeWay:
		s.become(StateBridged)
	}
}

// acceptSecond has the two agents talk apart.
func (s *step) acceptSecond() {
	k := &s.t.Second
	s.stage(StageIn)
	k.Taken = s.at.UnixMilli()
	s.do(BusyAgent{Agent: k.Agent, Offer: k.Offer})
	s.sayProof()
	s.say("agent_consult_connecting", "agent", s.t.Agent)
	s.meet(&k.Seat)
}

// promote gives the caller to the second agent, in one step: at every moment one
// agent has the caller.
func (s *step) promote(why Reason) {
	t := s.t
	first, second := t.Seat, t.Second.Seat
	s.asked(ReasonHandedOver)
	s.release(why, PresenceWrapUp)
	in := t.InRoom & callerIn
	if t.InRoom&secondIn != 0 {
		in |= agentIn
	}
	t.Seat, t.Second = second, Second{}
	t.InRoom, t.OutRoom, t.Parted, t.PartedBy = in, t.OutRoom&callerIn, 0, 0
	t.Told, t.Tale = first.Offer, taleHandedOver
	met := t.State == StateThreeWay
	if s.become(StateBridged); !met {
		s.do(Announce{Offer: second.Offer})
	}
}
