package caller

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// Pseudonyms stand for people and numbers in keys, in the ledger and in logs:
// 128 bits of HMAC-SHA-256. Who has not the key can neither make nor undo them.
type Pseudonyms struct{ key []byte }

// NewPseudonyms takes the key, at least 32 bytes. It must not change: what is in
// the ledger is filed under it.
func NewPseudonyms(key []byte) (Pseudonyms, error) {
	if len(key) < 32 {
		return Pseudonyms{}, errors.New("pseudonym key: at least 32 bytes are needed")
	}
	return Pseudonyms{key: key}, nil
}

// Subject is the pseudonym of a unique ID, whether or not anybody has it.
func (p Pseudonyms) Subject(id string) string { return p.of("subject", id) }

// Number is the pseudonym of an E.164 number.
func (p Pseudonyms) Number(e164 string) string { return p.of("number", e164) }

// Prefix is the pseudonym of a number without its last four digits.
func (p Pseudonyms) Prefix(e164 string) string {
	return p.of("prefix", e164[:max(0, len(e164)-4)])
}

// Reference is the pseudonym of the 8 digits that a notice tells.
func (p Pseudonyms) Reference(digits string) string { return p.of("reference", digits) }

// token is what a thing that counts once is known by, all 256 bits.
func (p Pseudonyms) token(kind string, parts ...string) string {
	return hex.EncodeToString(p.mac(append([]string{"token", kind}, parts...)...))
}

// effect is the number of an effect as part of a name.
func effect(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func (p Pseudonyms) of(kind, value string) string {
	return hex.EncodeToString(p.mac(kind, value)[:16])
}

func (p Pseudonyms) mac(parts ...string) []byte {
	m := hmac.New(sha256.New, p.key)
	for _, s := range parts {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(s)))
		m.Write(n[:])
		m.Write([]byte(s))
	}
	return m.Sum(nil)
}

// code is a six-digit code, bound to everything that it is for. The same
// arguments give the same code, so that a second run of an effect sends it again.
func (p Pseudonyms) code(purpose, subject, ref string, effect uint32, salt uint64) string {
	m := p.mac("code", purpose, subject, ref, fmt.Sprint(effect), fmt.Sprint(salt))
	// 64 bits modulo a million: the bias is below one in 10^13.
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(m)%1_000_000)
}
