package ledger_test

import (
	"context"
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

func links(ref string, effect uint32) ledger.Claim {
	return ledger.Claim{Kind: "links", Subject: "s1", Day: "2026-11-24", Max: 2, CallRef: ref, Effect: effect, Factors: []string{"pin", "texted_code"}}
}

func TestClaimsOfADay(t *testing.T) {
	l, _, _ := open(t)
	first, ok, err := l.Claim(t.Context(), links("a", 1))
	if err != nil || !ok || !first.New {
		t.Fatalf("first: %+v, %v, %v", first, ok, err)
	}
	if again, ok, err := l.Claim(t.Context(), links("a", 1)); err != nil || !ok || again.New || again.ID != first.ID {
		t.Errorf("the same effect again: %+v, %v, %v", again, ok, err)
	}
	if _, ok, _ := l.Claim(t.Context(), links("b", 1)); !ok {
		t.Error("the fresh set is refused")
	}
	if _, ok, err := l.Claim(t.Context(), links("c", 1)); ok || err != nil {
		t.Errorf("a third set: ok %v, %v", ok, err)
	}
	if err := l.Finish(t.Context(), first.ID, ledger.StateFailed); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := l.Claim(t.Context(), links("c", 2)); !ok || err != nil {
		t.Errorf("after a failed one: ok %v, %v", ok, err)
	}
	if _, ok, _ := l.Claim(t.Context(), links("d", 1)); ok {
		t.Error("the failed one was given back twice")
	}
}

func TestParallelClaimsMakeNoMoreThanTheDays(t *testing.T) {
	l, _, _ := open(t)
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if row, ok, err := l.Claim(t.Context(), links("call", uint32(i))); err == nil && ok && row.New {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if made.Load() != 2 {
		t.Errorf("%d sets, want 2", made.Load())
	}
	if r, err := l.Verify(t.Context()); err != nil || r.Broken != 0 {
		t.Errorf("chain: %+v, %v", r, err)
	}
}

func TestFailuresWaitAndDisable(t *testing.T) {
	l, now, _ := open(t)
	try := func() bool {
		ok, err := l.Reserve(t.Context(), "s1", "pin")
		if err != nil {
			t.Fatal(err)
		}
		return ok
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
			t.Errorf("try %d is admitted a second early", i+1)
		}
		now.Add(time.Second.Milliseconds())
		if !try() {
			t.Errorf("try %d is refused after its wait", i+1)
		}
		wait = min(2*wait, time.Hour)
	}
	now.Add((365 * 24 * time.Hour).Milliseconds())
	if try() {
		t.Error("the eleventh try in a row is admitted")
	}
}

func TestPassedTakesTheCountBack(t *testing.T) {
	l, _, _ := open(t)
	for range 20 {
		if ok, err := l.Reserve(t.Context(), "s1", "pin"); !ok || err != nil {
			t.Fatalf("reserve: %v, %v", ok, err)
		}
		if err := l.Passed(t.Context(), "s1", "pin"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParallelGuessesNeverPassTheCap(t *testing.T) {
	l, _, _ := open(t)
	var compared atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 5 {
				if ok, err := l.Reserve(t.Context(), "s1", "pin"); err == nil && ok {
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

func TestFirstSeen(t *testing.T) {
	l, now, _ := open(t)
	seen := func(number string, since time.Time) time.Time {
		at, err := l.FirstSeen(t.Context(), "s1", number, since)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if got := seen("n1", time.Time{}); !got.Equal(noon) {
		t.Errorf("a new number is of %v", got)
	}
	now.Add(time.Hour.Milliseconds())
	if got := seen("n1", noon.AddDate(-1, 0, 0)); !got.Equal(noon) {
		t.Errorf("a known number became older: %v", got)
	}
	old := noon.AddDate(-1, 0, 0)
	if got := seen("n2", old); !got.Equal(old) {
		t.Errorf("a vouched number is of %v", got)
	}
	if got := seen("n3", noon.AddDate(1, 0, 0)); got.After(noon.Add(time.Hour)) {
		t.Errorf("a number of the future: %v", got)
	}
}

func TestVerifyFindsWhatWasDone(t *testing.T) {
	for _, tt := range []struct {
		name, edit string
		broken     int64
	}{
		{"edited", `UPDATE audit SET detail = 'nothing' WHERE seq = 2`, 2},
		{"edited with its hash", `UPDATE audit SET detail = 'x', hash = 'x' WHERE seq = 2`, 2},
		{"removed", `DELETE FROM audit WHERE seq = 2`, 2},
		{"the first removed", `DELETE FROM audit WHERE seq = 1`, 1},
		{"renumbered", `UPDATE audit SET seq = 9 WHERE seq = 3`, 3},
		{"nothing", `SELECT 1`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, _, path := open(t)
			for _, a := range []string{"one", "two", "three"} {
				if _, err := l.Append(t.Context(), ledger.Entry{Phase: "intent", Action: a, Detail: a}); err != nil {
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
			if err != nil || r.Broken != tt.broken {
				t.Errorf("report %+v, %v; want row %d", r, err, tt.broken)
			}
		})
	}
}

func TestClosedIsUnavailable(t *testing.T) {
	l, _, _ := open(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Reserve(t.Context(), "s1", "pin"); !errors.Is(err, ledger.ErrUnavailable) {
		t.Errorf("err = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := l.Claim(ctx, links("a", 1)); !errors.Is(err, ledger.ErrUnavailable) {
		t.Errorf("err = %v", err)
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
	if _, err := l.Append(t.Context(), ledger.Entry{Phase: "intent", Action: "links"}); err != nil {
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
	if r, err := l.Verify(t.Context()); err != nil || r.Rows != 1 {
		t.Errorf("report %+v, %v", r, err)
	}
}
