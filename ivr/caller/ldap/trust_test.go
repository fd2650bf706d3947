package ldap_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/ldap"
	"ringback/ivr/secret"
)

// Whoever the server is, it proves it before it gets the password.
func TestCertificates(t *testing.T) {
	ours, theirs := directorytest.NewAuthority(t), directorytest.NewAuthority(t)
	for _, tt := range []struct {
		name   string
		cert   directorytest.Certificate
		change func(*ldap.Config)
		ok     bool
	}{
		{"the right one", ours.Issue(time.Hour, "127.0.0.1"), func(*ldap.Config) {}, true},
		{"of the name that is configured", ours.Issue(time.Hour, "ldap.example.edu"), func(c *ldap.Config) { c.ServerName = "ldap.example.edu" }, true},
		{"of another host", ours.Issue(time.Hour, "ldap.example.edu"), func(*ldap.Config) {}, false},
		{"expired", ours.Issue(-time.Minute, "127.0.0.1"), func(*ldap.Config) {}, false},
		{"of another authority", theirs.Issue(time.Hour, "127.0.0.1"), func(*ldap.Config) {}, false},
		{"of none of the system's authorities", ours.Issue(time.Hour, "127.0.0.1"), func(c *ldap.Config) { c.CAFile = "" }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := directorytest.StartSlapd(t, tt.cert, directorytest.LDIF(directorytest.People(t)))
			for _, startTLS := range []bool{false, true} {
				c := conf(s.TLSURL())
				if startTLS {
					c.URLs, c.StartTLS = []string{s.URL()}, true
				}
				c.CAFile = ours.File()
				tt.change(&c)
				d, err := c.Open(t.Context(), caller.Tools{})
				switch {
				case tt.ok && err != nil:
					t.Errorf("StartTLS %v: %v", startTLS, err)
				case tt.ok:
					if _, found, err := d.ByID(t.Context(), "1000001"); !found || err != nil {
						t.Errorf("StartTLS %v: found %v, err %v", startTLS, found, err)
					}
					_ = d.Close()
				case !errors.Is(err, ldap.ErrCertificate) || !ldap.Misconfigured(err):
					t.Errorf("StartTLS %v: err = %v, want a refusal of the certificate", startTLS, err)
				}
			}
		})
	}
}

// A port without TLS is told from one that is down, and gets nothing.
func TestNoTLSThere(t *testing.T) {
	cert := directorytest.NewAuthority(t).Issue(time.Hour, "127.0.0.1")
	s := directorytest.StartSlapd(t, cert, "")
	d := open(t, conf("ldaps"+strings.TrimPrefix(s.URL(), "ldap")))
	if err := d.Ping(t.Context()); err == nil || ldap.Misconfigured(err) {
		t.Errorf("err = %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	cert := directorytest.NewAuthority(t).Issue(time.Hour, "127.0.0.1")
	s := directorytest.StartSlapd(t, cert, "")
	for _, tt := range []struct {
		name   string
		change func(*ldap.Config)
		want   string
	}{
		{"a wrong password", func(c *ldap.Config) { c.BindPassword = secret.New("wr0ng-5ecre7") }, "49 Invalid Credentials"},
		{"an unknown account", func(c *ldap.Config) { c.BindDN = "cn=nobody,dc=example,dc=edu" }, "49 Invalid Credentials"},
		{"a base that is not there", func(c *ldap.Config) { c.BaseDN = "ou=nobody,dc=example,dc=edu" }, "32 No Such Object"},
		{"a base that may not be read", func(c *ldap.Config) { c.BaseDN = "ou=services,dc=example,dc=edu" }, "32 No Such Object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := conf(s.TLSURL())
			c.CAFile = cert.CAFile
			tt.change(&c)
			_, err := c.Open(t.Context(), caller.Tools{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !ldap.Misconfigured(err) {
				t.Errorf("err = %v, want %s", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "5ecre7") || strings.Contains(err.Error(), "dc=")) {
				t.Errorf("it tells too much: %v", err)
			}
		})
	}
}

// An attacker on the way who says that there is no StartTLS gets no password.
func TestStartTLSIsNotOptional(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan []byte, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			close(heard)
			return
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		buf := make([]byte, 1024)
		n, _ := c.Read(buf)
		_, _ = c.Write([]byte("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00")) // message 1, extended response: protocolError
		rest, _ := io.ReadAll(c)
		_ = c.Close()
		heard <- append(buf[:n], rest...)
	}()
	c := conf("ldap://" + l.Addr().String())
	c.StartTLS = true
	_, err = c.Open(t.Context(), caller.Tools{})
	_ = l.Close()
	if err == nil || !strings.Contains(err.Error(), "2 Protocol Error") {
		t.Errorf("err = %v, want the server's no", err)
	}
	all := <-heard
	if !bytes.Contains(all, []byte("1.3.6.1.4.1.1466.20037")) || bytes.Contains(all, []byte("5ecre7")) || bytes.Contains(all, []byte("cn=")) {
		t.Errorf("what the server heard: %q", all)
	}
}
