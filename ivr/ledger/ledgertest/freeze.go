package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func freezeCases() []testCase {
	return []testCase{
		{"frozen and lifted", frozen},
		{"who is frozen", freezes},
		{"nothing is claimed for the frozen", frozenClaim},
		{"bad freezes", badFreezes},
	}
}

func (b *book) freeze(f ledger.Freeze, want bool, notices ...ledger.Notice) {
	b.t.Helper()
	if created := must(b.Freeze(b.t.Context(), f, notices...))(b.t); created != want {
		b.t.Errorf("freeze of %s: created %v, want %v", f.Subject, created, want)
	}
}

func frozen(t *testing.T, b *book) {
	ctx := t.Context()
	f := ledger.Freeze{Subject: "s1", By: "caller", Reason: "reference", CallRef: "a"}
	b.freeze(f, true, notice("freeze/1"))
	b.advance(time.Hour)
	b.freeze(ledger.Freeze{Subject: "s1", By: "line", Reason: "other"}, false, notice("freeze/2"))
	f.At = Noon()
	got, frozen, err := b.Frozen(ctx, "s1")
	if diff := cmp.Diff(f, got); diff != "" || !frozen || err != nil {
		t.Errorf("frozen %v, %v (-want +got):\n%s", frozen, err, diff)
	}
	if _, frozen, err := b.Frozen(ctx, "s2"); frozen || err != nil {
		t.Errorf("somebody else: %v, %v", frozen, err)
	}
	bad := notice("freeze/3")
	bad.Sealed = nil
	wants(t, "a bad notice", b.Unfreeze(ctx, "s1", "jo", "came in person", bad), ledger.ErrInvalid)
	if _, frozen, _ := b.Frozen(ctx, "s1"); !frozen {
		t.Error("lifted without its notice")
	}
	if err := b.Unfreeze(ctx, "s1", "jo", "came in person", notice("freeze/3")); err != nil {
		t.Fatal(err)
	}
	wants(t, "lifted twice", b.Unfreeze(ctx, "s1", "jo", "came in person"), ledger.ErrNotFound)
	if _, frozen, err := b.Frozen(ctx, "s1"); frozen || err != nil {
		t.Errorf("after it was lifted: %v, %v", frozen, err)
	}
	owed := must(b.Notices(ctx, ledger.NoticePending, 0))(t)
	if len(owed) != 2 || owed[1].Event != "freeze/1" || owed[1].Intent == 0 || owed[0].Event != "freeze/3" || owed[0].Intent == 0 {
		t.Errorf("owed %+v", owed)
	}
	b.whole(map[string]int{"freeze": 1, "unfreeze": 1, "notice": 2})
}

func freezes(t *testing.T, b *book) {
	for _, s := range []string{"s1", "s2", "s3"} {
		b.freeze(ledger.Freeze{Subject: s, By: "line"}, true)
	}
	b.freeze(ledger.Freeze{Subject: "s0", By: "line", At: Noon().Add(-time.Hour)}, true)
	var got []string
	for _, f := range must(b.Freezes(t.Context(), 3))(t) {
		got = append(got, f.Subject+" by "+f.By)
	}
	if diff := cmp.Diff([]string{"s3 by line", "s2 by line", "s1 by line"}, got); diff != "" {
		t.Errorf("the newest three (-want +got):\n%s", diff)
	}
	if all := must(b.Freezes(t.Context(), 0))(t); len(all) != 4 {
		t.Errorf("%d without a limit, want 4", len(all))
	}
}

// frozenClaim: a freeze that comes between verdict and claim still holds, and
// what was claimed before can be finished.
func frozenClaim(t *testing.T, b *book) {
	ctx := t.Context()
	before, _, err := b.Claim(ctx, links("a", 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	b.freeze(ledger.Freeze{Subject: "s1", By: "line"}, true)
	_, created, err := b.Claim(ctx, links("b", 1, 2))
	wants(t, "a claim for the frozen", err, ledger.ErrFrozen)
	if created {
		t.Error("created")
	}
	if again, created, err := b.Claim(ctx, links("a", 1, 1)); err != nil || created || again.ID != before.ID {
		t.Errorf("the same effect again: %+v, %v, %v", again, created, err)
	}
	if err := b.Finish(ctx, before.ID, ledger.Done, nil); err != nil {
		t.Error(err)
	}
	if err := b.Unfreeze(ctx, "s1", "jo", "came in person"); err != nil {
		t.Fatal(err)
	}
	if _, created, err := b.Claim(ctx, links("b", 1, 2)); err != nil || !created {
		t.Errorf("after it was lifted: %v, %v", created, err)
	}
}

func badFreezes(t *testing.T, b *book) {
	ctx := t.Context()
	_, err := b.Freeze(ctx, ledger.Freeze{By: "jo", Reason: "x"})
	wants(t, "nobody", err, ledger.ErrInvalid)
	created, err := b.Freeze(ctx, ledger.Freeze{Subject: "s1", By: "line"}, ledger.Notice{})
	wants(t, "a bad notice", err, ledger.ErrInvalid)
	if _, frozen, _ := b.Frozen(ctx, "s1"); frozen || created {
		t.Error("frozen by a refusal")
	}
	b.freeze(ledger.Freeze{Subject: "s1", By: "line"}, true)
	for name, by := range map[string][3]string{"nobody": {"", "jo", "x"}, "by nobody": {"s1", "", "x"}, "for nothing": {"s1", "jo", ""}} {
		wants(t, name, b.Unfreeze(ctx, by[0], by[1], by[2]), ledger.ErrInvalid)
	}
}
