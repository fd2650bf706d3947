package carrier

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"io"
	"net/url"
	"strings"
)

// The kinds of SIDs.
const (
	sidCall       = "CA"
	sidMessage    = "SM"
	sidConference = "CF"
	sidQueue      = "QU"
	sidRecording  = "RE"
	sidNumber     = "PN"
)

// sid is the next SID of a kind: the same for the same seed and order.
func (c *Carrier) sid(kind string) string {
	c.counts[kind]++
	return kind + c.token(kind, c.counts[kind])
}

// token is 32 hex digits that depend on the seed, the kind and n alone.
func (c *Carrier) token(kind string, n uint64) string {
	b := binary.BigEndian.AppendUint64(nil, c.opts.Seed)
	b = binary.BigEndian.AppendUint64(b, n)
	sum := sha256.Sum256(append(b, kind...))
	return hex.EncodeToString(sum[:16])
}

// hash is a number that depends on s alone: not on where the application happens
// to listen, which differs from run to run.
func (c *Carrier) hash(s string) uint32 {
	if base := c.opts.BaseURL; base != "" {
		s = strings.ReplaceAll(strings.ReplaceAll(s, base, ""), url.QueryEscape(base), "")
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, s)
	return h.Sum32()
}
