package ivr

import (
	"slices"
	"time"
)

// Verdict is what the evidence amounts to, and why not more.
type Verdict struct {
	Level Level
	Until time.Time // when it lapses; zero without a level
	Why   string    // one of [Whys] when the level is none or refused
}

// Whys are the reasons why a verdict is not more, for metrics and for words.
func Whys() []string {
	return []string{
		"nothing_proven", "lapsed", "one_method", "sim_changed", "young_number", "frozen", "privileged", "strict", "not_counted", "account_unread",
	}
}

// OnFile reports whether links may go to a phone, and codes sent there count:
// the directory and Duo agree on it, and it is old enough.
func (p Policy) OnFile(ph Phone, at time.Time) bool {
	return ph.Usable && p.old(ph, at)
}

func (p Policy) old(ph Phone, at time.Time) bool {
	return ph.Since != 0 && since(ph.Since, at) >= p.NumberAge
}

// Evaluate weighs the factors that passed against the policy, at a moment. It
// is, with [MayLink], the only place where evidence turns into a right.
func Evaluate(p Policy, f Facts, passed []Passed, at time.Time) Verdict {
	if len(passed) == 0 || !f.Known {
		return Verdict{Why: "nothing_proven"}
	}
	last := lastOf(passed)
	if since(last, at) > p.VerdictLife {
		return Verdict{Why: "lapsed"}
	}
	passed = p.together(passed)
	methods, weak := p.weigh(f, passed, at, nil)
	until := time.Unix(last, 0).Add(p.VerdictLife)
	switch {
	case len(methods) < 2 && weak != "":
		return Verdict{Why: weak}
	case len(methods) < 2:
		return Verdict{Why: "one_method"}
	case f.Frozen:
		return Verdict{Why: "frozen"}
	case f.Privileged:
		return Verdict{Level: LevelRefused, Until: until, Why: "privileged"}
	case f.strict() && !strong(passed, nil, f):
		return Verdict{Why: "strict"}
	case forNumber(f, passed):
		return Verdict{Level: LevelNumber, Until: until}
	case !f.Account:
		return Verdict{Why: "account_unread"}
	}
	return Verdict{Level: LevelLinks, Until: until}
}

// MayLink reports whether links may go to one phone: a verdict that allows it, a
// number on file, and evidence that is not all of that very phone. After a
// changed SIM nothing that arrived there counts; a push to the phone that is
// being reconnected never does.
func MayLink(p Policy, f Facts, passed []Passed, ph Phone, at time.Time) bool {
	if !Evaluate(p, f, passed, at).Level.Allows(LevelLinks) || !f.Account || !p.OnFile(ph, at) {
		return false
	}
	passed = p.together(passed)
	methods, _ := p.weigh(f, passed, at, &ph)
	return len(methods) >= 2 && (!f.strict() || strong(passed, &ph, f))
}

// lastOf is when the last factor passed: a verdict lives from there.
func lastOf(passed []Passed) (last int64) {
	for _, x := range passed {
		last = max(last, x.At)
	}
	return last
}

// together are the factors that make up one verdict: those that passed within its
// life before the last one. What is older has no say.
func (p Policy) together(passed []Passed) []Passed {
	last := time.Unix(lastOf(passed), 0)
	return slices.DeleteFunc(slices.Clone(passed), func(x Passed) bool { return since(x.At, last) > p.VerdictLife })
}

// strict reports whether one of the factors has to be a strong one.
func (f Facts) strict() bool { return f.Need.Strong || f.Threat }

// strong reports whether one of the factors that count is one that a raised bar
// wants, other than a push to the phone that is being reconnected.
func strong(passed []Passed, target *Phone, f Facts) bool {
	return slices.ContainsFunc(passed, func(x Passed) bool {
		return x.Factor.Strong() && !f.Need.Without.Has(x.Factor) && !x.pushedTo(target, f)
	})
}

// pushedTo reports whether the factor is a push that was approved on a phone.
func (x Passed) pushedTo(target *Phone, f Facts) bool {
	return x.Factor == FactorDuoPush && target != nil && int(x.Phone) < len(f.Phones) && f.Phones[x.Phone].Number == target.Number
}

// weigh lists the methods of the evidence that counts, towards a phone if one is
// given, and names why some did not.
func (p Policy) weigh(f Facts, passed []Passed, at time.Time, target *Phone) (methods []string, weak string) {
	for _, x := range passed {
		if f.Need.Without.Has(x.Factor) {
			if weak == "" {
				weak = "not_counted"
			}
			continue
		}
		if x.Factor == FactorTextedCode {
			if why := p.doubt(f, x, at); why != "" {
				weak = why
				continue
			}
		}
		if x.pushedTo(target, f) {
			continue
		}
		if m := x.Factor.Method(); m != "" && !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
	}
	return methods, weak
}

// doubt says why a texted code is no evidence, or nothing. Before Duo has been
// read the age alone decides, so that the question can be asked at all.
func (p Policy) doubt(f Facts, x Passed, at time.Time) string {
	if int(x.Phone) >= len(f.Phones) {
		return "one_method"
	}
	ph := f.Phones[x.Phone]
	switch {
	case !p.old(ph, at):
		return "young_number"
	case f.Account && ph.SIM == SIMChanged:
		return "sim_changed"
	case f.Account && !ph.Usable:
		return "one_method"
	}
	return ""
}

// forNumber reports whether the factors are enough for changing a number: two of
// those that have nothing to do with one and that the need leaves. A push counts on
// a device that is no phone on file: which of those is the old one is not known here.
func forNumber(f Facts, passed []Passed) bool {
	var have FactorSet
	for _, x := range passed {
		if f.ForNumber().Has(x.Factor) && (x.Factor != FactorDuoPush || x.Phone == NoPhone) {
			have |= SetOf(x.Factor)
		}
	}
	return len(have.Factors()) >= 2
}

// ForNumber are the factors of which two change the person's number; under an
// elevated threat there are none.
func (f Facts) ForNumber() FactorSet {
	if f.Threat {
		return 0
	}
	return f.Need.ForNumber()
}
