package duo_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/duo"
)

func TestNew(t *testing.T) {
	const secret = "topsecrettopsecret"
	tests := []struct {
		name   string
		change func(*duo.Options)
		err    string // "" is fine
	}{
		{"an API host", func(*duo.Options) {}, ""},
		{"http on loopback", func(o *duo.Options) { o.BaseURL = "http://127.0.0.1:8080" }, ""},
		{"http on loopback, IPv6", func(o *duo.Options) { o.BaseURL = "http://[::1]:8080/" }, ""},
		{"http on localhost", func(o *duo.Options) { o.BaseURL, o.APIHost = "http://localhost:8080", "" }, ""},
		{"another https base", func(o *duo.Options) { o.BaseURL = "https://duo.example.edu" }, ""},
		{"no integration key", func(o *duo.Options) { o.IntegrationKey = "" }, "required"},
		{"a colon in the integration key", func(o *duo.Options) { o.IntegrationKey = "DI:X" }, "no integration key"},
		{"no secret key", func(o *duo.Options) { o.SecretKey = "" }, "required"},
		{"no HTTP client", func(o *duo.Options) { o.HTTPClient = nil }, "required"},
		{"no clock", func(o *duo.Options) { o.Clock = nil }, "required"},
		{"negative timeout", func(o *duo.Options) { o.Timeout = -time.Second }, "negative"},
		{"no host", func(o *duo.Options) { o.APIHost = "" }, "host name"},
		{"a URL for a host", func(o *duo.Options) { o.APIHost = "https://api.example.com" }, "host name"},
		{"a host with a user", func(o *duo.Options) { o.APIHost = "u:" + secret + "@api.example.com" }, "host name"},
		{"a host that does not parse", func(o *duo.Options) { o.APIHost = "api%zz" }, "does not parse"},
		{"a port for a host", func(o *duo.Options) { o.APIHost = ":443" }, "does not parse"},
		{"http elsewhere", func(o *duo.Options) { o.BaseURL = "http://duo.example.edu" }, "https"},
		{"http on what looks like loopback", func(o *duo.Options) { o.BaseURL = "http://127.0.0.1.example.com" }, "https"},
		{"http on a number that is a name", func(o *duo.Options) { o.BaseURL = "http://127.example" }, "https"},
		{"another scheme", func(o *duo.Options) { o.BaseURL = "ftp://127.0.0.1" }, "https"},
		{"a path", func(o *duo.Options) { o.BaseURL = "https://api.example.com/duo" }, "scheme and a host only"},
		{"a query", func(o *duo.Options) { o.BaseURL = "https://api.example.com?key=" + secret }, "scheme and a host only"},
		{"a password", func(o *duo.Options) { o.BaseURL = "https://u:" + secret + "@api.example.com" }, "scheme and a host only"},
		{"a base that does not parse", func(o *duo.Options) { o.BaseURL = "https://u:" + secret + "%zz@x" }, "does not parse"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			o := duo.Options{
				APIHost: "api-12345678.duosecurity.com", IntegrationKey: "DIX", SecretKey: secret,
				HTTPClient: &http.Client{}, Clock: clock.NewVirtual(start),
			}
			tc.change(&o)
			_, err := duo.New(o)
			switch {
			case tc.err == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case tc.err != "" && err == nil:
				t.Fatal("accepted")
			case tc.err != "" && (!strings.Contains(err.Error(), tc.err) || strings.Contains(err.Error(), secret)):
				t.Errorf("err = %v, want one with %q and without the secret", err, tc.err)
			}
		})
	}
}
