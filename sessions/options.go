package sessions

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/chacha20poly1305"
)

// Defaults of Options.
const (
	DefaultTimeout         = 300 * time.Millisecond
	DefaultEmbeddedTimeout = 10 * time.Second // nothing crosses a network: only a stuck process
	DefaultTTL             = 2 * time.Hour
	DefaultCacheSize       = 4096
	DefaultNamespace       = "ringback"
)

// Options configures [Open]. Only URL is required, and Key unless the URL is
// "embedded".
type Options struct {
	// URL names the server, one of
	//
	//	embedded                                   inside this process, lost with it
	//	redis://[user:password@]host:port[/db]     one server; rediss:// with TLS
	//	redis+sentinel://…@s1:26379,s2:26379/name[/db]
	//	redis+cluster://…@n1:6379,n2:6379
	//
	// and rediss+sentinel, rediss+cluster with TLS. Sentinels are asked
	// without credentials. Options of go-redis in the query are not accepted.
	URL string
	// Key seals what is stored: 32 bytes. Empty is allowed for "embedded"
	// only, and means a random one.
	Key []byte
	// OldKey opens what was sealed before a rotation. Empty: no rotation is
	// under way.
	OldKey []byte
	// Now is the clock of leases, windows and queues, and with "embedded" of
	// all expiry. Nil means time.Now.
	Now func() time.Time
	// Logger hears when Redis goes away and comes back. Nil discards.
	Logger *slog.Logger
	// Registerer takes the collectors. Nil: they count unseen.
	Registerer prometheus.Registerer
	// Timeout bounds one exchange with Redis; an operation ends within twice
	// of it, in real time. Zero means 300 ms, or 10 s with "embedded".
	Timeout time.Duration
	// TTL of a record after its last write. Zero means 2 h.
	TTL time.Duration
	// CacheSize is the number of records kept in the process as optimistic
	// copies. Zero means 4096, negative none.
	CacheSize int
	// Namespace starts every key. Empty means "ringback".
	Namespace string
}

// withDefaults fills what is empty and refuses what cannot work.
func (o Options) withDefaults() (Options, error) {
	embedded := o.URL == embeddedURL
	if len(o.Key) == 0 {
		if !embedded {
			return o, fmt.Errorf("sealing key: none given: %w", ErrInvalid)
		}
		o.Key = make([]byte, chacha20poly1305.KeySize)
		_, _ = rand.Read(o.Key) // never fails, see its documentation
	}
	if o.Timeout < 0 || o.TTL < 0 {
		return o, fmt.Errorf("negative duration: %w", ErrInvalid)
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
		if embedded {
			o.Timeout = DefaultEmbeddedTimeout
		}
	}
	if o.TTL == 0 {
		o.TTL = DefaultTTL
	}
	if o.CacheSize == 0 {
		o.CacheSize = DefaultCacheSize
	}
	if o.Namespace == "" {
		o.Namespace = DefaultNamespace
	}
	if err := checkName("namespace", o.Namespace); err != nil {
		return o, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
