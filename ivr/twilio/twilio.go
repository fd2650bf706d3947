// Package twilio is our client of Twilio's REST API: it sends texts, places, moves
// and ends calls, looks numbers up, and fetches and deletes recordings. It is the only user of twilio-go, and of
// that only of its client and of the 2010 API.
//
// twilio-go knows neither contexts nor other base URLs; both are added by the
// transport of each call (see [Client.api]). Nothing is retried: a
// POST that may have reached Twilio and was not answered ends in [ErrUnclear], and
// the caller of this package decides what that means.
package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Clock is what the client needs of the time; [ringback/ivr/clock.Clock] has it.
type Clock interface {
	Now() time.Time
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// Recorder counts requests; see package metrics.
type Recorder interface {
	Observe(operation, outcome string, d time.Duration)
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	AccountSID          string
	APIKey, APISecret   string // preferred; both empty: AuthToken is used
	AuthToken           string
	APIURL              string // "": https://api.twilio.com; http only on loopback
	LookupURL           string // "": https://lookups.twilio.com, or the host of APIURL when that is not Twilio's
	From                string // E.164; of calls, and of texts without a service
	MessagingServiceSID string // "": texts come from From
	HTTPClient          *http.Client
	Timeout             time.Duration // of one request; 0: 4 s
	LookupTimeout       time.Duration // of a look-up; 0: 500 ms
	Clock               Clock
	Recorder            Recorder // nil: none
}

// Client talks to Twilio. It is safe for concurrent use.
type Client struct {
	o             Options
	base, lookups *url.URL
}

// Operations are the names under which requests are counted.
func Operations() []string {
	return []string{"send_text", "find_text", "place_call", "redirect_call", "end_call", "update_participant", "list_participants", "find_conference", "ping", opLookup, opFindRecording, opFetchRecording, opDeleteRecording}
}

// New checks the options; it does not connect.
func New(o Options) (*Client, error) {
	if o.AccountSID == "" || o.HTTPClient == nil || o.Clock == nil {
		return nil, errors.New("twilio: account SID, HTTP client and clock are required")
	}
	if o.APIKey == "" {
		o.APIKey, o.APISecret = o.AccountSID, o.AuthToken
	}
	if o.APISecret == "" {
		return nil, errors.New("twilio: neither an API secret nor an auth token")
	}
	if o.APIURL == "" {
		o.APIURL = "https://api.twilio.com"
	}
	base, err := parseBase("api_url", o.APIURL)
	if err != nil {
		return nil, err
	}
	lookups, err := lookupBase(o.LookupURL, base)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = 4 * time.Second
	}
	if o.LookupTimeout == 0 {
		o.LookupTimeout = lookupBudget
	}
	return &Client{o: o, base: base, lookups: lookups}, nil
}

// parseBase reads a base URL, which credentials go to.
func parseBase(name, raw string) (*url.URL, error) {
	base, err := url.Parse(raw)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("twilio: %s is no URL", name)
	}
	if base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())) {
		return nil, fmt.Errorf("twilio: %s must be https", name)
	}
	return base, nil
}

// loopback knows the hosts that cannot be anywhere else; 127.0.0.1.example.com is
// a name like any other.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// Text is one text to send.
type Text struct {
	To             string        // E.164
	Body           string        // at most 1600 characters
	StatusCallback string        // where its delivery is told; "" is nowhere
	Validity       time.Duration // 1 s to 10 h, whole seconds; 0 is Twilio's 10 h
}

// Message is a text that Twilio has taken.
type Message struct {
	SID    string
	Status string // Twilio's: accepted, queued, ...
}

// SendText sends a text. Its error is an [*Error].
func (c *Client) SendText(ctx context.Context, t Text) (Message, error) {
	p := (&api.CreateMessageParams{}).SetTo(t.To).SetBody(t.Body)
	if c.o.MessagingServiceSID != "" {
		p.SetMessagingServiceSid(c.o.MessagingServiceSID)
	} else {
		p.SetFrom(c.o.From)
	}
	if t.StatusCallback != "" {
		p.SetStatusCallback(t.StatusCallback)
	}
	if s := int(t.Validity / time.Second); s > 0 {
		p.SetValidityPeriod(min(s, 36000))
	}
	return call(ctx, c, "send_text", true, func(a *api.ApiService) (Message, error) {
		m, err := a.CreateMessage(p)
		if err == nil && (m == nil || str(m.Sid) == "") {
			return Message{}, errNoSID
		}
		return message(m), err
	})
}

