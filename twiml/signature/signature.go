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
	"encoding/base64"
	"errors"
	"hash"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// The ways in which a webhook can be refused; test for them with errors.Is.
var (
	ErrSignature = errors.New("signature does not match")
	ErrDuplicate = errors.New("form has a key twice")
	ErrMalformed = errors.New("form is malformed")
)

// maxFields is the largest number of fields in a form; Twilio sends under 50.
const maxFields = 128

// Header is where the signature stands in a request.
const Header = "X-Twilio-Signature"

// Sign is the signature of a webhook: of the URL as it will be requested, with
// its query but without fragment and user, and of the form that is posted (nil
// for a GET).
func Sign(token, rawURL string, form url.Values) string {
	m := hmac.New(sha1.New, []byte(token))
	m.Write([]byte(plain(rawURL)))
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

// plain is a URL without its fragment and its user, which are never signed.
func plain(rawURL string) string {
	rawURL, _, _ = strings.Cut(rawURL, "#")
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok {
		return rawURL
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		return scheme + "://" + host[i+1:] + path
	}
	return rawURL
}

// Validator checks signatures against one or more tokens. It is safe for
// concurrent use.
type Validator struct {
	pools []*sync.Pool // of *mac, one pool a token
}

// mac is a keyed hash that is used again and again.
type mac struct {
	h   hash.Hash
	sum [sha1.Size]byte
	buf []byte
}

// New makes a validator. Several tokens are for the time of a rotation: any of
// them may have signed. No token, or an empty one, is an error: anyone could
// sign with it.
func New(tokens ...string) (*Validator, error) {
	if len(tokens) == 0 {
		return nil, errors.New("signature: no token")
	}
	v := &Validator{}
	for _, t := range tokens {
		if t == "" {
			return nil, errors.New("signature: an empty token would accept everybody")
		}
		v.pools = append(v.pools, &sync.Pool{New: func() any { return &mac{h: hmac.New(sha1.New, []byte(t))} }})
	}
	return v, nil
}

// Validate checks a POST: rawURL is the URL that was configured or handed out,
// with the query as it was requested, body is the form as it arrived. It
// returns the form's fields, or an error that wraps one of this package's.
func (v *Validator) Validate(rawURL string, body []byte, signature string) (Form, error) {
	var given [sha1.Size + 4]byte
	n, err := base64.StdEncoding.Strict().Decode(given[:], append(make([]byte, 0, 32), signature[:min(len(signature), 28)]...))
	if err != nil || n != sha1.Size || len(signature) != 28 {
		return Form{}, ErrSignature
	}
	form, err := parse(body)
	if err != nil {
		return Form{}, err
	}
	for _, u := range variants(plain(rawURL)) {
		if u == "" {
			continue
		}
		for _, p := range v.pools {
			if matches(p, u, &form, given[:sha1.Size]) {
				return form, nil
			}
		}
	}
	return Form{}, ErrSignature
}

func matches(p *sync.Pool, u string, f *Form, given []byte) bool {
	m := p.Get().(*mac)
	defer p.Put(m)
	m.buf = append(m.buf[:0], u...)
	for _, x := range f.fields {
		m.buf = append(m.buf, f.data[x.key:x.value]...)
		m.buf = append(m.buf, f.data[x.value:x.end]...)
	}
	m.h.Reset()
	m.h.Write(m.buf)
	return hmac.Equal(m.h.Sum(m.sum[:0]), given)
}

// variants are the URL as it is, and with its port left out or the scheme's own
// put in: Twilio drops or keeps it depending on product and scheme.
func variants(u string) [2]string {
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok {
		return [2]string{u}
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return [2]string{u, scheme + "://" + host[:i] + path}
	}
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	return [2]string{u, scheme + "://" + host + port + path}
}
