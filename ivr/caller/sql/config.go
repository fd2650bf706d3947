// Package sql is a directory of callers in a PostgreSQL database.
//
// The institution gives one query: $1 is the keyed ID, digits alone; the answer
// is one row or none, whose columns are found by their names (see [Columns]).
// The query is prepared on each connection before anything else is asked, and
// the columns are checked then: one that is not known, missing or of another
// type is an error at the start, not with a caller on the phone. Two rows,
// somebody else's row or an answer that does not come in time are errors, never
// "not found": the caller then gets a person.
//
// Sessions are read-only and have a statement timeout. Connections are TLS with
// the server's certificate and name checked (sslmode=verify-full); plaintext goes
// to loopback and Unix sockets alone.
package sql

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"ringback/ivr/caller"
	"ringback/ivr/secret"
)

// Config is directory.config of type sql. Fields say what holds when their key
// is left out; those that say nothing have to be there.
type Config struct {
	URL            secret.Text   `yaml:"url"`                         // postgres://user:password@host/database?sslmode=verify-full
	CAFile         string        `yaml:"ca_file"         path:"true"` // PEM; sslrootcert of the URL, or the system's authorities
	Query          string        `yaml:"query"`                       // with $1; see [Columns]
	PeopleQuery    string        `yaml:"people_query"`                // the same columns of everybody, for the first import of numbers; no import
	PhoneRegion    string        `yaml:"phone_region"`                // of numbers without a country code, "US"; such numbers are dropped
	ConnectTimeout time.Duration `yaml:"connect_timeout"`             // with TLS and password, 100ms to 10s; 2s
	RequestTimeout time.Duration `yaml:"request_timeout"`             // of one query, 100ms to 10s; 1s
	Connections    int           `yaml:"connections"`                 // at once, 1 to 64; 4
}

// WithDefaults fills what was left out.
func (c Config) WithDefaults() Config {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 2 * time.Second
	}
	if c.RequestTimeout == 0 {
		c.RequestTimeout = time.Second
	}
	if c.Connections == 0 {
		c.Connections = 4
	}
	return c
}

// Check reports what is wrong, by path, without connecting. Messages repeat no
// value. What is wrong with the query itself only the server can tell.
func (c *Config) Check(fail func(path, message string)) {
	d := c.WithDefaults()
	if d.URL.IsZero() {
		fail("url", "is missing: give it, or url_file")
	} else if _, err := d.pool(); errors.Is(err, errAuthorities) {
		fail("ca_file", err.Error())
	} else if err != nil {
		fail("url", err.Error())
	}
	switch {
	case strings.TrimSpace(d.Query) == "":
		fail("query", "is missing")
	case !strings.Contains(d.Query, "$1"):
		fail("query", "must have the place $1 of the ID")
	}
	caller.Bounds{PhoneRegion: d.PhoneRegion, ConnectTimeout: d.ConnectTimeout, RequestTimeout: d.RequestTimeout, Connections: d.Connections}.Check(fail)
}

var errAuthorities = errors.New("cannot be read, or has no certificate in PEM form")

// pool is the pool's configuration. Its errors repeat nothing of the URL.
func (c Config) pool() (*pgxpool.Config, error) {
	url := c.URL.Reveal()
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, errors.New("must begin with postgres://")
	}
	p, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("is not a URL of PostgreSQL, or a file that it names cannot be read")
	}
	if c.CAFile != "" {
		if err := trust(p.ConnConfig, c.CAFile); err != nil {
			return nil, err
		}
	}
	if !safe(p.ConnConfig.Host, p.ConnConfig.TLSConfig) {
		return nil, errUnsafe
	}
	for _, f := range p.ConnConfig.Fallbacks { // other hosts, and what sslmode=prefer falls back to
		if !safe(f.Host, f.TLSConfig) {
			return nil, errUnsafe
		}
	}
	p.MaxConns = int32(c.Connections) //nolint:gosec // checked to be small
	p.MinConns, p.MinIdleConns = 0, 0
	p.MaxConnIdleTime = time.Minute // less than firewalls allow, which often drop without a word
	p.PingTimeout = c.RequestTimeout
	p.ConnConfig.ConnectTimeout = c.ConnectTimeout
	p.ConnConfig.RuntimeParams["application_name"] = "ringback"
	p.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	p.ConnConfig.RuntimeParams["statement_timeout"] = fmt.Sprint(c.RequestTimeout.Milliseconds())
	return p, nil
}

var errUnsafe = errors.New("would send people to a server that did not prove who it is: add sslmode=verify-full (plaintext goes to loopback and Unix sockets alone)")

// safe reports whether nobody between us and the server can read or answer.
func safe(host string, c *tls.Config) bool {
	return local(host) || c != nil && !c.InsecureSkipVerify && c.ServerName != ""
}

// local knows the hosts that cannot be anywhere else; a path is a Unix socket.
func local(host string) bool {
	if strings.HasPrefix(host, "/") || strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// trust makes the authorities of a PEM file the only ones.
func trust(c *pgx.ConnConfig, path string) error {
	pem, err := os.ReadFile(path)
	if err != nil {
		return errAuthorities
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errAuthorities
	}
	if c.TLSConfig != nil {
		c.TLSConfig.RootCAs = roots
	}
	for _, f := range c.Fallbacks {
		if f.TLSConfig != nil {
			f.TLSConfig.RootCAs = roots
		}
	}
	return nil
}
