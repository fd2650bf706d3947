package sql_test

import (
	"errors"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/sql"
)

func TestEach(t *testing.T) {
	u := database(t, directorytest.People(t))
	for _, tt := range []struct {
		name, query string
		people      int
		err         error
	}{
		{"everybody", everybody, 5, nil},
		{"some who cannot be used", everybody + " union all select 'x', 'u', null, null, null, false, null, null, null, null, null, null union all select '7', null, null, null, null, false, null, null, null, null, null, null", 5, nil},
		{"a query that takes longer than a look-up may", "select '7' as id, 'u' as username from pg_sleep(0.3)", 1, nil},
		{"no query", "", 0, errors.ErrUnsupported},
		{"no SQL", "selekt", 0, sql.ErrQuery},
		{"an unknown column", "select '7' as id, 'u' as username, 'x' as phone", 0, sql.ErrQuery},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := conf(u)
			c.PeopleQuery = tt.query
			if tt.people == 1 {
				c.RequestTimeout = 200 * time.Millisecond
			}
			n := 0
			err := open(t, c).Each(t.Context(), func(caller.Person) error { n++; return nil })
			if n != tt.people || !errors.Is(err, tt.err) {
				t.Errorf("%d people, err %v, want %d, %v", n, err, tt.people, tt.err)
			}
		})
	}
}
