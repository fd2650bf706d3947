package numberchange

// Stage is a part of a change, as people see it.
type Stage uint8

// The stages.
const (
	StageUnknown    Stage = iota
	StageIdentity         // the subject is verified
	StageNumber           // the new number is given
	StageCode             // and confirmed
	StageApproval         // a second person says yes
	StageHold             // the subject may say no
	StagePhone            // the new phone is in Duo
	StageLinks            // the links are on their way
	StageActivation       // the subject has opened them
	StageOld              // the old phone is gone
)

// Stages returns every stage but StageUnknown.
func Stages() []Stage { return through(StageIdentity, StageOld) }

// String is the stage's name for the console.
func (s Stage) String() string {
	names := [...]string{"unknown", "identity", "number", "code", "approval", "hold", "phone", "links", "activation", "old"}
	return name(names[:], "stage", s)
}

// Mark is how a stage stands, as people see it.
type Mark uint8

// The marks.
const (
	MarkLater   Mark = iota
	MarkDone         // behind us
	MarkNow          // somebody at the desk has to do something
	MarkWaiting      // for the subject, for a time, or for Duo
	MarkFailed       // did not work, or was stopped here
)

// String is the mark's name for the console.
func (m Mark) String() string {
	names := [...]string{"later", "done", "now", "waiting", "failed"}
	return name(names[:], "mark", m)
}

// Who is somebody's part in a change.
type Who uint8

// The parts.
const (
	WhoUnknown Who = iota
	WhoAgent       // who opened it
	WhoLead        // who confirms identity checks and helps
	WhoSecond      // who approves
)

// Whos returns every part but WhoUnknown.
func Whos() []Who { return through(WhoAgent, WhoSecond) }

// String is the part's name for the console.
func (w Who) String() string {
	names := [...]string{"unknown", "agent", "lead", "second"}
	return name(names[:], "who", w)
}

// Do is something to be done next.
type Do uint8

// What can be done.
const (
	DoNothing Do = iota
	DoWait
	DoVerify  // verify the subject, or record an identity check
	DoConfirm // confirm the identity check
	DoNumber  // give the new number
	DoCode    // enter the code that the subject reads out
	DoResend  // have another code sent
	DoApprove // approve or deny
	DoResume  // have the step run again
	DoLinks   // make fresh links
	DoUndo    // take the new phone off again
)

// String is the name of what is to be done, for the console.
func (d Do) String() string {
	names := [...]string{
		"nothing", "wait", "verify", "confirm", "number", "code", "resend", "approve", "resume", "links", "undo",
	}
	return name(names[:], "do", d)
}
