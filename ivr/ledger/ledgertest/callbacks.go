package ledgertest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func callbackCases() []testCase {
	return []testCase{
		{"a callback as it was taken", callbackTaken},
		{"one callback at a time for a number", callbackOnce},
		{"so many for a number in a day", callbackNumberCap},
		{"so many for a prefix in a day", callbackPrefixCap},
		{"so many open on a line", callbackLineCap},
		{"a callback over one version alone", callbackVersions},
		{"the end of a callback stays, without its number", callbackEnds},
		{"a callback with its rows and notices or not at all", callbackWhole},
		{"callbacks that are due", callbacksDue},
		{"callbacks listed", callbacksListed},
		{"bad callbacks", badCallbacks},
		{"states of callbacks", callbackStates},
	}
}

// callback is one that keeps its place, of a number and a prefix of its own.
func callback(id string) ledger.Callback {
	return ledger.Callback{
		ID: id, Number: "n" + id, Prefix: "p" + id, Line: "university", Language: "en-US", Request: "new_number",
		State: ledger.CallbackWaiting, Version: 1, Place: Noon().Add(-time.Minute), Due: Noon(), Sealed: []byte("sealed\x00\xff" + id),
	}
}

func taken() ledger.Entry {
	return ledger.Entry{Phase: ledger.Outcome, Action: "callback", Actor: "line"}
}

