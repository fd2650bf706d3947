package signature_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"ringback/twiml/signature"
)

const token = "12345"

// published is the vector in Twilio's documentation.
var published = struct {
	url, sig string
	form     url.Values
}{
	"https://example.com/myapp.php?foo=1&bar=2", "L/OH5YylLD5NRKLltdqwSvS0BnU=",
	url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675310"}, "Digits": {"1234"}, "From": {"+14158675310"}, "To": {"+18005551212"},
	},
}

func validator(t testing.TB, tokens ...string) *signature.Validator {
	t.Helper()
	v, err := signature.New(tokens...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPublishedVector(t *testing.T) {
	if got := signature.Sign(token, published.url, published.form); got != published.sig {
		t.Errorf("Sign = %s, want %s", got, published.sig)
	}
	f, err := validator(t, token).Validate(published.url, []byte(published.form.Encode()), published.sig)
	if err != nil {
		t.Fatal(err)
	}
	if f.Get("Digits") != "1234" || f.Get("Nothing") != "" || f.Len() != 5 {
		t.Errorf("form %+v", f)
	}
}

func TestURLVariants(t *testing.T) {
	for _, tt := range []struct {
		name, signed, seen string
		ok                 bool
	}{
		{"as it is", "https://a.example/v?t=1", "https://a.example/v?t=1", true},
		{"fragment is not signed", "https://a.example/v?t=1", "https://a.example/v?t=1#rc=1&rp=ct,rt,5xx", true},
		{"user is not signed", "https://a.example/v", "https://user:pass@a.example/v", true},
		{"port dropped over https", "https://a.example/v", "https://a.example:8443/v", true},
		{"default port put in", "https://a.example:443/v", "https://a.example/v", true},
		{"default http port put in", "http://a.example:80/v", "http://a.example/v", true},
		{"IPv6 with a port", "http://[::1]/v", "http://[::1]:8080/v", true},
		{"another path", "https://a.example/v", "https://a.example/w", false},
		{"another query", "https://a.example/v?t=1", "https://a.example/v?t=2", false},
		{"another host", "https://a.example/v", "https://b.example/v", false},
		{"another scheme", "https://a.example/v", "http://a.example/v", false},
		{"a trailing slash", "https://a.example/v", "https://a.example/v/", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := url.Values{"CallSid": {"CA1"}}
			_, err := validator(t, token).Validate(tt.seen, []byte(form.Encode()), signature.Sign(token, tt.signed, form))
			if ok := err == nil; ok != tt.ok {
				t.Errorf("err = %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	const u = "https://a.example/v"
	sign := func(token, body string) string {
		form, _ := url.ParseQuery(body)
		return signature.Sign(token, u, form)
	}
	for _, tt := range []struct {
		name, body, sig string
		want            error
	}{
		{"no signature", "A=1", "", signature.ErrSignature},
		{"not base64", "A=1", strings.Repeat("!", 28), signature.ErrSignature},
		{"too long", "A=1", sign(token, "A=1") + "A", signature.ErrSignature},
		{"another token", "A=1", sign("other", "A=1"), signature.ErrSignature},
		{"empty token", "A=1", sign("", "A=1"), signature.ErrSignature},
		{"a changed value", "A=2", sign(token, "A=1"), signature.ErrSignature},
		{"an added field", "A=1&B=2", sign(token, "A=1"), signature.ErrSignature},
		{"base64 with stray bits", "A=1", stray(sign(token, "A=1")), signature.ErrSignature},
		{"a key twice", "A=1&A=1", sign(token, "A=1&A=1"), signature.ErrDuplicate},
		{"a key twice, differently escaped", "A=1&%41=2", sign(token, "A=1&A=2"), signature.ErrDuplicate},
		{"a broken escape", "A=%4", sign(token, "A=1"), signature.ErrMalformed},
		{"no escape", "A=%zz", sign(token, "A=1"), signature.ErrMalformed},
		{"an empty key", "=1", sign(token, "A=1"), signature.ErrMalformed},
		{"a control character in a key", "A%00=1", sign(token, "A=1"), signature.ErrMalformed},
		{"not UTF-8", "A=%ff", sign(token, "A=1"), signature.ErrMalformed},
		{"a broken escape in a key", "A%4=1", sign(token, "A=1"), signature.ErrMalformed},
		{"a space in a key", "A+B=1", sign(token, "A+B=1"), signature.ErrMalformed},
		{"an escaped space in a key", "A%20B=1", sign(token, "A%20B=1"), signature.ErrMalformed},
		{"UTF-8 torn over two values", "A=%c3&B=%a9", sign(token, "A=%c3&B=%a9"), signature.ErrMalformed},
		{"an ampersand at the end", "A=1&", sign(token, "A=1"), signature.ErrMalformed},
		{"too many fields", fields(129), sign(token, fields(129)), signature.ErrMalformed},
		{"too many bytes", "A=" + strings.Repeat("1", signature.MaxBody), sign(token, "A=1"), signature.ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := validator(t, token).Validate(u, []byte(tt.body), tt.sig); !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
		})
	}
}

// stray changes bits of the last character that a lenient decoder ignores.
func stray(sig string) string {
	b := []byte(sig)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := strings.IndexByte(alphabet, b[26])
	b[26] = alphabet[i^1]
	return string(b)
}

func TestEmptyTokensAreRefused(t *testing.T) {
	for _, tokens := range [][]string{nil, {""}, {"a", ""}} {
		if _, err := signature.New(tokens...); err == nil {
			t.Errorf("New(%q) accepted", tokens)
		}
	}
}

func TestRotation(t *testing.T) {
	v := validator(t, "new", "old")
	for _, tok := range []string{"new", "old"} {
		if _, err := v.Validate("https://a.example/", nil, signature.Sign(tok, "https://a.example/", nil)); err != nil {
			t.Errorf("token %s: %v", tok, err)
		}
	}
}

// fields is a form of n fields.
func fields(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf("Field%03d=%d", i, i))
	}
	return strings.Join(parts, "&")
}

// What has gone wrong with webhooks elsewhere.
func TestTraps(t *testing.T) {
	const u = "https://a.example/v"
	for _, tt := range []struct {
		name, signedURL, seenURL string
		signed                   url.Values
		body                     string
		ok                       bool
	}{
		{"the query is signed in its own order", u + "?b=2&a=1", u + "?b=2&a=1", nil, "", true},
		{"a query in another order is another URL", u + "?b=2&a=1", u + "?a=1&b=2", nil, "", false},
		{"an apostrophe in the query stays", u + "?q=it's", u + "?q=it's", nil, "", true},
		{"escapes in the query stay", u + "?q=%2b%20+", u + "?q=%2b%20+", nil, "", true},
		{"escapes in the query are not rewritten", u + "?q=%2b", u + "?q=%2B", nil, "", false},
		{"the query of a GET is not signed twice", u + "?A=1", u + "?A=1", url.Values{"A": {"1"}}, "", false},
		{"fields do not move to the query", u, u + "?A=1", url.Values{"A": {"1"}}, "", false},
		{"a query may hold an at sign", u + "?to=a@b", u + "?to=a@b", nil, "", true},
		{"an at sign may be part of the password", u, "https://me:p@ss@a.example/v", nil, "", true},
		{"a port is kept over http", "http://a.example:8080/v", "http://a.example:8080/v", nil, "", true},
		{"another port is another URL", "https://a.example:8443/v", "https://a.example:9443/v", nil, "", false},
		{"only the default port is put in", "https://a.example:8443/v", "https://a.example/v", nil, "", false},
		{"white space around a value is signed", u, u, url.Values{"A": {" 1 "}}, "A=+1+", true},
		{"white space around a value is not trimmed", u, u, url.Values{"A": {"1"}}, "A=+1+", false},
		{"a plus is a space and %2B is a plus", u, u, url.Values{"A": {"+1 2"}}, "A=%2B1+2", true},
		{"keys sort by bytes, upper case first", u, u, url.Values{"a": {"1"}, "B": {"2"}, "AB": {"3"}}, "a=1&B=2&AB=3", true},
		{"a prefix sorts before what it begins", u, u, url.Values{"FromCity": {"x"}, "From": {"y"}}, "FromCity=x&From=y", true},
		{"an empty value is signed by its key", u, u, url.Values{"A": {""}}, "A=", true},
		{"a key without an equals sign has an empty value", u, u, url.Values{"A": {""}}, "A", true},
		{"unknown fields are signed too", u, u, url.Values{"New": {"1"}, "A": {"1"}}, "A=1&New=1", true},
		{"unknown fields are not left out", u, u, url.Values{"A": {"1"}}, "A=1&New=1", false},
		{"what is no URL is signed as it is", "/v#x", "/v", nil, "", true},
		{"JSON is not a form", u + "?bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", u + "?bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", nil, "{}", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sig := signature.Sign(token, tt.signedURL, tt.signed)
			_, err := validator(t, token).Validate(tt.seenURL, []byte(tt.body), sig)
			if tt.ok && err != nil {
				t.Errorf("refused: %v", err)
			}
			if !tt.ok && !errors.Is(err, signature.ErrSignature) {
				t.Errorf("err = %v, want %v", err, signature.ErrSignature)
			}
		})
	}
}

// The carrier signs a repeated key as Twilio's library for Node does, so that
// tests can send what we must refuse.
func TestSignRepeatedKeys(t *testing.T) {
	const u = "https://a.example/v"
	once := signature.Sign(token, u, url.Values{"A": {"1"}, "AB": {"2"}})
	if got := signature.Sign(token, u, url.Values{"A": {"1", "1"}, "AB": {"2"}}); got != once {
		t.Error("an equal value was signed twice")
	}
	ab := signature.Sign(token, u, url.Values{"A": {"2", "1"}})
	if ba := signature.Sign(token, u, url.Values{"A": {"1", "2"}}); ab != ba || ab == once {
		t.Error("different values are not signed as a sorted set")
	}
}

func TestTheOldTokenEndsWithTheRotation(t *testing.T) {
	const u = "https://a.example/"
	_, err := validator(t, "new").Validate(u, nil, signature.Sign("old", u, nil))
	if !errors.Is(err, signature.ErrSignature) {
		t.Errorf("err = %v", err)
	}
}
