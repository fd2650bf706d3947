package ledger

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
)

// ChainKey derives [Options.Key] from the institution's key for pseudonyms,
// which never changes either, so that there is no secret more to keep. No key
// gives none.
func ChainKey(pseudonymKey []byte) []byte {
	if len(pseudonymKey) == 0 {
		return nil
	}
	key, err := hkdf.Key(sha256.New, pseudonymKey, nil, "ringback ledger chain 1", sha256.Size)
	if err != nil {
		panic(fmt.Sprintf("ledger: derive a key of %d bytes: %v", sha256.Size, err)) // only for a length out of range
	}
	return key
}

// made reports whether a head was made with the ledger's key. An empty chain's
// has no seal yet.
func (l *Ledger) made(head Head, mac string) bool {
	if head == (Head{}) && mac == "" {
		return true
	}
	return hmac.Equal([]byte(mac), []byte(l.mac(head)))
}

// checkKey refuses a ledger that was begun with another key, or with none,
// before anything is written to it.
func (l *Ledger) checkKey(ctx context.Context, readOnly bool) error {
	return l.read(ctx, "open ledger", func(ctx context.Context) error {
		head, mac, err := readHead(ctx, l.r, readHeadSQL)
		if err != nil {
			return err
		}
		if l.made(head, mac) {
			return nil
		}
		if unkeyed := (&Ledger{}); unkeyed.made(head, mac) {
			return ErrUnkeyed
		}
		if readOnly {
			return nil // Verify will say what is wrong
		}
		return ErrKey
	})
}
