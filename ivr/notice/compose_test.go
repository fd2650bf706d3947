package notice_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/notice"
)

func TestComposeAgainAddsNothing(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		e := links()
		e.Texts = []string{phone, "+19195550113", phone}
		r.owe(ctx, e)
		r.stats(ctx, 3, 0)
		e.Texts = []string{"+19195550113", "", phone} // another order
		r.owe(ctx, e)
		r.stats(ctx, 3, 0)
		e.Effect++
		r.owe(ctx, e)
		r.stats(ctx, 6, 0)
	})
}

func TestCompose(t *testing.T) {
	play(t, nil, func(_ context.Context, r *rig) {
		e := links()
		owed, reference, err := r.Compose(e)
		if err != nil || len(owed) != 2 || len(reference) != 8 || strings.Trim(reference, "0123456789") != "" {
			t.Fatalf("%d notices, reference %q, %v", len(owed), reference, err)
		}
		for i, channel := range []string{"text", "mail"} {
			n := owed[i]
			if n.Channel != channel || n.Subject != e.Subject || n.Kind != "links_sent" || n.Reference != filed(reference) ||
				!strings.HasPrefix(n.Event, "links_sent/c0ffee/7/") {
				t.Errorf("notice %+v", n)
			}
		}
		if _, other, _ := r.Compose(e); other == reference {
			t.Error("the reference is not random")
		}
		e.Seed = 42
		_, one, _ := r.Compose(e)
		_, two, _ := r.Compose(e)
		e.Effect++
		_, three, _ := r.Compose(e)
		if one != two || one == three {
			t.Errorf("seeded references %s, %s, %s", one, two, three)
		}
		e.CallRef, e.Effect, e.Key, e.Kind, e.Factor = "", 0, "unlock/17", notice.FactorUnlocked, "pin"
		if owed, _, err = r.Compose(e); err != nil || !strings.HasPrefix(owed[0].Event, "factor_unlocked/unlock/17/") {
			t.Errorf("by key: %+v, %v", owed, err)
		}
	})
}

