package twilio

import "time"

// DecodeLookup reads an answer of the Lookup API.
func DecodeLookup(body []byte, number string) (Lookup, bool) { return decodeLookup(body, number) }

// ParsePeriod reads an ISO 8601 duration.
func ParsePeriod(s string) time.Duration { return parsePeriod(s) }
