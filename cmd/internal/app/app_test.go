package app_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/twiml"
	"ringback/twiml/signature"
)

// site is an institution's folder: the example as it stands, with its secrets.
func site(t *testing.T, change ...string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := func(b string) string { return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(b, 16))) }
	write("secrets/sealing_key", key("ab")+"\n")
	write("secrets/pseudonym_key", key("cd")+"\n")
	write("secrets/twilio_auth_token", "0123456789abcdef0123456789abcdef\n")
	write("secrets/twilio_api_secret", "secret\n")
	write("secrets/duo_secret_key", "duo-secret-key-duo-secret-key-duo-secret\n")
	write("people.yaml", string(caller.SamplePeople()))
	text := strings.NewReplacer(append([]string{
		`#listen: ":8080"`, `listen: "127.0.0.1:0"`, `#metrics_listen: ":9090"`, `metrics_listen: "127.0.0.1:0"`,
	}, change...)...).Replace(string(config.Example()))
	write("ringback.yaml", text)
	return filepath.Join(dir, "ringback.yaml")
}

func load(t *testing.T, path string) *config.Config {
	t.Helper()
	c, err := config.Load(path, func(string) (string, bool) { return "embedded", true })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Any program that signs and posts webhooks can call, from the config alone.
func TestServesAForeignCarrier(t *testing.T) {
	a, err := app.New(t.Context(), app.Options{Config: load(t, site(t))})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"AccountSid": {"AC00000000000000000000000000000001"}, "CallSid": {"CA0123456789abcdef0123456789abcdef"},
		"From": {"+19195550101"}, "To": {"+19196842243"}, "CallStatus": {"ringing"}, "Direction": {"inbound"}, "ApiVersion": {"2010-04-01"},
	}
	post := func(sig string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+a.Addr()+"/voice", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(signature.Header, sig)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	status, doc := post(signature.Sign("0123456789abcdef0123456789abcdef", "https://line.example.edu/voice", form))
	if status != http.StatusOK || !strings.Contains(doc, "Duke Health") {
		t.Errorf("%d %s", status, doc)
	}
	if _, err := twiml.Parse([]byte(doc)); err != nil {
		t.Error(err)
	}
	if status, doc := post("forged"); status != http.StatusForbidden || doc != "" {
		t.Errorf("forged: %d %q", status, doc)
	}
	for range 2 {
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// drainClock stands still while the app waits for the load balancer.
type drainClock struct {
	clock.Clock
	draining, drained chan struct{}
}

func (c *drainClock) Sleep(ctx context.Context, d time.Duration) error {
	if d != drain {
		return c.Clock.Sleep(ctx, d)
	}
	close(c.draining)
	<-c.drained
	return nil
}

const drain = 41 * time.Second

// While it drains the app is not ready and takes no new call, but it answers.
func TestDrains(t *testing.T) {
	c := &drainClock{Clock: clock.Real(), draining: make(chan struct{}), drained: make(chan struct{})}
	a, err := app.New(t.Context(), app.Options{Config: load(t, site(t)), Clock: c, DrainDelay: drain})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	get := func() int {
		resp, err := http.Get("http://" + a.Addr() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if got := get(); got != http.StatusOK {
		t.Errorf("ready: %d", got)
	}
	stopped := make(chan error)
	go func() { stopped <- a.Stop(t.Context()) }()
	<-c.draining
	if got := get(); got != http.StatusServiceUnavailable {
		t.Errorf("draining: %d", got)
	}
	form := url.Values{"AccountSid": {"AC00000000000000000000000000000001"}, "CallSid": {"CA0123456789abcdef0123456789abcdef"}, "To": {"+19196842243"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+a.Addr()+"/voice", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set(signature.Header, signature.Sign("0123456789abcdef0123456789abcdef", "https://line.example.edu/voice", form))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new call: %d", resp.StatusCode)
	}
	close(c.drained)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestRefusesToStart(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"a code by mail without a mail server", "#factors: [pin, texted_code, recovery_code, duo_push]\n    # What callers", "factors: [pin, emailed_code]\n    # What callers", "there is no mail.host"},
		{"an unknown directory", "type: file", "type: nis", `no type "nis": one of file, ldap, sql`},
		{"a mistake in the directory's part", "path: people.yaml", "pth: people.yaml", "directory.config.pth: is not a key here (did you mean path?)"},
		{"no part for the directory", "  config:\n    path: people.yaml", "", "directory.config: is missing"},
		{"a directory in the clear", "type: file\n  config:\n    path: people.yaml", "type: ldap\n  config:\n    urls: [ldap://ldap.example.edu]", "directory.config.urls[0]: would send people in the clear"},
		{"a database in the clear", "type: file\n  config:\n    path: people.yaml", "type: sql\n  config:\n    url: postgres://db.example.edu/x", "directory.config.url: would send people"},
		{"no people file", "path: people.yaml", "path: nobody.yaml", "nobody.yaml"},
		{"an unknown message", "#words:\n      #goodbye: Thank you for calling. Goodbye.", "words:\n      good_bye: Thank you.", "good_bye"},
		{"no such ledger", "#url: sqlite:ringback.db", "url: sqlite:no/such/folder/ringback.db", "ledger"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := config.Load(site(t, tt.from, tt.to), func(string) (string, bool) { return "embedded", true })
			if err == nil {
				var a *app.App
				if a, err = app.New(t.Context(), app.Options{Config: c}); err == nil {
					_ = a.Stop(t.Context())
				}
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := app.New(t.Context(), app.Options{}); err == nil {
		t.Error("an app without a config")
	}
}
