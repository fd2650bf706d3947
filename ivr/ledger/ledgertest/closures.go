package ledgertest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
)

func closureCases() []testCase {
	return []testCase{
		{"closed, again, and lifted", closedDesk},
		{"a closure ends by itself", closureEnds},
		{"bad closures", badClosures},
	}
}

func closedDesk(t *testing.T, b *book) {
	ctx := t.Context()
	if all := must(b.Closures(ctx))(t); all != nil {
		t.Errorf("at first %+v", all)
	}
	one := ledger.Closure{Line: "university", Words: "The building has no power.", Until: Noon().Add(time.Hour), By: "jo"}
	every := ledger.Closure{Words: "Ice on the roads.", Until: Noon().Add(3 * time.Hour), By: "jo"}
	for _, c := range []ledger.Closure{one, every} {
		if err := b.SetClosure(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	b.advance(time.Minute)
	one.Words, one.Until = "The power is coming back.", Noon().Add(2*time.Hour)
	if err := b.SetClosure(ctx, one); err != nil {
		t.Fatal(err)
	}
	one.Set, every.Set = Noon().Add(time.Minute), Noon()
	if diff := cmp.Diff([]ledger.Closure{every, one}, must(b.Closures(ctx))(t)); diff != "" {
		t.Errorf("closed (-want +got):\n%s", diff)
	}
	if err := b.LiftClosure(ctx, "university", "jo", "power is back"); err != nil {
		t.Fatal(err)
	}
	wants(t, "lifted twice", b.LiftClosure(ctx, "university", "jo", "power is back"), ledger.ErrNotFound)
	if diff := cmp.Diff([]ledger.Closure{every}, must(b.Closures(ctx))(t)); diff != "" {
		t.Errorf("after one was lifted (-want +got):\n%s", diff)
	}
	b.whole(map[string]int{"close_desk": 3, "open_desk": 1})
}

func closureEnds(t *testing.T, b *book) {
	ctx := t.Context()
	if err := b.SetClosure(ctx, ledger.Closure{Words: "Fire drill.", Until: Noon().Add(time.Hour), By: "jo"}); err != nil {
		t.Fatal(err)
	}
	b.advance(time.Hour - time.Millisecond)
	if all := must(b.Closures(ctx))(t); len(all) != 1 {
		t.Errorf("the last moment: %+v", all)
	}
	b.advance(time.Millisecond)
	if all := must(b.Closures(ctx))(t); len(all) != 0 {
		t.Errorf("then: %+v", all)
	}
	wants(t, "lifted after its end", b.LiftClosure(ctx, "", "jo", "over"), ledger.ErrNotFound)
}

func badClosures(t *testing.T, b *book) {
	ctx := t.Context()
	good := ledger.Closure{Words: "Fire drill.", Until: Noon().Add(time.Hour), By: "jo"}
	for name, edit := range map[string]func(*ledger.Closure){
		"without words":  func(c *ledger.Closure) { c.Words = " " },
		"too long":       func(c *ledger.Closure) { c.Words = strings.Repeat("é", 201) },
		"not text":       func(c *ledger.Closure) { c.Words = "a\x00b" },
		"by nobody":      func(c *ledger.Closure) { c.By = "" },
		"over already":   func(c *ledger.Closure) { c.Until = Noon() },
		"without an end": func(c *ledger.Closure) { c.Until = time.Time{} },
	} {
		c := good
		edit(&c)
		wants(t, name, b.SetClosure(ctx, c), ledger.ErrInvalid)
	}
	wants(t, "lifted by nobody", b.LiftClosure(ctx, "", "", "over"), ledger.ErrInvalid)
	wants(t, "lifted for nothing", b.LiftClosure(ctx, "", "jo", ""), ledger.ErrInvalid)
	if all := must(b.Closures(ctx))(t); len(all) != 0 {
		t.Errorf("closed by a refusal: %+v", all)
	}
	b.whole(map[string]int{"close_desk": 0})
}
