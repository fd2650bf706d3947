package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func outboxCases() []testCase {
	return []testCase{
		{"claimed when due, the longest due first", claimedWhenDue},
		{"claimed and counted by channel", claimedByChannel},
		{"a lease that ran out comes back", leaseComesBack},
		{"sent, and nothing is left of it", settledSent},
		{"tried again, then dead", settledDead},
		{"bad settlements", badSettlements},
		{"bad claims of notices", badNoticeClaims},
	}
}

const lease = time.Minute

// claim claims up to ten and checks which.
func (b *book) claim(want ...string) []ledger.Notice {
	b.t.Helper()
	claimed := must(b.ClaimNotices(b.t.Context(), b.now(), 10, lease))(b.t)
	var got []string
	for _, n := range claimed {
		got = append(got, n.Event)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Fatalf("claimed (-want +got):\n%s", diff)
	}
	return claimed
}

// settleAll claims everything that is due and settles it.
func (b *book) settleAll(s ledger.Settlement) {
	b.t.Helper()
	for _, n := range must(b.ClaimNotices(b.t.Context(), b.now(), 1000, lease))(b.t) {
		if err := b.SettleNotice(b.t.Context(), n.ID, n.Attempts, s); err != nil {
			b.t.Fatal(err)
		}
	}
}

func claimedWhenDue(t *testing.T, b *book) {
	late, early, soon := notice("late"), notice("early"), notice("soon")
	late.Due, early.Due, soon.Due = Noon(), Noon().Add(-time.Hour), Noon().Add(time.Second)
	b.owe(4, late, early, soon, notice("now"))
	if first := must(b.ClaimNotices(t.Context(), Noon(), 1, lease))(t); len(first) != 1 || first[0].Event != "early" || first[0].Attempts != 1 {
		t.Errorf("the first is %+v", first)
	}
	b.claim("late", "now")
	b.claim()
	b.advance(time.Second)
	b.claim("soon")
	b.stats(ledger.NoticeStats{Pending: 4, Oldest: Noon().Add(-time.Hour)})
}

// claimedByChannel: who sends texts leaves alone what goes to other systems, so
// that one that hangs keeps nobody from being told.
func claimedByChannel(t *testing.T, b *book) {
	hook, mail := notice("hook"), notice("mail")
	hook.Channel, hook.Subject, hook.Reference = ledger.ByHook, "", "" // it may be about nobody
	mail.Channel = ledger.ByMail
	b.owe(3, hook, notice("text"), mail)
	of := func(want int, channels ...string) {
		t.Helper()
		if s := must(b.NoticeStats(t.Context(), channels...))(t); s.Pending != want {
			t.Errorf("%v: %d pending, want %d", channels, s.Pending, want)
		}
	}
	of(1, ledger.ByHook)
	of(2, ledger.ByText, ledger.ByMail)
	of(3)
	for _, c := range []struct {
		channels []string
		want     []string
	}{
		{[]string{"none"}, nil},
		{[]string{ledger.ByText, ledger.ByMail}, []string{"text", "mail"}},
		{[]string{ledger.ByHook}, []string{"hook"}},
		{nil, nil},
	} {
		var got []string
		for _, n := range must(b.ClaimNotices(t.Context(), b.now(), 10, lease, c.channels...))(t) {
			got = append(got, n.Event)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v claimed (-want +got):\n%s", c.channels, diff)
		}
	}
	b.whole(map[string]int{"event": 1, "notice": 2})
}

func leaseComesBack(t *testing.T, b *book) {
	ctx := t.Context()
	b.owe(1, notice("e/1"))
	first := b.claim("e/1")[0]
	b.advance(lease - time.Millisecond)
	b.claim()
	b.advance(time.Millisecond)
	second := b.claim("e/1")[0]
	if first.Attempts != 1 || second.Attempts != 2 {
		t.Errorf("attempts %d and %d", first.Attempts, second.Attempts)
	}
	sent := ledger.Settlement{State: ledger.NoticeSent}
	wants(t, "settled after its lease", b.SettleNotice(ctx, first.ID, first.Attempts, sent), ledger.ErrStale)
	b.advance(2 * lease)
	if err := b.SettleNotice(ctx, second.ID, second.Attempts, sent); err != nil {
		t.Errorf("late, but claimed by nobody else: %v", err)
	}
	b.claim()
}

