package outbox_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"ringback/ivr/outbox"
)

// What is sealed opens under its own name, with the key or the one before it, and
// otherwise not at all.
func TestSealer(t *testing.T) {
	key, old, other := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)
	sealer := func(keys ...[]byte) *outbox.Sealer {
		t.Helper()
		s, err := outbox.NewSealer(rand.Reader, keys[0], append(keys, nil)[1])
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	sealed, err := sealer(old).Seal("a", []byte("letter"))
	if err != nil || bytes.Contains(sealed, []byte("letter")) {
		t.Fatalf("sealed %q, %v", sealed, err)
	}
	again, err := sealer(old).Seal("a", []byte("letter"))
	if err != nil || bytes.Equal(sealed, again) {
		t.Errorf("sealed twice the same, %v", err)
	}
	if got, err := sealer(key, old).Open("a", sealed); string(got) != "letter" || err != nil {
		t.Errorf("after a rotation: %q, %v", got, err)
	}
	bent := bytes.Clone(sealed)
	bent[len(bent)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another key":  func() ([]byte, error) { return sealer(key, other).Open("a", sealed) },
		"another name": func() ([]byte, error) { return sealer(old).Open("b", sealed) },
		"bent":         func() ([]byte, error) { return sealer(old).Open("a", bent) },
		"cut short":    func() ([]byte, error) { return sealer(old).Open("a", sealed[:23]) },
		"erased":       func() ([]byte, error) { return sealer(old).Open("a", nil) },
	} {
		if got, err := open(); got != nil || !errors.Is(err, outbox.ErrSealed) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, bad := range [][]byte{nil, {1}, bytes.Repeat([]byte{1}, 33)} {
		if _, err := outbox.NewSealer(rand.Reader, bad, nil); err == nil {
			t.Errorf("a key of %d bytes was taken", len(bad))
		}
	}
}
