package caller_test

import (
	"strings"
	"testing"

	"ringback/ivr/caller"
)

// Whatever a server says, numbers come out in E.164 and addresses on one line.
func FuzzIntake(f *testing.F) {
	f.Add("7", "dana", "+19195550101", "dana@example.edu", somePIN, "US")
	f.Add("7", "dana", "(919) 555-0101;ext=5", "a@b\r\nBcc: c@d", "$argon2id$v=19$m=1", "DE")
	f.Add("", "", "tel:+1-919-555-0101;phone-context=x", "@", "$$$$$$", "")
	f.Fuzz(func(t *testing.T, id, username, phone, email, hash, region string) {
		if !caller.KnownRegion(region) {
			region = ""
		}
		in := caller.NewIntake(region, caller.Tools{})
		p, err := in.Person(t.Context(), "7", caller.Record{IDs: []string{id}, Username: username, Phones: []string{phone}, Emails: []string{email}, PINHash: hash})
		if err != nil {
			return
		}
		if p.ID != "7" || p.Username == "" {
			t.Errorf("%q, %q", p.ID, p.Username)
		}
		for _, ph := range p.Phones {
			if !strings.HasPrefix(ph.Number, "+") || strings.Trim(ph.Number[1:], "0123456789") != "" || len(ph.Number) > 19 {
				t.Errorf("%q became %q", phone, ph.Number)
			}
		}
		for _, e := range p.Emails {
			if strings.ContainsAny(e.Address, "\r\n <>,") {
				t.Errorf("%q became %q", email, e.Address)
			}
		}
	})
}
