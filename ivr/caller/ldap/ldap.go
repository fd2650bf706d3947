package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ringback/ivr/caller"
)

// Directory finds people in an LDAP server. It is safe for concurrent use; make
// one with [Config.Open].
type Directory struct {
	c          Config
	tls        *tls.Config
	servers    []*url.URL
	first      atomic.Int32 // the server that is tried first
	attributes []string     // that are asked for
	pool       *pool
	intake     *caller.Intake
	tools      caller.Tools
}

var (
	_ caller.Directory = (*Directory)(nil)
	_ caller.Pinger    = (*Directory)(nil)
	_ caller.Walker    = (*Directory)(nil)
)

// Open checks the configuration and asks the server once. A server that does not
// answer is logged and asked again with the next caller; one that refuses the
// password, shows a wrong certificate or has no such base is an error.
func (c Config) Open(ctx context.Context, t caller.Tools) (*Directory, error) {
	if err := caller.Checked(c.Check); err != nil {
		return nil, fmt.Errorf("ldap: %w", err)
	}
	c = c.WithDefaults()
	d := &Directory{
		c: c, tls: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName},
		intake: caller.NewIntake(c.PhoneRegion, t), tools: t,
	}
	for _, text := range c.URLs {
		u, err := url.Parse(text)
		if err != nil {
			return nil, errors.New("ldap: urls: is not a URL")
		}
		d.servers = append(d.servers, u)
	}
	if c.CAFile != "" {
		roots, err := authorities(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ldap: ca_file: %w", err)
		}
		d.tls.RootCAs = roots
	}
	for _, names := range c.Attributes.byPath() {
		for _, name := range names {
			if !slices.Contains(d.attributes, name) {
				d.attributes = append(d.attributes, name)
			}
		}
	}
	d.pool = newPool(c.Connections, d.dial)
	if err := t.FirstPing(ctx, d, Misconfigured); err != nil {
		_ = d.Close()
		return nil, err //nolint:wrapcheck // it is ours
	}
	return d, nil
}

// Close closes the connections.
func (d *Directory) Close() error {
	d.pool.close()
	return nil
}

// Ping asks for the base of the people.
func (d *Directory) Ping(ctx context.Context) error {
	entries, err := d.search(ctx, opPing, ldap.ScopeBaseObject, "(objectClass=*)", []string{"1.1"}) // no attributes: RFC 4511, 4.5.1.8
	if err != nil {
		return fmt.Errorf("ldap: ask for the base: %w", err)
	}
	if len(entries) != 1 {
		return fmt.Errorf("ldap: ask for the base: %w", &ServerError{Code: ldap.LDAPResultNoSuchObject})
	}
	return nil
}

// ByID searches for one entry. An ID that nobody can have is not asked for.
func (d *Directory) ByID(ctx context.Context, id string) (caller.Person, bool, error) {
	if !caller.ValidID(id) {
		return caller.Person{}, false, nil
	}
	entries, err := d.search(ctx, opLookUp, scopes()[d.c.Scope], d.c.filter(id), d.attributes)
	if err != nil {
		return caller.Person{}, false, fmt.Errorf("ldap: look up: %w", err)
	}
	switch len(entries) {
	case 0:
		return caller.Person{}, false, nil
	case 1:
	default:
		return caller.Person{}, false, fmt.Errorf("ldap: look up: %w", unusable("several entries have that ID"))
	}
	r, err := d.record(entries[0])
	var p caller.Person
	if err == nil {
		p, err = d.intake.Person(ctx, id, r)
	}
	if err != nil {
		return caller.Person{}, false, fmt.Errorf("ldap: look up: %w", err)
	}
	return p, true, nil
}

var errRequestTimeout = fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)

// search asks one question; its answer is whole.
func (d *Directory) search(ctx context.Context, op string, scope int, filter string, attributes []string) (entries []*ldap.Entry, err error) {
	began := time.Now()
	defer func() { d.observe(op, err, began) }()
	req := ldap.NewSearchRequest(d.c.BaseDN, scope, ldap.NeverDerefAliases,
		2, int(d.c.RequestTimeout/time.Second)+1, false, filter, attributes, nil)
	err = d.pool.with(ctx, func(c *conn) error {
		ctx, cancel := context.WithTimeoutCause(ctx, d.c.RequestTimeout, errRequestTimeout)
		defer cancel()
		var res *ldap.SearchResult
		err := c.within(ctx, func() (err error) {
			res, err = c.ldap.Search(req)
			return err //nolint:wrapcheck // within makes it plain
		})
		switch {
		case resultIs(err, ldap.LDAPResultSizeLimitExceeded):
			return unusable("several entries have that ID")
		case err != nil:
			return err
		case len(res.Referrals) > 0: // perhaps the person is over there
			return fmt.Errorf("%w: it refers to another server", errAnswer)
		}
		entries = res.Entries
		return nil
	})
	return entries, err
}

func resultIs(err error, code uint16) bool {
	e, ok := errors.AsType[*ServerError](err)
	return ok && e.Code == code
}
