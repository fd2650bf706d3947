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
	// Why a tool is not used.
	"not_on_line":   "the caller is not on your line",
	"under_way":     "it is under way already",
	"activated":     "Duo says that it is activated",
	"no_links":      "no links of this call live",
	"phone_not_now": "links may not go to that phone now",
	"just_sent":     "the links were sent just now: give them half a minute",
	"sent_often":    "the links were sent five times: they will not come",
	"no_device":     "no other activated device takes a push",
	"no_id":         "no ID was keyed in",
	"push_limit":    "three pushes an hour, half a minute apart, are all that anybody gets",
	"already":       "it was frozen already",
	"locked":        "it was not allowed any more",
	// Tools.
	"fresh":  "Send a new set of links",
	"resend": "Send the same links again",
	"look":   "Ask Duo whether it worked",
	"push":   "Send a Duo push (proves nothing)",
	"freeze": "Freeze phone recovery",
	// Why a set of an agent's was not made.
	"links_failed":      "Duo refused, or that phone cannot take a link",
	"links_locked":      "the verdict does not allow it any more",
	"links_limited":     "today's sets are used up: a lead may allow one more",
	"links_unavailable": "Duo does not answer",
	"links_lost":        "nobody knows whether Duo made it",
	// What became of a push.
	"push_waiting": "no answer yet",
	"push_approve": "approved (which proves nothing)",
	"push_deny":    "denied",
	"push_fraud":   "reported as fraud: phone recovery is frozen",
	"push_expired": "expired without an answer",
	"push_unknown": "the answer is not known",
	// How a call ended.
	"outcome_reconnected":    "Reconnected",
	"outcome_number_changed": "Number changed",
	"outcome_referred":       "Referred elsewhere",
	"outcome_suspect":        "Suspect",
	"outcome_no_show":        "Nobody there",
	"outcome_other":          "Something else",
	"result_completed":       "did it themselves",
	"result_transferred":     "talked to the desk",
	"result_abandoned":       "hung up",
	"result_refused":         "refused",
	"result_callback":        "asked for a callback",
	"result_closed":          "told the hours",
	"result_failed":          "we failed",
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
	for _, group := range []string{"outcome_", "result_", "push_"} {
		name = strings.TrimPrefix(name, group)
	}
	return strings.ReplaceAll(name, "_", " ")
}
