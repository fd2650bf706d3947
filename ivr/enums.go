package ivr

import "fmt"

// Step is where in the dialogue a call stands.
type Step uint8

// The steps, in about the order in which a caller may meet them.
const (
	StepUnknown         Step = iota // no turn yet
	StepAdmit                       // the call's number is being counted
	StepLine                        // a number shared by several lines asks which
	StepMenu                        // the main menu
	StepID                          // key in the unique ID
	StepConfirm                     // the ID, read back
	StepFactor                      // a factor is asked for
	StepAccount                     // Duo is asked for the account
	StepPhone                       // which of several phones
	StepLinks                       // the links are being made
	StepDuoWait                     // Duo does not answer: stay on the line
	StepWatch                       // the texts are out, Duo is watched
	StepNothing                     // no text came
	StepExpired                     // the link died before it was used
	StepTrouble                     // remove the old account, try again
	StepTroubleQR                   // the QR code instead
	StepReconnected                 // done: how to check it
	StepWeb                         // how to do it yourself
	StepReport                      // this was not me: the reference
	StepRefused                     // nothing by phone
	StepQueue                       // waiting for a person
	StepBridged                     // talking to a person
	StepReturned                    // the agent has left
	StepFallback                    // dialled to the desk's own number
	StepDone                        // said goodbye
	StepUnclear                     // nobody knows whether Duo made the link; since steps are stored by number, new ones come after it
	StepCallback                    // being called back: on which number
	StepCallbackTo                  // key in another number
	StepCallbackConfirm             // that number, read back
	StepCallbackSlot                // as soon as possible, or at a time
	StepCalled                      // the line has called: press 1
	stepEnd
)

// Steps returns every step but StepUnknown, in order.
func Steps() []Step {
	all := make([]Step, 0, stepEnd)
	for s := StepUnknown + 1; s < stepEnd; s++ {
		all = append(all, s)
	}
	return all
}

// String is the step's name in pictures and logs.
func (s Step) String() string {
	names := [...]string{
		"unknown", "admit", "line", "menu", "id", "confirm", "factor", "account", "phone", "links", "duo_wait", "watch",
		"nothing", "expired", "trouble", "trouble_qr", "reconnected", "web", "report", "refused", "queue", "bridged",
		"returned", "fallback", "done", "unclear",
		"callback", "callback_to", "callback_confirm", "callback_slot", "called",
	}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("step(%d)", s)
}

// Request is what the caller came for.
type Request uint8

// The requests.
const (
	RequestUnknown    Request = iota
	RequestSameNumber         // reconnect on the number on file
	RequestNewNumber          // number or SIM changed
	RequestPerson             // asked for a person
	RequestReport             // this was not me
)

// String is the request's name in logs and for the desk.
func (r Request) String() string {
	switch r {
	case RequestSameNumber:
		return "same_number"
	case RequestNewNumber:
		return "new_number"
	case RequestPerson:
		return "person"
	case RequestReport:
		return "report"
	case RequestUnknown:
	}
	return "unknown"
}

// Result is the class of a call's ending; it labels metrics.
type Result uint8

// The results. Call scripts name them in `ended /re/`.
const (
	ResultUnknown     Result = iota // the call goes on
	ResultCompleted                 // got what it came for by itself
	ResultTransferred               // talked to a person
	ResultAbandoned                 // hung up before
	ResultRefused                   // nothing by phone
	ResultCallback                  // will be called back
	ResultClosed                    // told the hours
	ResultFailed                    // something of ours was down, or nobody came
)

// Results returns every result that a call can end with.
func Results() []Result {
	return []Result{ResultCompleted, ResultTransferred, ResultAbandoned, ResultRefused, ResultCallback, ResultClosed, ResultFailed}
}

// String is the result's metric label.
func (r Result) String() string {
	switch r {
	case ResultCompleted:
		return "completed"
	case ResultTransferred:
		return "transferred"
	case ResultAbandoned:
		return "abandoned"
	case ResultRefused:
		return "refused"
	case ResultCallback:
		return "callback"
	case ResultClosed:
		return "closed"
	case ResultFailed:
		return "failed"
	case ResultUnknown:
	}
	return "unknown"
}

// TextStatus is how far a text has come. It only moves forward: see [TextStatus.Advance].
type TextStatus uint8

// The statuses, in order; the last four are final and bad but for delivered.
const (
	TextUnknown     TextStatus = iota // not sent
	TextQueued                        // accepted by the carrier
	TextSent                          // on its way
	TextDelivered                     // the phone has it
	TextUndelivered                   // it will not come
	TextOptedOut                      // that number asked for no texts
	TextLandline                      // that number takes no texts
	TextUnavailable                   // the carrier did not take it
)

// Advance returns the later of two statuses: callbacks come in any order, and
// what has been delivered stays delivered.
func (s TextStatus) Advance(to TextStatus) TextStatus {
	if s == TextDelivered || to <= s {
		return s
	}
	return to
}

// Bad reports whether the text will not arrive.
func (s TextStatus) Bad() bool { return s > TextDelivered }

// String is the status' metric label.
func (s TextStatus) String() string {
	names := [...]string{"unknown", "queued", "sent", "delivered", "undelivered", "opted_out", "landline", "failed"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("text(%d)", s)
}

// Text is the purpose of a text.
type Text uint8

// The texts.
const (
	TextNone     Text = iota
	TextInstall       // link 1: install Duo Mobile
	TextActivate      // link 2: activate it
	TextCode          // a code to key in
	TextWeb           // the self-service page's address
)

// String is the purpose's metric label.
func (t Text) String() string {
	switch t {
	case TextInstall:
		return "install"
	case TextActivate:
		return "activate"
	case TextCode:
		return "code"
	case TextWeb:
		return "web"
	case TextNone:
	}
	return "none"
}

// Outcome is how an effect ended.
type Outcome uint8

// The outcomes. What is not OK never counts as done.
const (
	OutcomeUnknown     Outcome = iota // it may or may not have happened
	OutcomeOK                         // done; a checked factor passed
	OutcomeFailed                     // a result, not an error: the factor did not match
	OutcomeLocked                     // not compared: too many failures
	OutcomeLimited                    // a limit is reached
	OutcomeUnavailable                // what it needed is down
	OutcomeLost                       // it has to be asked for again (the secret is gone)
)

// Outcomes returns every outcome, for tables and metrics.
func Outcomes() []Outcome {
	return []Outcome{OutcomeUnknown, OutcomeOK, OutcomeFailed, OutcomeLocked, OutcomeLimited, OutcomeUnavailable, OutcomeLost}
}

// String is the outcome's metric label.
func (o Outcome) String() string {
	names := [...]string{"unknown", "ok", "failed", "locked", "limited", "unavailable", "lost"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("outcome(%d)", o)
}
