package ldap

import (
	"strings"

	"github.com/go-ldap/ldap/v3"

	"ringback/ivr/caller"
)

// record reads an entry by the attributes of the configuration.
func (d *Directory) record(e *ldap.Entry) (caller.Record, error) {
	a := d.c.Attributes
	values := func(names ...string) []string {
		var all []string
		for _, name := range names {
			if name != "" {
				all = append(all, e.GetEqualFoldAttributeValues(name)...)
			}
		}
		return all
	}
	first := func(name string) string {
		if v := values(name); len(v) > 0 {
			return strings.TrimSpace(v[0])
		}
		return ""
	}
	r := caller.Record{
		IDs: values(a.ID), Name: first(a.Name), Username: first(a.Username), Phones: values(a.Phones...),
		Emails: values(a.Emails...), OutsideSSO: values(a.OutsideSSOEmails...),
		PINHash: first(a.PINHash), Recovery: values(a.RecoveryCodeHashes), Language: first(a.Language),
	}
	for _, g := range values(a.Groups) {
		r.Groups = append(r.Groups, groupName(g))
	}
	switch p := first(a.Privileged); {
	case p == "", strings.EqualFold(p, "FALSE"):
	case strings.EqualFold(p, "TRUE"):
		r.Privileged = true
	default: // who knows what it means to them
		return r, unusable("its mark of privilege is neither TRUE nor FALSE")
	}
	return r, nil
}

// groupName is what a group is called in policy.privileged_groups: the first
// name of a DN, anything else as it is.
func groupName(group string) string {
	dn, err := ldap.ParseDN(group)
	if err != nil || len(dn.RDNs) < 2 || len(dn.RDNs[0].Attributes) == 0 {
		return group
	}
	return dn.RDNs[0].Attributes[0].Value
}
