package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	embedded = "embedded"
	inMemory = "sqlite::memory:"
	sqlite   = "sqlite:"
)

// checker fills defaults and checks what depends on more than one value.
type checker struct {
	*decoder
	c *Config
}

func (c *checker) all() {
	c.endpoints()
	c.stores()
	c.keys()
	c.twilio()
	c.duo()
	c.mail()
	c.need("directory.type", c.c.Directory.Type)
	c.policy()
	c.desk()
	c.callbacks()
	c.lines()
	c.passable()
	c.events()
	orElse(c, "log.level", &c.c.Log.Level, "info")
	c.oneOf("log.level", c.c.Log.Level, "debug", "info", "warn", "error")
	orElse(c, "log.format", &c.c.Log.Format, "json")
	c.oneOf("log.format", c.c.Log.Format, "json", "text")
	for _, check := range c.src.Checks {
		c.others(check(c.c))
	}
}

// others notes what a check of another package found.
func (c *checker) others(err error) {
	problems, ok := errors.AsType[Problems](err)
	if !ok && err != nil {
		problems = Problems{{Message: err.Error()}}
	}
	for _, p := range problems {
		if p.Line == 0 {
			c.fail(p.Path, "%s", p.Message)
			continue
		}
		c.problems = append(c.problems, p)
	}
}

// fail notes a problem at a path unless one is noted there or around it already.
func (c *checker) fail(path, format string, args ...any) {
	if !c.bad(path) && !c.lost(path) {
		c.add(path, c.where(path), fmt.Sprintf(format, args...))
	}
}

