package ledgertest

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func noticeCases() []testCase {
	return []testCase{
		{"owed once", owedOnce},
		{"a notice as it was owed", owedNotice},
		{"bad notices", badNotices},
		{"owed with a row of the audit", owedWithRow},
		{"found by reference", byReference},
	}
}

// notice is one to be sent at once.
func notice(event string) ledger.Notice {
	return ledger.Notice{
		Event: event, Reference: "r1", Subject: "s1", Kind: "links_sent", Channel: "text", Sealed: []byte("sealed\x00\xff" + event), Whose: []byte("whose\x00" + event),
	}
}

func (b *book) owe(want int, notices ...ledger.Notice) {
	b.t.Helper()
	if added := must(b.Owe(b.t.Context(), notices...))(b.t); added != want {
		b.t.Errorf("%d added, want %d", added, want)
	}
}

func (b *book) stats(want ledger.NoticeStats) {
	b.t.Helper()
	if diff := cmp.Diff(want, must(b.NoticeStats(b.t.Context()))(b.t)); diff != "" {
		b.t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func owedOnce(t *testing.T, b *book) {
	b.stats(ledger.NoticeStats{})
	b.owe(0)
	b.owe(2, notice("e/1"), notice("e/2"), notice("e/1"))
	b.advance(time.Minute)
	b.owe(1, notice("e/2"), notice("e/3"))
	b.stats(ledger.NoticeStats{Pending: 3, Oldest: Noon()})
	b.whole(map[string]int{"notice": 3})
	if newest := must(b.Notices(t.Context(), ledger.NoticePending, 1))(t); len(newest) != 1 || newest[0].Event != "e/3" {
		t.Errorf("the newest is %+v", newest)
	}
}

func owedNotice(t *testing.T, b *book) {
	n := notice("e/1")
	n.Channel, n.Due, n.Intent = "mail", Noon().Add(time.Hour), 42
	b.owe(1, n)
	want := n
	want.ID, want.State, want.Created = 1, ledger.NoticePending, Noon()
	if diff := cmp.Diff([]ledger.Notice{want}, must(b.Notices(t.Context(), ledger.NoticePending, 0))(t)); diff != "" {
		t.Errorf("notice (-want +got):\n%s", diff)
	}
	for _, r := range must(b.Audit(t.Context(), ledger.AuditFilter{}))(t) {
		if diff := cmp.Diff(map[string]string{"channel": "mail", "intent": "42"}, r.Detail); diff != "" || r.Phase != ledger.Intent || r.Reason != "links_sent" {
			t.Errorf("audit %+v (-want +got):\n%s", r, diff)
		}
	}
}

func owedWithRow(t *testing.T, b *book) {
	e := ledger.Entry{Phase: ledger.Outcome, Action: "call", Subject: "s1", Actor: "line"}
	if err := b.AppendOwing(t.Context(), e, notice("e/1")); err != nil {
		t.Fatal(err)
	}
	if owed := must(b.Notices(t.Context(), ledger.NoticePending, 0))(t); len(owed) != 1 || owed[0].Intent != 1 {
		t.Errorf("owed %+v", owed)
	}
	bad := notice("e/2")
	bad.Kind = ""
	wants(t, "a bad notice", b.AppendOwing(t.Context(), e, bad), ledger.ErrInvalid)
	wants(t, "a bad row", b.AppendOwing(t.Context(), ledger.Entry{}, notice("e/3")), ledger.ErrInvalid)
	b.whole(map[string]int{"call": 1, "notice": 1}) // all or nothing
}

func badNotices(t *testing.T, b *book) {
	for name, change := range map[string]func(*ledger.Notice){
		"no event":    func(n *ledger.Notice) { n.Event = "" },
		"nobody":      func(n *ledger.Notice) { n.Subject = "" },
		"no kind":     func(n *ledger.Notice) { n.Kind = "" },
		"no channel":  func(n *ledger.Notice) { n.Channel = "" },
		"not a text":  func(n *ledger.Notice) { n.Event = "\xff" },
		"no body":     func(n *ledger.Notice) { n.Sealed = nil },
		"a huge body": func(n *ledger.Notice) { n.Sealed = make([]byte, 16<<10+1) },
		"a huge name": func(n *ledger.Notice) { n.Whose = make([]byte, 4<<10+1) },
	} {
		n := notice("e/2")
		change(&n)
		_, err := b.Owe(t.Context(), notice("e/1"), n)
		wants(t, name, err, ledger.ErrInvalid)
	}
	b.stats(ledger.NoticeStats{}) // all or nothing
	b.whole(map[string]int{"notice": 0})
}

func byReference(t *testing.T, b *book) {
	second := notice("e/2")
	second.Reference, second.Subject, second.Kind = "r2", "s2", "number_changed"
	silent := notice("e/3")
	silent.Reference = ""
	b.owe(3, notice("e/1"), second, silent)
	b.settleAll(ledger.Settlement{State: ledger.NoticeSent})
	for _, tt := range []struct {
		name, reference, subject, kind string
		since                          time.Time
	}{
		{"the first", "r1", "s1", "links_sent", Noon()},
		{"the second", "r2", "s2", "number_changed", time.Time{}},
		{"too old", "r1", "", "", Noon().Add(time.Second)},
		{"unknown", "r3", "", "", time.Time{}},
		{"none", "", "", "", time.Time{}},
	} {
		n, found, err := b.ByReference(t.Context(), tt.reference, tt.since)
		if n.Subject != tt.subject || n.Kind != tt.kind || found != (tt.subject != "") || err != nil {
			t.Errorf("%s: %+v, %v, %v", tt.name, n, found, err)
		}
		if found && (len(n.Sealed) > 0 || !bytes.HasPrefix(n.Whose, []byte("whose\x00e/"))) {
			t.Errorf("%s: once sent it keeps %q and %q", tt.name, n.Sealed, n.Whose)
		}
	}
	b.advance(time.Hour)
	later := notice("e/4")
	later.Subject = "s4"
	b.owe(1, later)
	if n, _, err := b.ByReference(t.Context(), "r1", time.Time{}); n.Subject != "s4" || err != nil {
		t.Errorf("the newest of two: %+v, %v", n, err)
	}
}
