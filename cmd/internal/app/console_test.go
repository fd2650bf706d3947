package app_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr/desk/console"
)

// deskSite is a site with local accounts, reached on loopback.
func deskSite(t *testing.T) *config.Config {
	t.Helper()
	path := site(t, "public_url: https://line.example.edu", "public_url: http://127.0.0.1:8080", "#accounts_file: accounts.yaml", "accounts_file: accounts.yaml")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "accounts.yaml"), console.SampleAccounts(), 0o600); err != nil {
		t.Fatal(err)
	}
	return load(t, path)
}

// The web desk is served beside the carrier's routes, by what is configured; its
// streams outlive the server's time-outs and do not hold up its end.
func TestServesTheDesk(t *testing.T) {
	c := deskSite(t)
	a, err := app.New(t.Context(), app.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	do := func(method, path string, form url.Values) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+a.Addr()+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	text := func(resp *http.Response) string {
		t.Helper()
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d, %v", resp.StatusCode, err)
		}
		return string(b)
	}
	token := func(page string) string {
		return regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)[1]
	}
	in := token(text(do(http.MethodGet, "/desk/sign-in", nil)))
	page := text(do(http.MethodPost, "/desk/sign-in", url.Values{"token": {in}, "name": {"jo"}, "password": {"ringback-demo"}}))
	if !strings.Contains(page, "My calls") || !strings.Contains(page, "Ready") {
		t.Error("not signed in as somebody who takes calls")
	}
	form := url.Values{"token": {token(page)}, "state": {"away"}, "reason": {"lunch"}}
	if page = text(do(http.MethodPost, "/desk/calls/presence", form)); !strings.Contains(page, "Lunch") {
		t.Error("not away for lunch")
	}
	form = url.Values{"token": {token(page)}, "threat": {"on"}, "minutes": {"30"}, "reason": {"a drill"}}
	if page = text(do(http.MethodPost, "/desk/leads/threat", form)); !strings.Contains(page, "Elevated threat is on") {
		t.Error("the threat is not on")
	}
	if threat, err := a.Ledger().Threat(t.Context()); err != nil || threat.By != "jo" {
		t.Errorf("the ledger says %q, %v", threat.By, err)
	}
	stream := do(http.MethodGet, "/desk/events", nil)
	lines := bufio.NewScanner(stream.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "event: wall") {
		continue
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	began := time.Now()
	if err := a.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the stream held up the end for %v", took)
	}
	_ = stream.Body.Close()
}

func TestCheckDesk(t *testing.T) {
	c := deskSite(t)
	if err := app.CheckDesk(c); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(c.Desk.AccountsFile, []byte("accounts:\n  - {id: a, name: A, role: lead, password: s3cret}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := app.CheckDesk(c)
	if err == nil || !strings.Contains(err.Error(), "desk.accounts_file") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("err = %v", err)
	}
	if _, err := app.New(t.Context(), app.Options{Config: c}); err == nil {
		t.Error("started with a password in the clear")
	}
	c.Desk.AccountsFile += ".none"
	if err := app.CheckDesk(c); err == nil {
		t.Error("a file that is not there is fine")
	}
}
