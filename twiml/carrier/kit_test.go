package carrier_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/twiml/carrier"
	"ringback/twiml/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = "AC00000000000000000000000000000001"
	token   = "12345"
	office  = "+19195550000" // owned by the application
	alice   = "+19195550101"
	bob     = "+19195550102"
	carol   = "+19195550103"
)

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

// request is one webhook as the application got it.
type request struct {
	Method, Path, RawQuery string
	Form                   url.Values
	Header                 http.Header
	At                     time.Time
	Ctx                    context.Context //nolint:containedctx // the handler's task
}

// world is a carrier and an application on one virtual clock.
type world struct {
	t      *testing.T
	clk    *clock.Virtual
	cr     *carrier.Carrier
	app    *httptest.Server
	rest   *httptest.Server
	client *http.Client
	valid  *signature.Validator

	mu       sync.Mutex
	requests []request
	forged   []string // paths of requests whose signature did not fit
	pages    map[string]func(w http.ResponseWriter, r request)
}

// play runs f in a world where the application answers documents by path.
func play(t *testing.T, docs map[string]string, f func(ctx context.Context, w *world)) {
	t.Helper()
	playWith(t, carrier.Options{}, docs, f)
}

func playWith(t *testing.T, opts carrier.Options, docs map[string]string, f func(ctx context.Context, w *world)) {
	t.Helper()
	w := &world{t: t, clk: clock.NewVirtual(start), pages: map[string]func(http.ResponseWriter, request){}}
	for path, doc := range docs {
		w.document(path, doc)
	}
	var err error
	if w.valid, err = signature.New(token); err != nil {
		t.Fatal(err)
	}
	w.app = httptest.NewServer(w.clk.Handler(http.HandlerFunc(w.serve)))
	defer w.app.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	w.client = &http.Client{Transport: w.clk.Transport(transport)}
	opts.AccountSID, opts.AuthToken, opts.APIKey, opts.APISecret = account, token, "SK1", "secret"
	opts.Clock, opts.HTTPClient, opts.BaseURL = w.clk, w.client, w.app.URL
	if w.cr, err = carrier.New(opts); err != nil {
		t.Fatal(err)
	}
	w.rest = httptest.NewServer(w.clk.Handler(w.cr.Handler()))
	defer w.rest.Close()
	if err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "/voice", StatusCallback: "/status", SmsURL: "/sms"}); err != nil {
		t.Fatal(err)
	}
	w.clk.Do(t.Context(), func(ctx context.Context) {
		f(ctx, w)
		if err := w.cr.Close(ctx); err != nil {
			t.Error(err)
		}
	})
}

// document has the application answer a path with verbs.
func (w *world) document(path, verbs string) {
	w.page(path, func(rw http.ResponseWriter, _ request) {
		rw.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(rw, "<Response>"+verbs+"</Response>")
	})
}

func (w *world) page(path string, f func(http.ResponseWriter, request)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[path] = f
}

// serve is the application: it refuses what is not signed.
func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	_, err := w.valid.Validate(w.app.URL+r.RequestURI, body, r.Header.Get("X-Twilio-Signature"))
	req := request{r.Method, r.URL.Path, r.URL.RawQuery, form, r.Header, w.clk.Now().Truncate(time.Millisecond), r.Context()}
	w.mu.Lock()
	w.requests = append(w.requests, req)
	if err != nil {
		w.forged = append(w.forged, r.URL.Path)
	}
	f := w.pages[r.URL.Path]
	w.mu.Unlock()
	if f == nil {
		rw.WriteHeader(http.StatusNoContent)
		return
	}
	f(rw, req)
}

// got are the requests to a path so far.
func (w *world) got(path string) []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.requests), func(r request) bool { return r.Path != path })
}

// one is the only request to a path.
func (w *world) one(path string) request {
	w.t.Helper()
	rs := w.got(path)
	if len(rs) != 1 {
		w.t.Fatalf("%d requests to %s, want 1", len(rs), path)
	}
	return rs[0]
}

