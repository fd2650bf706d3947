package numberchange

import "time"

// Event is something that happened to a change, when, and by whom.
type Event struct {
	At time.Time
	// By is who did it; zero for what the system reports.
	By Actor
	// Facts are those of the subject, read just before. The zero value is not
	// read, and refuses what needs them.
	Facts Facts
	What  What
}

// Actor is somebody at the desk.
type Actor struct {
	ID       string // the account's one name; letter case makes no other person
	Role     Role
	Subject  bool      // the account is the subject's own, or may be
	Local    bool      // signed in with a local account
	SignedIn time.Time // when that person last proved who they are
}

// Facts are what the other parts of the house know of the subject.
type Facts struct {
	Read       bool // all of the below could be read
	Frozen     bool // recovery by phone is frozen
	Threat     bool // elevated threat
	Privileged bool // in a group that is served in person only
	OnLine     bool // on a call that the agent has now
	OpenCase   bool // or in a case that is open
}

// What is the kind of an event; the types below are all there are.
type What interface{ what() }

// The events of the agent who opened the change, but for IdentityConfirmed.
type (
	// Opened begins a change. The same ID again is a repeat.
	Opened struct {
		ID      string // random
		Subject string // as the stores name the subject
	}
	// Evidence is the line's verdict on the subject.
	Evidence struct {
		Number  bool      // it reaches the level number
		Until   time.Time // when it lapses
		Factors []string  // those that passed, such as recovery_code
	}
	// IdentityChecked records what the agent saw of the subject.
	IdentityChecked struct {
		Check Check
		Seen  []Seen
	}
	// IdentityConfirmed is a lead who has seen the same: the check as it was shown
	// to the lead, since the agent may have recorded another one meanwhile.
	IdentityConfirmed struct {
		Check Check
		Seen  []Seen // in any order
	}
	// NumberGiven is the new number with what the look-ups say, and the phone it
	// replaces.
	NumberGiven struct {
		Number   string   // E.164
		Line     LineType // LineUnknown where there is no look-up
		Ours     bool     // one of our lines
		Current  bool     // on file for the subject
		Other    bool     // on file for somebody else
		Replaces string   // Duo's ID of the old phone; "" when there is none
	}
	// CodeTried is a code that the subject read out, compared already. What OK
	// says must be told by nobody but the answer to this event, which counts it.
	CodeTried struct {
		Code uint32 // the number of the code that it was compared with
		OK   bool
	}
	// CodeResend asks for another code to the same number.
	CodeResend struct{}
)

// The events of the second person, and those of either or of a lead.
type (
	// Approved is the second person's yes.
	Approved struct{}
	// Denied is that person's no.
	Denied struct{}
	// Cancelled stops a change that has not touched Duo.
	Cancelled struct{}
	// Resume has a step run again that certainly failed, or makes fresh links
	// while the activation is awaited.
	Resume struct{}
	// Undo takes the new phone off again.
	Undo struct{}
)

// The events of the system.
type (
	// Tick sees to whatever is due.
	Tick struct{}
	// CodeSent answers [SendCode].
	CodeSent struct {
		Code   uint32
		Result Result
	}
	// DuoDone answers a step's action.
	DuoDone struct {
		Step   Step
		Try    uint32
		Result Result
		Phone  string // of StepFind: Duo's ID of the new phone
		Taken  bool   // of StepFind: that phone is somebody else's, or the subject's already
	}
	// AccountRead answers [ReadAccount].
	AccountRead struct {
		Try   uint32
		Read  bool   // otherwise nothing is known
		Phone string // Duo's ID of the phone with the new number; "" when there is none
		Taken bool   // that phone is somebody else's
		New   bool   // that phone is the subject's
		Old   bool   // the old phone is the subject's
	}
	// Activated answers [ReadPhone] once the phone is activated; until then
	// nothing does.
	Activated struct {
		Try   uint32
		Phone string
	}
	// Frozen means that the subject's recovery was frozen.
	Frozen struct{}
	// Repudiated means that somebody who was told of this change said no.
	Repudiated struct{}
)

func (Opened) what()            {}
func (Evidence) what()          {}
func (IdentityChecked) what()   {}
func (IdentityConfirmed) what() {}
func (NumberGiven) what()       {}
func (CodeTried) what()         {}
func (CodeResend) what()        {}
func (Approved) what()          {}
func (Denied) what()            {}
func (Cancelled) what()         {}
func (Resume) what()            {}
func (Undo) what()              {}
func (Tick) what()              {}
func (CodeSent) what()          {}
func (DuoDone) what()           {}
func (AccountRead) what()       {}
func (Activated) what()         {}
func (Frozen) what()            {}
func (Repudiated) what()        {}
