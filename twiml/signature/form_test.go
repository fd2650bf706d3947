package signature_test

import (
	"net/url"
	"strconv"
	"testing"

	"ringback/twiml/signature"
)

// form is what a validator makes of a body that is signed.
func form(t *testing.T, body string) *signature.Form {
	t.Helper()
	values, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	const u = "https://a.example/v"
	f, err := validator(t, token).Validate(u, []byte(body), signature.Sign(token, u, values))
	if err != nil {
		t.Fatal(err)
	}
	return &f
}

func TestFormLookup(t *testing.T) {
	f := form(t, "To=%2B19195550101&SpeechResult=caf%C3%A9+au+lait&Empty=&Bare&%46rom=anonymous&Digits=12")
	for _, tt := range []struct {
		name, key, want string
		ok              bool
	}{
		{"as it is", "Digits", "12", true},
		{"an escaped plus", "To", "+19195550101", true},
		{"spaces and UTF-8", "SpeechResult", "café au lait", true},
		{"an empty value", "Empty", "", true},
		{"no equals sign", "Bare", "", true},
		{"an escaped key", "From", "anonymous", true},
		{"a key in its escaped form", "%46rom", "", false},
		{"another case", "digits", "", false},
		{"no such key", "Nothing", "", false},
		{"the empty key", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := f.Lookup(tt.key)
			if got != tt.want || ok != tt.ok || f.Get(tt.key) != tt.want {
				t.Errorf("Lookup = %q, %v; Get = %q", got, ok, f.Get(tt.key))
			}
		})
	}
	if f.Len() != 6 {
		t.Errorf("Len = %d", f.Len())
	}
}

func TestFormSizes(t *testing.T) {
	for _, n := range []int{1, 39, 40, 41, 128} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			f := *form(t, fields(n)) // a copy must be as good
			if f.Len() != n || f.Get("Field000") != "0" || f.Get(lastKey(n)) != strconv.Itoa(n-1) {
				t.Errorf("Len = %d, first %q, last %q", f.Len(), f.Get("Field000"), f.Get(lastKey(n)))
			}
		})
	}
}

func lastKey(n int) string {
	s := "00" + strconv.Itoa(n-1)
	return "Field" + s[len(s)-3:]
}

func TestZeroForm(t *testing.T) {
	var f signature.Form
	if f.Len() != 0 || f.Get("A") != "" {
		t.Error("zero form is not empty")
	}
}
