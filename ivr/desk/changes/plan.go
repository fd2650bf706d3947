package changes

import (
	"github.com/nyaruka/phonenumbers"

	nc "ringback/ivr/numberchange"
)

// kind is what a number is: by the look-up, and where that knows nothing by the
// numbering plans, which know premium numbers and lines that take no texts.
func (s *Service) kind(looked nc.LineType, number string) nc.LineType {
	if looked != nc.LineUnknown {
		return looked
	}
	n, err := phonenumbers.Parse(number, "")
	if err != nil {
		return nc.LineUnknown
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return nc.LinePremium
	case phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE, phonenumbers.UAN, phonenumbers.VOICEMAIL, phonenumbers.PAGER:
		return nc.LineLandline
	case phonenumbers.MOBILE:
		return nc.LineMobile
	default: // in America nobody can tell a mobile from a landline by its number
		return nc.LineUnknown
	}
}
