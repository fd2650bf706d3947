package callback

import (
	"slices"

	"github.com/nyaruka/phonenumbers"

	"ringback/ivr"
)

// Check finds out whether a number may be called back, as keyed or in E.164. A
// number of the first country needs no country code. Only ordinary phones are
// called: not what costs extra, and not what is no person's, such as toll-free
// numbers.
func (s *Service) Check(keyed string) ivr.NumberChecked {
	refused := func(why string) ivr.NumberChecked {
		s.metrics.refusal(why)
		return ivr.NumberChecked{Outcome: ivr.OutcomeFailed, Why: why}
	}
	n, err := phonenumbers.Parse(keyed, s.o.Countries[0])
	if err != nil {
		return refused(ivr.NumberInvalid)
	}
	region := phonenumbers.GetRegionCodeForNumber(n)
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	switch {
	case region != "" && !slices.Contains(s.o.Countries, region):
		return refused(ivr.NumberForeign)
	case !phonenumbers.IsValidNumber(n), slices.Contains(s.o.Never, e164):
		return refused(ivr.NumberInvalid)
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE, phonenumbers.VOIP:
		return ivr.NumberChecked{Outcome: ivr.OutcomeOK, Number: e164}
	default:
		return refused(ivr.NumberPremium)
	}
}
