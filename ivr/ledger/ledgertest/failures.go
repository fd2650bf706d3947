package ledgertest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr/ledger"
)

func failureCases() []testCase {
	return []testCase{
		{"failures wait and disable", waitAndDisable},
		{"a pass clears only what came before", passClears},
		{"the last try may pass", lastTryPasses},
		{"parallel guesses never pass the cap", parallelGuesses},
		{"an unlock is told", unlockOwing},
		{"bad tries", badTries},
	}
}

func (b *book) reserve() ledger.Attempt {
	b.t.Helper()
	return must(b.Reserve(b.t.Context(), "s1", "pin", b.now()))(b.t)
}

func waitAndDisable(t *testing.T, b *book) {
	for i := range 3 {
		if !b.reserve().Granted {
			t.Fatalf("try %d is refused", i+1)
		}
	}
	wait := 30 * time.Second
	for i := 3; i < 10; i++ {
		b.advance(wait - time.Second)
		if a := b.reserve(); a.Granted || a.Wait != time.Second || a.Disabled {
			t.Errorf("try %d a second early: %+v", i+1, a)
		}
		b.advance(time.Second)
		if a := b.reserve(); !a.Granted || a.Count != i+1 || a.JustDisabled != (i == 9) {
			t.Errorf("try %d after its wait: %+v", i+1, a)
		}
		wait = min(2*wait, time.Hour)
	}
	b.advance(365 * 24 * time.Hour)
	unlocked(t, b)
}

// unlocked enables a factor that was disabled.
func unlocked(t *testing.T, b *book) {
	t.Helper()
	if a := b.reserve(); a.Granted || !a.Disabled || a.JustDisabled {
		t.Errorf("the eleventh try in a row: %+v", a)
	}
	wants(t, "unlocked by nobody", b.Unlock(t.Context(), "s1", "pin", "", ""), ledger.ErrInvalid)
	wants(t, "nothing to unlock", b.Unlock(t.Context(), "s2", "pin", "jo", "came in person"), ledger.ErrNotFound)
	if err := b.Unlock(t.Context(), "s1", "pin", "jo", "came in person"); err != nil {
		t.Fatal(err)
	}
	if a := b.reserve(); !a.Granted || a.Count != 1 {
		t.Errorf("after the unlock: %+v", a)
	}
	b.whole(map[string]int{"disable_factor": 1, "unlock": 1})
}

func passClears(t *testing.T, b *book) {
	first, second := b.reserve(), b.reserve()
	if stands, err := b.Settle(t.Context(), first, true); !stands || err != nil {
		t.Fatalf("settle: %v, %v", stands, err)
	}
	if a := b.reserve(); a.Count != 2 { // the second, which is still open, and this one
		t.Errorf("%d failures in a row after a pass, want 2", a.Count)
	}
	if stands, err := b.Settle(t.Context(), second, false); stands || err != nil {
		t.Errorf("a failed try stands: %v, %v", stands, err)
	}
	_, err := b.Settle(t.Context(), ledger.Attempt{}, true)
	wants(t, "settled what was never granted", err, ledger.ErrInvalid)
}

// lastTryPasses: the try that disabled the factor enables it by passing; any
// other pass no longer stands.
func lastTryPasses(t *testing.T, b *book) {
	var tries []ledger.Attempt
	for range 10 {
		b.advance(time.Hour)
		tries = append(tries, b.reserve())
	}
	last := tries[9]
	if !last.JustDisabled {
		t.Fatalf("the tenth try: %+v", last)
	}
	if stands := must(b.Settle(t.Context(), tries[8], true))(t); stands {
		t.Error("a pass stands after the factor was disabled")
	}
	if stands := must(b.Settle(t.Context(), last, true))(t); !stands {
		t.Error("the pass of the last try does not stand")
	}
	if a := b.reserve(); !a.Granted || a.Count != 1 {
		t.Errorf("after the pass: %+v", a)
	}
	b.whole(map[string]int{"disable_factor": 1, "enable_factor": 1})
}

func parallelGuesses(t *testing.T, b *book) {
	var compared atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 5 {
				if a, err := b.Reserve(t.Context(), "s1", "pin", b.now()); err == nil && a.Granted {
					compared.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if compared.Load() != 3 { // then the first wait begins
		t.Errorf("%d compares of 100 guesses, want 3", compared.Load())
	}
}

func unlockOwing(t *testing.T, b *book) {
	ctx := t.Context()
	wants(t, "nothing to unlock", b.UnlockOwing(ctx, "s1", "pin", "jo", "asked", notice("unlock/1")), ledger.ErrNotFound)
	b.reserve()
	if err := b.UnlockOwing(ctx, "s1", "pin", "jo", "asked", notice("unlock/1")); err != nil {
		t.Fatal(err)
	}
	owed := must(b.Notices(ctx, ledger.NoticePending, 0))(t)
	unlocks := must(b.Audit(ctx, ledger.AuditFilter{Action: "unlock"}))(t)
	if len(owed) != 1 || len(unlocks) != 1 || owed[0].Intent != unlocks[0].Seq {
		t.Errorf("owed %+v for %+v", owed, unlocks)
	}
	b.whole(nil)
}

func badTries(t *testing.T, b *book) {
	for name, at := range map[string]struct {
		subject, factor string
		now             time.Time
	}{
		"nobody": {"", "pin", b.now()}, "no factor": {"s1", "", b.now()}, "no time": {"s1", "pin", time.Time{}},
		"not UTF-8": {"\xff", "pin", b.now()}, "a NUL": {"s1", "p\x00", b.now()},
	} {
		a, err := b.Reserve(t.Context(), at.subject, at.factor, at.now)
		wants(t, name, err, ledger.ErrInvalid)
		if a.Granted {
			t.Errorf("%s: granted", name)
		}
	}
}
