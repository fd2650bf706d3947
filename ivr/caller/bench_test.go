package caller_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// BenchmarkCheckPIN times checks of a PIN, with the hash that is used in earnest
// and a ledger on disk, for people whom nobody may tell apart. They are checked in
// turn, so that all see the same machine; the distributions stand side by side.
func BenchmarkCheckPIN(b *testing.B) {
	l, err := ledger.Open(b.Context(), ledger.Options{URL: "sqlite:" + filepath.Join(b.TempDir(), "ledger.db"), Limits: ledger.Limits{WaitAfter: 101, Consecutive: 100}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	people, err := caller.NewFile("sample.yaml", caller.SamplePeople())
	if err != nil {
		b.Fatal(err)
	}
	w := newWorldWith(b, func(o *caller.Options) {
		o.Directory, o.Failures, o.Numbers, o.Proofs, o.Freezes, o.Hashing = people, l, l, l, l, caller.HashParams{}
	})
	kinds := []struct{ name, id string }{{"known", "1000001"}, {"unknown", "9999999"}, {"no_pin", "1000006"}, {"locked", "1000002"}}
	locked := w.names.Subject("1000002")
	for range 100 {
		if _, err := l.Reserve(b.Context(), locked, "pin", noon); err != nil {
			b.Fatal(err)
		}
	}
	took := make([][]time.Duration, len(kinds))
	n := 0
	for b.Loop() {
		for i := range kinds {
			k := kinds[(i+n)%len(kinds)] // none is always first
			start := time.Now()
			w.Run(b.Context(), "CA1", ivr.Call{}, pin(k.id, "11112222"))
			took[(i+n)%len(kinds)] = append(took[(i+n)%len(kinds)], time.Since(start))
			w.Wait()
		}
		if n++; n%90 == 0 {
			for _, k := range kinds[:3] { // the known ones must not get locked, too
				if err := l.Unlock(b.Context(), w.names.Subject(k.id), "pin", "jo", "bench"); err != nil && !errors.Is(err, ledger.ErrNotFound) {
					b.Fatal(err)
				}
			}
		}
	}
	for i, k := range kinds {
		slices.Sort(took[i])
		for _, p := range []int{50, 95} {
			at := took[i][len(took[i])*p/100]
			b.ReportMetric(float64(at.Microseconds())/1000, fmt.Sprintf("%s-p%d-ms", k.name, p))
		}
	}
}
