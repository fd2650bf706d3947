package ledgertest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func leadCases() []testCase {
	return []testCase{
		{"elevated threat", threat},
		{"threat raised by the line", raisedThreat},
		{"actors", actors},
		{"locks", locks},
		{"allowances", allowances},
	}
}

func threat(t *testing.T, b *book) {
	ctx := t.Context()
	if got := must(b.Threat(ctx))(t); got != (ledger.Threat{}) {
		t.Errorf("at first %+v", got)
	}
	on := ledger.Threat{Until: Noon().Add(30 * time.Minute), By: "jo", Reason: "calls from one prefix"}
	for range 2 {
		if err := b.SetThreat(ctx, on); err != nil {
			t.Fatal(err)
		}
		b.advance(time.Minute) // the repeat changes nothing
	}
	on.Set = Noon()
	if diff := cmp.Diff(on, must(b.Threat(ctx))(t)); diff != "" {
		t.Errorf("on (-want +got):\n%s", diff)
	}
	off := ledger.Threat{By: "jo", Reason: "over"}
	if err := b.SetThreat(ctx, off); err != nil {
		t.Fatal(err)
	}
	off.Set = Noon().Add(2 * time.Minute)
	if diff := cmp.Diff(off, must(b.Threat(ctx))(t)); diff != "" {
		t.Errorf("off (-want +got):\n%s", diff)
	}
	b.whole(map[string]int{"threat_on": 1, "threat_off": 1})
}

