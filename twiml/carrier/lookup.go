package carrier

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// LookupFault makes fields of look-ups null, as they are for an account that lacks
// them, a country without them, or a carrier that does not answer.
type LookupFault struct {
	// Fields are those that are null; none is all.
	Fields []string
	// Times is how many look-ups it breaks; zero is all.
	Times int
}

func (LookupFault) isFault() {}

// The fields of a look-up that the carrier fills.
const (
	fieldLine = "line_type_intelligence"
	fieldSIM  = "sim_swap"
)

// lookupFields are all that may be asked for.
func lookupFields() []string {
	return []string{
		"caller_name", fieldSIM, "call_forwarding", "line_status", fieldLine, "identity_match",
		"reassigned_number", "sms_pumping_risk", "phone_number_quality_score", "pre_fill",
	}
}

// swapPeriod is the period that an account asks about, and its form in answers.
const (
	swapPeriod     = 72 * time.Hour
	swapPeriodText = "PT72H"
)

// codeNotCovered is the error code in a field that there is none of for a number.
const codeNotCovered = 60610

// longAgo is when the SIMs of people got into their phones who did not change them.
func longAgo() time.Time { return time.Date(2021, 5, 14, 9, 30, 0, 0, time.UTC) }

// lineTypes are the kinds of numbers in Twilio's words.
func lineTypes() []string {
	return []string{
		"mobile", "landline", "fixedVoip", "nonFixedVoip", "personal", "tollFree",
		"premium", "sharedCost", "uan", "voicemail", "pager", "unknown",
	}
}

// SIM says when the phone got the SIM card that it has, which look-ups tell; the
// zero time lets the phone's own carrier say nothing. Unset it is years ago.
func (p *Phone) SIM(changedAt time.Time) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.simChanged = &changedAt
}

// LineType says what kind of number the phone has, in Twilio's words: "mobile",
// which it is unless it is said, "landline", "fixedVoip", "nonFixedVoip", ... Only
// a mobile has a SIM. A word that Twilio does not have is "unknown".
func (p *Phone) LineType(t string) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if !slices.Contains(lineTypes(), t) {
		t = "unknown"
	}
	p.lineType = t
}

// lookup serves a number with those of the fields that were asked for; the others
// are null.
func (c *Carrier) lookup(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	number := r.PathValue("number")
	if !isE164(number) {
		return answer{}, notFound(r)
	}
	body := map[string]any{
		"phone_number": number, "valid": true, "validation_errors": []string{},
		"calling_country_code": nil, "country_code": nil, "national_format": nil,
		"url": "https://lookups.twilio.com/v2/PhoneNumbers/" + number,
	}
	for _, field := range lookupFields() {
		body[field] = nil
	}
	lost := c.lookupFault()
	for field := range strings.SplitSeq(form.Get("Fields"), ",") {
		switch {
		case field == "" || field == "validation":
		case !slices.Contains(lookupFields(), field):
			return answer{}, badRequest(codeInvalid, "Fields has a field that there is none of")
		case lost(field):
		case field == fieldLine:
			body[field] = c.lineField(number)
		case field == fieldSIM:
			body[field] = c.simField(number)
		}
	}
	return ok(body)
}

// lookupFault tells which fields are null in this look-up.
func (c *Carrier) lookupFault() func(field string) bool {
	for _, e := range slices.Backward(c.faults) {
		if f, ok := e.f.(LookupFault); ok {
			c.used(e)
			return func(field string) bool { return len(f.Fields) == 0 || slices.Contains(f.Fields, field) }
		}
	}
	return func(string) bool { return false }
}

// lineOf is the kind of a number; those that the application owns are rented.
func (c *Carrier) lineOf(number string) string {
	if _, ok := c.owned(number); ok {
		return "nonFixedVoip"
	}
	if p, ok := c.phones[number]; ok && p.lineType != "" {
		return p.lineType
	}
	return "mobile"
}

func (c *Carrier) lineField(number string) map[string]any {
	line := c.lineOf(number)
	f := map[string]any{
		"type": line, "carrier_name": "Carrier in a Box", "mobile_country_code": nil, "mobile_network_code": nil, "error_code": nil,
	}
	if line == "mobile" {
		f["mobile_country_code"], f["mobile_network_code"] = "310", "001"
	}
	return f
}

func (c *Carrier) simField(number string) map[string]any {
	at := longAgo()
	if p, ok := c.phones[number]; ok && p.simChanged != nil {
		at = *p.simChanged
	}
	f := map[string]any{
		"last_sim_swap": nil, "carrier_name": "Carrier in a Box",
		"mobile_country_code": "310", "mobile_network_code": "001", "error_code": nil,
	}
	if c.lineOf(number) != "mobile" || at.IsZero() {
		f["error_code"] = codeNotCovered
		return f
	}
	f["last_sim_swap"] = map[string]any{
		"last_sim_swap_date": at.UTC().Format(time.RFC3339), "swapped_period": swapPeriodText,
		"swapped_in_period": c.now().Sub(at) < swapPeriod,
	}
	return f
}
