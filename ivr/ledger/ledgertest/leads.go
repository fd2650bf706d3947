package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func leadCases() []testCase {
	return []testCase{
		{"elevated threat", threat},
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
	if err := b.SetThreat(ctx, ledger.Threat{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ledger.Threat{By: "line", Set: Noon().Add(2 * time.Minute)}, must(b.Threat(ctx))(t)); diff != "" {
		t.Errorf("off (-want +got):\n%s", diff)
	}
	b.whole(map[string]int{"threat_on": 1, "threat_off": 1})
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
