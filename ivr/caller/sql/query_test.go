package sql_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/caller"
	"ringback/ivr/caller/sql"
	"ringback/ivr/ledger/postgrestest"
)

func TestQueriesThatCannotBeUsed(t *testing.T) {
	u := postgrestest.Start(t)
	for _, tt := range []struct{ name, query, want string }{
		{"no SQL", "selekt $1", `syntax error at or near "selekt"`},
		{"no such table", "select id from nobody where id = $1", `relation "nobody" does not exist`},
		{"two parameters", "select $1::text as id, $2::text as username", "it has 2 parameters"},
		{"a parameter in a comment", "select 'x' as id, 'x' as username -- $1", "it has 0 parameters"},
		{"two statements", "select $1::text as id, 'x' as username; drop table x", "cannot insert multiple commands"},
		{"no answer", "insert into x values ($1)", `relation "x" does not exist`},
		{"no id", "select 'x' as username where 'x' = $1", "the column id is missing"},
		{"no username", "select $1::text as id", "the column username is missing"},
		{"an unknown column", "select $1::text as id, 'x' as username, 'x' as phone", "the column phone is not known; these are: id, username, name, phones"},
		{"a column without a name", "select $1::text as id, 'x' as username, 1 + 1", "the column ?column? is not known"},
		{"a column twice", "select $1::text as id, 'x' as username, 'y' as username", "the column username is there twice"},
		{"a number as a phone", "select $1::text as id, 'x' as username, 19195550101 as phones", "the column phones has a type that is not taken"},
		{"hashes with commas between", "select $1::text as id, 'x' as username, 'a,b' as recovery_code_hashes", "cast it to: text[]"},
		{"a privilege as text", "select $1::text as id, 'x' as username, 'no' as privileged", "cast it to: boolean"},
		{"a date as text", "select $1::text as id, 'x' as username, '2024-08-19' as phones_since", "cast it to: date[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := conf(u)
			c.Query = tt.query
			_, err := c.Open(t.Context(), caller.Tools{})
			if !errors.Is(err, sql.ErrQuery) || !sql.Misconfigured(err) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestRows(t *testing.T) {
	u := postgrestest.Start(t)
	day := time.Date(2024, 8, 19, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, query string
		change      func(*sql.Config)
		want        caller.Person // zero: not found
		err         string
		unusable    bool
	}{
		{name: "the least", query: "select $1::varchar as id, 'ada' as username", want: caller.Person{ID: "7", Username: "ada"}},
		{name: "nobody", query: "select $1::text as id, 'ada' as username where false"},
		{name: "a number as the ID", query: "select $1::bigint as id, 'ada'::name as username", want: caller.Person{ID: "7", Username: "ada"}},
		{name: "padded text", query: "select $1::char(10) as id, 'ada'::char(10) as username", want: caller.Person{ID: "7", Username: "ada"}},
		{
			name: "NULLs", want: caller.Person{ID: "7", Username: "ada"},
			query: "select $1::text as id, 'ada' as username, null::text as name, null::text[] as phones, null::date[] as phones_since, null::text as emails, null::text as pin_hash, array[null]::text[] as recovery_code_hashes, array[null]::text[] as groups, null::bool as privileged, null::text as language",
		},
		{
			name: "lists as text", change: func(c *sql.Config) { c.PhoneRegion = "US" },
			query: "select $1::text as id, 'ada' as username, '(919) 555-0101, +44 20 7946 0000,' as phones, date '2024-08-19' as phones_since, 'a@example.edu' as emails, '' as outside_sso_emails",
			want: caller.Person{
				ID: "7", Username: "ada", Phones: []caller.Phone{{Number: "+19195550101", Since: day}, {Number: "+442079460000", Since: day}},
				Emails: []caller.Email{{Address: "a@example.edu"}},
			},
		},
		{
			name:  "dates keep their places",
			query: "select $1::text as id, 'ada' as username, array['+19195550101', null, '+19195550102', '+19195550103'] as phones, array[null, timestamptz '2020-01-01', '2024-08-19 02:00+02'] as phones_since",
			want:  caller.Person{ID: "7", Username: "ada", Phones: []caller.Phone{{Number: "+19195550101"}, {Number: "+19195550102", Since: day}, {Number: "+19195550103"}}},
		},
		{
			name:  "groups with commas, privilege",
			query: "select $1::text as id, 'ada' as username, array['a, b', 'c'] as groups, true as privileged, 'de' as language",
			want:  caller.Person{ID: "7", Username: "ada", Groups: []string{"a, b", "c"}, Privileged: true, Language: "de"},
		},
		{name: "two rows", query: "select $1::text as id, 'ada' as username from generate_series(1, 2)", err: "several rows", unusable: true},
		{name: "many rows", query: "select $1::text as id, 'ada' as username from generate_series(1, 100000)", err: "several rows", unusable: true},
		{name: "somebody else", query: "select $1::text || '0' as id, 'ada' as username", err: "another ID", unusable: true},
		{name: "no username", query: "select $1::text as id, null::text as username", err: "no username", unusable: true},
		{name: "a PIN in the clear", query: "select $1::text as id, 'ada' as username, '24681357' as pin_hash", err: "none of argon2id's", unusable: true},
		{name: "a server's no", query: "select (1 / ($1::int - 7))::text as id, 'ada' as username", err: "SQLSTATE 22012"},
		{name: "a server's words about people", query: "select ('ada' || $1)::int as id, 'ada' as username", err: "SQLSTATE 22P02"},
		{
			name: "a query that takes long", query: "select $1::text as id, 'ada' as username from pg_sleep(60)", err: "SQLSTATE 57014",
			change: func(c *sql.Config) { c.RequestTimeout = 100 * time.Millisecond },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := conf(u)
			c.Query = tt.query
			if tt.change != nil {
				tt.change(&c)
			}
			got, found, err := open(t, c).ByID(t.Context(), "7")
			if tt.err != "" {
				deadline := strings.HasSuffix(tt.err, "57014") && err != nil && strings.Contains(err.Error(), "no answer in time") // whoever is first
				if err == nil || !strings.Contains(err.Error(), tt.err) && !deadline || found || got.ID != "" || errors.Is(err, caller.ErrUnusable) != tt.unusable {
					t.Errorf("found %v, err %v, want %q", found, err, tt.err)
				}
				if err != nil && strings.Contains(err.Error(), "ada") {
					t.Errorf("it tells too much: %v", err)
				}
				return
			}
			if err != nil || found != (tt.want.ID != "") {
				t.Fatalf("found %v, err %v", found, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The institution's database is read and never written, whatever the query does.
func TestReadOnly(t *testing.T) {
	u := postgrestest.Start(t)
	c := connect(t, u)
	if _, err := c.Exec(t.Context(), `create table seen (id text); create function see(i text) returns text language plpgsql as 'begin insert into seen values (i); return i; end'`); err != nil {
		t.Fatal(err)
	}
	conf := conf(u)
	conf.Query = "select see($1) as id, 'ada' as username"
	if _, found, err := open(t, conf).ByID(t.Context(), "7"); err == nil || !strings.Contains(err.Error(), "SQLSTATE 25006") || found {
		t.Errorf("found %v, err = %v, want a read-only transaction", found, err)
	}
	var n int
	if err := c.QueryRow(t.Context(), "select count(*) from seen").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were written, %v", n, err)
	}
}

// A table that changes under a prepared query costs no caller anything.
func TestTableChanges(t *testing.T) {
	u := postgrestest.Start(t)
	c := connect(t, u)
	exec := func(sql string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("create table people (id varchar(10), username text); insert into people values ('7', 'ada')")
	conf := conf(u)
	conf.Query = "select * from people where id = $1"
	d := open(t, conf)
	look := func() error {
		_, found, err := d.ByID(t.Context(), "7")
		if err == nil && !found {
			t.Error("not found")
		}
		return err
	}
	if err := look(); err != nil {
		t.Fatal(err)
	}
	exec("alter table people add name text")
	if err := look(); err != nil {
		t.Errorf("after a column more: %v", err)
	}
	exec("alter table people add nickname text")
	if err := look(); !errors.Is(err, sql.ErrQuery) {
		t.Errorf("after an unknown column: err = %v, want what is wrong", err)
	}
}