// Whom a notice was about opens with its digits and for its own event only, and
// what the ledger keeps of it does not say it.
func TestWhose(t *testing.T) {
	play(t, nil, func(_ context.Context, r *rig) {
		e := links()
		e.ID = "1000002"
		owed, digits, err := r.Compose(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range owed {
			if id, err := r.Whose(n, digits); id != e.ID || err != nil || bytes.Contains(n.Whose, []byte(e.ID)) {
				t.Errorf("whose: %q, %v, sealed %x", id, err, n.Whose)
			}
			if id, err := r.Whose(n, "00000000"); err == nil {
				t.Errorf("by other digits: %q", id)
			}
		}
		swapped := owed[0]
		swapped.Whose = owed[1].Whose
		if id, err := r.Whose(swapped, digits); err == nil {
			t.Errorf("by another notice: %q", id)
		}
		e.ID = ""
		if owed, digits, err = r.Compose(e); err != nil || len(owed[0].Whose) > 0 {
			t.Fatalf("of nobody: %+v, %v", owed, err)
		}
		if id, err := r.Whose(owed[0], digits); err == nil {
			t.Errorf("of nobody: %q", id)
		}
	})
}

func TestNobodyToTellByMail(t *testing.T) {
	play(t, nil, func(_ context.Context, r *rig) {
		w := r.worker(func(o *notice.Options) { o.Mailer = nil })
		owed, _, err := w.Compose(links())
		if err != nil || len(owed) != 1 || owed[0].Channel != "text" {
			t.Errorf("owed %+v, %v", owed, err)
		}
		e := links()
		e.Texts = nil
		owed, reference, err := w.Compose(e)
		if err != nil || len(owed) != 0 || reference == "" {
			t.Errorf("owed %+v, %v", owed, err)
		}
	})
}

// words are the same for everything: {reference} stands for it.
type words struct{ subject, text string }

func (w words) Notice(_, _, _ string, args map[string]string) (string, string, error) {
	return w.subject, strings.ReplaceAll(w.text, "{reference}", args["reference"]), nil
}

func TestComposeRefuses(t *testing.T) {
	play(t, nil, func(_ context.Context, r *rig) {
		for name, change := range map[string]func(*notice.Event){
			"kind":          func(e *notice.Event) { e.Kind = notice.KindUnknown },
			"line":          func(e *notice.Event) { e.Line = "health" },
			"subject":       func(e *notice.Event) { e.Subject = "" },
			"time":          func(e *notice.Event) { e.At = time.Time{} },
			"no cause":      func(e *notice.Event) { e.CallRef = "" },
			"two causes":    func(e *notice.Event) { e.Key = "x" },
			"without words": func(e *notice.Event) { e.Language = "tlh" },
		} {
			e := links()
			change(&e)
			if owed, reference, err := r.Compose(e); err == nil || owed != nil || reference != "" {
				t.Errorf("%s: accepted", name)
			}
		}
		for name, bad := range map[string]words{
			"no reference": {"subject", "something was done"},
			"no subject":   {"", "{reference}"},
			"too long":     {"subject", "{reference}" + strings.Repeat("é", 1600)},
		} {
			w := r.worker(func(o *notice.Options) { o.Wording = bad })
			if _, _, err := w.Compose(links()); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		w := r.worker(func(o *notice.Options) { o.Random = iotest.ErrReader(errors.New("no entropy")) })
		if _, _, err := w.Compose(links()); err == nil {
			t.Error("no randomness: accepted")
		}
	})
}

func TestNewRefuses(t *testing.T) {
	play(t, nil, func(_ context.Context, r *rig) {
		ok := notice.Options{
			Ledger: r.ledger, Texter: r.texts, Wording: wording{}, Lines: lines(t), Reference: filed, Key: bytes.Repeat([]byte{7}, 32),
		}
		if _, err := notice.New(ok); err != nil {
			t.Error(err)
		}
		for name, change := range map[string]func(*notice.Options){
			"ledger":       func(o *notice.Options) { o.Ledger = nil },
			"texter":       func(o *notice.Options) { o.Texter = nil },
			"wording":      func(o *notice.Options) { o.Wording = nil },
			"lines":        func(o *notice.Options) { o.Lines = nil },
			"number":       func(o *notice.Options) { o.Lines = map[string]notice.Line{"university": {}} },
			"reference":    func(o *notice.Options) { o.Reference = nil },
			"no key":       func(o *notice.Options) { o.Key = nil },
			"short key":    func(o *notice.Options) { o.Key = o.Key[:31] },
			"old key":      func(o *notice.Options) { o.OldKey = o.Key[:31] },
			"batch":        func(o *notice.Options) { o.Batch = -1 },
			"every":        func(o *notice.Options) { o.Every = -1 },
			"lease":        func(o *notice.Options) { o.Lease = -1 },
			"short lease":  func(o *notice.Options) { o.Lease = time.Second },
			"age":          func(o *notice.Options) { o.MaxAge = -1 },
			"first pause":  func(o *notice.Options) { o.FirstPause = -1 },
			"longest wait": func(o *notice.Options) { o.LongestPause = -1 },
		} {
			o := ok
			change(&o)
			if _, err := notice.New(o); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
	})
}

func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range notice.Kinds() {
		got, err := notice.ParseKind(k.String())
		if diff := cmp.Diff(k, got); diff != "" || err != nil || seen[k.String()] {
			t.Errorf("%v: %v, %v", k, got, err)
		}
		seen[k.String()] = true
	}
	for _, bad := range []string{"", "unknown", "kind(99)"} {
		if _, err := notice.ParseKind(bad); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
	if got := notice.Kind(99).String(); got != "kind(99)" {
		t.Error(got)
	}
}
