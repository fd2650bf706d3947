// Package caller finds out who is calling: it looks people up in a directory,
// asks for factors, and counts every try before it compares.
//
// A [Directory] says what is on file; a factor plug-in compares what was keyed
// with it; [Service] runs the dialogue's effects that concern the caller, in the
// same way for an ID that exists and for one that does not: the same number of
// store operations, the same hash to compute, and nothing is sent that anybody
// waits for. Personal facts identify and never prove.
//
// A factor is a file here: what it compares and, if it sends something, how; the
// service has the counting, the limits, the freezes and what counts only once, for
// all of them. Many failures over many people raise the threat; a report stops a
// person's recovery. docs/verification.md tells all of it to an operator.
package caller

import (
	"context"
	"log/slog"
	"time"
)

// Directory finds people.
type Directory interface {
	// ByID returns the person with a unique ID; found is false when there is
	// none. An error means that nobody knows: callers then get a person.
	ByID(ctx context.Context, id string) (p Person, found bool, err error)
}

// Person is what a directory has on file of somebody.
type Person struct {
	ID         string // the unique ID that is keyed on the phone
	Name       string
	Username   string // in Duo
	Phones     []Phone
	Emails     []Email
	PINHash    string   // argon2id in PHC form; "" when none is enrolled
	Recovery   []string // hashes of recovery codes: keyed ([Pseudonyms.RecoveryHash]), or at most two of argon2id
	Privileged bool     // nothing by phone
	Groups     []string // of which some may be privileged by policy
	Language   string   // BCP 47; "" is the line's
}

// Phone is a number on file.
type Phone struct {
	Number string    // E.164
	Since  time.Time // when the directory says it was put on file; zero: unknown
}

// Email is an address on file.
type Email struct {
	Address    string
	OutsideSSO bool // it does not depend on the account that is being recovered
}

// String keeps people out of logs.
func (Person) String() string { return "<person>" }

// LogValue keeps people out of logs.
func (Person) LogValue() slog.Value { return slog.StringValue("<person>") }
