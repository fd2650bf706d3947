package sql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/sql"
	"ringback/metrics"
)

// secured puts TLS before a server that has none, as PostgreSQL does it: by an
// SSLRequest, answered with S. It returns the port.
func secured(t *testing.T, c directorytest.Certificate, to string) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	all.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = raw.Close() }()
				if _, err := io.ReadFull(raw, make([]byte, 8)); err != nil {
					return
				}
				if _, err := raw.Write([]byte("S")); err != nil {
					return
				}
				s := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{pair}})
				server, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				all.Go(func() { _, _ = io.Copy(server, s); _ = server.Close() })
				_, _ = io.Copy(s, server)
			})
		}
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// Whoever the server is, it proves it before it gets the password.
func TestCertificates(t *testing.T) {
	direct, err := url.Parse(database(t, directorytest.People(t)))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := directorytest.NewAuthority(t), directorytest.NewAuthority(t)
	for _, tt := range []struct {
		name string
		cert directorytest.Certificate
		ca   string
		ok   bool
	}{
		{"the right one", ours.Issue(time.Hour, "localhost"), ours.File(), true},
		{"of another host", ours.Issue(time.Hour, "db.example.edu"), ours.File(), false},
		{"expired", ours.Issue(-time.Minute, "localhost"), ours.File(), false},
		{"of another authority", theirs.Issue(time.Hour, "localhost"), ours.File(), false},
		{"of none of the system's authorities", ours.Issue(time.Hour, "localhost"), "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := *direct
			u.Host = "localhost:" + secured(t, tt.cert, direct.Host)
			u.RawQuery = "sslmode=verify-full"
			c := conf(u.String())
			c.CAFile = tt.ca
			d, err := c.Open(t.Context(), caller.Tools{})
			if !tt.ok {
				if !errors.Is(err, sql.ErrCertificate) || !sql.Misconfigured(err) {
					t.Errorf("err = %v, want a refusal of the certificate", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, found, err := d.ByID(t.Context(), "1000001"); !found || err != nil {
				t.Errorf("found %v, err %v", found, err)
			}
			_ = d.Close()
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	u, err := url.Parse(database(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	for name, tt := range map[string]struct {
		change func(*url.URL)
		want   string
	}{
		"a wrong password":   {func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wr0ng-5ecre7") }, "SQLSTATE 28P01"},
		"an unknown account": {func(u *url.URL) { u.User = url.UserPassword("nobody", password) }, "SQLSTATE 28P01"},
		"no such database":   {func(u *url.URL) { u.Path = "/nowhere" }, "SQLSTATE 3D000"},
	} {
		t.Run(name, func(t *testing.T) {
			u := *u
			tt.change(&u)
			_, err := conf(u.String()).Open(t.Context(), caller.Tools{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !sql.Misconfigured(err) {
				t.Errorf("err = %v, want %s", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "5ecre7") || strings.Contains(err.Error(), password)) {
				t.Errorf("it tells too much: %v", err)
			}
		})
	}
}

func TestPoolIsBounded(t *testing.T) {
	p, u := through(t, database(t, directorytest.People(t)))
	c := conf(u)
	c.Connections = 3
	d := open(t, c)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 10 {
				if got, found, err := d.ByID(t.Context(), "1000002"); err != nil || !found || got.Username != "sam" {
					t.Errorf("found %v, err %v", found, err)
				}
			}
		})
	}
	all.Wait()
	if most := p.Most(); most > 3 {
		t.Errorf("%d connections at once, want 3 at most", most)
	}
}

// Connections that broke while they lay in the pool cost no caller anything.
func TestReconnects(t *testing.T) {
	p, u := through(t, database(t, directorytest.People(t)))
	d := open(t, conf(u))
	for range 3 {
		for range 8 {
			if _, found, err := d.ByID(t.Context(), "1000001"); !found || err != nil {
				t.Errorf("found %v, err %v", found, err)
			}
		}
		p.Down()
		p.Up()
	}
}

// A server that holds still costs what the configuration allows and no more,
// even without a deadline of the caller's.
func TestSlowServer(t *testing.T) {
	p, u := through(t, database(t, directorytest.People(t)))
	c := conf(u)
	c.ConnectTimeout, c.RequestTimeout, c.Connections = 300*time.Millisecond, 200*time.Millisecond, 2
	d := open(t, c)
	p.Stall()
	began := time.Now()
	var all sync.WaitGroup
	for range 50 { // most of them wait for a connection
		all.Go(func() {
			if _, found, err := d.ByID(t.Context(), "1000001"); !errors.Is(err, context.DeadlineExceeded) || found {
				t.Errorf("found %v, err = %v, want a deadline", found, err)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
	p.Down() // or the driver goes on for 15 s to tell the server to cancel
}

// The phone line starts without its directory: callers get people until it is
// back.
func TestOpensWhileTheServerIsDown(t *testing.T) {
	p, u := through(t, database(t, directorytest.People(t)))
	p.Down()
	d := open(t, conf(u))
	if _, found, err := d.ByID(t.Context(), "1000001"); found || err == nil || sql.Misconfigured(err) {
		t.Errorf("found %v, err %v", found, err)
	}
	p.Up()
	if _, found, err := d.ByID(t.Context(), "1000001"); !found || err != nil {
		t.Errorf("found %v, err %v", found, err)
	}
}

var _ caller.Recorder = (*metrics.Recorder)(nil)
