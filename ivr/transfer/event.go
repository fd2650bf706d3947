package transfer

import "time"

// Event is something that happened to a transfer, and when.
type Event struct {
	At   time.Time
	What What
}

// What is the kind of an event; the types below are all there are.
type What interface{ what() }

// The events of the caller.
type (
	// Join queues the caller, the first time or again. An unknown transfer takes
	// the id.
	Join struct {
		ID     string
		Ticket Ticket
		Head   bool // an agent had the caller before: back to the head of the queue
	}
	// CallerIn asks whether the caller, who was moved, may go on into the
	// conference: [ThenJoin], or [ThenWait] when the agent has been freed meanwhile.
	CallerIn struct{}
	// CallerBack means that the caller is out of the conference and still there.
	CallerBack struct{}
	// CallerGone means that the caller hung up.
	CallerGone struct{}
)

// The events of the desk.
type (
	// Look has the transfer see to whatever is due: an agent who may be free, a
	// time that is up.
	Look struct {
		Ready []string // agents of the line and language who may be rung now
		Busy  []string // those who will be ready without anybody's doing
		// Closed says that the line is closed and that those who still wait are to be
		// told so.
		Closed bool
		// Music says that the caller, who is in the conference, hears music: on hold, or
		// because nobody else has come.
		Music bool
	}
	// Claimed answers [ClaimAgent].
	Claimed struct {
		Offer uint32
		Agent string // "" when none was free
	}
	// Rung answers [Ring]: the carrier took the call.
	Rung struct {
		Offer uint32
		SID   string
	}
	// NotRung answers [Ring]: it did not, or nobody knows whether it did.
	NotRung struct {
		Offer uint32
		Down  bool // the carrier's API is down, as opposed to refusing this call
	}
	// NotMoved answers [MoveCaller] when that failed.
	NotMoved struct {
		Offer uint32
		Down  bool
	}
	// Arranged answers [Arrange].
	Arranged struct {
		Plan uint32
		OK   bool
		Gone bool // the conference, or somebody who was to be in it, is not there
	}
	// Roster answers [CheckRoom] with who is in the conference.
	Roster struct{ SIDs []string }
)

// The events of an agent's call. All but [Status] are answered with a [Turn].
type (
	// Answered asks for the first words; also of a call that was sent there by
	// [TellAgent].
	Answered struct {
		Offer uint32
		SID   string
	}
	// Pressed is what the agent pressed at a prompt. A Prompt of 0 is one whose
	// number is not known: repeats of it count again.
	Pressed struct {
		Offer  uint32
		SID    string
		Prompt uint32
		Keys   string
	}
	// Silent means that no key came at a prompt.
	Silent struct {
		Offer  uint32
		SID    string
		Prompt uint32
	}
	// AgentOut means that the conference is over for an agent who is still there.
	AgentOut struct {
		Offer uint32
		SID   string
	}
	// Status is a callback about the call.
	Status struct {
		Offer  uint32
		SID    string
		Status LegStatus
	}
)

// Room is a callback about the conference.
type Room struct {
	Room     string // SID of the conference: each talk has its own
	Kind     RoomKind
	SID      string // of the leg; "" at the end
	Sequence uint32 // counts the events of one conference from 1
}

func (Room) what()       {}
func (Do) what()         {}
func (Arranged) what()   {}
func (Roster) what()     {}
func (Join) what()       {}
func (CallerIn) what()   {}
func (CallerBack) what() {}
func (CallerGone) what() {}
func (Look) what()       {}
func (Claimed) what()    {}
func (Rung) what()       {}
func (NotRung) what()    {}
func (NotMoved) what()   {}
func (Answered) what()   {}
func (Pressed) what()    {}
func (Silent) what()     {}
func (AgentOut) what()   {}
func (Status) what()     {}
