package notice

import (
	"errors"
	"fmt"
)

// Kind is what a notice tells of.
type Kind uint8

// The kinds.
const (
	KindUnknown           Kind = iota // no kind: the zero value
	LinksSent                         // the two texts went to a phone on file
	NumberChangeStarted               // an agent began to change the number
	NumberChangeDone                  // the number is another one now
	FactorDisabled                    // too many failures: a factor counts no more
	FactorUnlocked                    // a lead lifted that
	Frozen                            // recovery by phone was stopped
	Unfrozen                          // a lead lifted that
	PINSet                            // a PIN was set, the one before it ended
	RecoveryCodesSet                  // a set of recovery codes was issued, the one before it ended
	Alarm                             // to the leads: somebody reported that something was not them
	NumberChangeApproved              // the number will be changed when the hold is over
	NumberChangeCancelled             // the number was not changed after all
	NumberChangeUndone                // the new phone was taken off again
)

// Kinds lists all of them.
func Kinds() []Kind {
	return []Kind{LinksSent, NumberChangeStarted, NumberChangeDone, FactorDisabled, FactorUnlocked, Frozen, Unfrozen, PINSet, RecoveryCodesSet, Alarm, NumberChangeApproved, NumberChangeCancelled, NumberChangeUndone}
}

// String is the kind's name in the ledger and among the words.
func (k Kind) String() string {
	names := [...]string{
		"unknown", "links_sent", "number_change_started", "number_change_done", "factor_disabled", "factor_unlocked", "frozen", "unfrozen", "pin_set", "recovery_codes_set", "alarm", "number_change_approved", "number_change_cancelled", "number_change_undone",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind(%d)", k)
}

// ParseKind is the inverse of [Kind.String], but refuses "unknown".
func ParseKind(name string) (Kind, error) {
	for _, k := range Kinds() {
		if k.String() == name {
			return k, nil
		}
	}
	return KindUnknown, errors.New("kind of notice: unknown")
}