// warn notes what is allowed and loose.
func (c *checker) warn(path, format string, args ...any) {
	at := c.where(path)
	c.warnings = append(c.warnings, Problem{
		File: c.src.Name, Line: at.line, Column: at.column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}

// need refuses a value that is missing or empty.
func (c *checker) need(path, value string) bool {
	if strings.TrimSpace(value) != "" {
		return true
	}
	if c.given(path) {
		c.fail(path, "is empty")
	} else {
		c.fail(path, "is missing")
	}
	return false
}

// needSecret refuses a secret that is missing; an empty one never gets here.
func (c *checker) needSecret(path string, unset bool) {
	if unset {
		c.fail(path, "is missing: give it, or %s_file", path[strings.LastIndex(path, ".")+1:])
	}
}

// matches refuses a value that is not of a shape; what says which.
func (c *checker) matches(path, value, pattern, what string) {
	if !regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(value) {
		c.fail(path, "is not %s", what)
	}
}

func (c *checker) oneOf(path, value string, known ...string) {
	if !slices.Contains(known, value) {
		c.fail(path, "is unknown%s", meant(value, known))
	}
}

// orElse gives a value that was left out its default.
func orElse[T comparable](c *checker, path string, v *T, def T) {
	var zero T
	if *v == zero && !c.bad(path) {
		*v = def
	}
}

// base checks a URL that paths are put after: https, or http on loopback;
// no credentials, query or fragment.
func (c *checker) base(path, value string) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		c.fail(path, "is not a URL, such as https://line.example.edu")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		c.fail(path, "must have no user, query or fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		c.fail(path, "must be https (http only on loopback)")
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (c *checker) endpoints() {
	x := c.c
	if c.need("public_url", x.PublicURL) {
		x.PublicURL = strings.TrimSuffix(x.PublicURL, "/")
		c.base("public_url", x.PublicURL)
		if u, err := url.Parse(x.PublicURL); err == nil && u.Path != "" {
			c.fail("public_url", "must have no path: the routes begin at its root")
		}
	}
	orElse(c, "listen", &x.Listen, ":8080")
	orElse(c, "metrics_listen", &x.MetricsListen, ":9090")
	for path, address := range map[string]string{"listen": x.Listen, "metrics_listen": x.MetricsListen} {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			c.fail(path, "is not host:port, such as :8080")
		} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			c.fail(path, "has no valid port")
		}
	}
	if _, port, err := net.SplitHostPort(x.Listen); err == nil && x.Listen == x.MetricsListen && port != "0" {
		c.fail("metrics_listen", "must differ from listen: metrics are not for the public")
	}
}

func (c *checker) stores() {
	x := c.c
	if x.Redis.URL.IsZero() {
		c.needSecret("redis.url", true)
	} else if u := x.Redis.URL.Reveal(); u == embedded {
		c.warn("redis.url", "is embedded: calls are lost with the process, and there can be only one")
	} else if !regexp.MustCompile(`^rediss?(\+sentinel|\+cluster)?://.`).MatchString(u) {
		c.fail("redis.url", "must be embedded, or begin with redis://, rediss://, redis+sentinel:// or redis+cluster://")
	}
	if c.given("redis.timeout") && (x.Redis.Timeout < 10*ms || x.Redis.Timeout > 10*second) {
		c.fail("redis.timeout", "must be between 10ms and 10s")
	}
	if x.Ledger.URL.IsZero() && !c.bad("ledger.url") {
		x.Ledger.URL = NewSecret(sqlite + "ringback.db")
	}
	switch u := x.Ledger.URL.Reveal(); {
	case u == "": // reported
	case u == inMemory:
		c.warn("ledger.url", "is in memory: failures and actions are forgotten with the process")
	case strings.HasPrefix(u, "postgres://"), strings.HasPrefix(u, "postgresql://"):
	case strings.HasPrefix(u, sqlite) && len(u) > len(sqlite):
		x.Ledger.URL = NewSecret(sqlite + filepath.Clean(c.src.resolve(strings.TrimPrefix(u, sqlite))))
	default:
		c.fail("ledger.url", "must begin with sqlite: or postgres://")
	}
}

func (c *checker) keys() {
	k := c.c.Keys
	if !c.c.Redis.Embedded() || !c.c.Ledger.InMemory() {
		c.needSecret("keys.sealing", k.Sealing.IsZero())
		c.needSecret("keys.pseudonym", k.Pseudonym.IsZero())
	}
	same := func(a, b Key) bool { return !a.IsZero() && a.Equal(b) }
	if same(k.SealingOld, k.Sealing) {
		c.fail("keys.sealing_old", "is the same as keys.sealing")
	}
	if same(k.Pseudonym, k.Sealing) || same(k.Pseudonym, k.SealingOld) {
		c.fail("keys.pseudonym", "is the same as a sealing key: each has one use")
	}
}

func (c *checker) twilio() {
	t := &c.c.Twilio
	if c.need("twilio.account_sid", t.AccountSID) {
		c.matches("twilio.account_sid", t.AccountSID, `AC[0-9a-f]{32}`, "an account SID: AC and 32 hexadecimal digits")
	}
	c.needSecret("twilio.auth_token", t.AuthToken.IsZero())
	if !t.AuthTokenOld.IsZero() && t.AuthTokenOld.Equal(t.AuthToken) {
		c.fail("twilio.auth_token_old", "is the same as twilio.auth_token")
	}
	switch {
	case t.APIKey != "":
		c.matches("twilio.api_key", t.APIKey, `SK[0-9a-f]{32}`, "an API key: SK and 32 hexadecimal digits")
		c.needSecret("twilio.api_secret", t.APISecret.IsZero())
	case !t.APISecret.IsZero():
		c.fail("twilio.api_key", "is missing: api_secret is given")
	}
	c.api("twilio.api_url", t.APIURL)
	if t.MessagingServiceSID != "" {
		c.matches("twilio.messaging_service_sid", t.MessagingServiceSID, `MG[0-9a-f]{32}`, "a messaging service SID: MG and 32 hexadecimal digits")
	}
	if t.From == "" && len(c.c.Lines) > 0 && !c.bad("twilio.from") {
		t.From = c.c.Lines[0].Number
	}
}

// api checks the base URL of somebody else's API, when it is not their own.
func (c *checker) api(path, value string) {
	if value == "" {
		return
	}
	c.base(path, value)
	c.warn(path, "is set: requests and their credentials go there")
}

func (c *checker) duo() {
	d := &c.c.Duo
	if d.APIURL == "" || d.APIHost != "" {
		if c.need("duo.api_host", d.APIHost) {
			c.matches("duo.api_host", d.APIHost, `api-[0-9a-z]+\.(duosecurity|duofederal)\.com`, "an API host, such as api-xxxxxxxx.duosecurity.com")
		}
	}
	c.api("duo.api_url", d.APIURL)
	if c.need("duo.integration_key", d.IntegrationKey) {
		c.matches("duo.integration_key", d.IntegrationKey, `DI[0-9A-Z]{18}`, "an integration key: DI and 18 capital letters or digits")
	}
	c.needSecret("duo.secret_key", d.SecretKey.IsZero())
	within(c, "duo.link_validity", &d.LinkValidity, 10*minute, minute, 24*hour, more)
}
