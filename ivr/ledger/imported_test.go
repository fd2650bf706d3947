package ledger_test

import (
	"testing"
	"time"

	"ringback/ivr/ledger"
)

func TestNumbersImported(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	l, err := ledger.Open(t.Context(), ledger.Options{URL: "sqlite::memory:"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	is := func(want bool) {
		t.Helper()
		if got, err := l.NumbersImported(t.Context()); err != nil || got != want {
			t.Errorf("imported %v, %v, want %v", got, err, want)
		}
	}
	is(false)
	if _, err := l.SeeNumber(t.Context(), "s", "n", noon, false); err != nil {
		t.Fatal(err)
	}
	is(false)
	if _, err := l.ImportNumbers(t.Context(), noon, nil); err != nil {
		t.Fatal(err)
	}
	is(true)
}