// FindText looks for a text to a number, sent since a moment, whose body
// matches: what became of one whose sending was unclear.
func (c *Client) FindText(ctx context.Context, to string, since time.Time, match func(body string) bool) (Message, bool, error) {
	p := (&api.ListMessageParams{}).SetTo(to).SetDateSentAfter(since).SetLimit(20)
	list, err := call(ctx, c, "find_text", false, func(a *api.ApiService) ([]api.ApiV2010Message, error) { return a.ListMessage(p) })
	if err != nil {
		return Message{}, false, err
	}
	for i := range list {
		if list[i].Body != nil && match(*list[i].Body) {
			return message(&list[i]), true, nil
		}
	}
	return Message{}, false, nil
}

func message(m *api.ApiV2010Message) Message {
	if m == nil {
		return Message{}
	}
	return Message{SID: str(m.Sid), Status: str(m.Status)}
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// OutgoingCall is a call to place.
type OutgoingCall struct {
	To             string // E.164
	From           string // E.164; "": the configured number
	URL            string // of the first document
	FallbackURL    string
	StatusCallback string
	StatusEvents   []string      // initiated, ringing, answered, completed; none: completed
	RingTimeout    time.Duration // 5 to 600 s; 0: Twilio's 60 s
}

// PlaceCall places a call and returns its SID. Its error is an [*Error].
func (c *Client) PlaceCall(ctx context.Context, o OutgoingCall) (sid string, err error) {
	p := (&api.CreateCallParams{}).SetTo(o.To).SetFrom(o.From).SetUrl(o.URL)
	if o.From == "" {
		p.SetFrom(c.o.From)
	}
	if o.FallbackURL != "" {
		p.SetFallbackUrl(o.FallbackURL)
	}
	if o.StatusCallback != "" {
		p.SetStatusCallback(o.StatusCallback)
	}
	if len(o.StatusEvents) > 0 {
		p.SetStatusCallbackEvent(o.StatusEvents)
	}
	if s := int(o.RingTimeout / time.Second); s > 0 {
		p.SetTimeout(s)
	}
	return call(ctx, c, "place_call", true, func(a *api.ApiService) (string, error) {
		made, err := a.CreateCall(p)
		if err != nil {
			return "", err
		}
		if str(made.Sid) == "" {
			return "", errNoSID
		}
		return str(made.Sid), nil
	})
}

// RedirectCall sends a live call to another document. A call that has ended is
// [ErrGone].
func (c *Client) RedirectCall(ctx context.Context, sid, to string) error {
	return c.updateCall(ctx, "redirect_call", sid, (&api.UpdateCallParams{}).SetUrl(to))
}

// EndCall ends a call, ringing or not (Status=completed: canceled would lose to
// an answer). One that has ended already is no error.
func (c *Client) EndCall(ctx context.Context, sid string) error {
	err := c.updateCall(ctx, "end_call", sid, (&api.UpdateCallParams{}).SetStatus("completed"))
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

func (c *Client) updateCall(ctx context.Context, op, sid string, p *api.UpdateCallParams) error {
	_, err := call(ctx, c, op, true, func(a *api.ApiService) (struct{}, error) {
		_, err := a.UpdateCall(url.PathEscape(sid), p)
		return struct{}{}, err
	})
	return err
}

// Ping asks for the account, to see whether the credentials are right.
func (c *Client) Ping(ctx context.Context) error {
	_, err := call(ctx, c, "ping", false, func(a *api.ApiService) (struct{}, error) {
		_, err := a.FetchAccount(c.o.AccountSID)
		return struct{}{}, err
	})
	return err
}

// errNoSID is an answer that says yes to nothing.
var errNoSID = errors.New("answer without a SID")

// call makes one request within its own time.
func call[T any](ctx context.Context, c *Client, op string, write bool, f func(*api.ApiService) (T, error)) (T, error) {
	ctx, cancel := c.o.Clock.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	started := c.o.Clock.Now()
	t := &transport{ctx: ctx, base: c.base, next: c.o.HTTPClient.Transport}
	got, err := f(c.api(t))
	err = classify(op, write, t, err)
	if c.o.Recorder != nil {
		c.o.Recorder.Observe(op, outcome(err), c.o.Clock.Now().Sub(started))
	}
	return got, err
}

// api is twilio-go for one request.
func (c *Client) api(t *transport) *api.ApiService {
	tc := &client.Client{Credentials: client.NewCredentials(c.o.APIKey, c.o.APISecret), HTTPClient: &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	tc.SetAccountSid(c.o.AccountSID)
	return api.NewApiService(client.NewRequestHandler(tc))
}

// transport gives a request its context and its base URL, and notes how far it came.
type transport struct {
	ctx    context.Context //nolint:containedctx // of this one request; twilio-go has no room for it
	base   *url.URL
	next   http.RoundTripper
	status int
}

// RoundTrip sends the request.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(t.ctx)
	r.URL.Scheme, r.URL.Host, r.Host = t.base.Scheme, t.base.Host, t.base.Host
	r.URL.Path = strings.TrimSuffix(t.base.Path, "/") + r.URL.Path
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	t.status = resp.StatusCode
	return resp, nil
}
