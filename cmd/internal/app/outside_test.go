package app_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/mail/mailbox"
	"ringback/twiml/carrier"
)

// Sam has two phones, so that one is left to be told of links to the other.
const (
	samID    = "1000002"
	samPIN   = "13572468"
	samPhone = "+19195550102"
	samOther = "+19195550112"
	samMail  = "sam@example.edu"
	// samCode is a recovery code.
	samCode                    = "27182818284590452353"
	danaID, danaPIN, danaPhone = "1000001", "24681357", "+19195550101"
)

var cheap = caller.HashParams{MemoryKiB: 64, Passes: 1}

// places are where an instance finds everything. A child gets them by JSON.
type places struct {
	Public, Duo, Twilio, Mail, Redis, Ledger, People string

	Shift time.Duration // of the clock
}

// config is the example file at these places.
func (p places) config() (*config.Config, error) {
	c, err := config.ParseExample(func(c *config.Config) {
		host, port, _ := net.SplitHostPort(p.Mail)
		c.Mail = config.Mail{Host: host, TLS: "plain", From: "service-desk@example.edu", FromName: "Service Desk"}
		c.Mail.Port, _ = strconv.Atoi(port)
		c.Listen, c.PublicURL, c.MetricsListen = "127.0.0.1:0", p.Public, ""
		c.Redis.Timeout = config.Duration(10 * time.Second) // of a slow machine
		c.Redis.URL, c.Ledger.URL = config.NewSecret(p.Redis), config.NewSecret(p.Ledger)
		c.Twilio.AccountSID, c.Twilio.APIURL = accountSID, p.Twilio
		c.Twilio.AuthToken, c.Twilio.APIKey, c.Twilio.APISecret = config.NewSecret(authToken), "", config.Secret{}
		c.Duo.APIURL, c.Duo.IntegrationKey, c.Duo.SecretKey = p.Duo, duoKey, config.NewSecret(duoSecret)
	})
	if err != nil {
		return nil, err
	}
	c.MetricsListen = ""
	for i := range c.Lines {
		open := ivr.Hours{Location: c.Lines[i].Schedule.Location}
		for day := range open.Weekly {
			open.Weekly[day] = []ivr.Span{{From: 0, To: 24 * 60}}
		}
		c.Lines[i].Schedule = open
	}
	return c, nil
}

// options are those of an instance at these places.
func (p places) options(c clock.Clock) (app.Options, error) {
	cfg, err := p.config()
	if err != nil {
		return app.Options{}, err
	}
	data, err := os.ReadFile(p.People)
	if err != nil {
		return app.Options{}, err
	}
	people, err := caller.NewFile(p.People, data)
	return app.Options{Config: cfg, Directory: people, Clock: c, Hashing: cheap}, err
}

const (
	accountSID = "AC00000000000000000000000000000001"
	authToken  = "0123456789abcdef0123456789abcdef"
	duoKey     = "DIXXXXXXXXXXXXXXXXXX"
	duoSecret  = "duo-secret-key-duo-secret-key-duo-secret"
	university = "+19196842200"
)

// shifted is the real time, some other time.
type shifted struct {
	clock.Clock
	by *atomic.Int64
}

func (s shifted) Now() time.Time { return s.Clock.Now().Add(time.Duration(s.by.Load())) }

// outside is what is not Ringback and outlives it: Duo, the carrier, the mail
// server, and the load balancer before the instances.
type outside struct {
	t       *testing.T
	places  places
	clock   shifted
	duo     *duobox.Box
	mail    *mailbox.Box
	carrier *carrier.Carrier
	target  atomic.Pointer[url.URL]

	reference string // told by a notice that Sam has; see notify

	mu    sync.Mutex
	sent  []sentText
	heard chan struct{} // closed and replaced at each text
}

// sentText is a text that was handed to the carrier.
type sentText struct{ To, Body string }

