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
)

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
		Result Result
		Agent  string
	}
	// ReportWait notes how long the caller waited until bridged.
	ReportWait struct{ Waited time.Duration }
)

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
