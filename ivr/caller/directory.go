package caller

import (
	"context"
	"errors"
	"strings"
)

// What a directory may be able to do beside [Directory]; whoever needs it asks
// by a type assertion.
type (
	// Lister names everybody at once, from memory.
	Lister interface {
		// People is everybody, in no order.
		People() []Person
	}
	// Walker names everybody, one after another, for the import of numbers at the
	// first start.
	Walker interface {
		// Each calls f with everybody, in no order, and stops at its first error.
		// Entries that cannot be used are left out and logged. A directory that is
		// not set up for it returns an [errors.ErrUnsupported].
		Each(ctx context.Context, f func(Person) error) error
	}
	// Pinger tells whether the directory's server answers.
	Pinger interface {
		// Ping returns nil when a look-up would be answered.
		Ping(ctx context.Context) error
	}
)

// ErrUnusable is an entry that is there and cannot be worked with: two people
// with one ID, somebody else than was asked for, no name in Duo, a hash that is
// none. It says what the directory should be cured of and counts as an outage of
// that one entry: its caller gets a person.
var ErrUnusable = errors.New("the directory's entry cannot be used")

// maxID is the longest ID that is looked up. The configuration allows 12 digits.
const maxID = 20

// ValidID reports whether an ID can be anybody's: digits, as they are keyed on a
// phone. Directories ask their servers for no other.
func ValidID(id string) bool {
	return id != "" && len(id) <= maxID && strings.Trim(id, "0123456789") == ""
}
