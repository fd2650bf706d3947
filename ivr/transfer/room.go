package transfer

// RoomKind is what happened in the conference.
type RoomKind uint8

// The kinds.
const (
	RoomUnknown RoomKind = iota
	RoomJoin             // a leg is in
	RoomLeave            // a leg is out
	RoomEnd              // the conference is over
)

// ParseRoomKind reads the carrier's StatusCallbackEvent; what concerns nobody's
// coming or going is [RoomUnknown].
func ParseRoomKind(event string) RoomKind {
	switch event {
	case "participant-join":
		return RoomJoin
	case "participant-leave":
		return RoomLeave
	case "conference-end":
		return RoomEnd
	}
	return RoomUnknown
}

// The bits of [Transfer.InRoom] and [Transfer.OutRoom].
const (
	agentIn uint8 = 1 << iota
	callerIn
	secondIn
)

// room takes the carrier's word on the conference. The legs' own webhooks tell the
// same, and better, since they say what comes next; so this changes nothing but
// what they will, and only waits a while for them before it acts without.
func (s *step) room(w Room) {
	t := s.t
	if !s.meeting() || w.Room == "" || w.Room == t.LastRoom {
		return
	}
	if t.Room != w.Room && w.Kind == RoomJoin {
		s.nextRoom(w.Room) // of this talk: the first event that is not an old room's
	}
	if w.Room != t.Room {
		return
	}
	who := s.whose(w)
	if who == 0 {
		return
	}
	switch w.Kind {
	case RoomJoin:
		t.InRoom |= who
		if t.OutRoom &^= who; t.OutRoom == 0 {
			t.Parted, t.PartedBy = 0, 0
		}
		if who == callerIn && t.State == StateAccepted {
			s.callerIn()
			s.turn.Then = ThenNothing // nobody listens
		}
	case RoomLeave, RoomEnd:
		t.InRoom &^= who
		t.OutRoom |= who
		if t.Parted == 0 {
			t.Parted, t.PartedBy = s.at.UnixMilli(), who
			s.do(Wake{After: s.rules.JoinTimeout})
		}
	case RoomUnknown:
	}
}

// nextRoom is a conference of that name that begins anew within a talk: all had
// left the one before. Its events are counted from 1 again.
func (s *step) nextRoom(room string) {
	t := s.t
	if t.Room != "" {
		t.LastRoom = t.Room
	}
	t.Room, t.AgentSeq, t.CallerSeq, t.Second.AgentSeq = room, 0, 0, 0
}

// meeting reports whether there is a conference, or is about to be one.
func (s *step) meeting() bool {
	return s.t.State == StateAccepted || s.t.Talking()
}

// whose says of whom an event is, if it is news: events come in any order and
// more than once, but the last one of a leg is true.
func (s *step) whose(w Room) uint8 {
	t := s.t
	who := uint8(0)
	if (w.Kind == RoomEnd || w.SID == t.Leg) && w.Sequence > t.AgentSeq {
		who |= agentIn
		t.AgentSeq = w.Sequence
	}
	if k := &t.Second; k.Stage == StageIn && (w.Kind == RoomEnd || w.SID == k.Leg) && w.Sequence > k.AgentSeq {
		who |= secondIn
		k.AgentSeq = w.Sequence
	}
	if (w.Kind == RoomEnd || w.SID == t.Ticket.CallSID) && w.Sequence > t.CallerSeq {
		who |= callerIn
		t.CallerSeq = w.Sequence
	}
	return who
}

// newRoom forgets the conference of an earlier talk, but for its name.
func (t *Transfer) newRoom() {
	if t.Room != "" {
		t.LastRoom = t.Room
	}
	t.Room, t.AgentSeq, t.CallerSeq, t.InRoom, t.OutRoom, t.Parted, t.PartedBy = "", 0, 0, 0, 0, 0, 0
}
