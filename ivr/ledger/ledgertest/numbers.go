package ledgertest

import (
	"testing"
	"time"

	"ringback/ivr/ledger"
)

func numberCases() []testCase {
	return []testCase{{"numbers", numbers}, {"bad numbers", badNumbers}}
}

func (b *book) see(number string, trusted bool) time.Time {
	b.t.Helper()
	return must(b.SeeNumber(b.t.Context(), "s1", number, b.now(), trusted))(b.t)
}

func numbers(t *testing.T, b *book) {
	ctx, old := t.Context(), Noon().AddDate(-1, 0, 0)
	imp := must(b.ImportNumbers(ctx, Noon(), []ledger.NumberSeen{{Subject: "s1", Number: "n0", Since: old}, {Subject: "s1", Number: "n9"}}))(t)
	if imp.Added != 2 || imp.Repeat {
		t.Fatalf("import %+v", imp)
	}
	if got := b.see("n0", false); !got.Equal(old) {
		t.Errorf("an imported number is of %v", got)
	}
	if got := b.see("n9", false); !got.Equal(Noon()) {
		t.Errorf("an imported number of no age is of %v", got)
	}
	again := must(b.ImportNumbers(ctx, Noon(), []ledger.NumberSeen{{Subject: "s1", Number: "n8", Since: old}}))(t)
	if !again.Repeat || again.Added != 2 {
		t.Errorf("a second import: %+v", again)
	}
	b.advance(time.Hour)
	if got := b.see("n8", false); !got.Equal(Noon().Add(time.Hour)) {
		t.Errorf("a number of a second import is of %v", got)
	}
	b.advance(time.Hour)
	if got := b.see("n8", true); !got.Equal(Noon().Add(time.Hour)) {
		t.Errorf("a known number became older: %v", got)
	}
	if got := b.see("n7", true); got.After(Noon().AddDate(-10, 0, 0)) {
		t.Errorf("a trusted number is of %v", got)
	}
	if _, ok, err := b.NumberSince(ctx, "s2", "n7"); ok || err != nil {
		t.Errorf("somebody else's number: %v, %v", ok, err)
	}
	b.whole(map[string]int{"import_numbers": 1})
}

func badNumbers(t *testing.T, b *book) {
	_, err := b.SeeNumber(t.Context(), "", "n", b.now(), false)
	wants(t, "nobody's", err, ledger.ErrInvalid)
	_, err = b.SeeNumber(t.Context(), "s1", "n", time.Time{}, false)
	wants(t, "at no time", err, ledger.ErrInvalid)
	_, err = b.ImportNumbers(t.Context(), b.now(), []ledger.NumberSeen{{Subject: "s1"}})
	wants(t, "no number", err, ledger.ErrInvalid)
	_, err = b.ImportNumbers(t.Context(), time.Time{}, nil)
	wants(t, "imported at no time", err, ledger.ErrInvalid)
}
