package ldap_test

import (
	"strings"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/ldap"
	"ringback/ivr/secret"
)

// attributes are where directorytest puts things.
func attributes() ldap.Attributes {
	return ldap.Attributes{
		Phones: []string{"ringbackPhone"}, OutsideSSOEmails: []string{"ringbackOutsideMail"}, PINHash: "ringbackPinHash",
		RecoveryCodeHashes: "ringbackRecoveryHash", Privileged: "ringbackPrivileged", Groups: "title", Language: "preferredLanguage",
	}
}

// conf is a configuration for a server, by one of its URLs.
func conf(urls ...string) ldap.Config {
	return ldap.Config{
		URLs: urls, BindDN: directorytest.BindDN, BindPassword: secret.New(directorytest.Password),
		BaseDN: directorytest.BaseDN, Attributes: attributes(),
		// Generous: the machine may be busy. Tests of the bounds set their own.
		ConnectTimeout: 10 * time.Second, RequestTimeout: 10 * time.Second,
	}
}

func open(t *testing.T, c ldap.Config) *ldap.Directory {
	t.Helper()
	d, err := c.Open(t.Context(), caller.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestConformance(t *testing.T) {
	for name, secure := range map[string]func(*ldap.Config){
		"ldaps":       func(*ldap.Config) {},
		"StartTLS":    func(c *ldap.Config) { c.StartTLS = true },
		"on loopback": func(c *ldap.Config) { c.CAFile = "" },
	} {
		t.Run(name, func(t *testing.T) {
			directorytest.Run(t, func(t *testing.T, people []caller.Person) directorytest.Backend {
				cert := directorytest.NewAuthority(t).Issue(time.Hour, "127.0.0.1")
				s := directorytest.StartSlapd(t, cert, directorytest.LDIF(people))
				scheme, to, _ := strings.Cut(s.URL(), "://")
				if name == "ldaps" {
					scheme, to, _ = strings.Cut(s.TLSURL(), "://")
				}
				p := directorytest.StartProxy(t, to)
				c := conf(scheme + "://" + p.Addr())
				c.CAFile = cert.CAFile
				secure(&c)
				return directorytest.Backend{
					Directory: open(t, c), Down: s.Kill, Stall: p.Stall, Up: func() { p.Up(); s.Restart() },
				}
			})
		})
	}
}
