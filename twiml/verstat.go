package twiml

import "strings"

// Verstat is what the telephone companies say of a caller's number by
// STIR/SHAKEN: the webhook parameter StirVerstat. It is told of the number and
// not of the person: a borrowed phone passes. Most calls carry none. It may make
// a line more careful and never less.
//
// Read it with [ParseVerstat]. Letters are what the first company vouches for: A
// for the customer and the right to the number, B for the customer, C for neither.
type Verstat string

// What Twilio sends. A diverted call was forwarded on its way, one passed through
// was signed by somebody else than who brought it to Twilio.
const (
	VerstatNone Verstat = "" // no such parameter, or "NULL"

	VerstatPassedA            Verstat = "TN-Validation-Passed-A"
	VerstatPassedB            Verstat = "TN-Validation-Passed-B"
	VerstatPassedC            Verstat = "TN-Validation-Passed-C"
	VerstatPassedADiverted    Verstat = "TN-Validation-Passed-A-Diverted"
	VerstatPassedBDiverted    Verstat = "TN-Validation-Passed-B-Diverted"
	VerstatPassedCDiverted    Verstat = "TN-Validation-Passed-C-Diverted"
	VerstatPassedAPassthrough Verstat = "TN-Validation-Passed-A-Passthrough"
	VerstatPassedBPassthrough Verstat = "TN-Validation-Passed-B-Passthrough"
	VerstatPassedCPassthrough Verstat = "TN-Validation-Passed-C-Passthrough"

	VerstatFailed             Verstat = "TN-Validation-Failed"
	VerstatFailedA            Verstat = "TN-Validation-Failed-A"
	VerstatFailedB            Verstat = "TN-Validation-Failed-B"
	VerstatFailedC            Verstat = "TN-Validation-Failed-C"
	VerstatFailedADiverted    Verstat = "TN-Validation-Failed-A-Diverted"
	VerstatFailedBDiverted    Verstat = "TN-Validation-Failed-B-Diverted"
	VerstatFailedCDiverted    Verstat = "TN-Validation-Failed-C-Diverted"
	VerstatFailedAPassthrough Verstat = "TN-Validation-Failed-A-Passthrough"
	VerstatFailedBPassthrough Verstat = "TN-Validation-Failed-B-Passthrough"
	VerstatFailedCPassthrough Verstat = "TN-Validation-Failed-C-Passthrough"

	VerstatNoValidation Verstat = "No-TN-Validation"

	VerstatUnknown Verstat = "unknown" // whatever else was sent: no evidence
)

// Verstats are all values, for labels that are to exist at zero.
func Verstats() []Verstat {
	return []Verstat{
		VerstatNone,
		VerstatPassedA, VerstatPassedB, VerstatPassedC,
		VerstatPassedADiverted, VerstatPassedBDiverted, VerstatPassedCDiverted,
		VerstatPassedAPassthrough, VerstatPassedBPassthrough, VerstatPassedCPassthrough,
		VerstatFailed, VerstatFailedA, VerstatFailedB, VerstatFailedC,
		VerstatFailedADiverted, VerstatFailedBDiverted, VerstatFailedCDiverted,
		VerstatFailedAPassthrough, VerstatFailedBPassthrough, VerstatFailedCPassthrough,
		VerstatNoValidation, VerstatUnknown,
	}
}

// ParseVerstat reads StirVerstat as a whole: a test of its beginning would take a
// diverted call for an attested one. What is not exactly one of Twilio's values is
// [VerstatUnknown].
func ParseVerstat(s string) Verstat {
	if s == "NULL" {
		return VerstatNone
	}
	for _, v := range Verstats() {
		if string(v) == s {
			return v
		}
	}
	return VerstatUnknown
}

// String is the value as Twilio writes it, or "none" or "unknown"; never anything
// else, so that it may be a label.
func (v Verstat) String() string {
	if v = ParseVerstat(string(v)); v == VerstatNone {
		return "none"
	}
	return string(v)
}

// Attested reports whether the caller's own company vouches for the number all the
// way: [VerstatPassedA] and no other.
func (v Verstat) Attested() bool { return v == VerstatPassedA }

// Failed reports whether a signature was there and did not hold.
func (v Verstat) Failed() bool { return strings.HasPrefix(v.String(), string(VerstatFailed)) }

// Diverted reports whether the call was forwarded: who calls is not who the number
// belongs to, whatever was signed.
func (v Verstat) Diverted() bool { return strings.HasSuffix(v.String(), "-Diverted") }
