package ivr

import "time"

// Event is something that happened, with its moment and a seed for whatever the
// dialogue has to choose at random.
type Event struct {
	At     time.Time
	Seed   uint64 // only of [Ring]
	Effect uint32 // the effect that this is the result of, or 0
	What   What
}

// What is the kind of an event; the types below are all there are.
type What interface{ what() }

// The events that take a turn.
type (
	// Ring is the first turn of a call.
	Ring struct {
		To   string // E.164: chooses the line
		From string // E.164, or "" when withheld
		// Suspect says that the carrier found the calling number not to be the
		// caller's (STIR). Its absence proves nothing; it only raises the bar.
		Suspect bool
	}
	// CalledBack is the first turn of a call that the line makes to somebody who
	// asked for it.
	CalledBack struct {
		Line, Language string
		To             string // E.164: whom it calls
		Transfer       string // in which an agent waits
		Offer          int
	}
	// Input is what came of a Gather.
	Input struct {
		Keys  string // 0-9, * and #, without the key that ended it
		Pound bool   // it was ended by the pound key
	}
	// Continue is the turn after one that awaited nothing.
	Continue struct{}
	// Left is the end of waiting in the queue, other than by a hang-up.
	Left struct{ Result string } // leave, queue-full, error, system-error, ...
	// Jump is the turn of a caller who was moved to meet the agent; without a
	// transfer the agent is gone again. Agent is their name, as spoken, or "".
	Jump struct{ Transfer, Agent string }
	// Dialled is the end of a Dial: a conference, or the desk's own number.
	Dialled struct{ Answered bool }
)

// The events that take none.
type (
	// Waited means that the budget for an inline answer is spent.
	Waited struct{}
	// Waiting asks for the next wait document.
	Waiting struct {
		Position int           // 1 is next
		Expected time.Duration // until answered; 0 is unknown
		Leave    string        // why the queue has to be left, or ""
		Closures []Closure     // of now, with Leave
	}
	// Hangup means that the call is over.
	Hangup struct{}
	// Texted is a delivery callback, of one sending of the texts.
	Texted struct {
		Text   Text
		Send   uint8 // [Links.Sends] at the time
		Status TextStatus
	}
	// Overdue means that the second text has waited long enough for the first.
	Overdue struct{}
)

// The results of effects; see effect.go.
type (
	// Admitted answers [Admit].
	Admitted struct {
		Outcome  Outcome
		Closures []Closure // of now
	}
	// LookedUp answers [LookUp].
	LookedUp struct {
		Outcome Outcome // OK whether or not there is such a person
		Facts   Facts
	}
	// Checked answers [CheckFactor]. Phone is the index of the phone on file that a
	// push was answered on, or [NoPhone]; other factors leave it alone.
	Checked struct {
		Outcome Outcome
		Phone   uint8
	}
	// CodeSent answers [SendCode]. Nothing that is said depends on it.
	CodeSent struct{ Outcome Outcome }
	// AccountRead answers [ReadAccount].
	AccountRead struct {
		Outcome Outcome
		Phones  []Phone // those on file, as the directory and Duo agree
	}
	// LinksMade answers [MakeLinks].
	LinksMade struct {
		Outcome Outcome
		Until   time.Time // when the activation link dies
		Was     Device    // the phone before
	}
	// TextDispatched answers [SendText].
	TextDispatched struct {
		Text   Text
		Status TextStatus
	}
	// PhoneRead answers [ReadPhone].
	PhoneRead struct {
		Outcome   Outcome
		Activated bool
	}
	// Queued answers [JoinQueue].
	Queued struct {
		Outcome  Outcome
		Transfer string
		Why      string    // [QueueFull], [QueueEmpty], [QueueClosed], or ""
		Closures []Closure // of now
	}
	// NumberChecked answers [CheckNumber]: OK with the number in E.164, or failed and
	// why, such as [NumberForeign].
	NumberChecked struct {
		Outcome Outcome
		Number  string
		Why     string
	}
	// CallbackTaken answers [TakeCallback]: failed when the number has one already,
	// limited when there are too many.
	CallbackTaken struct{ Outcome Outcome }
	// CallbackAnswered answers [AnswerCallback]: failed when the agent has left.
	CallbackAnswered struct {
		Outcome  Outcome
		Agent    string // as spoken, or ""
		Proof    string
		Declined bool // nobody there wants it, and nobody calls again
	}
	// Reported answers [Report]: OK when recovery is stopped, failed when the
	// reference is nobody's. Both sound the same.
	Reported struct{ Outcome Outcome }
)

func (Ring) what()             {}
func (Input) what()            {}
func (Continue) what()         {}
func (Left) what()             {}
func (Jump) what()             {}
func (Dialled) what()          {}
func (Waited) what()           {}
func (Waiting) what()          {}
func (Hangup) what()           {}
func (Texted) what()           {}
func (Overdue) what()          {}
func (Admitted) what()         {}
func (LookedUp) what()         {}
func (Checked) what()          {}
func (CodeSent) what()         {}
func (AccountRead) what()      {}
func (LinksMade) what()        {}
func (TextDispatched) what()   {}
func (PhoneRead) what()        {}
func (Queued) what()           {}
func (CalledBack) what()       {}
func (NumberChecked) what()    {}
func (CallbackTaken) what()    {}
func (CallbackAnswered) what() {}
func (Reported) what()         {}

// Why a caller was not queued, of [Queued].
const (
	QueueFull   = "full"   // as many wait as may
	QueueEmpty  = "empty"  // no agent of the line is there who could come
	QueueClosed = "closed" // a lead has closed the desk since the call began
)
