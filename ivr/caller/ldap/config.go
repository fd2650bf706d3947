// Package ldap is a directory of callers in an LDAP server.
//
// A [Config] says where the servers are and which attribute holds what; it is
// decoded from directory.config of the configuration file, checks itself, and
// opens the [Directory]. Each look-up is one search with the institution's own
// filter, in which the keyed ID, digits alone, takes the one place {id}; the
// answer is one entry or none. Two entries, somebody else's entry, a referral,
// a missing base or an answer that does not come in time are errors, never
// "not found": the caller then gets a person.
//
// Connections are TLS, from the start or by StartTLS, with the server's
// certificate checked; plaintext goes to loopback alone. They are kept in a small
// pool. One that broke while it lay there is replaced within the same look-up.
// Servers are tried in the order of the configuration, beginning with the one
// that answered last; referrals are not followed.
package ldap

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ringback/ivr/caller"
	"ringback/ivr/secret"
)

// placeholder is where the filter takes the ID.
const placeholder = "{id}"

// Config is directory.config of type ldap. Fields say what holds when their key
// is left out; those that say nothing have to be there.
type Config struct {
	URLs           []string      `yaml:"urls"`                         // ldaps://host, or ldap://host with start_tls; tried in order
	StartTLS       bool          `yaml:"start_tls"`                    // of ldap:// URLs; false, for loopback alone
	CAFile         string        `yaml:"ca_file"          path:"true"` // PEM; the system's authorities
	ServerName     string        `yaml:"server_name"`                  // in the certificate; the URL's host
	BindDN         string        `yaml:"bind_dn"`                      // who we are
	BindPassword   secret.Text   `yaml:"bind_password"`
	BaseDN         string        `yaml:"base_dn"`         // where people are
	Filter         string        `yaml:"filter"`          // with {id} once; (ID attribute={id})
	Scope          string        `yaml:"scope"`           // sub, one, base; sub
	Attributes     Attributes    `yaml:"attributes"`      // what holds what
	PhoneRegion    string        `yaml:"phone_region"`    // of numbers without a country code, "US"; such numbers are dropped
	ConnectTimeout time.Duration `yaml:"connect_timeout"` // with TLS and bind, 100ms to 10s; 2s
	RequestTimeout time.Duration `yaml:"request_timeout"` // of one search, 100ms to 10s; 1s
	Connections    int           `yaml:"connections"`     // at once, 1 to 64; 4
}

// Attributes are the names of attributes. Those that say nothing else may be
// left out: the directory does not hold that.
type Attributes struct {
	ID                 string   `yaml:"id"`                 // what is keyed on the phone; employeeNumber
	Username           string   `yaml:"username"`           // in Duo; uid
	Name               string   `yaml:"name"`               // cn
	Phones             []string `yaml:"phones"`             // in the order in which they are texted; mobile
	Emails             []string `yaml:"emails"`             // that need the account which is being recovered; mail
	OutsideSSOEmails   []string `yaml:"outside_sso_emails"` // that do not
	PINHash            string   `yaml:"pin_hash"`           // argon2id
	RecoveryCodeHashes string   `yaml:"recovery_code_hashes"`
	Groups             string   `yaml:"groups"`     // memberOf, or any; of a DN its first name counts
	Privileged         string   `yaml:"privileged"` // TRUE or FALSE: nothing by phone
	Language           string   `yaml:"language"`   // preferredLanguage; BCP 47
}

