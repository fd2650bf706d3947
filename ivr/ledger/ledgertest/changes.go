package ledgertest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringback/ivr/ledger"
)

func changeCases() []testCase {
	return []testCase{
		{"a change as it was written", changeWritten},
		{"written over one version alone", changeVersions},
		{"one change at a time for a subject", changeTaken},
		{"an end stays", changeEnds},
		{"with its rows and notices or not at all", changeWhole},
		{"due, and of the frozen", changesDue},
		{"listed", changesListed},
		{"bad changes", badChanges},
		{"cases", cases},
		{"bad cases", badCases},
	}
}

// numberChange is one that is due in an hour.
func numberChange(id, subject string, version int64) ledger.NumberChange {
	return ledger.NumberChange{
		ID: id, Subject: subject, Version: version, State: "draft", Due: Noon().Add(time.Hour), Sealed: []byte("sealed\x00\xff" + id),
	}
}

func row(action string) []ledger.Entry {
	return []ledger.Entry{{Phase: ledger.Intent, Action: action, Subject: "s1", Actor: "alex"}}
}

func (b *book) change(c ledger.NumberChange) {
	b.t.Helper()
	if err := b.PutNumberChange(b.t.Context(), c, nil); err != nil {
		b.t.Fatal(err)
	}
}

