package signature_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/twilio/twilio-go/client"
	"pgregory.net/rapid"

	"ringback/twiml/signature"
)

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
		got, err := ours.Validate(u, []byte(form.Encode()), sig)
		if utf8valid(params) != (err == nil) {
			t.Fatalf("ours: %v", err)
		}
		for k, v := range params {
			if err == nil && got.Get(k) != v {
				t.Fatalf("%s = %q, want %q", k, got.Get(k), v)
			}
		}
		params["Added"] += "1"
		form.Set("Added", params["Added"])
		if _, err := ours.Validate(u, []byte(form.Encode()), sig); err == nil || theirs.Validate(u, params, sig) {
			t.Fatal("accepted a changed form")
		}
	})
}

// utf8valid is false for what we refuse and Twilio's library does not.
func utf8valid(params map[string]string) bool {
	for _, v := range params {
		if !utf8.ValidString(v) {
			return false
		}
	}
	return true
}

func FuzzValidate(f *testing.F) {
	for _, body := range []string{"", "A=1&B=%20", "B=2&%41=1", "A=+&a", "A=1&A=1", "A=%e2%82%ac", "=", "&"} {
		f.Add(body)
	}
	const u = "https://a.example/v"
	v := validator(f, token)
	f.Fuzz(func(t *testing.T, body string) {
		want, perr := url.ParseQuery(body)
		form, err := v.Validate(u, []byte(body), signature.Sign(token, u, want))
		if err != nil {
			if errors.Is(err, signature.ErrSignature) && perr == nil && !strings.Contains(body, ";") {
				t.Errorf("%q: signed form is neither right nor malformed", body)
			}
			return
		}
		if perr != nil || len(want) != form.Len() {
			t.Fatalf("accepted %q", body)
		}
		for k, values := range want {
			if got, ok := form.Lookup(k); !ok || len(values) != 1 || got != values[0] {
				t.Errorf("%q: %q = %q, want %q", body, k, got, values)
			}
		}
	})
}

// webhook is a form as Twilio sends it.
func webhook() (u string, form url.Values) {
	form = url.Values{}
	for k := range strings.FieldsSeq("AccountSid ApiVersion CallSid CallStatus CallToken Called CalledCity CalledCountry CalledState CalledZip Caller CallerCity CallerCountry CallerState CallerZip Digits Direction FinishedOnKey From FromCity FromCountry FromState FromZip To ToCity") {
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
