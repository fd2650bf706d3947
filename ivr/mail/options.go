package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// Clock is what the client needs of the time; [ringback/ivr/clock.Clock] has it.
type Clock interface {
	Now() time.Time
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// Recorder counts exchanges; see [Operations] for the names of operations, and
// package metrics for the outcomes.
type Recorder interface {
	Observe(operation, outcome string, d time.Duration)
}

// TLS is how a connection is protected.
type TLS uint8

// The ways.
const (
	TLSUnknown TLS = iota // by the port: Implicit on 465, else StartTLS
	Implicit              // TLS from the first byte
	StartTLS              // STARTTLS before anything else, or nothing is sent
	Plain                 // no TLS; on a loopback host only
)

// String is the way's name in a configuration.
func (t TLS) String() string {
	names := [...]string{"unknown", "implicit", "starttls", "plain"}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("tls(%d)", t)
}

// ParseTLS is the inverse of [TLS.String], but refuses "unknown".
func ParseTLS(name string) (TLS, error) {
	for t := Implicit; t <= Plain; t++ {
		if t.String() == name {
			return t, nil
		}
	}
	return TLSUnknown, errors.New("tls: want implicit, starttls or plain")
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Host       string
	Port       int    // 0: 465, 587 or 25, as TLS asks for
	TLS        TLS    // zero: by the port
	CAFile     string // PEM; "": the system's authorities
	ServerName string // in the certificate; "": Host
	Username   string // "": no authentication
	Password   string // required with a Username
	From       string // an address
	FromName   string // "": the bare address
	HelloName  string // how we introduce ourselves; "": the domain of From
	// Timeout bounds a whole exchange, connecting included. 0: 5 s.
	Timeout time.Duration
	// Dial makes a connection. Nil: over TCP; on a virtual clock, that clock's.
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Clock    Clock
	Recorder Recorder // nil: none
}

// Client sends through one server. It is safe for concurrent use.
type Client struct {
	o       Options
	address string // host:port
	domain  string // of From
	tls     *tls.Config
}

// New checks the options and reads the CA file; it does not connect, see
// [Client.Check].
func New(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	o = o.withDefaults()
	if o.TLS == Plain && !loopback(o.Host) {
		return nil, errors.New("mail: plain SMTP is for a loopback host only: use implicit or starttls")
	}
	c := &Client{
		o:       o,
		address: net.JoinHostPort(o.Host, fmt.Sprint(o.Port)),
		domain:  domainOf(o.From),
		tls:     &tls.Config{ServerName: o.ServerName, MinVersion: tls.VersionTLS12},
	}
	if c.o.HelloName == "" {
		c.o.HelloName = c.domain
	}
	if o.CAFile != "" {
		var err error
		if c.tls.RootCAs, err = readCA(o.CAFile); err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
	}
	return c, nil
}

// check refuses what cannot work. It repeats no value: a slip of the pen puts a
// password anywhere.
func (o Options) check() error {
	switch {
	case o.Clock == nil:
		return errors.New("a clock is required")
	case !hostname(o.Host):
		return errors.New("the host must be a host name or an address, without a port")
	case o.Port < 0 || o.Port > 65535:
		return errors.New("the port is out of range")
	case o.TLS > Plain:
		return errors.New("the kind of TLS is unknown")
	case !address(o.From):
		return errors.New("the sender's address is none")
	case !line(o.FromName) || o.HelloName != "" && !hostname(o.HelloName):
		return errors.New("the sender's name or our host's name cannot be sent")
	case (o.Username == "") != (o.Password == ""):
		return errors.New("user name and password go together")
	case strings.ContainsRune(o.Username+o.Password, 0):
		return errors.New("user name or password has a NUL")
	case o.Timeout < 0:
		return errors.New("the timeout is negative")
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.TLS == TLSUnknown {
		o.TLS = StartTLS
		if o.Port == 465 { // RFC 8314, 3.3
			o.TLS = Implicit
		}
	}
	if o.Port == 0 {
		o.Port = map[TLS]int{Implicit: 465, StartTLS: 587, Plain: 25}[o.TLS]
	}
	if o.ServerName == "" {
		o.ServerName = o.Host
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: patience}).DialContext
	}
	return o
}

// readCA reads the only authorities that a server's certificate may be from.
func readCA(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("read CA file: no certificate in it")
	}
	return pool, nil
}

// loopback knows the hosts that cannot be anywhere else; 127.0.0.1.example.com is
// a name like any other.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// hostname reports whether s can be a host's name or address.
func hostname(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool { return !letterOrDigit(r) && !strings.ContainsRune("-._", r) })
}
