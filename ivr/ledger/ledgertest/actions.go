package ledgertest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func actionCases() []testCase {
	return []testCase{
		{"claims", claims},
		{"bad claims", badClaims},
		{"parallel claims make one", parallelClaims},
		{"what is done is told", finishOwing},
		{"an action stays as it was claimed", claimedRow},
	}
}

// links is a claim of a set of links.
func links(ref string, effect uint32, ordinal int) ledger.Action {
	return ledger.Action{
		Kind: "links", Subject: "s1", Day: today, Ordinal: ordinal, CallRef: ref, EffectID: effect,
		Actor: "line", Factors: []string{"pin", "texted_code"},
	}
}

func claims(t *testing.T, b *book) {
	ctx := t.Context()
	first, created, err := b.Claim(ctx, links("a", 1, 1))
	if err != nil || !created || first.State != ledger.Claimed {
		t.Fatalf("first: %+v, %v, %v", first, created, err)
	}
	if again, created, err := b.Claim(ctx, links("a", 1, 2)); err != nil || created || again.ID != first.ID {
		t.Errorf("the same effect again: %+v, %v, %v", again, created, err)
	}
	if row, created, err := b.Claim(ctx, links("b", 1, 1)); created || row.ID != first.ID {
		t.Errorf("a taken place: %+v, %v, %v", row, created, err)
	} else {
		wants(t, "a taken place", err, ledger.ErrTaken)
	}
	other := links("a", 1, 1)
	other.Subject = "s2"
	_, _, err = b.Claim(ctx, other)
	wants(t, "the same effect for somebody else", err, ledger.ErrMismatch)
	if err := b.Finish(ctx, first.ID, ledger.Failed, nil); err != nil {
		t.Fatal(err)
	}
	wants(t, "another end", b.Finish(ctx, first.ID, ledger.Done, nil), ledger.ErrFinal)
	wants(t, "no end", b.Finish(ctx, first.ID, ledger.Claimed, nil), ledger.ErrInvalid)
	wants(t, "the end of nothing", b.Finish(ctx, 999, ledger.Done, nil), ledger.ErrNotFound)
	if n := must(b.CountToday(ctx, "links", "s1", today))(t); n != 0 {
		t.Errorf("a failed one counts: %d", n)
	}
	afterFailure(t, b)
}

// afterFailure claims the place that a failed action has left.
func afterFailure(t *testing.T, b *book) {
	t.Helper()
	ctx := t.Context()
	second, created, err := b.Claim(ctx, links("c", 1, 1))
	if err != nil || !created {
		t.Fatalf("the place of a failed one: %v, %v", created, err)
	}
	for _, s := range []ledger.State{ledger.Unsure, ledger.Done, ledger.Done} {
		if err := b.Finish(ctx, second.ID, s, nil); err != nil {
			t.Errorf("finish %v: %v", s, err)
		}
	}
	if row := must(b.Find(ctx, second.ID))(t); row.State != ledger.Done {
		t.Errorf("found %+v", row)
	}
	_, err = b.Find(ctx, 999)
	wants(t, "nothing found", err, ledger.ErrNotFound)
	b.whole(map[string]int{"links": 5}) // two intents, one outcome of the first, two of the second
}

func claimedRow(t *testing.T, b *book) {
	a := links("a", 7, 1)
	a.Detail = map[string]string{"phone": "0"}
	row, _, err := b.Claim(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	b.advance(time.Minute)
	if err := b.Finish(t.Context(), row.ID, ledger.Done, map[string]string{"texts": "2"}); err != nil {
		t.Fatal(err)
	}
	want := ledger.ActionRow{
		ID: row.ID, Kind: "links", Subject: "s1", Day: today, Ordinal: 1, CallRef: "a", EffectID: 7, State: ledger.Done,
		Detail: map[string]string{"texts": "2"}, Claimed: Noon(), Finished: Noon().Add(time.Minute),
	}
	if diff := cmp.Diff(want, must(b.Find(t.Context(), row.ID))(t)); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	rows := must(b.Audit(t.Context(), ledger.AuditFilter{CallRef: "a"}))(t)
	if len(rows) != 2 || rows[0].Phase != ledger.Outcome || rows[1].Phase != ledger.Intent || rows[1].Seq != row.ID {
		t.Fatalf("audit %+v", rows)
	}
	if diff := cmp.Diff(map[string]string{"day": today, "ordinal": "1", "phone": "0"}, rows[1].Detail); diff != "" {
		t.Errorf("intent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(a.Factors, rows[0].Factors); diff != "" {
		t.Errorf("the outcome's factors (-want +got):\n%s", diff)
	}
}

func badClaims(t *testing.T, b *book) {
	for name, change := range map[string]func(*ledger.Action){
		"no kind":       func(a *ledger.Action) { a.Kind = "" },
		"no subject":    func(a *ledger.Action) { a.Subject = "" },
		"no call":       func(a *ledger.Action) { a.CallRef = "" },
		"no effect":     func(a *ledger.Action) { a.EffectID = 0 },
		"no ordinal":    func(a *ledger.Action) { a.Ordinal = 0 },
		"no day":        func(a *ledger.Action) { a.Day = "today" },
		"not UTF-8":     func(a *ledger.Action) { a.Reason = "\xff" },
		"a NUL":         func(a *ledger.Action) { a.Reason = "a\x00b" },
		"a long reason": func(a *ledger.Action) { a.Reason = string(make([]byte, 5000)) },
	} {
		a := links("a", 1, 1)
		change(&a)
		_, _, err := b.Claim(t.Context(), a)
		wants(t, name, err, ledger.ErrInvalid)
	}
	b.whole(map[string]int{"links": 0})
}

func parallelClaims(t *testing.T, b *book) {
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if _, created, err := b.Claim(t.Context(), links("call", uint32(i)+1, 1)); err == nil && created {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d claims, want 1", made.Load())
	}
	b.whole(map[string]int{"links": 1})
}

func finishOwing(t *testing.T, b *book) {
	ctx := t.Context()
	row, _, err := b.Claim(ctx, links("a", 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	bad := notice("links/a/1/2")
	bad.Channel = "pigeon"
	wants(t, "a bad notice", b.FinishOwing(ctx, row.ID, ledger.Done, nil, notice("links/a/1/1"), bad), ledger.ErrInvalid)
	if got := must(b.Find(ctx, row.ID))(t); got.State != ledger.Claimed {
		t.Errorf("finished without its notices: %v", got.State)
	}
	for range 2 {
		if err := b.FinishOwing(ctx, row.ID, ledger.Done, nil, notice("links/a/1/1"), notice("links/a/1/2")); err != nil {
			t.Fatal(err)
		}
	}
	owed := must(b.Notices(ctx, ledger.NoticePending, 0))(t)
	if len(owed) != 2 || owed[0].Intent != row.ID || owed[1].Intent != row.ID {
		t.Errorf("owed %+v", owed)
	}
	b.whole(map[string]int{"links": 2, "notice": 2})
}
