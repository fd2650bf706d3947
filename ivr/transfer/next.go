package transfer

import (
	"fmt"
	"time"
)

// Next takes a transfer through one event. It changes nothing that t points to.
// Any event is fine in any state: what does not fit changes nothing.
func (r Rules) Next(t Transfer, e Event) (Transfer, Turn) { //nolint:gocyclo // a table: one line an event
	t = t.clone()
	s := &step{rules: r.WithDefaults(), t: &t, at: e.At}
	switch w := e.What.(type) {
	case Join:
		s.join(w)
	case CallerIn:
		s.callerIn()
	case CallerBack:
		s.callerBack()
	case CallerGone:
		s.callerGone()
	case Look:
		s.look(w)
	case Claimed:
		s.claimed(w)
	case Rung:
		s.rung(w)
	case NotRung:
		s.notRung(w)
	case NotMoved:
		s.notMoved(w)
	case Answered:
		s.answered(w)
	case Pressed:
		s.pressed(w)
	case Silent:
		s.silent(w)
	case AgentOut:
		s.agentOut(w)
	case Status:
		s.status(w)
	case Room:
		s.room(w)
	case Do:
		s.deed(w)
	case Arranged:
		s.arranged(w)
	case Roster:
		s.roster(w)
	case Aside:
		s.aside()
	case PersonDialled:
		s.personDialled(w)
	case PersonNotDialled:
		s.personNotDialled(w)
	case PersonStatus:
		s.personStatus(w)
	case PersonKey:
		s.personKey(w)
	default:
		panic(fmt.Sprintf("transfer: event %T", e.What))
	}
	s.sendFor()
	return t, s.turn
}

// step is one event being dealt with.
type step struct {
	rules Rules
	t     *Transfer
	at    time.Time
	turn  Turn
}

func (s *step) do(actions ...Action) { s.turn.Actions = append(s.turn.Actions, actions...) }

func (s *step) say(id string, args ...string) {
	m := Message{ID: id}
	for i := 0; i+1 < len(args); i += 2 {
		if m.Args == nil {
			m.Args = map[string]string{}
		}
		m.Args[args[i]] = args[i+1]
	}
	s.turn.Say = append(s.turn.Say, m)
}

// hangup ends the agent's call with a word.
func (s *step) hangup(id string, args ...string) {
	s.say(id, args...)
	s.turn.Then = ThenHangup
}

// enter changes the state and starts its time.
func (s *step) enter(to State) {
	s.t.State = to
	s.t.Since = s.at.UnixMilli()
}

// passed reports whether d has gone by since a stored moment.
func (s *step) passed(unixMilli int64, d time.Duration) bool {
	return s.at.Sub(time.UnixMilli(unixMilli)) >= d
}

// release lets go of the agent and counts the attempt. The agent's call is left
// alone; the state is the caller's to set.
func (s *step) release(why Reason, to Presence) {
	t := s.t
	e := why.Ending()
	s.do(FreeAgent{Agent: t.Agent, Offer: t.Offer, To: to}, Report{Ending: e, Agent: t.Agent})
	t.Result, t.Reason = e.Result, e.Reason
	t.Seat = Seat{Offer: t.Offer}
}

// end is the end of a transfer.
func (s *step) end() {
	s.enter(StateDone)
	s.t.Claiming, s.t.Tried, s.t.Planned = 0, nil, 0
	s.do(LeaveQueue{})
}