// raisedThreat: what trips by itself never shortens, and holds against nothing that a
// person did since.
func raisedThreat(t *testing.T, b *book) {
	ctx := t.Context()
	at := func(d time.Duration) time.Time { return Noon().Add(d) }
	set := func(until time.Time) {
		t.Helper()
		if err := b.SetThreat(ctx, ledger.Threat{Until: until, By: "jo", Reason: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	raise := func(until, was, is time.Time, by string) {
		t.Helper()
		if got := must(b.RaiseThreat(ctx, until, "tripped"))(t); !got.Until.Equal(was) {
			t.Errorf("was on until %v, want %v", got.Until, was)
		}
		if got := must(b.Threat(ctx))(t); !got.Until.Equal(is) || got.By != by {
			t.Errorf("on until %v by %s, want %v by %s", got.Until, got.By, is, by)
		}
	}
	raise(at(30*time.Minute), time.Time{}, at(30*time.Minute), "line")
	raise(at(30*time.Minute), at(30*time.Minute), at(30*time.Minute), "line")
	raise(at(20*time.Minute), at(30*time.Minute), at(30*time.Minute), "line")
	raise(at(40*time.Minute), at(30*time.Minute), at(40*time.Minute), "line")
	set(at(2 * time.Hour))
	raise(at(50*time.Minute), at(2*time.Hour), at(2*time.Hour), "jo")
	set(at(10 * time.Minute)) // a person may shorten
	raise(at(50*time.Minute), at(10*time.Minute), at(50*time.Minute), "line")
	set(time.Time{})
	if got := must(b.Threat(ctx))(t); !got.Until.IsZero() {
		t.Errorf("on until %v after a lead's off", got.Until)
	}
	raise(at(time.Hour), time.Time{}, at(time.Hour), "line")
	_, err := b.RaiseThreat(ctx, time.Time{}, "tripped")
	wants(t, "until never", err, ledger.ErrInvalid)
	_, err = b.RaiseThreat(ctx, at(9*time.Hour), "")
	wants(t, "for nothing", err, ledger.ErrInvalid)
	b.whole(map[string]int{"threat_on": 6, "threat_off": 1})
}

// actors: whoever does a lead's deed is a person with a name that can be read.
func actors(t *testing.T, b *book) {
	ctx := t.Context()
	for range 3 {
		must(b.Reserve(ctx, "s1", "pin", b.now()))(t)
	}
	b.freeze(ledger.Freeze{Subject: "s2", By: "line"}, true)
	deeds := map[string]func(by string) error{
		"unlock":   func(by string) error { return b.Unlock(ctx, "s1", "pin", by, "x") },
		"unfreeze": func(by string) error { return b.Unfreeze(ctx, "s2", by, "x") },
		"allow":    func(by string) error { return b.Allow(ctx, "s1", "links", today, by, "x") },
		"threat": func(by string) error {
			return b.SetThreat(ctx, ledger.Threat{Until: Noon().Add(time.Hour), By: by, Reason: "x"})
		},
		"pin":   func(by string) error { return b.SetPIN(ctx, "s4", "hash", by, "x") },
		"codes": func(by string) error { return b.SetRecoveryCodes(ctx, "s1", []string{"hash"}, by, "x") },
		"freeze": func(by string) error {
			_, err := b.Freeze(ctx, ledger.Freeze{Subject: "s3", By: by, Reason: "x"})
			return err
		},
	}
	odd := map[string]string{
		"nobody": "", "a space": " ", "space before": " jo", "space behind": "jo ", "two lines": "jo\nby alex", "a tab": "jo\talex",
		"no text": "j\xffo", "a NUL": "j\x00o", "turned around": "jo\u202exela", "unseen": "jo\u200b", "too long": strings.Repeat("j", 101),
	}
	for deed, do := range deeds {
		for name, by := range odd {
			wants(t, deed+" by "+name, do(by), ledger.ErrInvalid)
		}
		if deed != "freeze" { // the line does that for callers
			wants(t, deed+" by the line", do("line"), ledger.ErrInvalid)
			wants(t, deed+" by the Line", do("Line"), ledger.ErrInvalid)
		}
	}
	wants(t, "threat for nothing", b.SetThreat(ctx, ledger.Threat{By: "jo"}), ledger.ErrInvalid)
	if _, frozen, err := b.Frozen(ctx, "s3"); frozen || err != nil {
		t.Errorf("frozen by a refusal: %v, %v", frozen, err)
	}
	b.whole(map[string]int{"unlock": 0, "unfreeze": 0, "allow": 0, "threat_on": 0, "set_pin": 0, "set_recovery_codes": 0, "freeze": 1})
	for deed, do := range deeds {
		if err := do("José Núñez (lead)"); err != nil {
			t.Errorf("%s by a person: %v", deed, err)
		}
	}
}

func locks(t *testing.T, b *book) {
	ctx := t.Context()
	try := func(subject string) {
		t.Helper()
		must(b.Reserve(ctx, subject, "pin", b.now()))(t)
	}
	for range 3 {
		try("waits")
		try("waited")
	}
	try("tried once")
	for range 10 {
		b.advance(time.Hour)
		try("disabled")
	}
	for range 3 {
		try("waits")
		must(b.Reserve(ctx, "waits", ledger.Unsent("texted_code"), b.now()))(t) // a lead has nothing to do here
	}
	want := []ledger.Lock{
		{Subject: "disabled", Factor: "pin", Failures: 10, Disabled: true, WaitUntil: b.now().Add(time.Hour), Seen: b.now()},
		{Subject: "waits", Factor: "pin", Failures: 4, WaitUntil: b.now().Add(time.Minute), Seen: b.now()},
	}
	if diff := cmp.Diff(want, must(b.Locks(ctx, 0))(t)); diff != "" {
		t.Errorf("locks (-want +got):\n%s", diff)
	}
	if one := must(b.Locks(ctx, 1))(t); len(one) != 1 {
		t.Errorf("%d locks with a limit of 1", len(one))
	}
	if err := b.Unlock(ctx, "disabled", "pin", "jo", "came in person"); err != nil {
		t.Fatal(err)
	}
	b.advance(time.Hour)
	if left := must(b.Locks(ctx, 0))(t); len(left) != 0 {
		t.Errorf("locks %+v", left)
	}
}

func allowances(t *testing.T, b *book) {
	ctx := t.Context()
	for range 2 {
		if err := b.Allow(ctx, "s1", "links", today, "jo", "the phone broke twice"); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, subject, kind, day string
		want                     int
	}{
		{"today", "s1", "links", today, 2},
		{"tomorrow", "s1", "links", "2026-11-25", 0},
		{"somebody else", "s2", "links", today, 0},
		{"something else", "s1", "number", today, 0},
	} {
		if n := must(b.Allowances(ctx, tt.subject, tt.kind, tt.day))(t); n != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, n, tt.want)
		}
	}
	for name, a := range map[string][5]string{
		"nobody": {"", "links", today, "jo", "x"}, "nothing": {"s1", "", today, "jo", "x"}, "never": {"s1", "links", "soon", "jo", "x"},
		"by nobody": {"s1", "links", today, "", "x"}, "for nothing": {"s1", "links", today, "jo", ""},
	} {
		wants(t, name, b.Allow(ctx, a[0], a[1], a[2], a[3], a[4]), ledger.ErrInvalid)
	}
	b.whole(map[string]int{"allow": 2})
}
