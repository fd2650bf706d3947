package ledgertest

import (
	"testing"

	"ringback/ivr/ledger"
)

func keyCases() []testCase {
	return []testCase{
		{"another key", otherKey},
		{"no key at first", noKey},
		{"no key for a broken chain", noKeyBroken},
	}
}

// reopen opens the place with a key.
func (b *book) reopen(k []byte, readOnly bool) (*ledger.Ledger, error) {
	b.t.Helper()
	l, err := ledger.Open(b.t.Context(), ledger.Options{URL: b.url, Key: k, ReadOnly: readOnly})
	if err == nil {
		b.t.Cleanup(func() { _ = l.Close() })
	}
	return l, err //nolint:wrapcheck // the case wants it as it is
}

func otherKey(t *testing.T, b *book) {
	other := ledger.ChainKey([]byte("another"))
	if _, err := b.reopen(other, false); err != nil { // nothing is sealed yet
		t.Fatal(err)
	}
	b.three()
	for name, k := range map[string][]byte{"another key": other, "no key": nil} {
		_, err := b.reopen(k, false)
		wants(t, name, err, ledger.ErrKey)
		reader, err := b.reopen(k, true)
		if err != nil {
			t.Errorf("%s: reading only: %v", name, err)
			continue
		}
		if r := must(reader.Verify(t.Context()))(t); r.OK() {
			t.Errorf("%s: report %v", name, r)
		}
	}
	if _, err := b.reopen(key(), false); err != nil {
		t.Errorf("with its key: %v", err)
	}
}

// noKey: a ledger of earlier versions is refused until it got its key.
func noKey(t *testing.T, b *book) {
	ctx := t.Context()
	plain := must(b.reopen(nil, false))(t)
	for range 3 {
		must(plain.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x", Subject: "s1"}))(t)
	}
	head := must(plain.Head(ctx))(t)
	for _, readOnly := range []bool{false, true} {
		_, err := b.reopen(key(), readOnly)
		wants(t, "with a key", err, ledger.ErrUnkeyed)
	}
	_, err := ledger.AddKey(ctx, ledger.Options{URL: b.url})
	wants(t, "no key to add", err, ledger.ErrInvalid)
	old := must(ledger.AddKey(ctx, ledger.Options{URL: b.url, Key: key()}))(t)
	if old != head {
		t.Errorf("the old end is %+v, want %+v", old, head)
	}
	keyed := must(b.reopen(key(), false))(t)
	must(keyed.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x"}))(t)
	b.whole(map[string]int{"x": 4, "add_key": 1})
	_, err = ledger.AddKey(ctx, ledger.Options{URL: b.url, Key: key()})
	wants(t, "a second time", err, ledger.ErrKey)
	_, err = plain.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x"})
	wants(t, "an instance that ran on without", err, ledger.ErrKey)
}

func noKeyBroken(t *testing.T, b *book) {
	ctx := t.Context()
	plain := must(b.reopen(nil, false))(t)
	for range 3 {
		must(plain.Append(ctx, ledger.Entry{Phase: ledger.Outcome, Action: "x"}))(t)
	}
	b.tamper(`UPDATE audit SET action = 'y' WHERE seq = 2`)
	_, err := ledger.AddKey(ctx, ledger.Options{URL: b.url, Key: key()})
	wants(t, "a key", err, ledger.ErrBroken)
	if _, err := b.reopen(nil, false); err != nil {
		t.Errorf("it has changed: %v", err)
	}
}
