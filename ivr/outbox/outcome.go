package outbox

import "fmt"

// Outcome is how an attempt ended. Its name is also why a notice ended.
type Outcome uint8

// The outcomes.
const (
	OutcomeUnknown Outcome = iota // no outcome: the zero value
	Sent                          // taken
	Unavailable                   // not taken: tried again
	Unclear                       // perhaps taken: tried again, as often as [Options.AtMost] says
	Refused                       // dead: the address takes none
	Expired                       // dead: tried for too long
	Unreadable                    // dead: sealed by a key that we have not, or tampered with
)

// Outcomes lists all of them.
func Outcomes() []Outcome {
	return []Outcome{Sent, Unavailable, Unclear, Refused, Expired, Unreadable}
}

// String is the outcome's name in the ledger and its metric label.
func (o Outcome) String() string {
	names := [...]string{"unknown", "sent", "unavailable", "unclear", "refused", "expired", "unreadable"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("outcome(%d)", o)
}