func (b *book) take(c ledger.Callback) {
	b.t.Helper()
	if err := b.TakeCallback(b.t.Context(), c, ledger.CallbackCaps{}, taken()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) put(c ledger.Callback) {
	b.t.Helper()
	if err := b.PutCallback(b.t.Context(), c, nil); err != nil {
		b.t.Fatal(err)
	}
}

// next is a callback's next version, changed by f.
func next(c ledger.Callback, f func(*ledger.Callback)) ledger.Callback {
	c.Version++
	if f != nil {
		f(&c)
	}
	return c
}

func dial(c *ledger.Callback) { c.State, c.Attempts = ledger.CallbackDialling, c.Attempts+1 }

func ends(state ledger.CallbackState, why string) func(*ledger.Callback) {
	return func(c *ledger.Callback) { c.State, c.Why = state, why }
}

func callbackTaken(t *testing.T, b *book) {
	ctx, c := t.Context(), callback("c1")
	c.Promised = true
	b.take(c)
	b.advance(time.Minute)
	c = next(c, dial)
	c.Due, c.Why, c.Sealed, c.Promised = Noon().Add(time.Hour), "no_answer", []byte("else"), false
	b.put(c)
	c.Created, c.Changed = Noon(), Noon().Add(time.Minute)
	if diff := cmp.Diff(c, must(b.Callback(ctx, "c1"))(t)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	_, err := b.Callback(ctx, "c2")
	wants(t, "no callback", err, ledger.ErrNotFound)
	b.whole(map[string]int{"callback": 1})
}

func callbackOnce(t *testing.T, b *book) {
	ctx := t.Context()
	first, second := callback("c1"), callback("c2")
	second.Number = first.Number
	b.take(first)
	wants(t, "while it waits", b.TakeCallback(ctx, second, ledger.CallbackCaps{}, taken()), ledger.ErrTaken)
	first = next(first, dial)
	b.put(first)
	wants(t, "while it is dialled", b.TakeCallback(ctx, second, ledger.CallbackCaps{}, taken()), ledger.ErrTaken)
	b.put(next(first, ends(ledger.CallbackReached, "reached")))
	b.take(second)
	b.whole(map[string]int{"callback": 2})
}

// capped takes callbacks until one is too many, and once more a day later.
func (b *book) capped(caps ledger.CallbackCaps, most int, like func(*ledger.Callback), open bool) {
	b.t.Helper()
	take := func(i int) (ledger.Callback, error) {
		c := callback("c" + strconv.Itoa(i))
		like(&c)
		return c, b.TakeCallback(b.t.Context(), c, caps, taken())
	}
	for i := range most {
		c, err := take(i)
		if err != nil {
			b.t.Fatal(err)
		}
		if !open {
			b.put(next(c, ends(ledger.CallbackCancelled, "x")))
		}
	}
	_, err := take(most)
	wants(b.t, "one too many", err, ledger.ErrFull)
	b.whole(map[string]int{"callback": most})
	b.advance(24 * time.Hour)
	_, err = take(most)
	if open {
		wants(b.t, "as many a day later", err, ledger.ErrFull)
		return
	}
	if err != nil {
		b.t.Errorf("a day later: %v", err)
	}
}

func callbackNumberCap(_ *testing.T, b *book) {
	b.capped(ledger.CallbackCaps{Number: 2, Prefix: 9, Line: 9}, 2, func(c *ledger.Callback) { c.Number = "n" }, false)
}

func callbackPrefixCap(_ *testing.T, b *book) {
	b.capped(ledger.CallbackCaps{Number: 2, Prefix: 3, Line: 9}, 3, func(c *ledger.Callback) { c.Prefix = "p" }, false)
}

func callbackLineCap(t *testing.T, b *book) {
	b.capped(ledger.CallbackCaps{Number: 9, Prefix: 9, Line: 3}, 3, func(*ledger.Callback) {}, true)
	other := callback("other")
	other.Line = "health"
	if err := b.TakeCallback(t.Context(), other, ledger.CallbackCaps{Line: 3}, taken()); err != nil {
		t.Errorf("on another line: %v", err)
	}
}

func callbackVersions(t *testing.T, b *book) {
	ctx, c := t.Context(), callback("c1")
	b.take(c)
	far, none := next(next(c, nil), nil), next(callback("c2"), nil)
	wants(t, "the first once more", b.PutCallback(ctx, c, row("x")), ledger.ErrStale)
	wants(t, "one too far", b.PutCallback(ctx, far, row("x")), ledger.ErrStale)
	wants(t, "none before", b.PutCallback(ctx, none, row("x")), ledger.ErrStale)
	b.put(next(c, dial))
	wants(t, "the same version twice", b.PutCallback(ctx, next(c, dial), row("x")), ledger.ErrStale)
	b.whole(map[string]int{"x": 0})
}

func callbackEnds(t *testing.T, b *book) {
	ctx, c := t.Context(), callback("c1")
	b.take(c)
	c = next(c, ends(ledger.CallbackCancelled, "wrong number"))
	b.put(c)
	got := must(b.Callback(ctx, "c1"))(t)
	if got.State != ledger.CallbackCancelled || got.Why != "wrong number" || got.Sealed != nil {
		t.Errorf("ended: %+v", got)
	}
	again := next(c, ends(ledger.CallbackWaiting, ""))
	wants(t, "after the end", b.PutCallback(ctx, again, nil), ledger.ErrStale)
}

func callbackWhole(t *testing.T, b *book) {
	ctx, c := t.Context(), callback("c1")
	wants(t, "a bad row", b.TakeCallback(ctx, c, ledger.CallbackCaps{}, ledger.Entry{}), ledger.ErrInvalid)
	b.take(c)
	c = next(c, ends(ledger.CallbackFailed, "no_answer"))
	bad := notice("e/1")
	bad.Sealed = nil
	wants(t, "a bad notice", b.PutCallback(ctx, c, row("callback_end"), bad), ledger.ErrInvalid)
	if got := must(b.Callback(ctx, "c1"))(t); got.Version != 1 {
		t.Errorf("version %d after what was refused, want 1", got.Version)
	}
	if err := b.PutCallback(ctx, c, row("callback_end"), notice("e/2")); err != nil {
		t.Fatal(err)
	}
	owed := must(b.Notices(ctx, ledger.NoticePending, 0))(t)
	if len(owed) != 1 || owed[0].Intent != 2 {
		t.Errorf("owed %+v, want one of row 2", owed)
	}
	b.whole(map[string]int{"callback": 1, "callback_end": 1, "notice": 1})
}

func ids(all []ledger.Callback) (got []string) {
	for _, c := range all {
		got = append(got, c.ID)
	}
	return got
}

func callbacksDue(t *testing.T, b *book) {
	ctx := t.Context()
	due := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, ids(must(b.DueCallbacks(ctx, b.now(), 0))(t))); diff != "" {
			t.Errorf("due (-want +got):\n%s", diff)
		}
	}
	if at := must(b.NextCallback(ctx))(t); !at.IsZero() {
		t.Errorf("next %v of none", at)
	}
	later, now := callback("c1"), callback("c2")
	later.Due = Noon().Add(time.Hour)
	b.take(later)
	b.take(now)
	due("c2")
	b.advance(time.Hour)
	due("c2", "c1")
	now = next(now, dial)
	b.put(now)
	due("c2", "c1")
	b.put(next(now, ends(ledger.CallbackReached, "")))
	due("c1")
	if at := must(b.NextCallback(ctx))(t); !at.Equal(later.Due) {
		t.Errorf("next %v, want %v", at, later.Due)
	}
}

