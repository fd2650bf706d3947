package console

import (
	"fmt"
	"strings"
)

// dictionary puts the constants of the dialogue, as the line and the ledger write
// them, into words.
//
//nolint:gochecknoglobals // a table that nobody changes
var dictionary = map[string]string{
	// What they came for.
	"same_number": "Reconnect Duo on the same number",
	"new_number":  "Their number or SIM has changed",
	"person":      "Asked for a person",
	"report":      "“This was not me”",
	// Factors.
	"pin":           "PIN",
	"texted_code":   "Texted code",
	"emailed_code":  "E-mailed code",
	"recovery_code": "Recovery code",
	"duo_push":      "Duo push to another device",
	// Why not more.
	"nothing_proven": "nothing has been proven yet",
	"lapsed":         "the proof is too old: ask for one factor again",
	"one_method":     "only one method has been proven",
	"sim_changed":    "the SIM was changed lately",
	"young_number":   "the number is too new on file",
	"frozen":         "phone recovery is frozen",
	"not_counted":    "what passed does not count for this person",
	"privileged":     "nothing by phone: they have to come in person",
	"strict":         "a recovery code or a Duo push is needed",
	"account_unread": "Duo has not answered yet",
	"needs_check":    "it takes an identity check",
	"needs_number":   "it takes two of e-mailed code, recovery code and Duo push, or an identity check",
	"no_phone":       "no phone on file can take links now",
	"failed":         "the factors failed",
	"limited":        "too many tries",
	"unavailable":    "something was down",
	"withheld":       "the calling number is withheld",
	// Ways in which something is told.
	"hook": "an event to another system",
	// What may be done.
	"links":       "Send the two links",
	"number":      "Change the number",
	"information": "Give general information",
	// Presence.
	"ready":   "Ready",
	"ringing": "Ringing",
	"talking": "On a call",
	"wrap_up": "Wrap-up",
	"away":    "Away",
}

// word puts a constant into words; one that is not known is shown as it is.
func word(v any) string {
	name := fmt.Sprint(v)
	if w := dictionary[name]; w != "" {
		return w
	}
	return strings.ReplaceAll(name, "_", " ")
}
