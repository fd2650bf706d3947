package app_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr/caller/directorytest"
)

// A whole service with its people in LDAP: it imports their numbers once, counts
// what it asks, and starts while the server is down.
func TestServesFromLDAP(t *testing.T) {
	cert := directorytest.NewAuthority(t).Issue(time.Hour, "127.0.0.1")
	slapd := directorytest.StartSlapd(t, cert, directorytest.LDIF(directorytest.People(t)))
	part := strings.NewReplacer("$URL", slapd.TLSURL(), "$CA", cert.CAFile, "$BIND", directorytest.BindDN, "$BASE", directorytest.BaseDN).Replace(`type: ldap
  config:
    urls: [$URL]
    ca_file: $CA
    bind_dn: $BIND
    bind_password_file: secrets/ldap_password
    base_dn: $BASE
    connect_timeout: 10s
    request_timeout: 10s
    attributes:
      phones: [ringbackPhone]`)
	path := site(t, "type: file\n  config:\n    path: people.yaml", part)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "secrets/ldap_password"), []byte(directorytest.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func() (metrics, log string) {
		t.Helper()
		var b bytes.Buffer
		c := load(t, path)
		if err := app.CheckDirectory(c); err != nil {
			t.Fatal(err)
		}
		a, err := app.New(t.Context(), app.Options{Config: c, Logger: slog.New(slog.NewTextHandler(&b, nil))})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		a.MetricsHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		imported, err := a.Ledger().NumbersImported(t.Context())
		if err != nil || imported == strings.Contains(b.String(), "numbers not imported") {
			t.Errorf("imported %v, %v; the log: %s", imported, err, b.String())
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		return w.Body.String(), b.String()
	}
	lists := func(outcome string) string {
		return `ringback_dependency_requests_total{dependency="directory",operation="list",outcome="` + outcome + `"} `
	}

	slapd.Kill()
	if _, log := start(); !strings.Contains(log, "directory does not answer at the start") {
		t.Errorf("the log: %s", log)
	}
	slapd.Restart()
	if m, log := start(); !strings.Contains(m, lists("ok")+"1") || strings.Contains(log, "not imported") {
		t.Errorf("the first start did not list everybody: %s", log)
	}
	if m, _ := start(); !strings.Contains(m, lists("ok")+"0") || !strings.Contains(m, `ringback_directory_values_dropped_total{value="phone"} 0`) {
		t.Error("a later start listed everybody again")
	}
}

// What the documentation and the example show is what the service takes.
func TestDocumentedDirectories(t *testing.T) {
	ca, err := os.ReadFile(directorytest.NewAuthority(t).File())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../../docs/directories.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```yaml\n(directory:.*?)```").FindAllStringSubmatch(string(doc), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != 3 {
		t.Fatalf("%d blocks in the documentation, want one for each type", len(blocks))
	}
	for _, m := range regexp.MustCompile(`(?m)^#   directory:\n(?:#    .*\n)+`).FindAllString(string(config.Example()), -1) {
		blocks = append(blocks, strings.ReplaceAll(strings.ReplaceAll("\n"+m, "\n#   ", "\n"), "\n#", "\n"))
	}
	if len(blocks) != 5 {
		t.Fatalf("%d blocks, want two in the example", len(blocks))
	}
	for _, b := range blocks {
		path := site(t, "directory:\n  type: file\n  config:\n    path: people.yaml\n", b)
		for name, text := range map[string]string{
			"directory_ca.pem": string(ca), "secrets/directory_password": "5ecre7\n",
			"secrets/directory_url": "postgres://ringback:5ecre7@db.example.edu/hr?sslmode=verify-full\n",
		} {
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := config.Load(path, func(string) (string, bool) { return "embedded", true }, app.CheckDirectory)
		if err != nil {
			t.Errorf("%v\n%s", err, b)
		}
	}
}