func settledSent(t *testing.T, b *book) {
	ctx := t.Context()
	b.owe(1, notice("e/1"))
	n := b.claim("e/1")[0]
	if string(n.Sealed) != string(notice("e/1").Sealed) {
		t.Errorf("sealed %q", n.Sealed)
	}
	s := ledger.Settlement{State: ledger.NoticeSent, At: Noon().Add(time.Second)}
	for range 2 {
		if err := b.SettleNotice(ctx, n.ID, 1, s); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, "dead after it was sent", b.SettleNotice(ctx, n.ID, 1, ledger.Settlement{State: ledger.NoticeDead}), ledger.ErrFinal)
	wants(t, "pending after it was sent", b.SettleNotice(ctx, n.ID, 1, ledger.Settlement{State: ledger.NoticePending, Due: Noon()}), ledger.ErrFinal)
	wants(t, "settled what is not there", b.SettleNotice(ctx, 999, 1, s), ledger.ErrNotFound)
	sent := must(b.Notices(ctx, ledger.NoticeSent, 0))(t)
	if len(sent) != 1 || len(sent[0].Sealed) != 0 || !sent[0].Finished.Equal(s.At) {
		t.Errorf("sent %+v", sent)
	}
	b.owe(0, notice("e/1")) // told is told
	b.advance(time.Hour)
	b.claim()
	b.stats(ledger.NoticeStats{})
	b.whole(map[string]int{"notice": 2})
}

func settledDead(t *testing.T, b *book) {
	ctx := t.Context()
	b.owe(1, notice("e/1"))
	n := b.claim("e/1")[0]
	next := Noon().Add(10 * time.Minute)
	if err := b.SettleNotice(ctx, n.ID, 1, ledger.Settlement{State: ledger.NoticePending, Due: next, Why: "carrier_30003"}); err != nil {
		t.Fatal(err)
	}
	b.advance(10*time.Minute - time.Millisecond)
	b.claim()
	b.advance(time.Millisecond)
	n = b.claim("e/1")[0]
	if n.Attempts != 2 || n.Why != "carrier_30003" || !n.Due.Equal(next) {
		t.Errorf("the second attempt: %+v", n)
	}
	if err := b.SettleNotice(ctx, n.ID, 2, ledger.Settlement{State: ledger.NoticeDead, Why: "opted_out"}); err != nil {
		t.Fatal(err)
	}
	b.stats(ledger.NoticeStats{Dead: 1})
	dead := must(b.Notices(ctx, ledger.NoticeDead, 0))(t)
	if len(dead) != 1 || len(dead[0].Sealed) != 0 || dead[0].Why != "opted_out" {
		t.Errorf("dead %+v", dead)
	}
	rows := must(b.Audit(ctx, ledger.AuditFilter{Action: "notice", Limit: 1}))(t)
	want := map[string]string{"channel": "text", "intent": "1", "state": "dead", "attempts": "2", "why": "opted_out"}
	if diff := cmp.Diff(want, rows[0].Detail); diff != "" || rows[0].Phase != ledger.Outcome {
		t.Errorf("audit %+v (-want +got):\n%s", rows[0], diff)
	}
}

func badSettlements(t *testing.T, b *book) {
	b.owe(1, notice("e/1"))
	n := b.claim("e/1")[0]
	for name, s := range map[string]ledger.Settlement{
		"no state":           {},
		"no such state":      {State: ledger.NoticeWithdrawn},
		"no next try":        {State: ledger.NoticePending},
		"an address":         {State: ledger.NoticeDead, Why: "dana@example.edu"},
		"a number":           {State: ledger.NoticeDead, Why: "sent to 9195550101"},
		"a number with plus": {State: ledger.NoticeDead, Why: "+1"},
		"a story":            {State: ledger.NoticeDead, Why: string(make([]byte, 65))},
	} {
		wants(t, name, b.SettleNotice(t.Context(), n.ID, 1, s), ledger.ErrInvalid)
	}
	wants(t, "no attempt", b.SettleNotice(t.Context(), n.ID, 0, ledger.Settlement{State: ledger.NoticeSent}), ledger.ErrInvalid)
	b.stats(ledger.NoticeStats{Pending: 1, Oldest: Noon()})
}

func badNoticeClaims(t *testing.T, b *book) {
	for name, c := range map[string]struct {
		now   time.Time
		limit int
		lease time.Duration
	}{"no time": {time.Time{}, 1, lease}, "none": {Noon(), 0, lease}, "no lease": {Noon(), 1, 0}} {
		_, err := b.ClaimNotices(t.Context(), c.now, c.limit, c.lease)
		wants(t, name, err, ledger.ErrInvalid)
	}
}
