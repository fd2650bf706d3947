package directorytest

import (
	"encoding/base64"
	"fmt"
	"strings"

	"ringback/ivr/caller"
)

// LDIF is people as entries of an LDAP server: inetOrgPerson with what
// slapd.conf adds to it.
func LDIF(people []caller.Person) string {
	var b strings.Builder
	for _, p := range people {
		b.WriteString(Entry(p.Username, Values{
			"employeeNumber": {p.ID}, "cn": {p.Name}, "sn": {p.Name}, "uid": {p.Username},
			"ringbackPhone": numbers(p.Phones), "mail": addresses(p.Emails, false), "ringbackOutsideMail": addresses(p.Emails, true),
			"ringbackPinHash": {p.PINHash}, "ringbackRecoveryHash": p.Recovery, "ringbackPrivileged": {privileged(p)},
			"preferredLanguage": {p.Language}, "title": p.Groups,
		}))
	}
	return b.String()
}

// Values are an entry's, by attribute.
type Values map[string][]string

// Entry is one entry below [BaseDN], by its uid.
func Entry(uid string, v Values) string {
	var b strings.Builder
	fmt.Fprintf(&b, "dn: uid=%s,%s\nobjectClass: inetOrgPerson\nobjectClass: ringbackPerson\n", uid, BaseDN)
	for name, values := range v {
		for _, value := range values {
			if value != "" {
				fmt.Fprintf(&b, "%s:: %s\n", name, base64.StdEncoding.EncodeToString([]byte(value)))
			}
		}
	}
	b.WriteString("\n")
	return b.String()
}

func numbers(phones []caller.Phone) []string {
	var list []string
	for _, ph := range phones {
		list = append(list, ph.Number)
	}
	return list
}

func addresses(emails []caller.Email, outside bool) []string {
	var list []string
	for _, e := range emails {
		if e.OutsideSSO == outside {
			list = append(list, e.Address)
		}
	}
	return list
}

func privileged(p caller.Person) string {
	if p.Privileged {
		return "TRUE"
	}
	return ""
}
