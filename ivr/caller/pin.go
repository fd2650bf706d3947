package caller

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alexedwards/argon2id"
)

// The PIN's length: NIST SP 800-63B-4, 3.1.1 wants at least eight digits of a
// secret that is not the only factor.
const (
	minPIN = 8
	maxPIN = 32
)

// HashParams are the costs of a PIN's hash. The zero value is OWASP's argon2id
// minimum: 19 MiB, two passes, one thread.
type HashParams struct {
	MemoryKiB, Passes uint32
}

func (h HashParams) argon() *argon2id.Params {
	if h.MemoryKiB == 0 {
		h = HashParams{MemoryKiB: 19 << 10, Passes: 2}
	}
	return &argon2id.Params{Memory: h.MemoryKiB, Iterations: h.Passes, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// HashPIN returns the argon2id hash of a PIN for a people file, in PHC form. It
// refuses PINs that are too short or that would be guessed first; its errors do
// not hold the PIN.
func HashPIN(pin string, params HashParams) (string, error) {
	if err := checkPIN(pin); err != nil {
		return "", err
	}
	hash, err := argon2id.CreateHash(pin, params.argon())
	if err != nil {
		return "", fmt.Errorf("hash PIN: %w", err)
	}
	return hash, nil
}

func checkPIN(pin string) error {
	switch {
	case strings.Trim(pin, "0123456789") != "":
		return errors.New("a PIN has digits only")
	case len(pin) < minPIN:
		return fmt.Errorf("a PIN needs at least %d digits", minPIN)
	case len(pin) > maxPIN:
		return fmt.Errorf("a PIN has at most %d digits", maxPIN)
	case constantStep(pin):
		return errors.New("that PIN would be guessed first: its digits are all the same or in a row")
	}
	return nil
}

// constantStep reports whether the digits go on by the same step, such as
// 11111111, 12345678 or 97531975.
func constantStep(pin string) bool {
	step := (int(pin[1]) - int(pin[0]) + 10) % 10
	for i := 2; i < len(pin); i++ {
		if (int(pin[i])-int(pin[i-1])+10)%10 != step {
			return false
		}
	}
	return true
}

// hashes compares secrets with hashes, a bounded number at once: each takes
// memory and a core.
type hashes struct {
	slots chan struct{}
	dummy string
}

func newHashes(atOnce int, params HashParams) (*hashes, error) {
	dummy, err := argon2id.CreateHash("a secret that nobody has", params.argon())
	if err != nil {
		return nil, fmt.Errorf("make dummy hash: %w", err)
	}
	return &hashes{slots: make(chan struct{}, atOnce), dummy: dummy}, nil
}

// match compares. An empty hash costs the same and never matches.
func (h *hashes) match(ctx context.Context, secret, hash string) (bool, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return false, fmt.Errorf("wait for a hash: %w", context.Cause(ctx))
	}
	defer func() { <-h.slots }()
	enrolled := hash != ""
	if !enrolled {
		hash = h.dummy
	}
	ok, err := argon2id.ComparePasswordAndHash(secret, hash)
	if err != nil {
		return false, fmt.Errorf("compare with hash: %w", err)
	}
	return ok && enrolled, nil
}

// pinFactor compares with the person's argon2id hash in the directory, or in the
// ledger, or with a dummy.
type pinFactor struct{ hashes *hashes }

func (f pinFactor) compare(ctx context.Context, t try) (match, error) {
	hash := t.person.PINHash
	if hash == "" && t.found {
		hash = t.credentials.PINHash
	}
	ok, err := f.hashes.match(ctx, string(t.Secret), hash)
	return matched(ok, ""), err
}
