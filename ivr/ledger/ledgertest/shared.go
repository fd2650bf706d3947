package ledgertest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr/ledger"
)

func sharedCases() []testCase {
	return []testCase{
		{"two reserve", twoReserve},
		{"two claim a place", twoClaim},
		{"two claim for one effect", twoClaimEffect},
		{"two spend", twoSpend},
		{"two workers", twoWorkers},
		{"two change", twoChange},
		{"two open a change", twoOpen},
		{"two take a callback", twoTakeCallback},
		{"two dial a callback", twoDial},
		{"one sees what the other did", seen},
		{"verified while others write", verifiedMeanwhile},
		{"opened by many at once", openedAtOnce},
		{"somebody holds the lock", held},
		{"reading only", readOnly},
	}
}

// race runs f many times at once, half with each of two instances.
func (b *book) race(times int, f func(ctx context.Context, l *ledger.Ledger, i int)) {
	b.t.Helper()
	instances := []*ledger.Ledger{b.Ledger, b.another(ledger.Options{})}
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() { f(b.t.Context(), instances[i%2], i) })
	}
	wg.Wait()
}

// count is called with each error that a racer got, and counts true ones.
type count struct {
	t testing.TB
	n atomic.Int32
}

func (c *count) add(yes bool, err error) {
	if err != nil {
		c.t.Error(err)
	}
	if yes {
		c.n.Add(1)
	}
}

func (c *count) is(what string, want int32) {
	c.t.Helper()
	if got := c.n.Load(); got != want {
		c.t.Errorf("%s: %d times, want %d", what, got, want)
	}
}

func twoReserve(t *testing.T, b *book) {
	granted := count{t: t}
	b.race(60, func(ctx context.Context, l *ledger.Ledger, _ int) {
		a, err := l.Reserve(ctx, "s1", "pin", b.now())
		granted.add(a.Granted, err)
	})
	granted.is("granted", 3) // then the first wait begins
}

func twoClaim(t *testing.T, b *book) {
	created := count{t: t}
	b.race(40, func(ctx context.Context, l *ledger.Ledger, i int) {
		_, made, err := l.Claim(ctx, links("call", uint32(i)+1, 1))
		if !made {
			wants(t, "the others", err, ledger.ErrTaken)
			err = nil
		}
		created.add(made, err)
	})
	created.is("created", 1)
	b.whole(map[string]int{"links": 1})
}

func twoClaimEffect(t *testing.T, b *book) {
	created := count{t: t}
	b.race(40, func(ctx context.Context, l *ledger.Ledger, i int) {
		_, made, err := l.Claim(ctx, links("call", 1, i+1))
		created.add(made, err)
	})
	created.is("created", 1)
	b.whole(map[string]int{"links": 1})
}

func twoSpend(t *testing.T, b *book) {
	first := count{t: t}
	b.race(40, func(ctx context.Context, l *ledger.Ledger, i int) {
		one, err := l.Spend(ctx, spent(string(rune('a'+i/4))))
		first.add(one, err)
	})
	first.is("spent", 10)
	b.whole(map[string]int{"spend": 10})
}

// twoWorkers: each notice is claimed and sent once, whoever has it.
func twoWorkers(t *testing.T, b *book) {
	const all = 40
	var owed []ledger.Notice
	for i := range all {
		owed = append(owed, notice("e/"+string(rune('0'+i))))
	}
	b.owe(all, owed...)
	sent := count{t: t}
	var mu sync.Mutex
	by := map[int64]int{}
	b.race(6, func(ctx context.Context, l *ledger.Ledger, _ int) {
		for {
			got, err := l.ClaimNotices(ctx, b.now(), 3, lease)
			if err != nil || len(got) == 0 {
				sent.add(false, err)
				return
			}
			for _, n := range got {
				mu.Lock()
				by[n.ID]++
				mu.Unlock()
				sent.add(true, l.SettleNotice(ctx, n.ID, n.Attempts, ledger.Settlement{State: ledger.NoticeSent}))
			}
		}
	})
	sent.is("sent", all)
	for id, times := range by {
		if times != 1 {
			t.Errorf("notice %d was claimed %d times", id, times)
		}
	}
	b.stats(ledger.NoticeStats{})
	b.whole(map[string]int{"notice": 2 * all})
}

func seen(t *testing.T, b *book) {
	ctx, other := t.Context(), b.another(ledger.Options{})
	b.freeze(ledger.Freeze{Subject: "s1", By: "line"}, true)
	if _, frozen, err := other.Frozen(ctx, "s1"); !frozen || err != nil {
		t.Errorf("frozen %v, %v", frozen, err)
	}
	if err := b.SetThreat(ctx, ledger.Threat{Until: Noon(), By: "jo", Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	if got := must(other.Threat(ctx))(t); !got.Until.Equal(Noon()) {
		t.Errorf("threat %+v", got)
	}
	must(other.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x"}))(t)
	b.whole(map[string]int{"x": 1})
}

// verifiedMeanwhile: rows and end are of one view, or a whole chain would look
// cut off.
func verifiedMeanwhile(t *testing.T, b *book) {
	var writers atomic.Int32
	writers.Store(4)
	b.race(6, func(ctx context.Context, l *ledger.Ledger, i int) {
		if i < 4 {
			defer writers.Add(-1)
			for range 25 {
				if _, err := l.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x"}); err != nil {
					t.Error(err)
				}
			}
			return
		}
		for writers.Load() > 0 {
			if r, err := l.Verify(ctx); err != nil || !r.OK() {
				t.Errorf("report %v, %v", r, err)
				return
			}
		}
	})
	b.whole(map[string]int{"x": 100})
}

func openedAtOnce(t *testing.T, b *book) {
	// b has opened its own place; here several meet at a new one.
	fresh := b.place(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			l, err := ledger.Open(t.Context(), ledger.Options{URL: fresh, Key: key(), Timeout: 30 * time.Second})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := l.Append(t.Context(), ledger.Entry{Phase: ledger.Outcome, Action: "x"}); err != nil {
				t.Error(err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// held: who waits for the head's lock gives up in time, refuses, and goes on
// once it is free.
func held(t *testing.T, b *book) {
	impatient := b.another(ledger.Options{Timeout: time.Second})
	tx, err := b.raw().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `UPDATE audit_head SET seq = seq`); err != nil {
		t.Fatal(err)
	}
	if a, err := impatient.Reserve(t.Context(), "s1", "pin", b.now()); err == nil || a.Granted {
		t.Errorf("granted %v, %v", a.Granted, err)
	}
	if err := impatient.Ping(t.Context()); err != nil {
		t.Errorf("reading waits for the lock: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if a, err := b.Reserve(t.Context(), "s1", "pin", b.now()); err != nil || a.Count != 1 {
		t.Errorf("afterwards %+v, %v", a, err)
	}
}

func readOnly(t *testing.T, b *book) {
	ctx, reader := t.Context(), b.another(ledger.Options{ReadOnly: true})
	must(b.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x"}))(t)
	if r := must(reader.Verify(ctx))(t); !r.OK() || r.Rows != 1 {
		t.Errorf("report %v", r)
	}
	_, err := reader.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x"})
	wants(t, "a write", err, ledger.ErrReadOnly)
	_, _, err = reader.Claim(ctx, links("a", 1, 1))
	wants(t, "a claim", err, ledger.ErrReadOnly)
}
