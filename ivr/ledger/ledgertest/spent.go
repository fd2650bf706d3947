package ledgertest

import (
	"sync"
	"sync/atomic"
	"testing"

	"ringback/ivr/ledger"
)

func spentCases() []testCase {
	return []testCase{
		{"spent once", spentOnce},
		{"bad spending", badSpending},
		{"parallel spending", parallelSpending},
	}
}

func spent(token string) ledger.Spent {
	return ledger.Spent{Subject: "s1", Kind: "texted_code", Token: token, CallRef: "a"}
}

func spentOnce(t *testing.T, b *book) {
	other, mail := spent("t1"), spent("t1")
	other.Subject, mail.Kind = "s2", "emailed_code"
	again := spent("t1")
	again.CallRef = "b"
	for _, tt := range []struct {
		name  string
		s     ledger.Spent
		first bool
	}{
		{"first", spent("t1"), true},
		{"again", spent("t1"), false},
		{"in another call", again, false},
		{"another token", spent("t2"), true},
		{"somebody else's", other, true},
		{"another kind", mail, true},
		{"at the end", spent("t1"), false},
	} {
		if first := must(b.Spend(t.Context(), tt.s))(t); first != tt.first {
			t.Errorf("%s: first %v, want %v", tt.name, first, tt.first)
		}
	}
	b.whole(map[string]int{"spend": 4})
}

func badSpending(t *testing.T, b *book) {
	for name, change := range map[string]func(*ledger.Spent){
		"nobody": func(s *ledger.Spent) { s.Subject = "" }, "no kind": func(s *ledger.Spent) { s.Kind = "" },
		"no token": func(s *ledger.Spent) { s.Token = "" }, "not UTF-8": func(s *ledger.Spent) { s.Token = "\xff" },
		"a call that is not text": func(s *ledger.Spent) { s.CallRef = "\xff" },
	} {
		s := spent("t")
		change(&s)
		first, err := b.Spend(t.Context(), s)
		if err == nil || first {
			t.Errorf("%s: first %v, %v", name, first, err)
		}
	}
	if first := must(b.Spend(t.Context(), spent("t")))(t); !first {
		t.Error("a refused spending has spent")
	}
}

func parallelSpending(t *testing.T, b *book) {
	var firsts atomic.Int32
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if first, err := b.Spend(t.Context(), spent("t")); err == nil && first {
				firsts.Add(1)
			}
		})
	}
	wg.Wait()
	if firsts.Load() != 1 {
		t.Errorf("spent %d times", firsts.Load())
	}
	b.whole(map[string]int{"spend": 1})
}
