package twilio

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// LineType is the kind of a number, as Twilio's Lookup tells it.
type LineType int

// The kinds. What Twilio does not say, or adds, is LineUnknown.
const (
	LineUnknown LineType = iota
	LineMobile
	LineLandline
	LineFixedVoIP
	LineNonFixedVoIP // rented by anyone, anywhere, within minutes
	LinePersonal     // follows a person from phone to phone
	LineTollFree
	LinePremium
	LineSharedCost
	LineUAN // one number of a company for all its places
	LineVoicemail
	LinePager
	lineTypes // the number of them
)

// String is the kind as the Lookup API writes it.
func (t LineType) String() string {
	switch t {
	case LineMobile:
		return "mobile"
	case LineLandline:
		return "landline"
	case LineFixedVoIP:
		return "fixedVoip"
	case LineNonFixedVoIP:
		return "nonFixedVoip"
	case LinePersonal:
		return "personal"
	case LineTollFree:
		return "tollFree"
	case LinePremium:
		return "premium"
	case LineSharedCost:
		return "sharedCost"
	case LineUAN:
		return "uan"
	case LineVoicemail:
		return "voicemail"
	case LinePager:
		return "pager"
	case LineUnknown, lineTypes:
	}
	return "unknown"
}

// ParseLineType reads what the Lookup API writes, in any case.
func ParseLineType(s string) LineType {
	for t := LineMobile; t < lineTypes; t++ {
		if strings.EqualFold(t.String(), s) {
			return t
		}
	}
	return LineUnknown
}

// VoIP reports whether the number is known to live on the internet, where who
// answers it is a matter of a password.
func (t LineType) VoIP() bool { return t == LineFixedVoIP || t == LineNonFixedVoIP }

// SIM is what a mobile carrier says of the last change of a number's SIM card. Some
// say when it was, the others only whether it was within a period that Twilio has
// set for the account.
type SIM struct {
	Known     bool          // the carrier said something that means something
	Swapped   bool          // within Period
	SwappedAt time.Time     // zero: it does not say
	Period    time.Duration // zero: it does not say
}

// ChangedWithin reports whether the SIM was changed in the time d before now. It is
// not known when the carrier says nothing of that stretch: "not within a day" does
// not answer for three. Where its two answers differ the worse one counts.
func (s SIM) ChangedWithin(d time.Duration, now time.Time) (changed, known bool) {
	if !s.Known {
		return false, false
	}
	dated := !s.SwappedAt.IsZero()
	switch {
	case dated && now.Sub(s.SwappedAt) < d: // also when it lies ahead
		return true, true
	case s.Swapped && s.Period > 0 && s.Period <= d:
		return true, true
	case dated, !s.Swapped && s.Period >= d:
		return false, true
	}
	return false, false
}

// decodeLookup reads an answer of the Lookup API. It is false when that does not
// tell of the number.
func decodeLookup(body []byte, number string) (Lookup, bool) {
	var w struct {
		Number string          `json:"phone_number"`
		Line   json.RawMessage `json:"line_type_intelligence"`
		SIM    json.RawMessage `json:"sim_swap"`
	}
	if json.Unmarshal(body, &w) != nil || w.Number != number {
		return Lookup{}, false
	}
	return Lookup{Line: decodeLine(w.Line), SIM: decodeSIM(w.SIM)}, true
}

func decodeLine(raw json.RawMessage) LineType {
	var w struct {
		Type string          `json:"type"`
		Code json.RawMessage `json:"error_code"`
	}
	if json.Unmarshal(raw, &w) != nil || !null(w.Code) {
		return LineUnknown
	}
	return ParseLineType(w.Type)
}

// decodeSIM takes nothing from a field with an error code, whichever it is: 60620,
// for one, comes with half an answer.
func decodeSIM(raw json.RawMessage) SIM {
	var w struct {
		Last struct {
			Date    string `json:"last_sim_swap_date"`
			Period  string `json:"swapped_period"`
			Swapped *bool  `json:"swapped_in_period"`
		} `json:"last_sim_swap"`
		Code json.RawMessage `json:"error_code"`
	}
	if json.Unmarshal(raw, &w) != nil || !null(w.Code) {
		return SIM{}
	}
	s := SIM{Period: parsePeriod(w.Last.Period)}
	if at, err := time.Parse(time.RFC3339, w.Last.Date); err == nil {
		s.SwappedAt = at.UTC()
	}
	s.Swapped = w.Last.Swapped != nil && *w.Last.Swapped
	s.Known = !s.SwappedAt.IsZero() || w.Last.Swapped != nil && s.Period > 0
	if !s.Known {
		return SIM{}
	}
	return s
}

// null is a value that is not there, or null.
func null(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// maxPeriod is the longest period that is believed, ten years.
const maxPeriod = 10 * 365 * 24 * time.Hour

// parsePeriod reads an ISO 8601 duration of days and less, such as PT24H or
// P1DT15282H33M44S; anything else is zero.
func parsePeriod(s string) time.Duration {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok {
		return 0
	}
	days, clock, timed := strings.Cut(rest, "T")
	total, ok := takeUnits(days, "D")
	if timed {
		more, good := takeUnits(clock, "HMS")
		total, ok = total+more, ok && good && clock != ""
	}
	if !ok || total > maxPeriod {
		return 0
	}
	return total
}

// takeUnits adds up numbers that are each followed by one of the units, which come
// in order and once at most.
func takeUnits(s, units string) (total time.Duration, ok bool) {
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 {
			return 0, false
		}
		n, err := strconv.Atoi(s[:i])
		at := strings.IndexByte(units, s[i])
		if err != nil || at < 0 || n > int(maxPeriod/unit(s[i])) {
			return 0, false
		}
		total += time.Duration(n) * unit(s[i])
		if total > maxPeriod {
			return 0, false
		}
		s, units = s[i+1:], units[at+1:]
	}
	return total, true
}

func unit(letter byte) time.Duration {
	switch letter {
	case 'D':
		return 24 * time.Hour
	case 'H':
		return time.Hour
	case 'M':
		return time.Minute
	}
	return time.Second
}
