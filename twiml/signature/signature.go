// Package signature signs webhooks as Twilio does and checks the signatures of
// those that arrive.
//
// A signature is the base64 of HMAC-SHA1, keyed with the account's auth token,
// over the URL as requested and the form's keys and values, sorted by key. It
// has no delimiters and no time in it, so a valid one says only that the carrier
// has sent these characters once: check fields strictly, and replays elsewhere.
//
// [Validator.Validate] reads the raw body in one pass and is stricter than
// Twilio's own libraries: a repeated key, a broken escape or text that is not
// UTF-8 is refused, and there is no such thing as an empty token.
package signature

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's algorithm; HMAC-SHA1 is not broken
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"hash"
	"net/url"
	"slices"
	"sync"
)

// The ways in which a webhook can be refused; test for them with errors.Is.
var (
	ErrSignature = errors.New("signature does not match")
	ErrDuplicate = errors.New("form has a key twice")
	ErrMalformed = errors.New("form is malformed")
	ErrTooLarge  = errors.New("form is too large")
)

// Header is where the signature stands in a request.
const Header = "X-Twilio-Signature"

// Sign is the signature of a webhook: of the URL as it will be requested, with
// its query but without fragment and user, and of the form that is posted (nil
// for a GET). Of a repeated key every different value is signed once, sorted, as
// Twilio does.
func Sign(token, rawURL string, form url.Values) string {
	m := hmac.New(sha1.New, []byte(token))
	u := split(rawURL)
	m.Write([]byte(u.scheme + u.host + u.port + u.rest))
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		values := slices.Clone(form[k])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			m.Write([]byte(k))
			m.Write([]byte(v))
		}
	}
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// Validator checks signatures against one or more tokens. It is safe for
// concurrent use.
type Validator struct {
	scratch sync.Pool // of *scratch
}

// scratch is what one check works with; it is used again and again.
type scratch struct {
	macs   []hash.Hash // one a token
	url    []byte
	fields []byte
	sum    []byte
	text   [encodedSize]byte
}

// encodedSize is the length of every signature.
const encodedSize = (sha1.Size + 2) / 3 * 4

// New makes a validator. Several tokens are for the time of a rotation: any of
// them may have signed. No token, or an empty one, is an error: anyone could
// sign with it.
func New(tokens ...string) (*Validator, error) {
	if len(tokens) == 0 {
		return nil, errors.New("signature: no token")
	}
	if slices.Contains(tokens, "") {
		return nil, errors.New("signature: an empty token would accept everybody")
	}
	tokens = slices.Clone(tokens)
	return &Validator{scratch: sync.Pool{New: func() any {
		s := &scratch{}
		for _, t := range tokens {
			s.macs = append(s.macs, hmac.New(sha1.New, []byte(t)))
		}
		return s
	}}}, nil
}

// Validate checks a request: rawURL is the URL that was configured or handed
// out, with the query exactly as it was requested, body is the form as it
// arrived (empty for a GET), signature what the header says. The URL may be
// signed with or without its port, which the carrier drops for some products.
//
// It returns the form, which reads from body from then on, or one of this
// package's errors. It allocates nothing for a form of up to 40 fields.
func (v *Validator) Validate(rawURL string, body []byte, signature string) (Form, error) {
	if len(signature) != encodedSize {
		return Form{}, ErrSignature
	}
	var form Form
	if err := form.parse(body); err != nil {
		return Form{}, err
	}
	s := v.scratch.Get().(*scratch)
	defer v.scratch.Put(s)
	var err error
	if s.fields, err = form.decode(s.fields[:0]); err != nil {
		return Form{}, err
	}
	if !s.matches(rawURL, signature) {
		return Form{}, ErrSignature
	}
	return form, nil
}

// matches tries every way to write the port, and every token.
func (s *scratch) matches(rawURL, signature string) bool {
	u := split(rawURL)
	for _, port := range u.ports() {
		s.url = append(s.url[:0], u.scheme...)
		s.url = append(s.url, u.host...)
		s.url = append(s.url, port...)
		s.url = append(s.url, u.rest...)
		for _, m := range s.macs {
			m.Reset()
			m.Write(s.url)
			m.Write(s.fields)
			s.sum = m.Sum(s.sum[:0])
			base64.StdEncoding.Encode(s.text[:], s.sum)
			if subtle.ConstantTimeCompare(s.text[:], []byte(signature)) == 1 {
				return true
			}
		}
	}
	return false
}
