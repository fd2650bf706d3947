package sql_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/sql"
	"ringback/ivr/ledger/postgrestest"
	"ringback/ivr/secret"
)

const schema = `
create table people (id text primary key, username text, name text, pin_hash text, recovery text[], privileged boolean, groups text[], language text);
create table phones (id text references people, ordinal int, number text, since date);
create table emails (id text references people, ordinal int, address text, outside boolean);
`

const everybody = `
select p.id, p.username, p.name, p.pin_hash, p.recovery as recovery_code_hashes, p.privileged, p.groups, p.language,
  (select array_agg(number order by ordinal) from phones f where f.id = p.id) as phones,
  (select array_agg(since order by ordinal) from phones f where f.id = p.id) as phones_since,
  (select array_agg(address order by ordinal) from emails e where e.id = p.id and not outside) as emails,
  (select string_agg(address, ', ' order by ordinal) from emails e where e.id = p.id and outside) as outside_sso_emails
from people p`

const query = everybody + " where p.id = $1"

// database is a new database with a schema and people.
func database(t *testing.T, people []caller.Person) string {
	t.Helper()
	u := postgrestest.Start(t)
	c := connect(t, u)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := c.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(schema)
	for _, p := range people {
		exec("insert into people values ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8)", p.ID, p.Username, p.Name, p.PINHash, p.Recovery, p.Privileged, p.Groups, p.Language)
		for i, ph := range p.Phones {
			exec("insert into phones values ($1, $2, $3, $4)", p.ID, i, ph.Number, ph.Since)
		}
		for i, e := range p.Emails {
			exec("insert into emails values ($1, $2, $3, $4)", p.ID, i, e.Address, e.OutsideSSO)
		}
	}
	return u
}

func connect(t *testing.T, u string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}

// conf is a configuration for a database. It is generous: the machine may be
// busy. Tests of the bounds set their own.
func conf(u string) sql.Config {
	return sql.Config{URL: secret.New(u), Query: query, PeopleQuery: everybody, ConnectTimeout: 10 * time.Second, RequestTimeout: 10 * time.Second}
}

func open(t *testing.T, c sql.Config) *sql.Directory {
	t.Helper()
	d, err := c.Open(t.Context(), caller.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// through is a database's URL by way of a proxy.
func through(t *testing.T, u string) (*directorytest.Proxy, string) {
	t.Helper()
	parsed, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	p := directorytest.StartProxy(t, parsed.Host)
	parsed.Host = p.Addr()
	return p, parsed.String()
}

func TestConformance(t *testing.T) {
	directorytest.Run(t, func(t *testing.T, people []caller.Person) directorytest.Backend {
		p, u := through(t, database(t, people))
		return directorytest.Backend{Directory: open(t, conf(u)), Ages: true, Down: p.Down, Stall: p.Stall, Up: p.Up}
	})
}
