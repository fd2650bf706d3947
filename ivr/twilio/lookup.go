package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
)

// opLookup is the name under which look-ups are counted.
const opLookup = "lookup"

// lookupBudget is how long a look-up may take unless the options say otherwise: a
// caller waits for it, and not to know is an answer, too.
const lookupBudget = 500 * time.Millisecond

// lookupLimit is far above any answer of the Lookup API, in bytes.
const lookupLimit = 64 << 10

// Lookup is what Twilio knows of a number. Its zero value is what nobody knows. It
// raises the bar and never lowers it: a number that is not known to be bad is not
// thereby good.
type Lookup struct {
	Line LineType
	SIM  SIM
}

// Lookup asks the Lookup v2 API for the kind of a number (E.164) and the age of its
// SIM. Both are billed.
//
// What cannot be learnt is not known and no error: a field that is null or carries
// an error code, one that the account lacks, a number that Twilio does not know,
// too many requests, no answer within Options.LookupTimeout. The error is for the
// operator, and what comes with it is the zero Lookup: [ErrInvalid] for what is no
// number, [ErrCredentials] when Twilio does not know us.
func (c *Client) Lookup(ctx context.Context, number string) (Lookup, error) {
	if !isE164(number) {
		return Lookup{}, &Error{Op: opLookup, Kind: ErrInvalid}
	}
	ctx, cancel := c.o.Clock.WithTimeout(ctx, c.o.LookupTimeout)
	defer cancel()
	started := c.o.Clock.Now()
	t := &transport{ctx: ctx, base: c.lookups, next: c.o.HTTPClient.Transport}
	body, err := c.getLookup(t, number)
	found, ok := Lookup{}, false
	if err == nil {
		if found, ok = decodeLookup(body, number); !ok {
			err = errNoLookup
		}
	}
	err = classify(opLookup, false, t, err)
	if c.o.Recorder != nil {
		c.o.Recorder.Observe(opLookup, outcome(err), c.o.Clock.Now().Sub(started))
	}
	if t.status == http.StatusUnauthorized {
		return Lookup{}, err
	}
	return found, nil
}

// errNoLookup is an answer about another number, or none at all.
var errNoLookup = errors.New("answer does not tell of the number")

// getLookup makes the request. twilio-go's own package of the Lookup API links all
// of its products and cannot tell null from zero.
func (c *Client) getLookup(t *transport, number string) ([]byte, error) {
	u := url.URL{
		Path:     "/v2/PhoneNumbers/" + number,
		RawQuery: url.Values{"Fields": {"sim_swap,line_type_intelligence"}}.Encode(),
	}
	r, err := http.NewRequestWithContext(t.ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	r.SetBasicAuth(c.o.APIKey, c.o.APISecret)
	r.Header.Set("Accept", "application/json")
	resp, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, lookupLimit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read answer: %w", err)
	case resp.StatusCode != http.StatusOK:
		return nil, &client.TwilioRestError{Status: resp.StatusCode}
	case len(body) > lookupLimit:
		return nil, errNoLookup
	}
	return body, nil
}

// lookupBase is where look-ups go: as configured, else the sister of the API's own
// host at Twilio, in its region, else (a box) that host itself.
func lookupBase(configured string, api *url.URL) (*url.URL, error) {
	if configured != "" {
		return parseBase("lookup_url", configured)
	}
	host := api.Hostname()
	if rest, ok := strings.CutPrefix(host, "api."); ok && (rest == "twilio.com" || strings.HasSuffix(rest, ".twilio.com")) {
		return &url.URL{Scheme: "https", Host: "lookups." + rest}, nil
	}
	return api, nil
}

// isE164 keeps whatever is no number out of paths.
func isE164(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}
