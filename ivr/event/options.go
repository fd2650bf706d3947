package event

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/ivr/outbox"
)

// Ledger is what the sender needs of [ledger.Ledger].
type Ledger interface {
	outbox.Ledger
	Owe(ctx context.Context, notices ...ledger.Notice) (added int, err error)
}

// Hook is where events are posted to.
type Hook struct {
	Name      string // in logs, "events[0]"
	URL       string // https; http only on loopback
	Secret    string // that signs
	SecretOld string // the one before, which signs as well during a rotation; ""
	Types     []Type // that it wants
	Include   []Part // of persons, that it is given; none
}

// id tells one hook from another, also after a restart, without naming it.
func (h Hook) id() string {
	sum := sha256.Sum256([]byte(h.URL))
	return hex.EncodeToString(sum[:6])
}

func (h Hook) secrets() []string {
	if h.SecretOld == "" {
		return []string{h.Secret}
	}
	return []string{h.Secret, h.SecretOld}
}

// MinSecret is how many characters a secret has at least.
const MinSecret = 32

// CheckURL refuses an address that events must not go to: what is not encrypted
// but for this machine, and what has a password, which would stand in logs.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New("is not a URL, such as https://tickets.example.edu/ringback")
	case u.User != nil || u.Fragment != "":
		return errors.New("must have no user and no fragment: requests are signed")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return errors.New("must be https (http only on loopback)")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Ledger Ledger
	Hooks  []Hook // none: nothing is ever owed
	// Key of 32 bytes seals what is owed and names it. OldKey is the one before, or nil.
	Key, OldKey []byte

	Transport  http.RoundTripper     // nil: one of our own, which goes to no link-local address
	Clock      clock.Clock           // nil: the real one
	Logger     *slog.Logger          // nil: discarded
	Registerer prometheus.Registerer // nil: counted unseen
	Random     io.Reader             // of nonces; nil: crypto/rand
	Jitter     func() float64        // in [0,1); nil: math/rand/v2
	Timeout    time.Duration         // of one request; 0: 5 s, at most 9 s
	outbox.Timing
}

func (o Options) check() error {
	if o.Ledger == nil {
		return errors.New("a ledger is required")
	}
	if o.Timeout < 0 || o.Timeout > 9*time.Second {
		return errors.New("the time-out must be at most 9 s")
	}
	seen := map[string]bool{}
	for _, h := range o.Hooks {
		switch {
		case CheckURL(h.URL) != nil:
			return fmt.Errorf("%s: the URL %w", h.Name, CheckURL(h.URL))
		case len(h.Secret) < MinSecret || h.SecretOld != "" && len(h.SecretOld) < MinSecret:
			return fmt.Errorf("%s: the secret is too short", h.Name)
		case len(h.Types) == 0:
			return fmt.Errorf("%s: no types", h.Name)
		case seen[h.URL]:
			return fmt.Errorf("%s: the URL is given twice", h.Name)
		}
		seen[h.URL] = true
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Transport == nil {
		o.Transport = guarded()
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	return o
}
