package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/caller"
	"ringback/ivr/desk/changes"
)

// The old number is told though the directory has forgotten it, and nobody is told
// twice.
func TestWithBefore(t *testing.T) {
	p := caller.Person{
		ID: "1000001", Phones: []caller.Phone{{Number: "+19195550191"}, {Number: "+19195550112"}}, Emails: []caller.Email{{Address: "dana@example.com", OutsideSSO: true}},
	}
	got := withBefore(p, changes.Told{Numbers: []string{"+19195550101", "+19195550112"}, Mails: []string{"dana@example.com", "dana@example.edu"}})
	want := caller.Person{
		ID: "1000001", Phones: []caller.Phone{{Number: "+19195550191"}, {Number: "+19195550112"}, {Number: "+19195550101"}},
		Emails: []caller.Email{{Address: "dana@example.com", OutsideSSO: true}, {Address: "dana@example.edu"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.Phones) != 2 {
		t.Error("the directory's own was changed")
	}
}