func changeWritten(t *testing.T, b *book) {
	ctx := t.Context()
	c := numberChange("c1", "s1", 1)
	b.change(c)
	b.advance(time.Minute)
	c.Version, c.State, c.Due, c.Sealed = 2, "holding", time.Time{}, []byte("else")
	b.change(c)
	c.Created, c.Changed = Noon(), Noon().Add(time.Minute)
	if diff := cmp.Diff(c, must(b.NumberChange(ctx, "c1"))(t)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	got, found, err := b.NumberChangeOf(ctx, "s1")
	if diff := cmp.Diff(c, got); diff != "" || !found || err != nil {
		t.Errorf("by subject: %v, %v (-want +got):\n%s", found, err, diff)
	}
	if _, found, err := b.NumberChangeOf(ctx, "s2"); found || err != nil {
		t.Errorf("somebody else's: %v, %v", found, err)
	}
	_, err = b.NumberChange(ctx, "c2")
	wants(t, "no change", err, ledger.ErrNotFound)
}

func changeVersions(t *testing.T, b *book) {
	ctx := t.Context()
	b.change(numberChange("c1", "s1", 1))
	for name, c := range map[string]ledger.NumberChange{
		"the first once more": numberChange("c1", "s1", 1),
		"one too far":         numberChange("c1", "s1", 3),
		"none before":         numberChange("c2", "s1", 2),
		"of somebody else":    numberChange("c1", "s2", 2),
	} {
		wants(t, name, b.PutNumberChange(ctx, c, row("x")), ledger.ErrStale)
	}
	b.change(numberChange("c1", "s1", 2))
	wants(t, "the same version twice", b.PutNumberChange(ctx, numberChange("c1", "s1", 2), row("x")), ledger.ErrStale)
	b.whole(map[string]int{"x": 0})
}

func changeTaken(t *testing.T, b *book) {
	ctx := t.Context()
	b.change(numberChange("c1", "s1", 1))
	wants(t, "a second change", b.PutNumberChange(ctx, numberChange("c2", "s1", 1), row("x")), ledger.ErrTaken)
	b.change(numberChange("c3", "s2", 1))
	over := numberChange("c1", "s1", 2)
	over.Ended, over.State = true, "done"
	b.change(over)
	b.change(numberChange("c2", "s1", 1))
	if got, found, err := b.NumberChangeOf(ctx, "s1"); !found || err != nil || got.ID != "c2" {
		t.Errorf("the change of now: %+v, %v, %v", got, found, err)
	}
	b.whole(map[string]int{"x": 0})
}

func changeEnds(t *testing.T, b *book) {
	ctx := t.Context()
	b.change(numberChange("c1", "s1", 1))
	over := numberChange("c1", "s1", 2)
	over.Ended, over.State = true, "denied"
	b.change(over)
	again := numberChange("c1", "s1", 3)
	again.State = "holding"
	wants(t, "after the end", b.PutNumberChange(ctx, again, nil), ledger.ErrStale)
	over.Version = 3
	b.change(over) // word that came late
}

func changeWhole(t *testing.T, b *book) {
	ctx := t.Context()
	rows := append(row("number_change_open"), row("number_change_number")...)
	if err := b.PutNumberChange(ctx, numberChange("c1", "s1", 1), rows, notice("e/1")); err != nil {
		t.Fatal(err)
	}
	owed := must(b.Notices(ctx, ledger.NoticePending, 0))(t)
	if len(owed) != 1 || owed[0].Intent != 1 {
		t.Errorf("owed %+v, want one of row 1", owed)
	}
	bad := notice("e/2")
	bad.Sealed = nil
	wants(t, "a bad notice", b.PutNumberChange(ctx, numberChange("c1", "s1", 2), row("number_change_open"), bad), ledger.ErrInvalid)
	wants(t, "a bad row", b.PutNumberChange(ctx, numberChange("c1", "s1", 2), []ledger.Entry{{}}), ledger.ErrInvalid)
	if got := must(b.NumberChange(ctx, "c1"))(t); got.Version != 1 {
		t.Errorf("version %d after what was refused, want 1", got.Version)
	}
	b.whole(map[string]int{"number_change_open": 1, "number_change_number": 1, "notice": 1})
}

func (b *book) due(want ...string) {
	b.t.Helper()
	var got []string
	for _, c := range must(b.DueNumberChanges(b.t.Context(), b.now(), 0))(b.t) {
		got = append(got, c.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("due (-want +got):\n%s", diff)
	}
}

func changesDue(t *testing.T, b *book) {
	ctx := t.Context()
	if next := must(b.NextNumberChange(ctx))(t); !next.IsZero() {
		t.Errorf("next %v of none", next)
	}
	later, never := numberChange("c2", "s2", 1), numberChange("c3", "s3", 1)
	later.Due, never.Due = Noon().Add(2*time.Hour), time.Time{}
	b.change(later)
	b.change(numberChange("c1", "s1", 1))
	b.change(never)
	if next := must(b.NextNumberChange(ctx))(t); !next.Equal(Noon().Add(time.Hour)) {
		t.Errorf("next %v", next)
	}
	b.due()
	b.advance(time.Hour)
	b.due("c1")
	b.advance(time.Hour)
	b.due("c1", "c2")
	b.freeze(ledger.Freeze{Subject: "s3", By: "line"}, true)
	b.due("c3", "c1", "c2")
	never.Version, never.State = 2, "undoing"
	wants(t, "written over a freeze", b.PutNumberChange(ctx, never, row("x")), ledger.ErrStale)
	never.Frozen = true
	b.change(never)
	b.due("c1", "c2")
	over := numberChange("c1", "s1", 2)
	over.Ended, over.State = true, "done"
	b.change(over)
	b.due("c2")
}

func changesListed(t *testing.T, b *book) {
	list := func(since time.Time, want ...string) {
		t.Helper()
		var got []string
		for _, c := range must(b.NumberChanges(t.Context(), since, 0))(t) {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("since %v (-want +got):\n%s", since, diff)
		}
	}
	b.change(numberChange("c1", "s1", 1))
	b.advance(time.Minute)
	b.change(numberChange("c2", "s2", 1))
	over := numberChange("c2", "s2", 2)
	over.Ended, over.State = true, "done"
	b.change(over)
	b.advance(time.Minute)
	b.change(numberChange("c3", "s3", 1))
	list(Noon().Add(time.Minute), "c3", "c2", "c1")
	list(Noon().Add(2*time.Minute), "c3", "c1")
}

func badChanges(t *testing.T, b *book) {
	for name, spoil := range map[string]func(*ledger.NumberChange){
		"no id":      func(c *ledger.NumberChange) { c.ID = "" },
		"no subject": func(c *ledger.NumberChange) { c.Subject = "" },
		"no state":   func(c *ledger.NumberChange) { c.State = "" },
		"no version": func(c *ledger.NumberChange) { c.Version = 0 },
		"not sealed": func(c *ledger.NumberChange) { c.Sealed = nil },
		"too long":   func(c *ledger.NumberChange) { c.Sealed = make([]byte, 16<<10+1) },
		"no text":    func(c *ledger.NumberChange) { c.ID = "\x00" },
	} {
		c := numberChange("c1", "s1", 1)
		spoil(&c)
		wants(t, name, b.PutNumberChange(t.Context(), c, nil), ledger.ErrInvalid)
	}
}

// openCase is one of an hour.
func openCase(subject, why string) ledger.Case {
	return ledger.Case{Subject: subject, Sealed: []byte("who\x00\xff"), By: "jo", Reason: why, Until: Noon().Add(time.Hour)}
}

func cases(t *testing.T, b *book) {
	ctx := t.Context()
	for _, c := range []ledger.Case{openCase("s1", "first"), openCase("s2", "other"), openCase("s1", "second")} {
		if err := b.OpenCase(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	want := []ledger.Case{openCase("s1", "second"), openCase("s2", "other")}
	for i := range want {
		want[i].At = Noon()
	}
	if diff := cmp.Diff(want, must(b.Cases(ctx))(t), cmpopts.IgnoreFields(ledger.Case{}, "ID")); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	b.advance(time.Hour)
	if all := must(b.Cases(ctx))(t); len(all) != 0 {
		t.Errorf("after their time: %+v", all)
	}
	b.whole(map[string]int{"case": 3})
}

func badCases(t *testing.T, b *book) {
	for name, spoil := range map[string]func(*ledger.Case){
		"nobody":        func(c *ledger.Case) { c.Subject = "" },
		"by nobody":     func(c *ledger.Case) { c.By = "" },
		"for nothing":   func(c *ledger.Case) { c.Reason = "" },
		"without end":   func(c *ledger.Case) { c.Until = time.Time{} },
		"nobody sealed": func(c *ledger.Case) { c.Sealed = nil },
	} {
		c := openCase("s1", "x")
		spoil(&c)
		wants(t, name, b.OpenCase(t.Context(), c), ledger.ErrInvalid)
	}
}

// twoChange: of those who deal with a version, one writes the next.
func twoChange(t *testing.T, b *book) {
	b.change(numberChange("c1", "s1", 1))
	written := count{t: t}
	b.race(40, func(ctx context.Context, l *ledger.Ledger, i int) {
		version := int64(i/8) + 2
		for {
			err := l.PutNumberChange(ctx, numberChange("c1", "s1", version), row("x"))
			if err == nil {
				written.add(true, nil)
				return
			}
			wants(t, "the others", err, ledger.ErrStale)
			if now, err := l.NumberChange(ctx, "c1"); err != nil || now.Version >= version {
				written.add(false, err)
				return
			}
		}
	})
	written.is("written", 5)
	b.whole(map[string]int{"x": 5})
}

// twoOpen: a subject has one change at a time.
func twoOpen(t *testing.T, b *book) {
	opened := count{t: t}
	b.race(20, func(ctx context.Context, l *ledger.Ledger, i int) {
		err := l.PutNumberChange(ctx, numberChange("c"+string(rune('a'+i)), "s1", 1), row("x"))
		if err != nil {
			wants(t, "the others", err, ledger.ErrTaken)
		}
		opened.add(err == nil, nil)
	})
	opened.is("opened", 1)
	b.whole(map[string]int{"x": 1})
}