// openOutside starts everything but Ringback, on free ports of the loopback. It is
// noon in New York there.
func openOutside(t *testing.T, redisURL, ledgerURL string) *outside {
	t.Helper()
	o := &outside{t: t, heard: make(chan struct{})}
	noon := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	o.clock = shifted{clock.Real(), new(atomic.Int64)}
	o.clock.by.Store(int64(time.Until(noon)))
	o.places = places{Redis: redisURL, Ledger: ledgerURL, People: writePeople(t)}
	var err error
	o.duo, err = duobox.New(duobox.Options{
		Clock: o.clock, Accounts: []duobox.Account{{IntegrationKey: duoKey, SecretKey: duoSecret}},
		Users: []duobox.User{
			{Username: "sam", Phones: []duobox.Phone{{Number: samPhone}, {Number: samOther}}},
			{Username: "dana", Phones: []duobox.Phone{{Number: danaPhone}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.places.Duo = o.serve(o.duo)
	if o.mail, err = mailbox.New(mailbox.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := o.mail.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.mail.Close() })
	o.places.Mail = o.mail.Addr()
	o.openCarrier()
	return o
}

func (o *outside) serve(h http.Handler) string {
	s := httptest.NewServer(h)
	o.t.Cleanup(s.Close)
	return s.URL
}

// openCarrier starts the carrier, which tells of texts as soon as it has them,
// and the way to whichever instance serves.
func (o *outside) openCarrier() {
	o.places.Public = o.serve(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			if to := o.target.Load(); to != nil {
				r.SetURL(to)
				r.Out.Host = r.In.Host
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		Transport:    &http.Transport{DisableKeepAlives: true}, // a retry of the proxy's own would be a second webhook
	})
	c, err := carrier.New(carrier.Options{AccountSID: accountSID, AuthToken: authToken, Clock: o.clock, BaseURL: o.places.Public})
	if err != nil {
		o.t.Fatal(err)
	}
	o.carrier = c
	o.t.Cleanup(func() { _ = c.Close(context.Background()) })
	for _, number := range []string{university, "+19196842243"} {
		if err := c.SetNumber(number, carrier.NumberConfig{VoiceURL: o.places.Public + "/voice"}); err != nil {
			o.t.Fatal(err)
		}
	}
	rest := c.Handler()
	o.places.Twilio = o.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rest.ServeHTTP(w, r)
		if form, err := url.ParseQuery(string(body)); err == nil && strings.Contains(r.URL.Path, "/Messages") {
			o.mu.Lock()
			o.sent = append(o.sent, sentText{form.Get("To"), form.Get("Body")})
			close(o.heard)
			o.heard = make(chan struct{})
			o.mu.Unlock()
		}
	}))
}

// texts are those to a number that match, so far, and what tells of the next.
func (o *outside) texts(to, pattern string) (bodies []string, next chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.sent {
		if s.To == to && regexp.MustCompile(pattern).MatchString(s.Body) {
			bodies = append(bodies, s.Body)
		}
	}
	return bodies, o.heard
}

// awaitText waits until so many texts have come; false when ended is closed before.
func (o *outside) awaitText(ended <-chan struct{}, to, pattern string, n int) bool {
	o.t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		got, next := o.texts(to, pattern)
		if len(got) >= n {
			return true
		}
		select {
		case <-next:
		case <-ended:
			return false
		case <-limit.C:
			o.t.Fatalf("no text like %q has come", pattern)
		}
	}
}

var digits6 = regexp.MustCompile(`\b\d{6}\b`)

// code is the n-th code, from 1, that was texted to a number.
func (o *outside) code(to string, n int) string {
	o.t.Helper()
	o.awaitText(nil, to, `is your code`, n)
	got, _ := o.texts(to, `is your code`)
	return digits6.FindString(got[n-1])
}

// awaitMail waits until so many e-mails like that have come; false when ended is closed before.
func (o *outside) awaitMail(ended <-chan struct{}, to, pattern string, n int) bool {
	o.t.Helper()
	return o.until(ended, "e-mail like "+pattern, func() bool { return o.mails(to, pattern) >= n })
}

// until looks again and again, in real time, whether something has come about
// that nobody tells of.
func (o *outside) until(ended <-chan struct{}, what string, done func() bool) bool {
	o.t.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ended:
			return false
		case <-limit.C:
			o.t.Fatalf("waited too long: %s", what)
		}
	}
	return true
}

func (o *outside) mails(to, pattern string) (n int) {
	like := regexp.MustCompile(pattern)
	for _, m := range o.mail.Messages(to) {
		if like.MatchString(m.Subject + " " + m.Text) {
			n++
		}
	}
	return n
}

// activations is how often Duo was asked for a link and answered, or did not get to.
func (o *outside) activations() (n int) {
	for _, e := range o.duo.Log() {
		if e.Operation == "activation_url" {
			n++
		}
	}
	return n
}

// later lets time pass.
func (o *outside) later(d time.Duration) { o.clock.by.Add(int64(d)) }

// start starts an instance beside what there is.
func (o *outside) start(change ...func(*app.Options)) *app.App {
	o.t.Helper()
	opts, err := o.places.options(o.clock)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range change {
		f(&opts)
	}
	a, err := app.New(o.t.Context(), opts)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := a.Start(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { _ = a.Stop(context.Background()) })
	return a
}

// lead has the load balancer send webhooks to an instance.
func (o *outside) lead(addr string) { o.target.Store(&url.URL{Scheme: "http", Host: addr}) }

// serveBy starts an instance that serves.
func (o *outside) serveBy(change ...func(*app.Options)) *app.App {
	o.t.Helper()
	a := o.start(change...)
	o.lead(a.Addr())
	return a
}

func (o *outside) stop(a *app.App) {
	o.t.Helper()
	if err := a.Stop(o.t.Context()); err != nil {
		o.t.Errorf("stop: %v", err)
	}
}

// writePeople writes a people file whose hashes cost little.
func writePeople(t *testing.T) string {
	t.Helper()
	hash := func(secret string) string {
		h, err := caller.HashPIN(secret, cheap)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	path := filepath.Join(t.TempDir(), "people.yaml")
	text := `people:
  - id: "` + samID + `"
    name: Sam Okafor
    username: sam
    pin_hash: "` + hash(samPIN) + `"
    phones:
      - number: "` + samPhone + `"
        since: "2024-08-19"
      - number: "` + samOther + `"
        since: "2024-08-19"
    emails:
      - address: ` + samMail + `
    recovery_code_hashes: ["` + hash(samCode) + `"]
  - id: "` + danaID + `"
    name: Dana Reyes
    username: dana
    pin_hash: "` + hash(danaPIN) + `"
    phones:
      - number: "` + danaPhone + `"
        since: "2024-08-19"
    emails:
      - address: dana@example.edu
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
