package ledgertest

import (
	"strconv"
	"testing"

	"ringback/ivr/ledger"
)

// Bench measures what a call asks of a ledger: a try, an action, a notice, each
// from claim to end.
func Bench(b *testing.B, place Place) {
	b.Helper()
	for _, c := range []struct {
		name string
		run  func(b *testing.B, l *book)
	}{{"Reserve+Settle", benchTries}, {"Claim+Finish", benchActions}, {"Owe", benchNotices}} {
		b.Run(c.name, func(b *testing.B) { c.run(b, open(b, place)) })
	}
}

func benchTries(b *testing.B, l *book) {
	for b.Loop() {
		a, err := l.Reserve(b.Context(), "s1", "pin", l.now())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Settle(b.Context(), a, true); err != nil {
			b.Fatal(err)
		}
	}
}

func benchActions(b *testing.B, l *book) {
	for i := 1; b.Loop(); i++ {
		row, _, err := l.Claim(b.Context(), links("call", uint32(i), i))
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Finish(b.Context(), row.ID, ledger.Done, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func benchNotices(b *testing.B, l *book) {
	for i := 0; b.Loop(); i++ {
		if _, err := l.Owe(b.Context(), notice("e/"+strconv.Itoa(i))); err != nil {
			b.Fatal(err)
		}
	}
}
