package numberchange

import "time"

// Action is something to be done, in the order given; the types below are all
// there are. An action that follows an [Audit] intent runs only once that is
// written, and otherwise reports failed.
type Action interface{ action() }

// The actions that report back.
type (
	// SendCode texts code number Code to the new number; the same Code is the
	// same digits, made outside from a secret. It reports [CodeSent].
	SendCode struct {
		Code   uint32
		Number string // E.164
	}
	// FindOrCreatePhone looks for a phone with the number in Duo, and creates it
	// if there is none. This and the next five report [DuoDone].
	FindOrCreatePhone struct {
		Try    uint32
		Number string
	}
	// Associate gives the phone to the subject.
	Associate struct {
		Try            uint32
		Subject, Phone string
	}
	// MakeLinks makes the activation links, which are kept sealed outside.
	MakeLinks struct {
		Try   uint32
		Phone string
	}
	// SendLinks texts the links to the new number.
	SendLinks struct {
		Try    uint32
		Number string
	}
	// RemoveOld takes the old phone off the subject.
	RemoveOld struct {
		Try            uint32
		Subject, Phone string
	}
	// Dissociate takes the new phone off the subject.
	Dissociate struct {
		Try            uint32
		Subject, Phone string
	}
	// ReadAccount finds out what became of unclear steps. It reports [AccountRead].
	// Number is "" when Phone is known.
	ReadAccount struct {
		Try             uint32
		Subject, Number string
		Phone, Old      string // Duo's IDs
	}
	// ReadPhone sees whether the phone is activated. It reports [Activated], or
	// nothing.
	ReadPhone struct {
		Try   uint32
		Phone string
	}
)

// The actions that do not.
type (
	// Notify tells the subject on every address on file but the new number.
	Notify struct{ Notice Notice }
	// AskApproval shows the change to those who may approve it.
	AskApproval struct{}
	// Refuse tells who did something why it was not done.
	Refuse struct{ Why Refusal }
	// Wake asks for a [Tick] at a time. It may be lost; see [Rules.Due].
	Wake struct{ At time.Time }
	// Audit writes a row: an intent before a step, an outcome after it and of
	// whatever needs no intent.
	Audit struct {
		Intent bool
		Name   string // one of [AuditNames]
		By     string // the account; "" is the system
		Detail string // a result, a reason or a refusal by its name, or a kind of check; "" is none
		People bool   // evidence that people made, and not the system
		Seen   []Seen // of an identity check
	}
)

func (SendCode) action()          {}
func (FindOrCreatePhone) action() {}
func (Associate) action()         {}
func (MakeLinks) action()         {}
func (SendLinks) action()         {}
func (RemoveOld) action()         {}
func (Dissociate) action()        {}
func (ReadAccount) action()       {}
func (ReadPhone) action()         {}
func (Notify) action()            {}
func (AskApproval) action()       {}
func (Refuse) action()            {}
func (Wake) action()              {}
func (Audit) action()             {}

// AuditNames are all names of rows, to be prefixed with "number_change_": what
// people do, how changes end, and the steps in Duo.
func AuditNames() []string {
	names := []string{
		"open", "evidence", "identity_check", "identity_confirm", "number", "code_resend", "code", "approve", "deny", "cancel",
		"resume", "undo", "freeze", "repudiate", "apply", "activated", "late", "end",
	}
	for _, s := range Steps() {
		names = append(names, s.String())
	}
	return names
}
