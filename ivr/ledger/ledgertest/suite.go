// Package ledgertest is the conformance suite of package ledger: what a ledger
// does on one database it does on every other.
//
// [Run] plays the cases for one ledger, [RunShared] those for several instances
// on one database, and [Bench] the benchmarks, on any [Place].
package ledgertest

import (
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr/ledger"
)

// Place makes a new, empty place for a ledger, which goes with the test, and
// returns the URL for [ledger.Options].
type Place func(t testing.TB) (url string)

// Noon is where the clock of every case begins.
func Noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// today is its day.
const today = "2026-11-24"

// book is a ledger under test, with a clock that the case moves.
type book struct {
	*ledger.Ledger
	t     testing.TB
	place Place
	url   string
	ms    *atomic.Int64
}

// key is the chain's in every case.
func key() []byte { return ledger.ChainKey([]byte("a key of pseudonyms for all cases")) }

func open(t testing.TB, place Place) *book {
	t.Helper()
	b := &book{t: t, place: place, url: place(t), ms: &atomic.Int64{}}
	b.ms.Store(Noon().UnixMilli())
	b.Ledger = b.another(ledger.Options{})
	return b
}

// another opens the same place once more, with the same clock and key.
func (b *book) another(o ledger.Options) *ledger.Ledger {
	b.t.Helper()
	o.URL, o.Now, o.Key = b.url, b.now, key()
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second // of a slow machine
	}
	l, err := ledger.Open(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = l.Close() })
	return l
}

func (b *book) now() time.Time          { return time.UnixMilli(b.ms.Load()).UTC() }
func (b *book) advance(d time.Duration) { b.ms.Add(d.Milliseconds()) }

// raw is the database behind the ledger's back.
func (b *book) raw() *sql.DB {
	b.t.Helper()
	driver, name := "pgx", b.url
	if path, ok := strings.CutPrefix(b.url, "sqlite:"); ok {
		driver, name = "sqlite", "file:"+path+"?_pragma=busy_timeout(30000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = db.Close() })
	return db
}

// must ends the case at an error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wants reports an error that is not the one.
func wants(t testing.TB, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: %v, want %v", what, err, target)
	}
}

// whole checks the chain, and that each action is in the audit so many times.
func (b *book) whole(counts map[string]int) {
	b.t.Helper()
	report := must(b.Verify(b.t.Context()))(b.t)
	if !report.OK() {
		b.t.Errorf("chain: %v", report)
	}
	for action, want := range counts {
		if got := len(must(b.Audit(b.t.Context(), ledger.AuditFilter{Action: action}))(b.t)); got != want {
			b.t.Errorf("%d rows of %s in the audit, want %d", got, action, want)
		}
	}
}

// testCase is played on a ledger of its own, beside others.
type testCase struct {
	name string
	run  func(t *testing.T, b *book)
}

func play(t *testing.T, place Place, tables ...[]testCase) {
	t.Helper()
	for _, cases := range tables {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t, open(t, place))
			})
		}
	}
}

// Run plays every case that needs one ledger.
func Run(t *testing.T, place Place) {
	t.Helper()
	play(t, place, actionCases(), failureCases(), numberCases(), auditCases(), spentCases(), credentialCases(),
		freezeCases(), noticeCases(), outboxCases(), heldCases(), leadCases(), changeCases(), callbackCases(), closureCases())
}

// RunShared plays the cases in which several instances, or somebody behind
// their backs, use one place.
func RunShared(t *testing.T, place Place) {
	t.Helper()
	play(t, place, sharedCases(), tamperCases(), keyCases())
}
