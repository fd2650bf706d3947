package ivr

import (
	"slices"
	"strings"
)

// FactorSet is a set of factors.
type FactorSet uint8

// SetOf is the set of some factors.
func SetOf(fs ...Factor) (s FactorSet) {
	for _, f := range fs {
		s |= 1 << f
	}
	return s
}

// Has reports whether a factor is in the set.
func (s FactorSet) Has(f Factor) bool { return s&(1<<f) != 0 }

// Factors are those in the set, in the order of [Factors].
func (s FactorSet) Factors() []Factor {
	return slices.DeleteFunc(Factors(), func(f Factor) bool { return !s.Has(f) })
}

// String names them with commas.
func (s FactorSet) String() string {
	var names []string
	for _, f := range s.Factors() {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

// Need is what a person on a line has to show beyond the floor. The floor is in
// [Evaluate] and below every need: two factors of two methods for links, and for a
// number two of those that have nothing to do with one. The zero value is the
// floor alone.
//
// Each field only ever takes something away, so that no need can say less than the
// floor, and needs are joined by [Need.And]: the strictest wins.
type Need struct {
	Strong        bool      `msgpack:"s,omitempty"` // one of the factors has to be a strong one
	Without       FactorSet `msgpack:"w,omitempty"` // what counts for nothing
	NumberWithout FactorSet `msgpack:"n,omitempty"` // what counts for nothing for a number, besides
	IdentityCheck bool      `msgpack:"i,omitempty"` // a number is changed on an identity check alone, whatever passed
}

// And demands what either demands.
func (n Need) And(m Need) Need {
	return Need{
		Strong: n.Strong || m.Strong, Without: n.Without | m.Without,
		NumberWithout: n.NumberWithout | m.NumberWithout, IdentityCheck: n.IdentityCheck || m.IdentityCheck,
	}
}

// ForNumber are the factors of which two change a number, none when no two are
// left: then it takes an identity check. What counts for nothing for links counts
// for nothing here, so that a number is never easier than links.
func (n Need) ForNumber() FactorSet {
	s := numberFactors() &^ (n.Without | n.NumberWithout)
	if n.IdentityCheck || len(s.Factors()) < 2 {
		return 0
	}
	return s
}

// numberFactors are the floor of changing a number: no PIN, whose keys the carrier
// logs, and nothing that arrives by a number.
func numberFactors() FactorSet {
	return SetOf(FactorEmailedCode, FactorRecoveryCode, FactorDuoPush)
}
