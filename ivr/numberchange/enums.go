package numberchange

import "fmt"

// State is where a change stands.
type State uint8

// The states; the last six are the ends.
const (
	StateUnknown            State = iota
	StateDraft                    // opened; nothing proven yet
	StateEvidenced                // the subject is verified
	StateNumberGiven              // a code is on its way to the new number
	StateCodeSent                 // the code is there, or may be
	StateAwaitingApproval         // the number is confirmed; a second person is asked
	StateHolding                  // approved; the subject may still say no
	StateApplying                 // the new phone is set up in Duo
	StateAwaitingActivation       // the links are out; both phones are in Duo
	StateRemovingOld              // the new phone is active, the old one goes
	StateUndoing                  // the new phone goes again
	StateDone
	StateCancelled // stopped before anything was changed
	StateDenied    // the second person said no
	StateExpired   // took too long
	StateUndone    // the new phone was taken off again
	StateFailed    // cannot be done
)

// States returns every state but StateUnknown.
func States() []State { return through(StateDraft, StateFailed) }

// Over reports whether nothing more happens.
func (s State) Over() bool { return s >= StateDone }

// String is the state's name in logs, in metrics and for the console.
func (s State) String() string {
	names := [...]string{
		"unknown", "draft", "evidenced", "number_given", "code_sent", "awaiting_approval", "holding", "applying",
		"awaiting_activation", "removing_old", "undoing", "done", "cancelled", "denied", "expired", "undone", "failed",
	}
	return name(names[:], "state", s)
}

// ParseState is the inverse of [State.String]; "unknown" is an error, too.
func ParseState(name string) (State, error) { return parse(States(), "state", name) }

// Reason is why a change ended, or why it is being undone.
type Reason uint8

// The reasons.
const (
	ReasonUnknown      Reason = iota
	ReasonDone                // all of it was done
	ReasonPerson              // somebody at the desk stopped it
	ReasonFrozen              // the subject's recovery was frozen
	ReasonRepudiated          // somebody who was told of it said no
	ReasonLate                // a time limit passed
	ReasonCodes               // no code was confirmed, and no more are sent
	ReasonNotActivated        // nobody activated the new phone
	ReasonTaken               // Duo has the new number for somebody else, or for the subject already
)

// Reasons returns every reason but ReasonUnknown.
func Reasons() []Reason { return through(ReasonDone, ReasonTaken) }

// String is the reason's metric label.
func (r Reason) String() string {
	names := [...]string{"unknown", "done", "person", "frozen", "repudiated", "late", "codes", "not_activated", "taken"}
	return name(names[:], "reason", r)
}

// Role is what somebody may do at the desk.
type Role uint8

// The roles.
const (
	RoleUnknown Role = iota
	RoleAgent
	RoleLead // may do what an agent may, too
)

// String is the role's name.
func (r Role) String() string {
	names := [...]string{"unknown", "agent", "lead"}
	return name(names[:], "role", r)
}

// Check is how an identity check was made.
type Check uint8

// The checks.
const (
	CheckUnknown  Check = iota
	CheckVideo          // on camera
	CheckInPerson       // at the desk; the only evidence under an elevated threat
)

// String is the check's name in the audit.
func (c Check) String() string {
	names := [...]string{"unknown", "video", "in_person"}
	return name(names[:], "check", c)
}

// Seen is a document that was seen in an identity check.
type Seen uint8

// The documents, all with a photograph.
const (
	SeenUnknown Seen = iota
	SeenCard         // the institution's own
	SeenLicense
	SeenPassport
	SeenStateID
)

// AllSeen returns every document but SeenUnknown.
func AllSeen() []Seen { return through(SeenCard, SeenStateID) }

// String is the document's name in the audit.
func (s Seen) String() string {
	names := [...]string{"unknown", "card", "license", "passport", "state_id"}
	return name(names[:], "seen", s)
}

// LineType is what the carrier's look-up says of a number.
type LineType uint8

// The types.
const (
	LineUnknown LineType = iota // not looked up, or not known
	LineMobile
	LineLandline
	LinePremium
	LineOther // such as voice over IP, which anybody rents within minutes
)

// Step is one change in Duo.
type Step uint8

// The steps, in their order; the last is the way back.
const (
	StepUnknown    Step = iota
	StepFind            // find or create the phone
	StepAssociate       // give it to the subject
	StepLinks           // make the activation links
	StepSend            // text them
	StepRemove          // take the old phone off
	StepDissociate      // take the new phone off
)

// Steps returns every step but StepUnknown.
func Steps() []Step { return through(StepFind, StepDissociate) }

// String is the step's name in the audit and in metrics.
func (s Step) String() string {
	names := [...]string{"unknown", "find", "associate", "links", "send", "remove", "dissociate"}
	return name(names[:], "step", s)
}

// Status is how a step stands.
type Status uint8

// The statuses.
const (
	StatusTodo    Status = iota
	StatusRunning        // begun, not heard of yet
	StatusOK
	StatusFailed  // certainly not done
	StatusUnclear // may be done
)

// String is the status's name for the console.
func (s Status) String() string {
	names := [...]string{"todo", "running", "ok", "failed", "unclear"}
	return name(names[:], "status", s)
}

// Result is how a step ended, by the word of whoever ran it.
type Result uint8

// The results.
const (
	ResultUnknown Result = iota // taken as unclear
	ResultOK
	ResultFailed  // certainly not done
	ResultUnclear // may be done
)

// String is the result's name in the audit and in metrics.
func (r Result) String() string {
	names := [...]string{"unknown", "ok", "failed", "unclear"}
	return name(names[:], "result", r)
}

// Notice is what people are told on every address on file but the new number.
type Notice uint8

// The notices.
const (
	NoticeUnknown   Notice = iota
	NoticeStarted          // somebody began to change the number
	NoticeApproved         // it will be changed when the hold is over
	NoticeDone             // it is changed
	NoticeCancelled        // it is not changed
	NoticeUndone           // it was changed and is not any more
)

// Notices returns every notice but NoticeUnknown.
func Notices() []Notice { return through(NoticeStarted, NoticeUndone) }

// String is the notice's kind in the ledger, after "number_change_".
func (n Notice) String() string {
	names := [...]string{"unknown", "started", "approved", "done", "cancelled", "undone"}
	return name(names[:], "notice", n)
}

func through[E ~uint8](from, to E) []E {
	all := make([]E, 0, to-from+1)
	for e := from; e <= to; e++ {
		all = append(all, e)
	}
	return all
}

func name[E ~uint8](names []string, kind string, e E) string {
	if int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(e))
}

func parse[E fmt.Stringer](all []E, kind, name string) (E, error) {
	for _, e := range all {
		if e.String() == name {
			return e, nil
		}
	}
	var none E
	return none, fmt.Errorf("unknown %s %.20q", kind, name)
}