// WithDefaults fills what was left out.
func (c Config) WithDefaults() Config {
	text := func(v *string, def string) {
		if *v == "" {
			*v = def
		}
	}
	text(&c.Scope, "sub")
	text(&c.Attributes.ID, "employeeNumber")
	text(&c.Attributes.Username, "uid")
	text(&c.Attributes.Name, "cn")
	text(&c.Filter, "("+c.Attributes.ID+"="+placeholder+")")
	if c.Attributes.Phones == nil {
		c.Attributes.Phones = []string{"mobile"}
	}
	if c.Attributes.Emails == nil {
		c.Attributes.Emails = []string{"mail"}
	}
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
// value.
func (c *Config) Check(fail func(path, message string)) {
	d := c.WithDefaults()
	if len(d.URLs) == 0 {
		fail("urls", "is missing: name a server, such as ldaps://ldap.example.edu")
	}
	for i, text := range d.URLs {
		if message := d.checkURL(text); message != "" {
			fail(fmt.Sprintf("urls[%d]", i), message)
		}
	}
	if d.CAFile != "" {
		if _, err := authorities(d.CAFile); err != nil {
			fail("ca_file", err.Error())
		}
	}
	for path, dn := range map[string]string{"bind_dn": d.BindDN, "base_dn": d.BaseDN} {
		if _, err := ldap.ParseDN(dn); dn == "" {
			fail(path, "is missing")
		} else if err != nil {
			fail(path, "is not a distinguished name, such as ou=people,dc=example,dc=edu")
		}
	}
	if d.BindPassword.IsZero() {
		fail("bind_password", "is missing: give it, or bind_password_file; nobody reads people's numbers without a name")
	}
	d.checkSearch(fail)
	caller.Bounds{PhoneRegion: d.PhoneRegion, ConnectTimeout: d.ConnectTimeout, RequestTimeout: d.RequestTimeout, Connections: d.Connections}.Check(fail)
}

func (c *Config) checkURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return "is not a URL, such as ldaps://ldap.example.edu"
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return "must be a scheme and a host only"
	case u.Scheme == "ldaps" && c.StartTLS:
		return "is TLS from the start: start_tls is for ldap:// URLs"
	case u.Scheme == "ldaps", u.Scheme == "ldap" && (c.StartTLS || loopback(u.Hostname())):
		return ""
	case u.Scheme == "ldap":
		return "would send people in the clear: use ldaps://, or start_tls: true"
	}
	return "must begin with ldaps:// or ldap://"
}

func (c *Config) checkSearch(fail func(path, message string)) {
	if strings.Count(c.Filter, placeholder) != 1 {
		fail("filter", "must have the place "+placeholder+" once")
	} else if _, err := ldap.CompileFilter(c.filter("0")); err != nil {
		fail("filter", "is not a filter, such as (employeeNumber="+placeholder+")")
	}
	if _, ok := scopes()[c.Scope]; !ok {
		fail("scope", "is unknown: one of sub, one, base")
	}
	for path, names := range c.Attributes.byPath() {
		for i, name := range names {
			at := "attributes." + path
			if _, many := c.Attributes.lists()[path]; many {
				at = fmt.Sprintf("%s[%d]", at, i)
			}
			if !attribute(name) {
				fail(at, "is not an attribute's name")
			}
		}
	}
}

// filter is the filter for an ID. What is not digits never gets here, and is
// escaped all the same.
func (c *Config) filter(id string) string {
	return strings.ReplaceAll(c.Filter, placeholder, ldap.EscapeFilter(id))
}

func scopes() map[string]int {
	return map[string]int{"sub": ldap.ScopeWholeSubtree, "one": ldap.ScopeSingleLevel, "base": ldap.ScopeBaseObject}
}

// lists are the attributes of which there may be several, by the key's path.
func (a Attributes) lists() map[string][]string {
	return map[string][]string{"phones": a.Phones, "emails": a.Emails, "outside_sso_emails": a.OutsideSSOEmails}
}

// byPath are the attributes that are configured, by the key's path.
func (a Attributes) byPath() map[string][]string {
	all := a.lists()
	for path, name := range map[string]string{
		"id": a.ID, "username": a.Username, "name": a.Name, "pin_hash": a.PINHash, "recovery_code_hashes": a.RecoveryCodeHashes,
		"groups": a.Groups, "privileged": a.Privileged, "language": a.Language,
	} {
		if name != "" {
			all[path] = []string{name}
		}
	}
	return all
}

// attribute reports whether a text can be an attribute's description: a short
// name or an OID, with options (RFC 4512, 2.5).
func attribute(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.;_") == ""
}

// loopback knows the hosts that cannot be anywhere else.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
