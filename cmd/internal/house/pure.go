package house

import (
	"fmt"
	"slices"
	"strings"
)

// Pure lists the packages that are functions of what they are given: the same
// call and event make the same turn, in a test, in a replay, in a year.
func Pure() []string { return []string{"ivr", "ivr/transfer", "ivr/numberchange"} }

// impure are the roots of what a pure package must not import: the world.
func impure() []string {
	return []string{
		"context", "crypto/rand", "database/sql", "io/fs", "log", "math/rand",
		"net", "os", "plugin", "sync", "syscall", "testing", "time/tzdata", "unsafe",
	}
}

// clocks are the members of package time that look at a clock, wait for one, or
// read a zone from the disk.
func clocks() []string {
	return []string{
		"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick",
		"NewTimer", "NewTicker", "Local", "LoadLocation",
	}
}

// CheckPure holds that the pure packages import nothing of the world, and no
// module, and never ask the time.
func CheckPure(tree Tree, pure []string) []Breach {
	var found []Breach
	for _, f := range tree {
		if f.Test || !slices.Contains(pure, f.Package()) {
			continue
		}
		for _, i := range f.Imports {
			_, ours := Ours(i.Path)
			switch {
			case worldly(i.Path):
				found = append(found, Breach{f.Path, i.Line, fmt.Sprintf(
					"%s is pure and imports %s: take what it needs as an argument or from the event", f.Package(), i.Path)})
			case !ours && strings.Contains(strings.Split(i.Path, "/")[0], "."):
				found = append(found, Breach{f.Path, i.Line, fmt.Sprintf(
					"%s is pure and imports the module %s: the standard library must do", f.Package(), i.Path)})
			}
		}
		for _, m := range f.Members {
			if m.Of == "time" && slices.Contains(clocks(), m.Name) {
				found = append(found, Breach{f.Path, m.Line, fmt.Sprintf(
					"%s is pure and uses time.%s: every event carries its time", f.Package(), m.Name)})
			}
		}
	}
	return found
}

// worldly reports whether an import is an impure root or lies below one; a few
// packages below are pure all the same.
func worldly(imported string) bool {
	if slices.Contains([]string{"log/slog", "net/netip", "net/url"}, imported) {
		return false
	}
	return slices.ContainsFunc(impure(), func(root string) bool {
		return imported == root || strings.HasPrefix(imported, root+"/")
	})
}

// CheckSkips holds that no test skips: what is not checked here is checked
// nowhere.
func CheckSkips(tree Tree) []Breach {
	var found []Breach
	for _, f := range tree {
		for _, m := range f.Members {
			if f.Test && slices.Contains([]string{"t", "b", "f", "tb", "testing"}, m.Of) &&
				slices.Contains([]string{"Skip", "Skipf", "SkipNow", "Short"}, m.Name) {
				found = append(found, Breach{f.Path, m.Line, fmt.Sprintf(
					"%s.%s: a test that cannot run must fail and say what is missing", m.Of, m.Name)})
			}
		}
	}
	return found
}
