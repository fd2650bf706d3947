package ledger

import (
	"strings"
	"unicode"
)

// maxActor is how long a name may be, in bytes.
const maxActor = 100

// named reports whether a text can stand in the audit for who did something: one
// short line, read there as it was written.
func named(by string) bool {
	return by != "" && len(by) <= maxActor && strings.TrimSpace(by) == by && clean(by) &&
		!strings.ContainsFunc(by, func(r rune) bool { return !unicode.IsPrint(r) })
}

// person reports whether a name can be that of a person who did something: the
// line's own is not.
func person(by string) bool { return named(by) && !strings.EqualFold(by, line) }
