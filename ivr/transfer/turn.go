package transfer

import "time"

// Turn is what an event is answered with: words and keys for the agent on the
// phone, and actions for the desk. For an event that nobody listens to only the
// actions matter.
type Turn struct {
	Say    []Message
	Expect Expect
	Then   Then
	// Prompt numbers this prompt within the offer. It comes back in [Pressed]
	// and [Silent], so that a repeated webhook counts once.
	Prompt uint32
	// Ends says of [ThenJoin] that the conference ends when this leg leaves it.
	Ends bool
	// Agent is whom the caller meets, of [CallerIn].
	Agent string
	// Answer is what became of a [Do].
	Answer Answer
	// Line and Language say in whose words an agent is spoken to: those of the
	// caller's line, in the agent's first language. The desk knows both; "" is the
	// first line, or the line's first language.
	Line     string
	Language string
	Actions  []Action // in the order in which they are to be run
}

// Message is an id in [Messages] with its arguments.
type Message struct {
	ID   string
	Args map[string]string
}

// Expect says which keys a turn awaits, one at a time. The zero value awaits none.
type Expect struct {
	Keys    string // those that mean something, such as "129"
	Seconds int    // of silence before the turn is over
}

// Then is what follows when everything has been said and no key came.
type Then uint8

// The continuations.
const (
	ThenNothing Then = iota // for callbacks: nobody listens
	ThenGather              // the agent's next webhook, with a key or with silence
	ThenJoin                // into the conference named by the transfer
	ThenWait                // of [CallerIn]: the caller queues again
	ThenHangup
)

// String is the continuation's name in tests and logs.
func (t Then) String() string {
	names := [...]string{"nothing", "gather", "join", "wait", "hangup"}
	return name(names[:], "then", t)
}

// Action is something to be done by the desk; the types below are all there are.
type Action interface{ action() }

// The actions that report back.
type (
	// ClaimAgent sets one of some agents, if ready still, to ringing for this
	// offer. It reports [Claimed].
	ClaimAgent struct {
		Offer uint32
		Among []string
	}
	// Ring calls the agent. It reports [Rung] or [NotRung].
	Ring struct {
		Agent string
		Offer uint32
	}
	// MoveCaller sends the caller's leg to the conference. It reports [NotMoved]
	// if that fails.
	MoveCaller struct{ Offer uint32 }
	// Arrange sets how those in the conference are, one after another, and stops at
	// the first that fails. Doing it twice does no harm. It reports [Arranged].
	Arrange struct {
		Plan     uint32
		Room     string // the conference's SID, if it has been heard of
		Settings []Setting
	}
	// CheckRoom asks the carrier who is in the conference. It reports [Roster], or
	// nothing when nobody can say.
	CheckRoom struct{ Room string }
)

// Setting is how one leg in the conference is to be.
type Setting struct {
	SID  string // of the leg's call; never of the conference
	Kind SettingKind
	On   bool
}

// SettingKind is what is set.
type SettingKind uint8

// The kinds.
const (
	SettingUnknown SettingKind = iota
	SettingHold                // hears music instead of the others
	SettingEnds                // the conference ends when the leg leaves
)

// String is the kind's name in tests and logs.
func (k SettingKind) String() string {
	names := [...]string{"unknown", "hold", "ends"}
	return name(names[:], "setting", k)
}

// The actions that do not.
type (
	// StopRing ends an agent's call, whatever it is doing; one that has ended is
	// no error.
	StopRing struct{ SID string }
	// TellAgent sends an agent's call back to its first URL, where the [Answered]
	// of an old offer says what has happened. If that fails, the call is ended.
	TellAgent struct {
		SID   string
		Offer uint32
	}
	// BusyAgent sets the agent from ringing to talking.
	BusyAgent struct {
		Agent string
		Offer uint32
	}
	// FreeAgent lets go of the agent, if this offer still holds them.
	FreeAgent struct {
		Agent string
		Offer uint32
		To    Presence
	}
	// Requeue puts the ticket into the queue: at its end, unless it has a place
	// there, or at its head.
	Requeue struct {
		Since time.Time // when the waiting began
		Head  bool
	}
	// LeaveQueue takes the ticket out of the queue.
	LeaveQueue struct{}
	// Wake asks for a [Look] in a while; with zero, at once. It may be lost.
	Wake struct{ After time.Duration }
	// Report counts the end of an attempt; Agent is "" when there was none.
	Report struct {
		Ending Ending
		Agent  string
		Second bool // the agent was asked for help
	}
	// Announce has the caller, who is in the conference, hear who is with them now.
	Announce struct{ Offer uint32 }
	// ReportWait notes how long the caller waited until bridged.
	ReportWait struct{ Waited time.Duration }
)

// String is the report in tests, such as "{declined key robin second}".
func (r Report) String() string {
	second := ""
	if r.Second {
		second = " second"
	}
	return "{" + r.Ending.Result.String() + " " + r.Ending.Reason.String() + " " + r.Agent + second + "}"
}

func (ClaimAgent) action() {}
func (Ring) action()       {}
func (MoveCaller) action() {}
func (StopRing) action()   {}
func (TellAgent) action()  {}
func (BusyAgent) action()  {}
func (FreeAgent) action()  {}
func (Requeue) action()    {}
func (LeaveQueue) action() {}
func (Wake) action()       {}
func (Report) action()     {}
func (ReportWait) action() {}
func (Arrange) action()    {}
func (CheckRoom) action()  {}
func (Announce) action()   {}
