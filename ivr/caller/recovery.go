package caller

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/alexedwards/argon2id"

	"ringback/ivr"
)

const (
	// recoveryDigits are 66 bits: NIST SP 800-63B-4, 4.2.1.1 wants 64.
	recoveryDigits = 20
	// slowRecovery is how many argon2id hashes of recovery codes a directory may
	// hold of a person. So many are computed for everybody.
	slowRecovery = 2
	// keyedHash begins a hash that is an HMAC with the institution's key. The code
	// has entropy enough to need no slow hash.
	keyedHash = "hmac-sha256$"
)

// recoveryCode compares with a code that was given out on paper. Hashes are keyed
// HMACs, of which one is computed whatever there is to compare with, or argon2id,
// of which two are. A selector beside each hash would save work and tell whoever
// reads the directory which code is which.
type recoveryCode struct {
	hashes     *hashes
	pseudonyms Pseudonyms
}

func (f recoveryCode) compare(ctx context.Context, t try) (match, error) {
	code := digitsOf(string(t.Secret))
	keyed := f.pseudonyms.RecoveryHash(t.subject, code)
	ok := false
	use := ""
	for _, h := range t.credentials.Recovery {
		if equal(h, keyed) {
			ok, use = true, h
		}
	}
	var slow []string
	for _, h := range t.person.Recovery {
		if strings.HasPrefix(h, keyedHash) {
			ok = equal(h, keyed) || ok
			continue
		}
		slow = append(slow, h)
	}
	for i := range slowRecovery {
		hash := ""
		if i < len(slow) {
			hash = slow[i]
		}
		same, err := f.hashes.match(ctx, code, hash)
		if err != nil {
			return match{}, err
		}
		ok = same || ok
	}
	m := matched(ok && t.found && len(code) == recoveryDigits, keyed)
	if m.outcome == ivr.OutcomeOK {
		m.use = use
	}
	return m, nil
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// digitsOf is a code without what makes it readable on paper.
func digitsOf(code string) string { return strings.NewReplacer("-", "", " ", "").Replace(code) }

// RecoveryHash is the hash of a subject's recovery code for the ledger or a
// directory. Dashes and spaces do not matter.
func (p Pseudonyms) RecoveryHash(subject, code string) string {
	return keyedHash + p.token("recovery", subject, digitsOf(code))
}

// NewRecoveryCode is a new code, as it is printed: 1234-5678-9012-3456-7890.
func NewRecoveryCode() (string, error) {
	var groups []string
	for range recoveryDigits / 4 {
		n, err := rand.Int(rand.Reader, big.NewInt(10_000))
		if err != nil {
			return "", fmt.Errorf("make a recovery code: %w", err)
		}
		groups = append(groups, fmt.Sprintf("%04d", n.Int64()))
	}
	return strings.Join(groups, "-"), nil
}

// checkHashes holds that a directory's hashes can be compared with.
func checkHashes(pin string, recovery []string) error {
	slow := 0
	for _, h := range recovery {
		if hex, keyed := strings.CutPrefix(h, keyedHash); keyed {
			if len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
				return errors.New("a keyed hash is none of ours; make one with `ringback recovery-codes issue --print-hashes`")
			}
			continue
		}
		slow++
		if _, _, _, err := argon2id.DecodeHash(h); err != nil {
			return errors.New("a hash is none of argon2id's; make one with `ringback pin`")
		}
	}
	if slow > slowRecovery {
		return fmt.Errorf("more than %d recovery codes have argon2id hashes: make a set with `ringback recovery-codes issue`", slowRecovery)
	}
	if pin == "" {
		return nil
	}
	if _, _, _, err := argon2id.DecodeHash(pin); err != nil {
		return errors.New("a hash is none of argon2id's; make one with `ringback pin`")
	}
	return nil
}
