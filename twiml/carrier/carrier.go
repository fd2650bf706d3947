package carrier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ringback/ivr/clock"
)

// Options are what a carrier is made of.
type Options struct {
	// AccountSID is the one account, "AC" and 32 hex digits; required.
	AccountSID string
	// AuthToken signs the webhooks and is a password of the REST API; required.
	AuthToken string
	// APIKey and APISecret are a second way into the REST API; both empty is none.
	APIKey, APISecret string
	// Clock is what everything waits on; nil is the real one.
	Clock clock.Clock
	// HTTPClient sends the webhooks; nil is one of the carrier's own.
	HTTPClient *http.Client
	// Logger gets a line per problem; nil is silence.
	Logger *slog.Logger
	// Seed decides all SIDs and tokens; zero is a seed like any other.
	Seed uint64
	// BaseURL is the application's: relative URLs of numbers are resolved
	// against it, and sounds under it may be plain http. Empty is none.
	BaseURL string
	// VerifiedCallerIDs are numbers that are not owned but may be shown.
	VerifiedCallerIDs []string
	// CallsPerSecond is the pace at which calls made by REST start; zero is at
	// once, Twilio's default is 1.
	CallsPerSecond int
}

// NumberConfig is what a number that the application owns does; URLs may carry
// connection overrides in their fragments.
type NumberConfig struct {
	// VoiceURL is asked what to do with a call; empty refuses calls.
	VoiceURL string
	// FallbackURL is asked when VoiceURL or a later document fails; empty is none.
	FallbackURL string
	// StatusCallback is told when a call to the number has ended; empty is none.
	StatusCallback string
	// SmsURL is told of texts to the number; empty is none.
	SmsURL string
}

// Carrier is the whole telephone company. Its methods are safe for concurrent
// use. Make one with [New], end it with [Carrier.Close].
type Carrier struct {
	opts   Options
	clk    clock.Clock
	client *http.Client
	log    *slog.Logger

	// mu guards everything below and in legs, phones, queues, rooms and
	// messages. A leg's task holds it except while it waits or asks a webhook,
	// so that unexported methods run with it held unless they say otherwise.
	mu       sync.Mutex
	counts   map[string]uint64
	numbers  map[string]NumberConfig
	phones   map[string]*Phone
	legs     []*Leg
	legBySID map[string]*Leg
	queues   []*queue
	rooms    []*room
	messages []*message
	faults   []*fault
	problems []Problem
	nextCall time.Time
	inFlight map[uint64]context.CancelFunc
	spawned  uint64
	tasks    int
	idle     clock.Signal
	pauses   bell
	closed   bool
}

// New makes a carrier with no numbers and nobody on the phone. It reports
// missing credentials and a base URL that is not one.
func New(opts Options) (*Carrier, error) {
	if opts.AccountSID == "" || opts.AuthToken == "" {
		return nil, errors.New("carrier: an account SID and an auth token are required")
	}
	if (opts.APIKey == "") != (opts.APISecret == "") {
		return nil, errors.New("carrier: an API key needs its secret, and the other way round")
	}
	if opts.BaseURL != "" {
		if u, err := url.Parse(opts.BaseURL); err != nil || u.Host == "" {
			return nil, errors.New("carrier: the base URL is not an absolute one")
		}
	}
	c := &Carrier{
		opts: opts, clk: opts.Clock, client: opts.HTTPClient, log: opts.Logger,
		counts: map[string]uint64{}, numbers: map[string]NumberConfig{}, phones: map[string]*Phone{},
		legBySID: map[string]*Leg{}, inFlight: map[uint64]context.CancelFunc{},
	}
	if c.clk == nil {
		c.clk = clock.Real()
	}
	if c.client == nil {
		c.client = &http.Client{Transport: &http.Transport{}}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// SetNumber adds a number that the application owns, or changes what it does.
// It reports a number that is not E.164 and a fallback without a primary URL,
// which Twilio refuses as error 21405.
func (c *Carrier) SetNumber(e164 string, cfg NumberConfig) error {
	if !isE164(e164) {
		return errors.New("carrier: the number is not in E.164 form")
	}
	if cfg.FallbackURL != "" && cfg.VoiceURL == "" {
		return errors.New("carrier: a fallback URL needs a primary URL (21405)")
	}
	for _, u := range []*string{&cfg.VoiceURL, &cfg.FallbackURL, &cfg.StatusCallback, &cfg.SmsURL} {
		if *u == "" {
			continue
		}
		abs, err := resolve(c.opts.BaseURL, *u)
		if err != nil {
			return fmt.Errorf("carrier: set number: %w", err)
		}
		*u = abs
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.numbers[e164] = cfg
	return nil
}

// Phone is the phone with that number, anywhere in the world; it exists as soon
// as somebody asks. An owned number is no phone: what it does is [NumberConfig].
func (c *Carrier) Phone(e164 string) *Phone {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phone(e164)
}

func (c *Carrier) phone(e164 string) *Phone {
	p, ok := c.phones[e164]
	if !ok {
		p = &Phone{c: c, number: e164, optedOut: map[string]bool{}}
		c.phones[e164] = p
	}
	return p
}

// Legs are all legs that ever were, oldest first.
func (c *Carrier) Legs() []*Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*Leg(nil), c.legs...)
}

// Close ends every call and waits, on the clock, until nothing runs any more.
// Nothing can be started afterwards. It returns the context's cause when that
// ends first.
func (c *Carrier) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	for _, l := range c.legs {
		l.end(statusCompleted, "carrier closed")
	}
	for _, cancel := range c.inFlight {
		cancel()
	}
	c.pauses.ring()
	idle := c.clk.NewSignal()
	c.idle = idle
	if c.tasks == 0 {
		idle.Fire()
	}
	c.mu.Unlock()
	for !idle.Fired() {
		if err := idle.Wait(ctx, 24*time.Hour); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("close carrier: %w", err)
		}
	}
	c.client.CloseIdleConnections()
	return nil
}

// spawn runs f as a task of its own, with the lock held, after d and a share of
// a microsecond that no other task of the moment has.
func (c *Carrier) spawn(ctx context.Context, d time.Duration, f func(context.Context)) {
	if c.closed {
		return
	}
	c.spawned++
	c.tasks++
	d += time.Duration(1 + c.spawned%1000)
	c.clk.Go(context.WithoutCancel(ctx), func(ctx context.Context) {
		c.mu.Lock()
		defer c.mu.Unlock()
		defer c.taskDone()
		c.pause(ctx, d)
		if !c.closed {
			f(ctx)
		}
	})
}

func (c *Carrier) taskDone() {
	c.tasks--
	if c.tasks == 0 && c.idle != nil {
		c.idle.Fire()
	}
}

// unlocked runs f without the lock.
func (c *Carrier) unlocked(f func()) {
	c.mu.Unlock()
	defer c.mu.Lock()
	f()
}

// pause waits without the lock, until the carrier closes at the latest.
func (c *Carrier) pause(ctx context.Context, d time.Duration) {
	if !c.closed {
		c.pauses.wait(ctx, c, d, 0)
	}
}

// owned finds an owned number.
func (c *Carrier) owned(e164 string) (NumberConfig, bool) {
	cfg, ok := c.numbers[e164]
	return cfg, ok
}

func isE164(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}
