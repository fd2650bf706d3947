package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// conn is one connection that is bound. One look-up uses it at a time.
type conn struct {
	raw   net.Conn // below TLS: closing it ends whatever goes on
	ldap  *ldap.Conn
	ended atomic.Bool // we ended it
	used  time.Time
}

// broken reports whether the connection is of no use any more.
func (c *conn) broken() bool { return c.ended.Load() || c.ldap.IsClosing() }

// close ends the connection without waiting for the server.
func (c *conn) close() {
	c.ended.Store(true)
	_ = c.raw.Close()
	_ = c.ldap.Close()
}

// within runs f and cuts the connection when the context ends first: the client
// library knows no contexts.
func (c *conn) within(ctx context.Context, f func() error) error {
	stop := context.AfterFunc(ctx, func() {
		c.ended.Store(true)
		_ = c.raw.Close()
	})
	err := f()
	if !stop() || err != nil && resultCode(err) == 0 {
		c.ended.Store(true) // it is cut, or nothing more can be expected of it
	}
	return plain(ctx, err)
}

// dial connects to one of the servers, beginning with the one that answered last.
func (d *Directory) dial(ctx context.Context) (*conn, error) {
	first, n := int(d.first.Load()), len(d.servers)
	var err error
	for i := range n {
		at := (first + i) % n
		if err != nil && ctx.Err() != nil {
			break
		}
		var c *conn
		if c, err = d.dialOne(ctx, d.servers[at], n-i); err == nil {
			d.first.Store(int32(at)) //nolint:gosec // an index of a short list
			return c, nil
		}
		// Whoever comes next begins elsewhere, even when no time is left to try it now.
		d.first.CompareAndSwap(int32(at), int32((at+1)%n)) //nolint:gosec // as above
	}
	return nil, err
}

var errConnectTimeout = fmt.Errorf("no connection in time: %w", context.DeadlineExceeded)

// dialOne connects to one server, with TLS and bind, and leaves time for the
// left-1 others.
func (d *Directory) dialOne(ctx context.Context, u *url.URL, left int) (_ *conn, err error) {
	began := time.Now()
	defer func() { d.observe(opConnect, err, began) }()
	timeout := d.c.ConnectTimeout
	if end, ok := ctx.Deadline(); ok && left > 1 {
		timeout = min(timeout, time.Until(end)/time.Duration(left))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errConnectTimeout)
	defer cancel()
	raw, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(ctx, "tcp", address(u))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", u.Host, plain(ctx, err))
	}
	c := &conn{raw: raw, used: time.Now()}
	if err := d.greet(ctx, c, u); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", u.Host, err)
	}
	return c, nil
}

// greet does what comes before the first question: TLS, bind.
func (d *Directory) greet(ctx context.Context, c *conn, u *url.URL) error {
	tc := d.tls.Clone()
	if tc.ServerName == "" {
		tc.ServerName = u.Hostname()
	}
	if u.Scheme == "ldaps" {
		secure := tls.Client(c.raw, tc)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = c.raw.Close()
			return plain(ctx, err)
		}
		c.ldap = ldap.NewConn(secure, true)
	} else {
		c.ldap = ldap.NewConn(c.raw, false)
	}
	c.ldap.Start()
	err := c.within(ctx, func() error {
		if d.c.StartTLS {
			if err := c.ldap.StartTLS(tc); err != nil {
				return err //nolint:wrapcheck // within makes it plain
			}
		}
		return c.ldap.Bind(d.c.BindDN, d.c.BindPassword.Reveal())
	})
	if err != nil {
		c.close()
	}
	return err
}

func address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "ldaps":
		port = ldap.DefaultLdapsPort
	default:
		port = ldap.DefaultLdapPort
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// authorities are the certificates of a PEM file.
func authorities(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("has no certificate in PEM form")
	}
	return pool, nil
}