// hears runs the clock until keys are awaited on the leg.
func (w *world) hears(ctx context.Context, l *carrier.Leg) string {
	w.t.Helper()
	if err := l.Hear(ctx, time.Minute, (*carrier.Leg).Awaiting); err != nil {
		w.t.Fatalf("hear: %v; transcript %v", err, l.Transcript())
	}
	return l.SpokenSinceKey()
}

// over runs the clock until the call has ended, and a little longer.
func (w *world) over(ctx context.Context, l *carrier.Leg) string {
	w.t.Helper()
	if err := l.Hear(ctx, 5*time.Hour, ended); err != nil {
		w.t.Fatalf("the call does not end: %v", err)
	}
	w.pass(ctx, 100*time.Millisecond)
	_, reason := l.Ended()
	return reason
}

func ended(l *carrier.Leg) bool {
	over, _ := l.Ended()
	return over
}

func (w *world) pass(ctx context.Context, d time.Duration) {
	w.t.Helper()
	if err := w.clk.Sleep(ctx, d); err != nil {
		w.t.Fatal(err)
	}
}

// sound asserts that nothing happened that Twilio would complain about.
func (w *world) sound() {
	w.t.Helper()
	for _, p := range w.cr.Errors() {
		w.t.Errorf("problem: %v", p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.forged) > 0 {
		w.t.Errorf("wrongly signed: %v", w.forged)
	}
}

// complained asserts the codes of all problems.
func (w *world) complained(codes ...int) {
	w.t.Helper()
	var got []int
	for _, p := range w.cr.Errors() {
		got = append(got, p.Code)
	}
	if !slices.Equal(got, codes) {
		w.t.Errorf("problems %v, want %v", w.cr.Errors(), codes)
	}
}

// twilio is twilio-go's client of the carrier's REST API, in ctx's task.
func (w *world) twilio(ctx context.Context) *api.ApiService {
	return w.twilioAs(ctx, account, token)
}

func (w *world) twilioAs(ctx context.Context, user, password string) *api.ApiService {
	c := &client.Client{
		Credentials: client.NewCredentials(user, password),
		HTTPClient:  &http.Client{Transport: toCarrier{ctx, w}},
	}
	c.SetAccountSid(account)
	return api.NewApiService(client.NewRequestHandler(c))
}

// toCarrier sends what is meant for api.twilio.com to the carrier.
type toCarrier struct {
	ctx context.Context
	w   *world
}

func (t toCarrier) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(t.ctx)
	u, err := url.Parse(t.w.rest.URL)
	if err != nil {
		return nil, err
	}
	r.URL.Scheme, r.URL.Host, r.Host = u.Scheme, u.Host, u.Host
	resp, err := t.w.client.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body) // twilio-go leaves some bodies open
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, err
}

// code is the Twilio error code in an error of twilio-go, or 0.
func code(err error) int {
	if e, ok := err.(*client.TwilioRestError); ok { //nolint:errorlint // twilio-go wraps nothing
		return e.Code
	}
	return 0
}

// kinds are the transcript's entries of some kinds as "at kind text".
func lines(l *carrier.Leg) []string {
	var out []string
	for _, s := range l.Transcript() {
		out = append(out, strings.TrimSpace(s.At.Sub(start).String()+" "+string(s.Kind)+" "+s.Text))
	}
	return out
}

func equal(a, b []string) bool { return slices.Equal(a, b) }

// redirect sends a leg to another document by REST.
func (w *world) redirect(ctx context.Context, l *carrier.Leg, path string) {
	w.t.Helper()
	_, err := w.twilio(ctx).UpdateCall(l.SID(), &api.UpdateCallParams{Url: new(w.app.URL + path)})
	if err != nil {
		w.t.Fatal(err)
	}
}
