package carrier

import (
	"fmt"
	"net/url"
	"slices"
	"time"
)

// The error codes of Twilio that a carrier reports; see
// https://www.twilio.com/docs/api/errors.
const (
	CodeURLRelative     = 11100 // a relative URL with nothing to resolve it against
	CodeHTTPStatus      = 11200 // the answer was not a success
	CodeHTTPConnection  = 11205 // no connection, or no answer in time
	CodeTooLarge        = 11750 // an answer above 64 KB
	CodeParse           = 12100 // the document is not TwiML
	CodeSchema          = 12200 // the document breaks the rules of TwiML
	CodeContentType     = 12300 // the answer is no XML
	CodeCallerID        = 13214 // the caller ID of a Dial is not allowed
	CodeDialNumber      = 13223 // the number of a Dial is no number
	CodeConferenceVerbs = 13238 // a wait document of a conference has other verbs
	CodeCoach           = 13240 // the coached call is not in the conference
	CodeLabel           = 16025 // the participant label is taken
	CodeRoomFull        = 16020 // the conference is full
	CodePlay            = 13420 // a sound that cannot be fetched
	CodeLoop            = 11999 // documents without end and without time passing; the carrier's own
)

// Problem is one place where Twilio would have failed the call or put a warning
// into its debugger.
type Problem struct {
	// At is when it happened, on the carrier's clock.
	At time.Time
	// Code is Twilio's error code.
	Code int
	// CallSID of the leg, or the SID of the message; empty when there is none.
	CallSID string
	// URL that was asked, without its query and fragment.
	URL string
	// Text says what was wrong.
	Text string
}

// String is one line for a test's output.
func (p Problem) String() string {
	return fmt.Sprintf("%d %s: %s", p.Code, p.URL, p.Text)
}

// Errors are all problems so far, oldest first. A test of a sound application
// asserts that there are none.
func (c *Carrier) Errors() []Problem {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.problems)
}

func (c *Carrier) problem(sid string, code int, rawURL, text string) {
	p := Problem{At: c.now(), Code: code, CallSID: sid, URL: bare(rawURL), Text: text}
	c.problems = append(c.problems, p)
	c.log.Warn("carrier problem", "code", code, "sid", sid, "url", p.URL, "text", text)
}

// now is the clock's time in whole milliseconds, without the shares of a
// microsecond by which tasks take turns.
func (c *Carrier) now() time.Time { return c.clk.Now().Round(0).Truncate(time.Millisecond) }

// bare is a URL without what may be secret: user, query, fragment.
func bare(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
