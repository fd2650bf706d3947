package transfer

import (
	"slices"
	"time"
)

// firstLeft is a talk whose owner has left. A second agent who is in it takes the
// caller; without one the caller comes back.
func (s *step) firstLeft(why Reason) {
	t := s.t
	if t.Second.Stage == StageIn {
		s.promote(why)
		return
	}
	waits := !t.Gone && (t.State != StateBridged || t.Planned != 0) // on hold, or in a conference that nobody's leaving ends
	s.cancelSecond(ReasonWithdrawn)
	s.release(why, PresenceWrapUp)
	s.parted()
	if waits {
		s.do(MoveCaller{Offer: t.Offer})
	}
}

// allOut ends a talk whose caller has left: both agents are free. Those who are
// still on the phone are told where they ask next.
func (s *step) allOut() {
	s.cancelSecond(s.leaves())
	s.release(s.leaves(), PresenceWrapUp)
	s.parted()
}

// callerOut reports whether the caller has left the conference, as far as is known.
func (s *step) callerOut() bool { return s.t.Gone || s.t.OutRoom&callerIn != 0 }

// parted is the state after a talk that the agent has left: the caller comes back,
// if still there. One who does not is sent for: the agent may have left before the
// caller, who is told first who joins, was in the conference, and would be alone.
func (s *step) parted() {
	if s.t.Gone {
		s.end()
		return
	}
	s.enter(StateReturned)
	s.t.Back, s.t.Planned = false, 0
	s.do(Wake{After: s.rules.JoinTimeout})
}

// turn to another state of the same talk, and have the conference follow.
func (s *step) become(to State) {
	s.enter(to)
	s.arrange()
}

// arrange asks for the conference that the state means. That an agent may leave
// alone is set before the caller is on hold, and unset before they are off it: should
// the second step be lost, there is music, or the talk goes on. (Only agents' legs are
// changed so, and they are never on hold: the carrier says yes to a change for
// somebody on hold, and ignores it.)
func (s *step) arrange() {
	t := s.t
	t.Plan++
	t.Tries = 0
	s.arrangeAgain()
}

func (s *step) arrangeAgain() {
	t := s.t
	if t.Gone {
		t.Planned = 0
		return
	}
	var all []Setting
	caller := t.Ticket.CallSID
	switch t.State {
	case StateBridged:
		all = []Setting{{SID: t.Leg, Kind: SettingEnds, On: true}, {SID: caller, Kind: SettingHold}}
	case StateHeld, StateConsulting:
		all = []Setting{{SID: t.Leg, Kind: SettingEnds}, {SID: caller, Kind: SettingHold, On: true}}
	case StateThreeWay:
		all = []Setting{{SID: t.Leg, Kind: SettingEnds}, {SID: caller, Kind: SettingHold}}
	case StateUnknown, StateQueued, StateOffered, StateAccepted, StateReturned, StateDone:
		t.Planned = 0
		return
	}
	t.Planned = s.at.UnixMilli()
	s.do(Arrange{Plan: t.Plan, Room: t.Room, Settings: all}, Wake{After: s.rules.JoinTimeout})
}

// arranged is how [Arrange] went. A hold that fails again and again is given up:
// nobody is to talk about callers who may be listening. Anything else is tried
// for as long as the talk lasts.
func (s *step) arranged(w Arranged) {
	t := s.t
	if w.Plan != t.Plan || t.Planned == 0 || !t.Talking() {
		return
	}
	onHold := t.State == StateHeld || t.State == StateConsulting
	switch {
	case w.OK:
		t.Planned, t.Tries = 0, 0
		if t.Second.Stage == StageHolding {
			s.stage(StageSeeking)
			s.do(Wake{})
		}
	default:
		if w.Gone { // somebody has left without a word
			s.checkRoom(s.rules.JoinTimeout)
		}
		if t.Tries = min(t.Tries+1, maxTries); onHold && (w.Gone || t.Tries >= maxTries) {
			s.notHeld()
			return
		}
		s.do(Wake{After: s.retry()})
	}
}

// retryEvery is how soon an arrangement that failed is tried again.
const retryEvery = 2 * time.Second

// notHeld gives up a hold.
func (s *step) notHeld() {
	s.cancelSecond(ReasonHold)
	s.t.Asked.Result, s.t.Asked.Reason = ResultError, ReasonHold
	s.become(StateBridged)
}

// lookTalk sees to what is due while agent and caller are in the conference.
func (s *step) lookTalk(w Look) {
	t := s.t
	switch {
	case t.Gone && s.passed(t.Since, s.rules.JoinTimeout), t.Parted != 0 && s.passed(t.Parted, s.rules.JoinTimeout):
		s.missing()
		return
	case t.Planned != 0 && s.passed(t.Planned, s.retry()):
		s.arrangeAgain()
	}
	s.lookSecond(w)
	if (s.unsure() || w.Music) && s.passed(t.Since, checkEvery) {
		s.checkRoom(checkEvery)
	}
}

// checkRoom asks who is in the conference, unless that was asked a while ago, or
// the agent may not have come to it yet.
func (s *step) checkRoom(every time.Duration) {
	if t := s.t; s.passed(t.Checked, every) && s.passed(t.Taken, checkEvery) {
		t.Checked = s.at.UnixMilli()
		s.do(CheckRoom{Room: t.Room}, Wake{After: checkEvery})
	}
}

// unsure reports whether an agent could leave and the conference go on without a
// word to anybody.
func (s *step) unsure() bool { return s.t.State != StateBridged || s.t.Planned != 0 }

// retry is how long after an arrangement it is asked for again.
func (s *step) retry() time.Duration {
	if s.t.Tries > 0 && s.t.Tries < maxTries {
		return retryEvery
	}
	return s.rules.JoinTimeout
}

// missing acts on a leave of which the leg itself has not told.
func (s *step) missing() {
	t := s.t
	out := t.OutRoom
	t.Parted, t.OutRoom = 0, 0
	switch {
	case t.Gone || out&callerIn != 0:
		s.tell(&t.Seat)
		if t.Second.Stage == StageIn {
			s.tell(&t.Second.Seat)
		}
		s.allOut()
	case out&agentIn != 0:
		s.tell(&t.Seat)
		s.firstLeft(ReasonAgentLeft)
	case out&secondIn != 0 && t.Second.Stage == StageIn:
		s.tell(&t.Second.Seat)
		s.endSecond(ReasonAgentLeft, PresenceWrapUp)
		s.back()
	}
}

// roster compares who is in the conference with who should be, while an agent
// could leave unheard. Who has only just come may not be in yet.
func (s *step) roster(w Roster) {
	t := s.t
	if !t.Talking() || !s.passed(t.Taken, checkEvery) {
		return
	}
	in := func(sid string) bool { return slices.Contains(w.SIDs, sid) }
	if !in(t.Ticket.CallSID) {
		t.OutRoom |= callerIn
		s.missing()
		return
	}
	if k := t.Second; k.Stage == StageIn && !in(k.Leg) && s.passed(k.Taken, checkEvery) {
		s.endSecond(ReasonAgentLeft, PresenceWrapUp)
		s.back()
	}
	if t.Leg != "" && !in(t.Leg) {
		s.firstLeft(ReasonAgentLeft)
	}
}
