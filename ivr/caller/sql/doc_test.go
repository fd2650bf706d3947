package sql_test

import (
	"context"
	"os"
	"regexp"
	"testing"

	"ringback/ivr/ledger/postgrestest"
)

// The view of the documentation is one that a query can be made of, and its
// account may read that view and nothing else.
func TestDocumentedView(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/directories.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```sql\n(.*?)```").FindSubmatch(doc)
	if block == nil {
		t.Fatal("there is no view in the documentation")
	}
	u := postgrestest.Start(t)
	c := connect(t, u)
	for _, sql := range []string{
		`create schema hr;
		create table hr.people (id int primary key, unique_id bigint, netid text, full_name text, active bool);
		create table hr.phones (person int, ordinal int, number text, since date);
		insert into hr.people values (1, 1000001, 'dana', 'Dana Reyes', true), (2, 1000002, 'sam', 'Sam Okafor', false);
		insert into hr.phones values (1, 2, '+19195550102', '2024-08-19'), (1, 1, '+19195550101', '2024-08-19');`,
		string(block[1]),
		`alter role ringback_reader set search_path to public`,
	} {
		sql = regexp.MustCompile(`(ROLE|TO) ringback\b`).ReplaceAllString(sql, "$1 ringback_reader") // the server's owner has that name
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // roles are the whole server's
		if _, err := c.Exec(context.WithoutCancel(t.Context()), "reset role; drop owned by ringback_reader; drop role ringback_reader"); err != nil {
			t.Error(err)
		}
	})
	conf := conf(u)
	conf.Query = "select * from ringback.people where id = $1"
	d := open(t, conf)
	p, found, err := d.ByID(t.Context(), "1000001")
	if err != nil || !found || p.Username != "dana" || len(p.Phones) != 2 || p.Phones[0].Number != "+19195550101" || p.Phones[0].Since.Year() != 2024 {
		t.Errorf("found %v, err %v, %d phones", found, err, len(p.Phones))
	}
	if _, found, err := d.ByID(t.Context(), "1000002"); found || err != nil {
		t.Errorf("who is not active: found %v, err %v", found, err)
	}
	if _, err := c.Exec(t.Context(), "set role ringback_reader"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), "select * from ringback.people"); err != nil {
		t.Errorf("the account may not read the view: %v", err)
	}
	for _, sql := range []string{"select * from hr.people", "update ringback.people set name = 'x'", "create table ringback.x ()"} {
		if _, err := c.Exec(t.Context(), sql); err == nil {
			t.Errorf("the account may %s", sql)
		}
	}
}
