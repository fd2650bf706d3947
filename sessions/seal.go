package sessions

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// A stored value is a header and a ciphertext. The header is the key's id
// (1 byte), the version of the record (8 bytes, big endian) and the nonce
// (24 bytes). It is also the token of compare-and-set: a version alone would
// match a different write of the same number after Redis lost some.
const (
	headerSize = 1 + 8 + chacha20poly1305.NonceSizeX
	// sealOverhead is what sealing adds to a body, envelope not counted.
	sealOverhead = headerSize + chacha20poly1305.Overhead
)

// sealer seals with the current key and opens with that or the one before.
// Nonces are random: 192 bits make any number of messages safe.
type sealer struct {
	id, oldID byte
	key, old  cipher.AEAD // old is nil without rotation
}

func newSealer(key, old []byte) (*sealer, error) {
	s := &sealer{}
	var err error
	if s.key, s.id, err = newKey(key); err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	if len(old) > 0 {
		if s.old, s.oldID, err = newKey(old); err != nil {
			return nil, fmt.Errorf("old sealing key: %w", err)
		}
	}
	return s, nil
}

// newKey returns the cipher and the one-byte id of a key, which is a hint
// only: two keys may share it.
func newKey(key []byte) (cipher.AEAD, byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, 0, fmt.Errorf("want %d bytes, have %d: %w", chacha20poly1305.KeySize, len(key), ErrInvalid)
	}
	sum := sha256.Sum256(append([]byte("ringback key id\n"), key...))
	return aead, sum[0], nil
}

// seal returns header and ciphertext of plain, bound to where it is kept.
func (s *sealer) seal(redisKey string, version uint64, plain []byte) []byte {
	out := make([]byte, headerSize, sealOverhead+len(plain))
	out[0] = s.id
	binary.BigEndian.PutUint64(out[1:9], version)
	_, _ = rand.Read(out[9:headerSize]) // never fails, see its documentation
	return s.key.Seal(out, out[9:headerSize], plain, additional(redisKey, out))
}

// open returns the version and the plaintext of a stored value.
func (s *sealer) open(redisKey, stored string) (uint64, []byte, error) {
	if len(stored) < sealOverhead {
		return 0, nil, fmt.Errorf("short value: %w", ErrSealed)
	}
	raw := []byte(stored)
	header, text := raw[:headerSize], raw[headerSize:]
	ad := additional(redisKey, header)
	for _, k := range []struct {
		id   byte
		aead cipher.AEAD
	}{{s.id, s.key}, {s.oldID, s.old}} {
		if k.aead == nil || k.id != header[0] {
			continue
		}
		// Into a new slice: a failed try may leave its destination cleared.
		if plain, err := k.aead.Open(nil, header[9:], text, ad); err == nil {
			return binary.BigEndian.Uint64(header[1:9]), plain, nil
		}
	}
	return 0, nil, fmt.Errorf("open value: %w", ErrSealed)
}

// additional is the associated data: key id, version and the Redis key.
func additional(redisKey string, header []byte) []byte {
	ad := make([]byte, 0, 9+len(redisKey))
	ad = append(ad, header[:9]...)
	return append(ad, redisKey...)
}
