package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func heldCases() []testCase {
	return []testCase{
		{"held back until the end is known", heldBack},
		{"withdrawn when it did not happen", withdrawn},
		{"sent when nobody tells the end", heldTooLong},
		{"held back only by the claim that was made", heldOnce},
		{"stale claims", stale},
		{"a notice that came due is not withdrawn", triedBeforeEnd},
	}
}

// hold is how long a claim's notices wait in these cases.
const hold = 3 * time.Minute

// claimHolding claims the first set of the day and holds a text and an e-mail back.
func (b *book) claimHolding() ledger.ActionRow {
	b.t.Helper()
	text, mail := notice("links/a/1/1"), notice("links/a/1/2")
	mail.Channel = "mail"
	text.Due, mail.Due = b.now().Add(hold), b.now().Add(hold)
	row, created, err := b.Claim(b.t.Context(), links("a", 1, 1), text, mail)
	if err != nil || !created {
		b.t.Fatalf("claim: %v, %v", created, err)
	}
	return row
}

func (b *book) finish(id int64, s ledger.State) {
	b.t.Helper()
	if err := b.Finish(b.t.Context(), id, s, nil); err != nil {
		b.t.Fatalf("finish %v: %v", s, err)
	}
}

func heldBack(t *testing.T, b *book) {
	for i, s := range []ledger.State{ledger.Done, ledger.Unsure} {
		b := open(t, b.place)
		row := b.claimHolding()
		for _, n := range must(b.Notices(t.Context(), ledger.NoticePending, 0))(t) {
			if n.Intent != row.ID {
				t.Errorf("%d: a notice of %d, not of %d", i, n.Intent, row.ID)
			}
		}
		b.claim()
		b.advance(time.Second)
		b.finish(row.ID, s)
		b.stats(ledger.NoticeStats{Pending: 2, Oldest: b.now()})
		b.settleAll(ledger.Settlement{State: ledger.NoticeSent})
		b.finish(row.ID, ledger.Done)
		b.stats(ledger.NoticeStats{})
		b.whole(map[string]int{"notice": 4})
	}
}

func withdrawn(t *testing.T, b *book) {
	row := b.claimHolding()
	b.owe(1, notice("another"))
	for range 2 {
		b.finish(row.ID, ledger.Failed)
	}
	b.advance(hold)
	b.claim("another")
	b.stats(ledger.NoticeStats{Pending: 1, Oldest: Noon()})
	all := must(b.Notices(t.Context(), ledger.NoticeWithdrawn, 0))(t)
	if len(all) != 2 || len(all[0].Sealed) != 0 || len(all[0].Whose) != 0 || !all[0].Finished.Equal(Noon()) {
		t.Errorf("withdrawn %+v", all)
	}
	rows := must(b.Audit(t.Context(), ledger.AuditFilter{Action: "notice", Limit: 1}))(t)
	want := map[string]string{"channel": "mail", "intent": "3", "state": "withdrawn", "attempts": "0"}
	if diff := cmp.Diff(want, rows[0].Detail); diff != "" || rows[0].Phase != ledger.Outcome {
		t.Errorf("audit %+v (-want +got):\n%s", rows[0], diff)
	}
	wants(t, "sent after it was withdrawn", b.SettleNotice(t.Context(), all[0].ID, 1, ledger.Settlement{State: ledger.NoticeSent}), ledger.ErrStale)
	b.whole(map[string]int{"notice": 5})
	referenceOfNothing(t, b)
}

// referenceOfNothing looks for a reference that only withdrawn notices told.
func referenceOfNothing(t *testing.T, b *book) {
	t.Helper()
	n := notice("links/b/1/1")
	n.Reference, n.Due = "r9", b.now().Add(hold)
	row, _, err := b.Claim(t.Context(), links("b", 1, 1), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := b.ByReference(t.Context(), "r9", time.Time{}); !found || err != nil {
		t.Errorf("before its end: %v, %v", found, err)
	}
	b.finish(row.ID, ledger.Failed)
	if _, found, err := b.ByReference(t.Context(), "r9", time.Time{}); found || err != nil {
		t.Errorf("a withdrawn one: %v, %v", found, err)
	}
}

func heldTooLong(_ *testing.T, b *book) {
	b.claimHolding()
	b.advance(hold - time.Millisecond)
	b.claim()
	b.advance(time.Millisecond)
	b.claim("links/a/1/1", "links/a/1/2")
}

func heldOnce(t *testing.T, b *book) {
	ctx := t.Context()
	bad := notice("links/a/1/9")
	bad.Sealed = nil
	_, _, err := b.Claim(ctx, links("a", 1, 1), notice("links/a/1/1"), bad)
	wants(t, "a bad notice", err, ledger.ErrInvalid)
	b.whole(map[string]int{"links": 0, "notice": 0}) // all or nothing
	row := b.claimHolding()
	if _, created, err := b.Claim(ctx, links("a", 1, 1), notice("links/a/1/7")); created || err != nil {
		t.Errorf("the same effect: %v, %v", created, err)
	}
	_, _, err = b.Claim(ctx, links("b", 1, 1), notice("links/b/1/1"))
	wants(t, "a taken place", err, ledger.ErrTaken)
	if _, err := b.Freeze(ctx, ledger.Freeze{Subject: "s1", By: "line"}); err != nil {
		t.Fatal(err)
	}
	_, _, err = b.Claim(ctx, links("c", 1, 2), notice("links/c/1/1"))
	wants(t, "a frozen subject", err, ledger.ErrFrozen)
	b.stats(ledger.NoticeStats{Pending: 2, Oldest: Noon().Add(hold)})
	b.finish(row.ID, ledger.Done) // what was begun before a freeze is told all the same
	b.claim("links/a/1/1", "links/a/1/2")
}

func stale(t *testing.T, b *book) {
	ctx := t.Context()
	for i, ref := range []string{"a", "b", "c"} {
		if _, _, err := b.Claim(ctx, links(ref, 1, i+1)); err != nil {
			t.Fatal(err)
		}
		b.advance(time.Minute)
	}
	done := must(b.Stale(ctx, "links", b.now(), 0))(t)[1]
	b.finish(done.ID, ledger.Done)
	for _, tt := range []struct {
		name, kind string
		before     time.Duration
		limit      int
		want       []string
	}{
		{"all but the one with an end", "links", time.Hour, 0, []string{"a", "c"}},
		{"the oldest", "links", time.Hour, 1, []string{"a"}},
		{"only older ones", "links", 2 * time.Minute, 0, []string{"a"}},
		{"not at the moment itself", "links", 0, 0, nil},
		{"another kind", "number", time.Hour, 0, nil},
	} {
		var refs []string
		for _, row := range must(b.Stale(ctx, tt.kind, Noon().Add(tt.before), tt.limit))(t) {
			refs = append(refs, row.CallRef)
		}
		if diff := cmp.Diff(tt.want, refs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func triedBeforeEnd(t *testing.T, b *book) {
	row := b.claimHolding()
	b.advance(hold)
	n := must(b.ClaimNotices(t.Context(), b.now(), 1, lease))(t)[0]
	b.finish(row.ID, ledger.Failed)
	if err := b.SettleNotice(t.Context(), n.ID, n.Attempts, ledger.Settlement{State: ledger.NoticeSent}); err != nil {
		t.Errorf("what may have been read: %v", err)
	}
	b.stats(ledger.NoticeStats{})
	if sent := must(b.Notices(t.Context(), ledger.NoticeSent, 0))(t); len(sent) != 1 {
		t.Errorf("sent %+v", sent)
	}
}
