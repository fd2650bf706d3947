package transfer

// answered opens the brief. Asked again, it is the same prompt.
func (s *step) answered(w Answered) {
	t := s.t
	switch {
	case !s.holds(w.Offer, w.SID):
		s.over(w.Offer)
	case t.State != StateOffered:
		s.turn.Then = ThenJoin
	default:
		if t.Prompt == 0 {
			t.Prompt = 1
			s.enter(StateOffered)
			s.do(Wake{After: s.rules.BriefTimeout})
		}
		s.brief()
		s.ask()
	}
}

// pressed is the agent's answer. An accept counts at any prompt: a repeated
// webhook joins the same conference again.
func (s *step) pressed(w Pressed) {
	t := s.t
	key := ""
	if w.Keys != "" {
		key = w.Keys[:1]
	}
	switch {
	case !s.holds(w.Offer, w.SID):
		s.over(w.Offer)
	case t.State != StateOffered:
		s.turn.Then = ThenJoin
	case key == "1":
		s.accept()
	case key == "2":
		s.hangup("agent_declined")
		s.next(ResultDeclined, PresenceReady)
	case w.Prompt != 0 && w.Prompt != t.Prompt:
		s.again()
	case key == "9" && t.Prompt < maxPrompts:
		t.Prompt++
		s.brief()
		s.ask()
	case key == "":
		s.miss("", ResultVoicemail, PresenceAway)
	default:
		s.miss("agent_wrong_key", ResultDeclined, PresenceReady)
	}
}

// silent repeats the question; after the second repeat it is a voicemail.
func (s *step) silent(w Silent) {
	switch {
	case !s.holds(w.Offer, w.SID):
		s.over(w.Offer)
	case s.t.State != StateOffered:
		s.turn.Then = ThenJoin
	case w.Prompt != 0 && w.Prompt != s.t.Prompt:
		s.again()
	default:
		s.miss("", ResultVoicemail, PresenceAway)
	}
}

// miss asks once more, or gives up with the result and presence that the last
// miss means.
func (s *step) miss(word string, r Result, to Presence) {
	t := s.t
	t.Misses++
	if t.Misses >= maxMisses {
		s.hangup("agent_no_key")
		s.next(r, to)
		return
	}
	t.Prompt++
	if word != "" {
		s.say(word)
	}
	s.again()
}

// again is the question without the story.
func (s *step) again() {
	s.say("agent_again", "line", s.t.Ticket.LineName)
	s.ask()
}

// ask awaits the agent's key.
func (s *step) ask() {
	s.say("agent_keys")
	s.turn.Expect = Expect{Keys: "129", Seconds: keySeconds}
	s.turn.Then = ThenGather
	s.turn.Prompt = s.t.Prompt
}

// over tells an agent on the phone that the offer is not theirs any more.
func (s *step) over(offer uint32) {
	switch {
	case s.t.Gone:
		s.hangup("agent_caller_left")
	case offer != 0 && offer == s.t.Told:
		s.hangup("agent_not_joined")
	default:
		s.hangup("agent_over")
	}
}

// agentOut is an agent who is still on the phone while the conference is over:
// the caller has left it.
func (s *step) agentOut(w AgentOut) {
	t := s.t
	if !s.holds(w.Offer, w.SID) {
		s.over(w.Offer)
		return
	}
	switch t.State {
	case StateAccepted:
		s.release(ResultError, PresenceWrapUp)
		s.requeue()
		s.hangup("agent_not_joined")
	case StateBridged, StateConsulting:
		s.release(ResultCompleted, PresenceWrapUp)
		s.parted()
		s.hangup("agent_caller_left")
	case StateUnknown, StateQueued, StateOffered, StateReturned, StateDone:
		s.again()
	}
}

// status takes the carrier's word on the agent's call. A call that lives without
// an offer is stopped, the first time it is heard of and each time after.
func (s *step) status(w Status) {
	t := s.t
	if !s.holds(w.Offer, w.SID) {
		if w.Status == LegRinging || w.Status == LegUp {
			s.stray(w.SID)
		}
		return
	}
	if !w.Status.Ended() {
		return
	}
	switch t.State {
	case StateOffered:
		s.next(s.missed(w.Status))
	case StateAccepted: // before the caller came
		t.Tried = append(t.Tried, t.Agent)
		s.release(ResultDeclined, PresenceWrapUp)
		s.requeue()
	case StateBridged, StateConsulting:
		s.release(ResultCompleted, PresenceWrapUp)
		s.parted()
	case StateUnknown, StateQueued, StateReturned, StateDone:
	}
}

// missed says what the end of a call means that was not accepted, and what
// becomes of the agent: a missed ring sets away.
func (s *step) missed(status LegStatus) (Result, Presence) {
	switch {
	case s.t.Prompt > 0: // hung up on the brief
		return ResultDeclined, PresenceReady
	case status == LegBusy, status == LegNoAnswer:
		return ResultNoAnswer, PresenceAway
	case status == LegFailed:
		return ResultError, PresenceAway
	default: // ended by the carrier or by somebody at its console
		return ResultError, PresenceReady
	}
}
