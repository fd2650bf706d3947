package ledger_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr/ledger"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// open makes a ledger in a file, with a clock that the test moves.
func open(t *testing.T) (l *ledger.Ledger, now *atomic.Int64, path string) {
	t.Helper()
	now = &atomic.Int64{}
	now.Store(noon.UnixMilli())
	path = filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledger.Open(t.Context(), ledger.Options{URL: "sqlite:" + path, Now: func() time.Time { return time.UnixMilli(now.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, now, path
}

func links(ref string, effect uint32, ordinal int) ledger.Action {
	return ledger.Action{
		Kind: "links", Subject: "s1", Day: "2026-11-24", Ordinal: ordinal, CallRef: ref, EffectID: effect,
		Actor: "line", Factors: []string{"pin", "texted_code"},
	}
}

func TestClaims(t *testing.T) {
	l, _, _ := open(t)
	first, created, err := l.Claim(t.Context(), links("a", 1, 1))
	if err != nil || !created || first.State != ledger.Claimed {
		t.Fatalf("first: %+v, %v, %v", first, created, err)
	}
	if again, created, err := l.Claim(t.Context(), links("a", 1, 2)); err != nil || created || again.ID != first.ID {
		t.Errorf("the same effect again: %+v, %v, %v", again, created, err)
	}
	if _, created, err := l.Claim(t.Context(), links("b", 1, 1)); !errors.Is(err, ledger.ErrTaken) || created {
		t.Errorf("a taken place: %v, %v", created, err)
	}
	other := links("a", 1, 1)
	other.Subject = "s2"
	if _, _, err := l.Claim(t.Context(), other); !errors.Is(err, ledger.ErrMismatch) {
		t.Errorf("the same effect for somebody else: %v", err)
	}
	if err := l.Finish(t.Context(), first.ID, ledger.Failed, nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Finish(t.Context(), first.ID, ledger.Done, nil); !errors.Is(err, ledger.ErrFinal) {
		t.Errorf("another end: %v", err)
	}
	if n, err := l.CountToday(t.Context(), "links", "s1", "2026-11-24"); err != nil || n != 0 {
		t.Errorf("a failed one counts: %d, %v", n, err)
	}
	second, created, err := l.Claim(t.Context(), links("c", 1, 1))
	if err != nil || !created {
		t.Fatalf("the place of a failed one: %v, %v", created, err)
	}
	for _, s := range []ledger.State{ledger.Unsure, ledger.Done, ledger.Done} {
		if err := l.Finish(t.Context(), second.ID, s, nil); err != nil {
			t.Errorf("finish %v: %v", s, err)
		}
	}
	if row, err := l.Find(t.Context(), second.ID); err != nil || row.State != ledger.Done {
		t.Errorf("found %+v, %v", row, err)
	}
	if _, err := l.Find(t.Context(), 999); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("nothing found: %v", err)
	}
}

func TestBadClaims(t *testing.T) {
	l, _, _ := open(t)
	for name, change := range map[string]func(*ledger.Action){
		"no kind":    func(a *ledger.Action) { a.Kind = "" },
		"no subject": func(a *ledger.Action) { a.Subject = "" },
		"no call":    func(a *ledger.Action) { a.CallRef = "" },
		"no effect":  func(a *ledger.Action) { a.EffectID = 0 },
		"no ordinal": func(a *ledger.Action) { a.Ordinal = 0 },
		"no day":     func(a *ledger.Action) { a.Day = "today" },
	} {
		a := links("a", 1, 1)
		change(&a)
		if _, _, err := l.Claim(t.Context(), a); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParallelClaimsMakeOne(t *testing.T) {
	l, _, _ := open(t)
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if _, created, err := l.Claim(t.Context(), links("call", uint32(i)+1, 1)); err == nil && created {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d claims, want 1", made.Load())
	}
	if r, err := l.Verify(t.Context()); err != nil || len(r.Faults) != 0 {
		t.Errorf("chain: %+v, %v", r, err)
	}
}

func TestFailuresWaitAndDisable(t *testing.T) {
	l, now, _ := open(t)
	try := func() bool {
		a, err := l.Reserve(t.Context(), "s1", "pin", time.UnixMilli(now.Load()))
		if err != nil {
			t.Fatal(err)
		}
		return a.Granted
	}
	for i := range 3 {
		if !try() {
			t.Fatalf("try %d is refused", i+1)
		}
	}
	wait := 30 * time.Second
	for i := 3; i < 10; i++ {
		now.Add((wait - time.Second).Milliseconds())
		if try() {
			t.Errorf("try %d is granted a second early", i+1)
		}
		now.Add(time.Second.Milliseconds())
		if !try() {
			t.Errorf("try %d is refused after its wait", i+1)
		}
		wait = min(2*wait, time.Hour)
	}
	now.Add((365 * 24 * time.Hour).Milliseconds())
	if try() {
		t.Error("the eleventh try in a row is granted")
	}
	if err := l.Unlock(t.Context(), "s1", "pin", "", ""); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("unlocked by nobody: %v", err)
	}
	if err := l.Unlock(t.Context(), "s1", "pin", "jo", "came in person"); err != nil {
		t.Fatal(err)
	}
	if !try() {
		t.Error("refused after the unlock")
	}
}

func TestPassedClearsOnlyWhatCameBefore(t *testing.T) {
	l, now, _ := open(t)
	reserve := func() ledger.Attempt {
		a, err := l.Reserve(t.Context(), "s1", "pin", time.UnixMilli(now.Load()))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first, second := reserve(), reserve()
	if stands, err := l.Settle(t.Context(), first, true); !stands || err != nil {
		t.Fatalf("settle: %v, %v", stands, err)
	}
	if a := reserve(); a.Count != 2 { // the second, which is still open, and this one
		t.Errorf("%d failures in a row after a pass, want 2", a.Count)
	}
	if stands, err := l.Settle(t.Context(), second, false); stands || err != nil {
		t.Errorf("a failed try stands: %v, %v", stands, err)
	}
	if _, err := l.Settle(t.Context(), ledger.Attempt{}, true); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("settled what was never granted: %v", err)
	}
}

func TestParallelGuessesNeverPassTheCap(t *testing.T) {
	l, now, _ := open(t)
	var compared atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 5 {
				if a, err := l.Reserve(t.Context(), "s1", "pin", time.UnixMilli(now.Load())); err == nil && a.Granted {
					compared.Add(1)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d compares of 250 guesses", compared.Load())
	if compared.Load() != 3 { // then the first wait begins
		t.Errorf("%d compares, want 3", compared.Load())
	}
}

func TestNumbers(t *testing.T) {
	l, now, _ := open(t)
	seen := func(number string, trusted bool) time.Time {
		at, err := l.SeeNumber(t.Context(), "s1", number, time.UnixMilli(now.Load()), trusted)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	old := noon.AddDate(-1, 0, 0)
	imp, err := l.ImportNumbers(t.Context(), noon, []ledger.NumberSeen{{Subject: "s1", Number: "n0", Since: old}, {Subject: "s1", Number: "n9"}})
	if err != nil || imp.Added != 2 {
		t.Fatalf("import %+v, %v", imp, err)
	}
	if got := seen("n0", false); !got.Equal(old) {
		t.Errorf("an imported number is of %v", got)
	}
	if got := seen("n9", false); !got.Equal(noon) {
		t.Errorf("an imported number of no age is of %v", got)
	}
	if imp, err := l.ImportNumbers(t.Context(), noon, []ledger.NumberSeen{{Subject: "s1", Number: "n8", Since: old}}); err != nil || !imp.Repeat {
		t.Errorf("a second import: %+v, %v", imp, err)
	}
	now.Add(time.Hour.Milliseconds())
	if got := seen("n8", false); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("a number of a second import is of %v", got)
	}
	now.Add(time.Hour.Milliseconds())
	if got := seen("n8", true); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("a known number became older: %v", got)
	}
	if got := seen("n7", true); got.After(noon.AddDate(-10, 0, 0)) {
		t.Errorf("a trusted number is of %v", got)
	}
}

func TestVerifyFindsWhatWasDone(t *testing.T) {
	for _, tt := range []struct {
		name, edit string
		kind       ledger.FaultKind
	}{
		{"edited", `UPDATE audit SET action = 'six' WHERE seq = 2`, ledger.FaultEdited},
		{"removed", `DELETE FROM audit WHERE seq = 2`, ledger.FaultRemoved},
		{"the first removed", `DELETE FROM audit WHERE seq = 1`, ledger.FaultRemoved},
		{"cut off", `DELETE FROM audit WHERE seq = 3`, ledger.FaultTruncated},
		{"nothing", `SELECT 1`, ledger.FaultUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, _, path := open(t)
			for _, a := range []string{"one", "two", "three"} {
				if _, err := l.Append(t.Context(), ledger.Entry{Phase: ledger.Intent, Action: a}); err != nil {
					t.Fatal(err)
				}
			}
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(t.Context(), tt.edit); err != nil {
				t.Fatal(err)
			}
			r, err := l.Verify(t.Context())
			switch {
			case err != nil:
				t.Error(err)
			case tt.kind == ledger.FaultUnknown && len(r.Faults) > 0:
				t.Errorf("faults in an untouched chain: %+v", r.Faults)
			case tt.kind != ledger.FaultUnknown && (len(r.Faults) == 0 || r.Faults[0].Kind != tt.kind):
				t.Errorf("faults %+v, want %v", r.Faults, tt.kind)
			}
		})
	}
}

func TestClosedIsAnError(t *testing.T) {
	l, now, _ := open(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if a, err := l.Reserve(t.Context(), "s1", "pin", time.UnixMilli(now.Load())); err == nil || a.Granted {
		t.Errorf("granted %v, %v", a.Granted, err)
	}
	if _, created, err := l.Claim(t.Context(), links("a", 1, 1)); err == nil || created {
		t.Errorf("created %v, %v", created, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, u := range []string{"", "sqlite:", "mysql:x", "sqlite:/no/such/folder/ledger.db"} {
		if l, err := ledger.Open(t.Context(), ledger.Options{URL: u}); err == nil {
			_ = l.Close()
			t.Errorf("Open(%q) accepted", u)
		}
	}
}

func TestReopen(t *testing.T) {
	l, _, path := open(t)
	if _, err := l.Append(t.Context(), ledger.Entry{Phase: ledger.Intent, Action: "links"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), ledger.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if r, err := l.Verify(t.Context()); err != nil || r.Rows != 1 || len(r.Faults) > 0 {
		t.Errorf("report %+v, %v", r, err)
	}
}
