package duobox

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// window is how far a request's date may be off: that of Duo's own mock.
const window = 300 * time.Second

// authenticate finds the account that signed a request, or Duo's failure.
func (b *Box) authenticate(r *http.Request, body []byte) (Account, *failure) {
	key, signature, ok := credentials(r.Header.Get("Authorization"))
	if !ok {
		return Account{}, fail(40101, "Missing request credentials")
	}
	date := r.Header.Get("X-Duo-Date")
	if date == "" {
		date = r.Header.Get("Date")
	}
	if date == "" {
		return Account{}, fail(40104, "Missing request timestamp")
	}
	at, err := time.Parse(time.RFC1123Z, date)
	if err != nil {
		at, err = time.Parse(time.RFC1123, date)
	}
	if off := b.clock.Now().Sub(at); err != nil || off > window || off < -window {
		return Account{}, fail(40105, "Bad request timestamp")
	}
	account, ok := b.accounts[key]
	if !ok {
		return Account{}, fail(40102, "Invalid integration key in request credentials")
	}
	for _, c := range canonicals(r, date, body, len(signature)) {
		mac := hmac.New(c.hash, []byte(account.SecretKey))
		mac.Write([]byte(c.text))
		if hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature)) {
			return account, nil
		}
	}
	return Account{}, fail(40103, "Invalid signature in request credentials")
}

func credentials(header string) (key, signature string, ok bool) {
	encoded, ok := strings.CutPrefix(header, "Basic ")
	if !ok {
		return "", "", false
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	key, signature, ok = strings.Cut(string(plain), ":")
	return key, signature, ok && key != "" && signature != ""
}

// canonical is one way in which a request may have been signed.
type canonical struct {
	text string
	hash func() hash.Hash
}

// canonicals tells the ways apart: v5 is SHA-512 and JSON, v2 is either hash and
// form bodies (Duo still takes SHA-1 there), and a request without a body may be
// either.
func canonicals(r *http.Request, date string, body []byte, length int) []canonical {
	isHash := sha512.New
	switch length {
	case 2 * sha1.Size:
		isHash = sha1.New
	case 2 * sha512.Size:
	default:
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil
	}
	head := date + "\n" + r.Method + "\n" + strings.ToLower(r.Host) + "\n" + r.URL.EscapedPath() + "\n"
	v5 := canonical{head + canonicalParams(query) + "\n" + hexSum(string(body)) + "\n" + hexSum(duoHeaders(r.Header)), isHash}
	v2 := canonical{head + canonicalParams(query), isHash}
	switch {
	case isForm(r):
		params, err := url.ParseQuery(string(body))
		if err != nil {
			return nil
		}
		v2.text = head + canonicalParams(params)
		return []canonical{v2}
	case length == 2*sha1.Size:
		return []canonical{v2}
	case len(body) == 0:
		return []canonical{v5, v2}
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return []canonical{v5}
	}
	return nil // Duo ignores such a body, and the signature with it
}

func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// canonicalParams escapes by RFC 3986 and sorts by the escaped key, then value.
func canonicalParams(params url.Values) string {
	var pairs [][2]string
	for key, values := range params {
		for _, value := range values {
			pairs = append(pairs, [2]string{escape(key), escape(value)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	parts := make([]string, 0, len(pairs))
	for _, p := range pairs {
		parts = append(parts, p[0]+"="+p[1])
	}
	return strings.Join(parts, "&")
}

func escape(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			out.WriteByte(c)
		default:
			out.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return out.String()
}

// duoHeaders joins the X-Duo-* headers as they are signed.
func duoHeaders(h http.Header) string {
	var parts []string
	for name, values := range h {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-duo-") && len(values) > 0 {
			parts = append(parts, lower+"\x00"+values[0])
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x00")
}

func hexSum(s string) string {
	sum := sha512.Sum512([]byte(s))
	return hex.EncodeToString(sum[:])
}
