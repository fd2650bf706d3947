package ldap_test

import (
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/ldap"
)

// Whatever the ID, the filter compares one attribute with it and does nothing
// else; and whatever a group is called, it has a name.
func FuzzFilter(f *testing.F) {
	for _, id := range append(directorytest.Strange(), "1000001", `cn=a\,b,dc=c`, "cn=,dc=", "=", "cn=a+cn=b,dc=c") {
		if len(id) < 1000 {
			f.Add(id)
		}
	}
	c := ldap.Config{Filter: "(&(objectClass=person)(employeeNumber={id}))"}
	f.Fuzz(func(t *testing.T, id string) {
		packet, err := goldap.CompileFilter(c.FilterFor(id))
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		if len(packet.Children) != 2 {
			t.Fatalf("%q: %d conditions", id, len(packet.Children))
		}
		equal := packet.Children[1]
		if equal.Tag != goldap.FilterEqualityMatch && id != "" || len(equal.Children) != 2 || equal.Children[1].Data.String() != id {
			t.Errorf("%q became %s", id, c.FilterFor(id))
		}
		if id != "" && ldap.GroupName("x"+id) == "" && len(id) > 0 {
			if dn, err := goldap.ParseDN("x" + id); err != nil || dn.RDNs[0].Attributes[0].Value != "" {
				t.Errorf("the group x%q has no name", id)
			}
		}
	})
}
