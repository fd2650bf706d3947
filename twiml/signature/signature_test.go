package signature_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"
	"pgregory.net/rapid"

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
		{"too many fields", strings.Repeat("A=1&", 200), sign(token, "A=1"), signature.ErrMalformed},
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

// Twilio's own validator agrees on every form with unique keys.
func TestOracle(t *testing.T) {
	theirs := client.NewRequestValidator(token)
	ours := validator(t, token)
	rapid.Check(t, func(t *rapid.T) {
		params := rapid.MapOf(rapid.StringMatching(`[A-Za-z][A-Za-z0-9]{0,11}`), rapid.String()).Draw(t, "params")
		form := url.Values{}
		for k, v := range params {
			form.Set(k, v)
		}
		u := "https://a.example/v?" + url.Values{"t": {rapid.StringMatching(`[a-z0-9 ]{0,8}`).Draw(t, "t")}}.Encode()
		sig := signature.Sign(token, u, form)
		if !theirs.Validate(u, params, sig) {
			t.Fatal("Twilio does not accept what we sign")
		}
		if _, err := ours.Validate(u, []byte(form.Encode()), sig); err != nil {
			t.Fatalf("ours: %v", err)
		}
	})
}

func FuzzValidate(f *testing.F) {
	f.Add("A=1&B=%20", published.sig)
	v := validator(f, token)
	f.Fuzz(func(t *testing.T, body, sig string) {
		form, err := v.Validate("https://a.example/v", []byte(body), sig)
		if err == nil {
			want, perr := url.ParseQuery(body)
			if perr != nil || len(want) != form.Len() {
				t.Errorf("accepted %q", body)
			}
		}
	})
}

// webhook is a form as Twilio sends it.
func webhook() (u string, form url.Values) {
	form = url.Values{}
	for _, k := range strings.Fields("AccountSid ApiVersion CallSid CallStatus CallToken Called CalledCity CalledCountry CalledState CalledZip Caller CallerCity CallerCountry CallerState CallerZip Digits Direction FinishedOnKey From FromCity FromCountry FromState FromZip To ToCity") {
		form.Set(k, "+19195550101 value of it")
	}
	return "https://line.example.edu/voice/turn?e=g&t=7", form
}

func BenchmarkValidate(b *testing.B) {
	u, form := webhook()
	body, sig := []byte(form.Encode()), signature.Sign(token, u, form)
	b.Run("ours", func(b *testing.B) {
		v := validator(b, token)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Validate(u, body, sig); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("twilio-go", func(b *testing.B) {
		v := client.NewRequestValidator(token)
		b.ReportAllocs()
		for b.Loop() {
			parsed, _ := url.ParseQuery(string(body))
			params := make(map[string]string, len(parsed))
			for k := range parsed {
				params[k] = parsed.Get(k)
			}
			if !v.Validate(u, params, sig) {
				b.Fatal("refused")
			}
		}
	})
}
