package house

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Floors lists the packages from the ground up. A package may import those of
// lower floors, and none of its own: two packages that need each other are
// joined by an interface that the user declares and the app fills.
func Floors() [][]string {
	return [][]string{
		// The ground: imports none of ours.
		{"ivr", "ivr/transfer", "ivr/numberchange", "ivr/clock", "ivr/secret", "twiml", "sessions", "metrics", "cmd/internal/house"},
		// One package per technology, and the words.
		{"twiml/signature", "ivr/words", "ivr/duo", "ivr/twilio", "ivr/ledger", "ivr/mail"},
		// Empties the ledger's outbox, for those that tell people and other systems.
		{"ivr/outbox"},
		// What the line is made of; the servers in a box.
		{"ivr/caller", "ivr/reconnect", "ivr/notice", "ivr/event", "ivr/desk", "ivr/desk/changes", "twiml/carrier", "ivr/duo/duobox", "ivr/mail/mailbox"},
		// The directories that have a server; who the desk calls back.
		{"ivr/caller/ldap", "ivr/caller/sql", "ivr/desk/callback"},
		// What people and the carrier talk to.
		{"ivr/line", "ivr/desk/console"},
		{"cmd/internal/config"},
		{"cmd/internal/app"},
		{"cmd/internal/box"},
		{"cmd/ringback"},
	}
}

// floorOf is a package's floor, counted from the ground, or -1.
func floorOf(floors [][]string, pkg string) int {
	return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, pkg) })
}

// CheckFloors holds that arrows only point down. Tests may import what they
// like, but none outside cmd reaches into cmd; test kits are for tests alone.
func CheckFloors(tree Tree, floors [][]string) []Breach {
	var found []Breach
	say := func(f File, line int, format string, args ...any) {
		found = append(found, Breach{f.Path, line, fmt.Sprintf(format, args...)})
	}
	for _, f := range tree {
		pkg := f.Package()
		from := floorOf(floors, pkg)
		if from < 0 && !IsKit(pkg) {
			say(f, 0, "the package %s stands on no floor: give it one in Floors (cmd/internal/house/layers.go)", pkg)
			continue
		}
		for _, i := range f.Imports {
			target, ours := Ours(i.Path)
			switch to := floorOf(floors, target); {
			case !ours || target == pkg:
			case f.Test:
				if strings.HasPrefix(target, "cmd/") && !strings.HasPrefix(pkg, "cmd/") {
					say(f, i.Line, "a test of %s imports %s: move the test under cmd, where everything may be used", pkg, target)
				}
			case IsKit(target):
				say(f, i.Line, "%s imports the test kit %s: only tests may", pkg, target)
			case to < 0: // said at the target itself
			case from == 0:
				say(f, i.Line, "%s imports %s and should import none of ours: declare the small interface that it needs, and let cmd/internal/app join them", pkg, target)
			case to >= from:
				say(f, i.Line, "%s imports %s, which is not below it: declare the small interface that it needs, and let cmd/internal/app join them", pkg, target)
			}
		}
	}
	return found
}

// Box says who may use a world, or a part of one, in a box.
type Box struct {
	Package string
	// Users are patterns, as of [path.Match], of the files that may.
	Users []string
}

// Boxes are kept out of everything that serves real callers.
func Boxes() []Box {
	return []Box{
		{"twiml/carrier", []string{"cmd/internal/box/*.go"}},
		{"ivr/duo/duobox", []string{"cmd/internal/box/*.go"}},
		{"ivr/mail/mailbox", []string{"cmd/internal/box/*.go"}},
		{"cmd/internal/box", []string{"cmd/ringback/demo*.go", "cmd/ringback/call*.go", "cmd/ringback/load*.go"}},
	}
}

// CheckBoxes holds that only the demo, call and load commands, and tests,
// reach a box. A service that knew it was in one would prove nothing.
func CheckBoxes(tree Tree, boxes []Box) []Breach {
	var found []Breach
	for _, f := range tree {
		for _, i := range f.Imports {
			target, _ := Ours(i.Path)
			for _, b := range boxes {
				if target != b.Package || f.Test || f.Package() == b.Package {
					continue
				}
				allowed := slices.ContainsFunc(b.Users, func(pattern string) bool {
					ok, err := path.Match(pattern, f.Path)
					return err == nil && ok
				})
				if !allowed {
					found = append(found, Breach{f.Path, i.Line, fmt.Sprintf(
						"imports %s, which only %s and tests may: the service must not know that it is in a box",
						target, strings.Join(b.Users, ", "))})
				}
			}
		}
	}
	return found
}
