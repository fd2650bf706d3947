package box

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/desk/console"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/mail/mailbox"
	"ringback/twiml/carrier"
)

// The carrier's and Duo's credentials in the box. They open nothing else.
const (
	accountSID     = "AC00000000000000000000000000000001"
	authToken      = "boxAuthToken00000000000000000000"
	integrationKey = "DIBOXBOXBOXBOXBOXBOX"
	secretKey      = "box-secret-key-box-secret-key-box-secret"
)

// Options configures [Open].
type Options struct {
	// Virtual runs the world on a virtual clock that starts at Start; otherwise
	// time is real.
	Virtual bool
	Start   time.Time // zero: a Tuesday at ten in the morning in New York
	// Listen is where Ringback listens; "": a free port on 127.0.0.1.
	Listen string
	// MetricsListen is where the metrics listen; "": nowhere.
	MetricsListen string
	Logger        *slog.Logger // nil: discarded
	Hashing       caller.HashParams
	RedisURL      string // "": embedded
	LedgerURL     string // "": in memory
	// People is a people file instead of the sample's. Duo knows the sample's only.
	People []byte
	// AlwaysOpen keeps the desks open around the clock, whatever the example's
	// hours: whoever tries it out does so at any hour.
	AlwaysOpen bool
	// WebDesk has the web desk's sample accounts sign in, who may do everything.
	WebDesk bool
	// WebPhone serves telephones as web pages, at /phone.
	WebPhone bool
}

// World is everything in the box. Make one with [Open].
type World struct {
	Clock   clock.Clock
	Carrier *carrier.Carrier
	Duo     *duobox.Box
	Mail    *mailbox.Box
	App     *app.App
	URL     string // of Ringback
	Config  *config.Config

	virtual    *clock.Virtual // nil in real time
	webhooks   *meter
	people     *caller.File
	ledgerDown atomic.Bool
	// directoryDown takes the directory away.
	directoryDown atomic.Bool
	faults        map[string]func() // undo, by what is down
	tap           string            // the last activation link of a call by hand
	servers       []*http.Server
	transports    []*http.Transport
}

// errLedgerDown is what the ledger's gate says while it is down.
var errLedgerDown = errors.New("the ledger is down")

// Open makes the world and starts it. The caller closes it.
func Open(ctx context.Context, o Options) (_ *World, err error) {
	o = o.withDefaults()
	people, err := caller.NewFile("people.yaml", o.People)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names itself
	}
	w := &World{Clock: clock.Real(), faults: map[string]func(){}, people: people}
	if o.Virtual {
		w.virtual = clock.NewVirtual(o.Start)
		w.Clock = w.virtual
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close(context.WithoutCancel(ctx)))
		}
	}()
	lines, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	w.URL = "http://" + lines.Addr().String()
	if err := w.openApp(ctx, o, lines); err != nil {
		return nil, errors.Join(err, lines.Close())
	}
	if err := w.App.Start(ctx); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return w, w.numbers()
}