func callbacksListed(t *testing.T, b *book) {
	first, second, third := callback("c1"), callback("c2"), callback("c3")
	second.Due, third.Due = Noon().Add(2*time.Hour), Noon().Add(time.Hour)
	for _, c := range []ledger.Callback{first, second, third} {
		b.take(c)
	}
	b.advance(time.Minute)
	b.put(next(first, ends(ledger.CallbackFailed, "no_answer")))
	for since, want := range map[time.Duration][]string{
		time.Minute: {"c3", "c2", "c1"}, 2 * time.Minute: {"c3", "c2"},
	} {
		if diff := cmp.Diff(want, ids(must(b.Callbacks(t.Context(), Noon().Add(since), 0))(t))); diff != "" {
			t.Errorf("since %v (-want +got):\n%s", since, diff)
		}
	}
}

func badCallbacks(t *testing.T, b *book) {
	for name, spoil := range map[string]func(*ledger.Callback){
		"no id":      func(c *ledger.Callback) { c.ID = "" },
		"no number":  func(c *ledger.Callback) { c.Number = "" },
		"no prefix":  func(c *ledger.Callback) { c.Prefix = "" },
		"no line":    func(c *ledger.Callback) { c.Line = "" },
		"never due":  func(c *ledger.Callback) { c.Due = time.Time{} },
		"no place":   func(c *ledger.Callback) { c.Place = time.Time{} },
		"not sealed": func(c *ledger.Callback) { c.Sealed = nil },
		"too long":   func(c *ledger.Callback) { c.Sealed = make([]byte, 16<<10+1) },
		"no text":    func(c *ledger.Callback) { c.Why = "\x00" },
	} {
		c := callback("c1")
		spoil(&c)
		wants(t, name, b.TakeCallback(t.Context(), c, ledger.CallbackCaps{}, taken()), ledger.ErrInvalid)
	}
	c := callback("c1")
	b.take(c)
	c = next(c, ends(ledger.CallbackUnknown, ""))
	wants(t, "no state", b.PutCallback(t.Context(), c, nil), ledger.ErrInvalid)
}

func callbackStates(t *testing.T, _ *book) {
	for _, s := range ledger.CallbackStates() {
		if got, err := ledger.ParseCallbackState(s.String()); got != s || err != nil {
			t.Errorf("%v read back: %v, %v", s, got, err)
		}
	}
	_, err := ledger.ParseCallbackState("unknown")
	wants(t, "unknown", err, ledger.ErrInvalid)
}

// twoTakeCallback: the last place under a cap goes to one of those who ask.
func twoTakeCallback(t *testing.T, b *book) {
	got := count{t: t}
	b.race(40, func(ctx context.Context, l *ledger.Ledger, i int) {
		c := callback("c" + strconv.Itoa(i))
		c.Prefix = "p"
		err := l.TakeCallback(ctx, c, ledger.CallbackCaps{Prefix: 7}, taken())
		if err != nil {
			wants(t, "the others", err, ledger.ErrFull)
		}
		got.add(err == nil, nil)
	})
	got.is("taken", 7)
	b.whole(map[string]int{"callback": 7})
}

// twoDial: of those who would dial, one does.
func twoDial(t *testing.T, b *book) {
	c := callback("c1")
	b.take(c)
	dialled := count{t: t}
	b.race(40, func(ctx context.Context, l *ledger.Ledger, _ int) {
		err := l.PutCallback(ctx, next(c, dial), row("callback_dial"))
		if err != nil {
			wants(t, "the others", err, ledger.ErrStale)
		}
		dialled.add(err == nil, nil)
	})
	dialled.is("dialled", 1)
	b.whole(map[string]int{"callback_dial": 1})
}
