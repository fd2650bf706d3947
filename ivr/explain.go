package ivr

import (
	"slices"
	"strings"
	"time"
)

// Enrolled is one piece of evidence that a person could show.
type Enrolled struct {
	Factor Factor
	Phone  uint8  // of a texted code or a push: which phone on file, or [NoPhone]
	Label  string // for the reader, such as "to the phone ending in 12"
}

// Way is a set of evidence with what it amounts to.
type Way struct {
	Evidence []Enrolled
	Verdict  Verdict
	Leads    bool   // to the level in question
	Why      string // one of [Whys]; "no_phone": links may go to none of the phones; "in_person": nothing by phone would do; "one_send": the second would never be sent
}

// String is the factor, and which of several.
func (e Enrolled) String() string {
	if e.Label == "" {
		return e.Factor.String()
	}
	return e.Factor.String() + " " + e.Label
}

// String names the evidence.
func (w Way) String() string {
	names := make([]string, len(w.Evidence))
	for i, e := range w.Evidence {
		names[i] = e.String()
	}
	return strings.Join(names, " + ")
}

// Explain tries every set of evidence on the policy, as if it had just passed,
// and tells which lead to a level and why the others do not. It asks [Evaluate] and
// [MayLink], and knows but one rule of the dialogue's: how much is sent to whom nothing
// is proven of. Sets that contain one that leads there
// already, or one to which no evidence could be added that leads there, are left
// out, so that the answer stays short.
func Explain(p Policy, f Facts, all []Enrolled, level Level, at time.Time) []Way {
	var ways []Way
	for size := 1; size <= len(all); size++ {
		for _, set := range subsets(all, size) {
			if slices.ContainsFunc(ways, func(w Way) bool { return (w.Leads || w.settled()) && contains(set, w.Evidence) }) {
				continue
			}
			ways = append(ways, try(p, f, set, level, at))
		}
	}
	return ways
}

// settled reports whether more evidence would not help.
func (w Way) settled() bool {
	switch w.Why {
	case "frozen", "privileged", "in_person":
		return true
	}
	return false
}

func try(p Policy, f Facts, set []Enrolled, level Level, at time.Time) Way {
	w := Way{Evidence: set}
	passed := make([]Passed, len(set))
	for i, e := range set {
		passed[i] = Passed{Factor: e.Factor, At: at.Unix(), Phone: e.Phone}
	}
	w.Verdict = Evaluate(p, f, passed, at)
	w.Leads, w.Why = w.Verdict.Level.Allows(level), w.Verdict.Why
	switch {
	case level == LevelNumber && f.ForNumber() == 0 && !f.Frozen && !f.Privileged:
		w.Why = "in_person"
	case w.Leads && level == LevelLinks:
		w.Leads = slices.ContainsFunc(f.Phones, func(ph Phone) bool { return MayLink(p, f, passed, ph, at) })
		if !w.Leads {
			w.Why = "no_phone"
		}
	case !w.Leads && w.Why == "":
		w.Why = shortOf(f, set)
	}
	if w.Leads && !slices.ContainsFunc(set, func(e Enrolled) bool { return !e.Factor.Sends() }) {
		w.Leads, w.Why = false, "one_send" // see talk.maySend
	}
	return w
}

// shortOf is why evidence that has a level has no higher one.
func shortOf(f Facts, set []Enrolled) string {
	if slices.ContainsFunc(set, func(e Enrolled) bool { return numberFactors().Has(e.Factor) && !f.ForNumber().Has(e.Factor) }) {
		return "not_counted"
	}
	return "one_method"
}

// subsets are the sets of a size that have each factor once at most.
func subsets(all []Enrolled, size int) (sets [][]Enrolled) {
	if size == 0 {
		return [][]Enrolled{nil}
	}
	for i, e := range all {
		for _, rest := range subsets(all[i+1:], size-1) {
			if !slices.ContainsFunc(rest, func(r Enrolled) bool { return r.Factor == e.Factor }) {
				sets = append(sets, append([]Enrolled{e}, rest...))
			}
		}
	}
	return sets
}

func contains(set, part []Enrolled) bool {
	for _, e := range part {
		if !slices.Contains(set, e) {
			return false
		}
	}
	return true
}
