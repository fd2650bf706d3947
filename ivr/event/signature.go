package event

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// The headers of a request.
const (
	SignatureHeader = "Ringback-Signature" // "t=<Unix seconds>,v1=<hex>", one v1 a secret
	IDHeader        = "Ringback-Event-Id"  // the same on each attempt and for each hook
	TypeHeader      = "Ringback-Event"     // the type
)

// Tolerance is how old or new a request may be for a receiver: beyond it, it is a
// replay, or one of the two clocks is wrong.
const Tolerance = 5 * time.Minute

// The refusals of [Verify].
var (
	ErrMalformed = errors.New("the signature header cannot be read")
	ErrStale     = errors.New("the request is too old, or from the future")
	ErrForged    = errors.New("no signature is of a secret of ours")
)

// Sign is the signature header of a body that is sent at a moment: HMAC-SHA256
// with each secret over the time, a dot and the body.
func Sign(body []byte, at time.Time, secrets ...string) string {
	t := strconv.FormatInt(at.Unix(), 10)
	var b strings.Builder
	b.WriteString("t=" + t)
	for _, s := range secrets {
		b.WriteString(",v1=" + hex.EncodeToString(mac(s, t, body)))
	}
	return b.String()
}

func mac(secret, t string, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Verify checks a request as its receiver should: that it was signed with one of
// the secrets, within tolerance of now. Parts of the header that are not known are
// passed over. A receiver then remembers the event's id for a day, since every
// event may come more than once.
func Verify(header string, body []byte, now time.Time, tolerance time.Duration, secrets ...string) error {
	t, signatures, err := parse(header)
	if err != nil {
		return err
	}
	unix, err := strconv.ParseInt(t, 10, 64)
	if err != nil || len(signatures) == 0 {
		return ErrMalformed
	}
	if age := now.Sub(time.Unix(unix, 0)); age > tolerance || age < -tolerance {
		return ErrStale
	}
	for _, secret := range secrets {
		want := mac(secret, t, body)
		for _, s := range signatures {
			if secret != "" && hmac.Equal(s, want) {
				return nil
			}
		}
	}
	return ErrForged
}

// parse takes the header apart: the one time, as it stands there, and the signatures.
func parse(header string) (t string, signatures [][]byte, err error) {
	for part := range strings.SplitSeq(header, ",") {
		name, value, ok := strings.Cut(part, "=")
		switch {
		case !ok || name == "t" && t != "":
			return "", nil, ErrMalformed
		case name == "t":
			t = value
		case name == "v1":
			s, err := hex.DecodeString(value)
			if err != nil || len(s) != sha256.Size {
				return "", nil, ErrMalformed
			}
			signatures = append(signatures, s)
		}
	}
	return t, signatures, nil
}
