package transfer

// answered opens the brief, which who has accepted on the page already is spared.
// Asked again, it is the same prompt.
func (s *step) answered(w Answered) {
	c := s.seat(w.Offer, w.SID)
	switch {
	case c == nil:
		s.over(w.Offer)
	case !s.listening(c):
		s.meet(c)
	default:
		if c.Prompt == 0 {
			c.Prompt = 1
			s.since(c)
			s.do(Wake{After: s.rules.BriefTimeout})
		}
		if c.Accepted {
			s.say("agent_accepted")
		} else {
			s.brief(c)
		}
		s.ask(c)
	}
}

// pressed is the agent's answer. An accept counts at any prompt: a repeated
// webhook joins the same conference again.
func (s *step) pressed(w Pressed) {
	c := s.seat(w.Offer, w.SID)
	key := ""
	if w.Keys != "" {
		key = w.Keys[:1]
	}
	switch {
	case c == nil:
		s.over(w.Offer)
	case !s.listening(c):
		s.meet(c)
	case key == "1":
		s.accept(c)
	case key == "2":
		s.hangup("agent_declined")
		s.turnedDown(c, ReasonKey, PresenceReady)
	case w.Prompt != 0 && w.Prompt != c.Prompt:
		s.again(c)
	case key == "9" && c.Prompt < maxPrompts:
		c.Prompt++
		s.brief(c)
		s.ask(c)
	case key == "":
		s.miss(c, "", ReasonNoKey, PresenceAway)
	default:
		s.miss(c, "agent_wrong_key", ReasonWrongKeys, PresenceReady)
	}
}

// silent repeats the question; after the second repeat it is a voicemail.
func (s *step) silent(w Silent) {
	c := s.seat(w.Offer, w.SID)
	switch {
	case c == nil:
		s.over(w.Offer)
	case !s.listening(c):
		s.meet(c)
	case w.Prompt != 0 && w.Prompt != c.Prompt:
		s.again(c)
	default:
		s.miss(c, "", ReasonNoKey, PresenceAway)
	}
}

// miss asks once more, or gives up with the reason and presence that the last
// miss means.
func (s *step) miss(c *Seat, word string, why Reason, to Presence) {
	c.Misses++
	if c.Misses >= maxMisses {
		s.hangup("agent_no_key")
		s.turnedDown(c, why, to)
		return
	}
	c.Prompt++
	if word != "" {
		s.say(word)
	}
	s.again(c)
}

// again is the question without the story.
func (s *step) again(c *Seat) {
	if s.second(c) {
		s.say("agent_consult_again", "agent", s.t.Agent)
	} else {
		s.say("agent_again", "line", s.t.Ticket.LineName)
	}
	s.ask(c)
}

// ask awaits the agent's key.
func (s *step) ask(c *Seat) {
	if s.second(c) {
		s.say("agent_consult_keys", "agent", s.t.Agent)
	} else {
		s.say("agent_keys")
	}
	s.turn.Expect = Expect{Keys: "129", Seconds: keySeconds}
	s.turn.Then = ThenGather
	s.turn.Prompt = c.Prompt
}

// meet puts a leg into the conference. With two parties the end of either ends
// it; with more, or with the caller on hold, an agent may leave alone.
func (s *step) meet(c *Seat) {
	c.Met = true
	s.turn.Then = ThenJoin
	s.turn.Ends = !s.second(c) && (s.t.State == StateAccepted || s.t.State == StateBridged)
}

// What an agent is told whose offer is over: see [Transfer.Tale].
const (
	taleNotJoined uint8 = iota // the caller did not come
	taleHandedOver
	taleThanked
	talePerson // the person was not reached
	taleAside  // the caller wants to be called back instead
)

// over tells an agent on the phone that the offer is not theirs any more.
func (s *step) over(offer uint32) {
	t := s.t
	switch {
	case t.Gone:
		s.hangup("agent_caller_left")
	case offer == 0 || offer != t.Told:
		s.hangup("agent_over")
	case t.Tale == taleHandedOver:
		s.hangup("agent_handed_over", "agent", t.Agent)
	case t.Tale == taleThanked:
		s.hangup("agent_thanked")
	case t.Tale == talePerson:
		s.hangup("agent_not_reached")
	case t.Tale == taleAside:
		s.hangup("agent_aside")
	default:
		s.hangup("agent_not_joined")
	}
}

// agentOut is an agent who is still on the phone while the conference is over
// for them: the caller has left it, or they were sent out.
func (s *step) agentOut(w AgentOut) {
	t := s.t
	c := s.seat(w.Offer, w.SID)
	switch {
	case c == nil:
		s.over(w.Offer)
	case s.listening(c):
		s.again(c)
	case s.second(c):
		word := "agent_thanked"
		if s.callerOut() {
			word = "agent_caller_left"
		}
		s.endSecond(s.leaves(), PresenceWrapUp)
		s.back()
		s.hangup(word)
	case t.State == StateAccepted:
		s.release(ReasonNotJoined, PresenceWrapUp)
		s.requeue()
		s.hangup("agent_not_joined")
	case s.callerOut():
		s.allOut()
		s.hangup("agent_caller_left")
	default:
		s.firstLeft(s.leaves())
		s.hangup("agent_caller_left")
	}
}

// status takes the carrier's word on an agent's call. A call that lives without
// an offer is stopped, the first time it is heard of and each time after.
func (s *step) status(w Status) {
	t := s.t
	c := s.seat(w.Offer, w.SID)
	switch {
	case c == nil:
		if w.Status == LegRinging || w.Status == LegUp {
			s.stray(w.SID)
		}
	case !w.Status.Ended():
	case s.listening(c):
		why, to := missed(c, w.Status)
		s.turnedDown(c, why, to)
	case s.second(c):
		s.endSecond(s.leaves(), PresenceWrapUp)
		s.back()
	case t.State == StateAccepted: // before the caller came
		t.Tried = append(t.Tried, t.Agent)
		s.release(ReasonHungUp, PresenceWrapUp)
		s.requeue()
	case s.callerOut():
		s.allOut()
	default:
		s.firstLeft(ReasonAgentLeft)
	}
}

// leaves is why a talk ends: the first who left it tells.
func (s *step) leaves() Reason {
	if s.t.PartedBy == callerIn || s.t.PartedBy == 0 && s.t.Gone {
		return ReasonCallerLeft
	}
	return ReasonAgentLeft
}

// missed says what the end of a call means that was not accepted, and what
// becomes of the agent: a missed ring sets away.
func missed(c *Seat, status LegStatus) (Reason, Presence) {
	switch {
	case c.Prompt > 0: // hung up on the brief
		return ReasonHungUp, PresenceReady
	case status == LegBusy:
		return ReasonBusy, PresenceAway
	case status == LegNoAnswer:
		return ReasonRangOut, PresenceAway
	case status == LegFailed:
		return ReasonRefused, PresenceAway
	default: // ended by the carrier or by somebody at its console
		return ReasonLost, PresenceReady
	}
}
