package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringback/cmd/internal/config"
	"ringback/ivr/ledger"
	"ringback/ivr/ledger/postgrestest"
)

// auditSite is an institution's folder: the example, its secrets, and a ledger
// with three rows, which has the chain's key unless it is an early one.
func auditSite(t *testing.T, early bool) (conf, file string) {
	t.Helper()
	t.Setenv("REDIS_URL", "embedded")
	dir := t.TempDir()
	text := func(b string) string { return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(b, 16))) }
	for name, content := range map[string]string{
		"ringback.yaml": string(config.Example()), "people.yaml": "people: []\n",
		"secrets/sealing_key": text("ab"), "secrets/pseudonym_key": text("cd"), "secrets/duo_secret_key": "duo-secret-key-duo-secret-key-duo-secret",
		"secrets/twilio_auth_token": "0123456789abcdef0123456789abcdef", "secrets/twilio_api_secret": "secret",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	file = filepath.Join(dir, "ringback.db")
	var key []byte
	if !early {
		key = auditKey()
	}
	fill(t, "sqlite:"+file, key)
	return filepath.Join(dir, "ringback.yaml"), file
}

func auditKey() []byte { return ledger.ChainKey([]byte(strings.Repeat("cd", 16))) }

func fill(t *testing.T, url string, key []byte) {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Options{URL: url, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"one", "two", "three"} {
		if _, err := l.Append(t.Context(), ledger.Entry{Phase: ledger.Outcome, Action: action}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// command runs ringback and checks its exit code.
func command(t *testing.T, want int, args ...string) (out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := run(context.Background(), args, streams{strings.NewReader(""), &o, &e}); code != want {
		t.Errorf("%v: exit %d, want %d\n%s%s", args, code, want, &o, &e)
	}
	return o.String(), e.String()
}

func edit(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestAuditVerify(t *testing.T) {
	conf, file := auditSite(t, false)
	out, _ := command(t, 0, "audit", "verify", "--config", conf)
	first, pin, _ := strings.Cut(strings.TrimSpace(out), "\npin ")
	if first != "3 rows, the chain is whole" || !strings.HasPrefix(pin, "3:") {
		t.Fatalf("said %q", out)
	}
	fill(t, "sqlite:"+file, auditKey())
	command(t, 0, "audit", "verify", "--config", conf, "--pin", pin)
	other := "2:" + strings.TrimPrefix(pin, "3:")
	if out, _ := command(t, 1, "audit", "verify", "--config", conf, "--pin", pin, "--pin", other); out != "row 2: pin\n" {
		t.Errorf("another pin: %q", out)
	}
	edit(t, file, `UPDATE audit SET actor = 'eve' WHERE seq IN (2, 5)`)
	out, said := command(t, 1, "audit", "verify", "--config", conf)
	if out != "row 2: edited\nrow 5: edited\n" || !strings.Contains(said, "the audit is broken: 6 rows read, 2 faults found") {
		t.Errorf("broken: %q, %q", out, said)
	}
}

func TestAuditVerifyRefuses(t *testing.T) {
	conf, _ := auditSite(t, false)
	hash := strings.Repeat("0", 64)
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"no config":        {nil, "--config"},
		"no such config":   {[]string{"--config", conf + "x"}, "ringback.yamlx"},
		"a pin of no row":  {[]string{"--config", conf, "--pin", "0:" + hash}, "want SEQ:HASH"},
		"a pin of no hash": {[]string{"--config", conf, "--pin", "3:12"}, "want SEQ:HASH"},
		"half a pin":       {[]string{"--config", conf, "--pin", "3"}, "want SEQ:HASH"},
		"no such ledger":   {[]string{"--config", conf, "--ledger", "sqlite:" + conf + ".db"}, "open ledger"},
		"no such scheme":   {[]string{"--config", conf, "--ledger", "mysql://me:5ecre7@host/db"}, "the schemes are"},
		"nobody there":     {[]string{"--config", conf, "--ledger", "postgres://me:5ecre7@127.0.0.1:1/db"}, "open ledger"},
		"no good URL":      {[]string{"--config", conf, "--ledger", "postgres://me:5ecre7@host:x/db?sslmode=%"}, "no URL of PostgreSQL"},
	} {
		out, said := command(t, 2, append([]string{"audit", "verify"}, tt.args...)...)
		if !strings.Contains(said, tt.says) || strings.Contains(out+said, "5ecre7") {
			t.Errorf("%s: %q", name, said)
		}
	}
}

func TestAuditExport(t *testing.T) {
	conf, _ := auditSite(t, false)
	out, _ := command(t, 0, "audit", "export", "--config", conf, "--from", "2")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	var row struct {
		Seq    int64  `json:"seq"`
		Action string `json:"action"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &row); err != nil || len(lines) != 2 || row.Seq != 2 || row.Action != "two" {
		t.Errorf("export %v, %v", lines, err)
	}
	command(t, 2, "audit", "export", "--config", conf, "--from", "x")
}

// A ledger of an early version is neither checked nor served before it got its key.
func TestAuditKey(t *testing.T) {
	conf, _ := auditSite(t, true)
	for _, args := range [][]string{{"audit", "verify"}, {"audit", "export"}, {"serve"}} {
		want := 2
		if args[0] == "serve" {
			want = 1
		}
		if _, said := command(t, want, append(args, "--config", conf)...); !strings.Contains(said, "run ringback audit key once") {
			t.Errorf("%v: %q", args, said)
		}
	}
	if out, _ := command(t, 0, "audit", "key", "--config", conf); !strings.HasPrefix(out, "the chain has its key; before, its end was 3:") {
		t.Errorf("said %q", out)
	}
	command(t, 0, "audit", "verify", "--config", conf)
	command(t, 2, "audit", "key", "--config", conf)
	command(t, 2, "audit", "key", "--config", conf+"x")
}

// The same on PostgreSQL, whose password stays out of everything.
func TestAuditPostgres(t *testing.T) {
	conf, _ := auditSite(t, false)
	url := postgrestest.Start(t)
	fill(t, url, auditKey())
	if out, _ := command(t, 0, "audit", "verify", "--config", conf, "--ledger", url); !strings.HasPrefix(out, "3 rows, the chain is whole\npin 3:") {
		t.Errorf("said %q", out)
	}
	wrong := strings.Replace(url, "@", "5ecre7@", 1)
	if out, said := command(t, 2, "audit", "export", "--config", conf, "--ledger", wrong); strings.Contains(out+said, "5ecre7") || !strings.Contains(said, "open ledger") {
		t.Errorf("a wrong password: %q", said)
	}
}

// A pin that is accepted reads as verify prints it.
func FuzzPin(f *testing.F) {
	hash := strings.Repeat("0a", 32)
	for _, s := range []string{"1:" + hash, "0:" + hash, "-1:" + hash, "+1:" + hash, "01:" + hash, "1:" + strings.ToUpper(hash), ":", "", "1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var p pinFlag
		if err := p.UnmarshalText([]byte(text)); err != nil {
			return
		}
		if got := fmt.Sprintf("%d:%s", p.Seq, p.Hash); p.Seq < 1 || len(p.Hash) != 64 || strings.TrimLeft(text, "+0") != got {
			t.Errorf("%q was read as %s", text, got)
		}
	})
}
