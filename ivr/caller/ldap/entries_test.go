package ldap_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/ldap"
)

type values = directorytest.Values

func TestEntries(t *testing.T) {
	person := func(uid, id string, more values) string {
		v := values{"employeeNumber": {id}, "cn": {uid}, "sn": {uid}}
		maps.Copy(v, more)
		return directorytest.Entry(uid, v)
	}
	referral := "dn: cn=elsewhere," + directorytest.BaseDN + "\nobjectClass: referral\nobjectClass: extensibleObject\ncn: elsewhere\nref: ldap://127.0.0.1:1/ou=people,dc=example,dc=edu\n\n"
	for _, tt := range []struct {
		name   string
		ldif   string
		change func(*ldap.Config)
		id     string
		want   caller.Person // zero: not found
		err    string
	}{
		{name: "the least", ldif: person("ada", "7", nil), id: "7", want: caller.Person{ID: "7", Name: "ada", Username: "ada"}},
		{
			name: "phones by the order of attributes, national ones by region", id: "7",
			ldif:   person("ada", "7", values{"mobile": {"(919) 555-0101"}, "homePhone": {"+44 20 7946 0000", "extension 5"}}),
			change: func(c *ldap.Config) { c.Attributes.Phones, c.PhoneRegion = []string{"homePhone", "mobile"}, "US" },
			want:   caller.Person{ID: "7", Name: "ada", Username: "ada", Phones: []caller.Phone{{Number: "+442079460000"}, {Number: "+19195550101"}}},
		},
		{
			name: "no region, no national numbers", id: "7", ldif: person("ada", "7", values{"mobile": {"(919) 555-0101"}}),
			change: func(c *ldap.Config) { c.Attributes.Phones = []string{"mobile"} },
			want:   caller.Person{ID: "7", Name: "ada", Username: "ada"},
		},
		{
			name: "groups by their first name", id: "7", ldif: person("ada", "7", values{"seeAlso": {`cn=Duo Admins\, all,ou=groups,dc=example,dc=edu`}}),
			change: func(c *ldap.Config) { c.Attributes.Groups = "seeAlso" },
			want:   caller.Person{ID: "7", Name: "ada", Username: "ada", Groups: []string{"Duo Admins, all"}},
		},
		{
			name: "memberOf, which no server tells unless it is asked by name", id: "7", ldif: person("ada", "7", values{"memberOf": {"cn=duo-admins,ou=groups,dc=example,dc=edu"}}),
			change: func(c *ldap.Config) { c.Attributes.Groups = "memberOf" },
			want:   caller.Person{ID: "7", Name: "ada", Username: "ada", Groups: []string{"duo-admins"}},
		},
		{
			name: "several values of the ID, one of them asked for", id: "8", ldif: person("ada", "7", values{"description": {"7", "8"}}),
			change: func(c *ldap.Config) { c.Attributes.ID = "description" },
			want:   caller.Person{ID: "8", Name: "ada", Username: "ada"},
		},
		{
			name: "not below the base itself", id: "7", ldif: person("ada", "7", nil), change: func(c *ldap.Config) { c.Scope = "base" },
		},
		{
			name: "one level", id: "7", ldif: person("ada", "7", nil), change: func(c *ldap.Config) { c.Scope = "one" },
			want: caller.Person{ID: "7", Name: "ada", Username: "ada"},
		},
		{
			name: "a filter that leaves people out", id: "7", ldif: person("ada", "7", values{"employeeType": {"retired"}}),
			change: func(c *ldap.Config) { c.Filter = "(&(employeeNumber={id})(!(employeeType=retired)))" },
		},
		{name: "a privilege", id: "7", ldif: person("ada", "7", values{"ringbackPrivileged": {"true"}}), want: caller.Person{ID: "7", Name: "ada", Username: "ada", Privileged: true}},
		{name: "no privilege", id: "7", ldif: person("ada", "7", values{"ringbackPrivileged": {"FALSE"}}), want: caller.Person{ID: "7", Name: "ada", Username: "ada"}},
		{name: "two people", ldif: person("ada", "7", nil) + person("bob", "7", nil), id: "7", err: "several entries"},
		{name: "three people", ldif: person("ada", "7", nil) + person("bob", "7", nil) + person("eve", "7", nil), id: "7", err: "several entries"},
		{
			name: "a filter that finds somebody else", ldif: person("ada", "7", nil), id: "8", err: "another ID",
			change: func(c *ldap.Config) { c.Filter = "(|(employeeNumber={id})(uid=ada))" },
		},
		{name: "no username", ldif: person("ada", "7", nil), id: "7", err: "no username", change: func(c *ldap.Config) { c.Attributes.Username = "displayName" }},
		{name: "an attribute that the schema lacks", ldif: person("ada", "7", nil), id: "7", err: "no username", change: func(c *ldap.Config) { c.Attributes.Username = "duoName" }},
		{name: "a PIN in the clear", ldif: person("ada", "7", values{"ringbackPinHash": {"24681357"}}), id: "7", err: "none of argon2id's"},
		{name: "a privilege that is neither", ldif: person("ada", "7", values{"ringbackPrivileged": {"maybe"}}), id: "7", err: "neither TRUE nor FALSE"},
		{name: "a referral beside nobody", ldif: referral, id: "7", err: "refers to another server"},
		{name: "a referral beside somebody", ldif: referral + person("ada", "7", nil), id: "7", err: "refers to another server"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := directorytest.StartSlapd(t, directorytest.NewAuthority(t).Issue(time.Hour, "127.0.0.1"), tt.ldif)
			c := conf(s.URL())
			if tt.change != nil {
				tt.change(&c)
			}
			got, found, err := open(t, c).ByID(t.Context(), tt.id)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || found || got.ID != "" {
					t.Errorf("found %v, err %v, want %q", found, err, tt.err)
				}
				if unusable := errors.Is(err, caller.ErrUnusable); unusable == strings.Contains(tt.err, "server") {
					t.Errorf("an entry that cannot be used: %v", unusable)
				}
				if err != nil && (strings.Contains(err.Error(), "ada") || strings.ContainsAny(err.Error(), "78")) {
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
