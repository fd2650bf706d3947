package duo

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Clock is what the client needs of the time; [ringback/ivr/clock.Clock] has it.
type Clock interface {
	Now() time.Time
	// Sleep returns nil after d, or the context's cause when that comes first.
	Sleep(ctx context.Context, d time.Duration) error
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// Recorder counts requests, each try on its own; see [Operations] for the names
// of operations, and package metrics for the outcomes.
type Recorder interface {
	Observe(operation, outcome string, d time.Duration)
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	APIHost        string // "api-xxxxxxxx.duosecurity.com"; may be "" with a BaseURL
	BaseURL        string // scheme and host only; "": https://APIHost; http only on loopback
	IntegrationKey string
	SecretKey      string
	HTTPClient     *http.Client // its redirects and cookies are not used
	Clock          Clock
	Timeout        time.Duration  // of one try; 0: 4 s
	Random         func() float64 // jitter, in [0,1), for concurrent use; nil: math/rand/v2
	Logger         *slog.Logger   // nil: none
	Recorder       Recorder       // nil: none
}

// Client talks to one Duo account. It is safe for concurrent use.
type Client struct {
	base           *url.URL
	integrationKey string
	secretKey      string
	http           *http.Client
	clock          Clock
	timeout        time.Duration
	random         func() float64
	logger         *slog.Logger
	recorder       Recorder
}

// New checks the options; it does not connect, see [Client.Check].
func New(o Options) (*Client, error) {
	if o.IntegrationKey == "" || o.SecretKey == "" {
		return nil, errors.New("duo: integration key and secret key are required")
	}
	if strings.Contains(o.IntegrationKey, ":") {
		return nil, errors.New("duo: the integration key is no integration key")
	}
	if o.HTTPClient == nil || o.Clock == nil {
		return nil, errors.New("duo: HTTP client and clock are required")
	}
	if o.Timeout < 0 {
		return nil, errors.New("duo: the timeout is negative")
	}
	base, err := baseURL(o.APIHost, o.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base: base, integrationKey: o.IntegrationKey, secretKey: o.SecretKey,
		clock: o.Clock, timeout: o.Timeout, random: o.Random, logger: o.Logger, recorder: o.Recorder,
	}
	if c.timeout == 0 {
		c.timeout = 4 * time.Second
	}
	if c.random == nil {
		c.random = rand.Float64
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	c.http = &http.Client{
		Transport: o.HTTPClient.Transport,
		Timeout:   o.HTTPClient.Timeout,
		// A signed request is for the host that it was signed for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// baseURL is where requests go. Its host is signed with each of them.
func baseURL(apiHost, base string) (*url.URL, error) {
	what := "base URL"
	if base == "" {
		if apiHost == "" || strings.ContainsAny(apiHost, "/@?# ") {
			return nil, errors.New("duo: the API host must be a host name, such as api-xxxxxxxx.duosecurity.com")
		}
		what, base = "API host", "https://"+apiHost
	}
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("duo: the " + what + " does not parse")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("duo: the " + what + " must be a scheme and a host only")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("duo: the " + what + " must be https, or http on a loopback host")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// loopback knows the hosts that cannot be anywhere else. A prefix would not do:
// 127.0.0.1.example.com is a name like any other.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
