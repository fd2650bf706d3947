package transfer

import (
	"strconv"
	"strings"
)

// Messages are the English texts of every message id that a [Turn] can hold.
// Arguments stand in braces:
//
//	{line}     the line's name, as spoken
//	{request}  what the caller came for, as spoken; ends without a full stop
//	{digits}   two or four digits with spaces between, so that they are read one by one
//	{minutes}  a whole number, 1 or more
//	{agent}    an agent's name, as spoken; a Turn has the id, which the desk replaces
//
// The map is a new one each time.
func Messages() map[string]string {
	return map[string]string{
		"agent_brief":                "Ringback for {line}.",
		"agent_callback":             "This is a callback. Nobody is on the line yet: the person is called once you accept.",
		"agent_calling":              "Calling them now. Please stay on the line.",
		"agent_not_reached":          "The person was not reached. Goodbye.",
		"agent_aside":                "The caller will be called back instead. Goodbye.",
		"agent_request":              "Caller says: {request}.",
		"agent_request_same_number":  "Caller wants to reconnect Duo Mobile on the same number.",
		"agent_request_new_number":   "Caller has a new number or S I M card.",
		"agent_request_report":       "Caller reports a recovery that was not theirs.",
		"agent_request_person":       "Caller asked for a person.",
		"agent_id":                   "Claimed I D ends {digits}.",
		"agent_no_id":                "No I D was given.",
		"agent_number":               "Calling number ends {digits}.",
		"agent_level_links":          "Verified: links may be texted to a phone on file.",
		"agent_level_number":         "Verified: the number may be changed, with an approver.",
		"agent_level_refused":        "Verified, but refused by phone: privileged, in person only.",
		"agent_level_none":           "Not verified.",
		"agent_why_nothing_proven":   "Not verified, because nothing was proven.",
		"agent_why_lapsed":           "Not verified any more, because it took too long.",
		"agent_why_one_method":       "Not verified, because only one method passed.",
		"agent_why_privileged":       "Not verified, because the account is privileged.",
		"agent_why_account_unread":   "Not verified, because Duo could not be asked.",
		"agent_why_failed":           "Not verified, because too many tries failed.",
		"agent_why_limited":          "Not verified, because a limit was reached.",
		"agent_why_unavailable":      "Not verified, because a check was not available.",
		"agent_why_sim_changed":      "Not verified, because the S I M of the phone on file changed lately.",
		"agent_why_young_number":     "Not verified, because the number on file is too new.",
		"agent_why_frozen":           "Not verified: phone recovery for this account is stopped.",
		"agent_why_strict":           "Not verified, because a recovery code or a Duo push is needed as well.",
		"agent_why_not_counted":      "Not verified, because what passed does not count for this account.",
		"agent_why_withheld":         "Not verified, because the calling number is withheld.",
		"agent_proof":                "Your proof number for this caller is {digits}. Say it first.",
		"agent_factor_pin":           "The pin passed.",
		"agent_factor_texted_code":   "A texted code passed.",
		"agent_factor_emailed_code":  "An e-mailed code passed.",
		"agent_factor_recovery_code": "A recovery code passed.",
		"agent_factor_duo_push":      "A Duo push passed.",
		"agent_waited":               "Waiting for {minutes} minutes.",
		"agent_waited_one":           "Waiting for one minute.",
		"agent_again":                "A caller is waiting for {line}.",
		"agent_accepted":             "You accepted this call on your page.",
		"agent_keys":                 "Press 1 to take the call, 2 to decline.",
		"agent_wrong_key":            "That key does nothing here.",
		"agent_connecting":           "Connecting.",
		"agent_consult":              "{agent} asks for your help with a caller for {line}.",
		"agent_consult_again":        "{agent} asks for your help.",
		"agent_consult_keys":         "Press 1 to talk with {agent}, 2 to decline.",
		"agent_consult_connecting":   "Connecting you with {agent}. The caller is on hold.",
		"agent_handed_over":          "{agent} has the caller now. Goodbye.",
		"agent_thanked":              "Thank you for your help. Goodbye.",
		"agent_declined":             "Declined. Goodbye.",
		"agent_no_key":               "No answer was given. Goodbye.",
		"agent_caller_left":          "The caller has left. Goodbye.",
		"agent_not_joined":           "The caller did not come through. Goodbye.",
		"agent_over":                 "This call is no longer waiting. Goodbye.",
	}
}

// brief is the caller's story: the line, the request, who the caller claims to
// be, and what was proven. It names nobody and holds no whole number.
func (s *step) brief(c *Seat) {
	k := s.t.Ticket
	if s.second(c) {
		s.say("agent_consult", "agent", s.t.Agent, "line", k.LineName)
	} else {
		s.say("agent_brief", "line", k.LineName)
	}
	if s.t.unattended() {
		s.say("agent_callback")
	}
	s.sayRequest(k)
	if d, ok := spaced(k.SubjectHint, 2); ok {
		s.say("agent_id", "digits", d)
	} else {
		s.say("agent_no_id")
	}
	if d, ok := spaced(k.NumberHint, 2); ok {
		s.say("agent_number", "digits", d)
	}
	s.sayLevel(k)
	for _, f := range k.Factors {
		s.sayKnown("agent_factor_" + f)
	}
	if !s.second(c) && !s.t.unattended() {
		s.sayWaited()
	}
}

// sayProof tells what to say first, so that the caller knows that it is the desk.
func (s *step) sayProof() {
	if d, ok := spaced(s.t.Ticket.Proof, 4); ok {
		s.say("agent_proof", "digits", d)
	}
}

func (s *step) sayRequest(k Ticket) {
	if k.RequestWords != "" {
		s.say("agent_request", "request", strings.TrimRight(k.RequestWords, ". "))
		return
	}
	if !s.sayKnown("agent_request_" + k.Request) {
		s.say("agent_request_person")
	}
}

func (s *step) sayLevel(k Ticket) {
	switch k.Level {
	case "links", "number", "refused":
		s.say("agent_level_" + k.Level)
	default:
		if !s.sayKnown("agent_why_" + k.WhyNot) {
			s.say("agent_level_none")
		}
	}
}

// sayWaited tells a long wait.
func (s *step) sayWaited() {
	switch n := s.waited(); {
	case n == 1:
		s.say("agent_waited_one")
	case n > 1:
		s.say("agent_waited", "minutes", strconv.Itoa(n))
	}
}

// sayKnown says a message if there is one of that id.
func (s *step) sayKnown(id string) bool {
	if _, ok := Messages()[id]; !ok {
		return false
	}
	s.say(id)
	return true
}

// spaced is a hint of n digits, spaced; anything else is not a hint and is not
// spoken.
func spaced(hint string, n int) (string, bool) {
	if len(hint) != n || strings.Trim(hint, "0123456789") != "" {
		return "", false
	}
	return strings.Join(strings.Split(hint, ""), " "), true
}
