package outbox

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// Sealer seals by XChaCha20-Poly1305: a nonce of 24 random bytes, then the
// ciphertext, bound to a name so that nothing sealed can be put into another's
// place. Make one with [NewSealer].
type Sealer struct {
	keys   []cipher.AEAD // the first seals, all open
	random io.Reader
}

// ErrSealed is what does not open: it was sealed with a key that we have not, or
// under another name, or somebody has changed it.
var ErrSealed = errors.New("the seal does not open")

// NewSealer takes keys of 32 bytes: one that seals, and the one before it, or nil.
func NewSealer(random io.Reader, key, old []byte) (*Sealer, error) {
	s := &Sealer{random: random}
	for _, k := range [][]byte{key, old} {
		if len(k) == 0 && len(s.keys) > 0 {
			continue
		}
		aead, err := chacha20poly1305.NewX(k)
		if err != nil {
			return nil, fmt.Errorf("sealing key: want %d bytes, have %d", chacha20poly1305.KeySize, len(k))
		}
		s.keys = append(s.keys, aead)
	}
	return s, nil
}

// Seal seals under a name, which it takes to open it again.
func (s *Sealer) Seal(name string, plain []byte) ([]byte, error) {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return s.keys[0].Seal(nonce, nonce, plain, []byte(name)), nil
}

// Open is the inverse of [Sealer.Seal]; its error is [ErrSealed].
func (s *Sealer) Open(name string, sealed []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, ErrSealed
	}
	nonce, text := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	for _, k := range s.keys {
		if plain, err := k.Open(nil, nonce, text, []byte(name)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}