func (o Options) withDefaults() Options {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.People == nil {
		o.People = caller.SamplePeople()
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	return o
}

// openApp opens the others, and then Ringback, which knows nothing of the box.
func (w *World) openApp(ctx context.Context, o Options, lines net.Listener) error {
	twilioURL, duoURL, err := w.openOthers(ctx, o)
	if err != nil {
		return err
	}
	if w.Config, err = sampleConfig(w, twilioURL, duoURL, o); err != nil {
		return err
	}
	var accounts app.DeskOptions
	if o.WebDesk {
		accounts.TrustLocal = true
		if accounts.Accounts, err = console.ParseAccounts("the sample accounts", console.SampleAccounts()); err != nil {
			return err //nolint:wrapcheck // it names itself
		}
	}
	wrap := w.wrap
	if o.WebPhone {
		phone, err := newWebPhone(w)
		if err != nil {
			return fmt.Errorf("the web phone: %w", err)
		}
		wrap = func(h http.Handler) http.Handler { return phone.before(w.wrap(h)) }
	}
	w.App, err = app.New(ctx, app.Options{
		Config: w.Config, Directory: directory{w.people, &w.directoryDown}, Clock: w.Clock, Transport: w.transport(), Wrap: wrap, Logger: o.Logger,
		Gate: w.gate, Listener: lines, Hashing: o.Hashing, Dial: w.dial(), Desk: accounts, Jitter: w.jitter(),
	})
	return err //nolint:wrapcheck // it names itself
}

func (w *World) gate() error {
	if w.ledgerDown.Load() {
		return errLedgerDown
	}
	return nil
}

// openOthers starts the carrier and Duo, each on a port of its own.
func (w *World) openOthers(ctx context.Context, o Options) (twilioURL, duoURL string, err error) {
	w.webhooks = &meter{next: w.transport()}
	w.Carrier, err = carrier.New(carrier.Options{
		AccountSID: accountSID, AuthToken: authToken, Clock: w.Clock, HTTPClient: &http.Client{Transport: w.webhooks},
		Logger: o.Logger, Seed: 1, BaseURL: w.URL,
	})
	if err != nil {
		return "", "", fmt.Errorf("carrier: %w", err)
	}
	if twilioURL, err = w.serve(ctx, w.Carrier.Handler()); err != nil {
		return "", "", err
	}
	w.Duo, err = duobox.New(duobox.Options{
		Clock: w.Clock, Accounts: []duobox.Account{{IntegrationKey: integrationKey, SecretKey: secretKey}}, Users: Users(),
	})
	if err != nil {
		return "", "", fmt.Errorf("duo: %w", err)
	}
	if duoURL, err = w.serve(ctx, w.Duo); err != nil {
		return "", "", err
	}
	if w.Mail, err = mailbox.New(mailbox.Options{Clock: w.Clock}); err != nil {
		return "", "", fmt.Errorf("mailbox: %w", err)
	}
	if err := w.Mail.Listen(ctx, "127.0.0.1:0"); err != nil {
		return "", "", fmt.Errorf("mailbox: %w", err)
	}
	w.Carrier.Phone(swapped).SIM(o.Start.Add(-48 * time.Hour))
	return twilioURL, duoURL, nil
}

// swapped is the number of Kim Park, whose SIM was changed two days ago.
const swapped = "+19195550105"

// exchange is the number from which everybody in a hospital calls, so many at once
// at most.
const (
	exchange      = "+19195550300"
	exchangeCalls = 4
)

// dial is how the mail server is reached; nil is over TCP as it is.
func (w *World) dial() func(ctx context.Context, network, address string) (net.Conn, error) {
	if w.virtual == nil {
		return nil
	}
	return w.virtual.Dial(nil)
}

// jitter is always the same where time is virtual, so that a script plays the same.
func (w *World) jitter() func() float64 {
	if w.virtual == nil {
		return nil
	}
	return func() float64 { return 0.5 }
}

// directory is the sample people, until they are taken away.
type directory struct {
	*caller.File
	down *atomic.Bool
}

// ByID finds a person.
func (d directory) ByID(ctx context.Context, id string) (caller.Person, bool, error) {
	if d.down.Load() {
		return caller.Person{}, false, errDirectoryDown
	}
	return d.File.ByID(ctx, id) //nolint:wrapcheck // it names itself
}

var errDirectoryDown = errors.New("the directory is down")

// serve starts a server on a free loopback port.
func (w *World) serve(ctx context.Context, h http.Handler) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	s := &http.Server{Handler: w.wrap(h), ReadHeaderTimeout: 10 * time.Second}
	w.servers = append(w.servers, s)
	go func() { _ = s.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String(), nil
}

// wrap has served requests count on the virtual clock.
func (w *World) wrap(h http.Handler) http.Handler {
	if w.virtual == nil {
		return h
	}
	return w.virtual.Handler(h)
}

// transport has sent requests wait on the virtual clock.
func (w *World) transport() http.RoundTripper {
	t := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
	w.transports = append(w.transports, t)
	if w.virtual == nil {
		return t
	}
	return w.virtual.Transport(t)
}

// numbers connects the lines' numbers to Ringback, as one does in Twilio's console.
func (w *World) numbers() error {
	for _, l := range w.Config.Lines {
		err := w.Carrier.SetNumber(string(l.Number), carrier.NumberConfig{
			VoiceURL: w.URL + "/voice#rc=1&rp=ct,rt,5xx&rt=5000", FallbackURL: w.URL + "/voice/fallback",
			StatusCallback: w.URL + "/voice/status", SmsURL: w.URL + "/texts/incoming",
		})
		if err != nil {
			return fmt.Errorf("number of line %s: %w", l.ID, err)
		}
	}
	for _, l := range w.Config.Lines { // the desks' own phones, which somebody answers
		w.Carrier.Phone(string(l.FallbackNumber)).OnRing(carrier.AnswerAfter(3 * time.Second))
	}
	return nil
}

// Do runs f as a task on the world's clock.
func (w *World) Do(ctx context.Context, f func(context.Context)) {
	if w.virtual == nil {
		f(ctx)
		return
	}
	w.virtual.Do(ctx, f)
}

// Down takes something away: duo, redis, texts, ledger, mail, directory or lookups. Up brings it back.
func (w *World) Down(what string) error {
	switch what {
	case "duo":
		w.Duo.SetFault(duobox.Fault{Down: true})
		w.faults[what] = func() { w.Duo.SetFault(duobox.Fault{}) }
	case "redis":
		down, ok := w.App.Store().Embedded()
		if !ok {
			return errors.New("redis is not embedded")
		}
		down(true)
		w.faults[what] = func() { down(false) }
	case "texts":
		w.faults[what] = w.Carrier.Fault(carrier.RESTFault{Path: "/Messages", Down: true})
	case "ledger":
		w.ledgerDown.Store(true)
		w.faults[what] = func() { w.ledgerDown.Store(false) }
	case "mail":
		w.Mail.Down(true)
		w.faults[what] = func() { w.Mail.Down(false) }
	case "directory":
		w.directoryDown.Store(true)
		w.faults[what] = func() { w.directoryDown.Store(false) }
	case "lookups":
		w.faults[what] = w.Carrier.Fault(carrier.LookupFault{})
	default:
		return fmt.Errorf("%q cannot go down", what)
	}
	return nil
}

// Up brings back what is down.
func (w *World) Up(what string) {
	if undo := w.faults[what]; undo != nil {
		undo()
		delete(w.faults, what)
	}
}

// Close stops everything.
func (w *World) Close(ctx context.Context) error {
	var errs []error
	if w.Carrier != nil {
		errs = append(errs, w.Carrier.Close(ctx))
	}
	if w.App != nil {
		errs = append(errs, w.App.Stop(ctx))
	}
	if w.Mail != nil {
		errs = append(errs, w.Mail.Close())
	}
	for _, s := range w.servers {
		errs = append(errs, s.Close())
	}
	for _, t := range w.transports {
		t.CloseIdleConnections()
	}
	return errors.Join(errs...)
}

// sampleConfig is the example file with the box's own addresses, keys and stores.
func sampleConfig(w *World, twilioURL, duoURL string, o Options) (*config.Config, error) {
	c, err := config.ParseExample(func(c *config.Config) {
		c.PublicURL, c.MetricsListen = w.URL, o.MetricsListen
		host, port, _ := net.SplitHostPort(w.Mail.Addr())
		c.Mail = config.Mail{Host: host, TLS: "plain", From: "service-desk@example.edu", FromName: "Service Desk"}
		c.Mail.Port, _ = strconv.Atoi(port) // of an address that we listen on
		c.Twilio.SIMSwap = true
		c.Callbacks.Countries = []string{"US"}
		for i := range c.Lines {
			c.Lines[i].TicketsTo = "tickets@example.edu"
		}
		c.Policy.SharedNumbers, c.Policy.Limits.CallsPerSharedNumber = []config.NumberRange{{From: exchange, To: exchange}}, exchangeCalls
		c.Redis.URL = config.NewSecret(cmp.Or(o.RedisURL, "embedded"))
		c.Ledger.URL = config.NewSecret(cmp.Or(o.LedgerURL, "sqlite::memory:"))
		if o.RedisURL == "" && o.LedgerURL == "" {
			c.Keys = config.Keys{}
		}
		c.Twilio.AccountSID, c.Twilio.APIURL = accountSID, twilioURL
		c.Twilio.AuthToken, c.Twilio.APIKey, c.Twilio.APISecret = config.NewSecret(authToken), "", config.Secret{}
		c.Duo.APIURL, c.Duo.IntegrationKey, c.Duo.SecretKey = duoURL, integrationKey, config.NewSecret(secretKey)
	})
	if err != nil {
		return nil, fmt.Errorf("the box's config: %w", err)
	}
	c.MetricsListen = o.MetricsListen
	if o.WebDesk { // whoever tries it out does not wait for a day
		c.Desk.NumberChange.Hold = 0
	}
	if o.AlwaysOpen {
		for i := range c.Lines {
			open := ivr.Hours{Location: c.Lines[i].Schedule.Location}
			for day := range open.Weekly {
				open.Weekly[day] = []ivr.Span{{From: 0, To: 24 * 60}}
			}
			c.Lines[i].Schedule = open
		}
	}
	return c, nil
}
