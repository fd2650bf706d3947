package notice

import (
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// letter is what is sealed: everything about a notice that is personal.
type letter struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// sealer seals by XChaCha20-Poly1305: a nonce of 24 random bytes, then the
// ciphertext, bound to the notice's event so that no letter can be put into
// another's place.
type sealer struct {
	keys   []cipher.AEAD // the first seals, all open
	random io.Reader
}

var errSealed = errors.New("the sealed letter does not open")

func newSealer(random io.Reader, key, old []byte) (*sealer, error) {
	s := &sealer{random: random}
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

func (s *sealer) seal(event string, l letter) ([]byte, error) {
	plain, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("seal letter: %w", err)
	}
	return s.sealBytes(event, plain)
}

func (s *sealer) sealBytes(event string, plain []byte) ([]byte, error) {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return nil, fmt.Errorf("seal letter: %w", err)
	}
	return s.keys[0].Seal(nonce, nonce, plain, []byte(event)), nil
}

func (s *sealer) open(event string, sealed []byte) (l letter, err error) {
	plain, err := s.openBytes(event, sealed)
	if err != nil || json.Unmarshal(plain, &l) != nil {
		return letter{}, errSealed
	}
	return l, nil
}

func (s *sealer) openBytes(event string, sealed []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, errSealed
	}
	nonce, text := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	for _, k := range s.keys {
		if plain, err := k.Open(nil, nonce, text, []byte(event)); err == nil {
			return plain, nil
		}
	}
	return nil, errSealed
}
