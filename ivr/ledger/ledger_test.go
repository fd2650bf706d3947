package ledger_test

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringback/ivr/ledger"
	"ringback/ivr/ledger/ledgertest"
	"ringback/ivr/ledger/postgrestest"
)

// Nothing of a URL is repeated that may be a password, wherever it stands.
func TestOpenRefuses(t *testing.T) {
	const secret = "5ecre7"
	missing := filepath.Join(t.TempDir(), "no", "such", "folder.db")
	for name, o := range map[string]ledger.Options{
		"nothing":            {URL: ""},
		"no path":            {URL: "sqlite:"},
		"a NUL":              {URL: "sqlite:a\x00b"},
		"no folder":          {URL: "sqlite:" + missing},
		"another scheme":     {URL: "mysql://me:" + secret + "@db/ringback"},
		"a slip":             {URL: "postgress://me:" + secret + "@db/ringback"},
		"a bad port":         {URL: "postgres://me:" + secret + "@db:x/ringback"},
		"a bad escape":       {URL: "postgres://me:%" + secret + "@db/ringback"},
		"an @ in it":         {URL: "postgres://me:" + secret + "@@db:/:/ringback"},
		"a bad sslmode":      {URL: "postgres://me:" + secret + "@db/ringback?sslmode=" + secret},
		"nobody listens":     {URL: "postgres://me:" + secret + "@127.0.0.1:1/ringback"},
		"two, nobody":        {URL: "postgresql://me:" + secret + "@127.0.0.1:1,127.0.0.1:2/ringback?target_session_attrs=read-write"},
		"a wrong password":   {URL: strings.Replace(postgrestest.Start(t), "@", secret+"@", 1)},
		"no database":        {URL: strings.Replace(postgrestest.Start(t), "test_", secret+"_", 1)},
		"reading no file":    {URL: "sqlite:" + filepath.Join(t.TempDir(), "none.db"), ReadOnly: true},
		"reading what is no": {URL: postgrestest.Start(t), ReadOnly: true},
		"too many failures":  {URL: "sqlite::memory:", Limits: ledger.Limits{Consecutive: 101}},
	} {
		l, err := ledger.Open(t.Context(), o)
		if err == nil {
			_ = l.Close()
			t.Errorf("%s: accepted", name)
			continue
		}
		if said := err.Error(); name != "no database" && strings.Contains(said, secret) {
			t.Errorf("%s: says %q", name, said)
		}
	}
}

func TestFileIsItsOwners(t *testing.T) {
	url := file(t)
	l, err := ledger.Open(t.Context(), ledger.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Stat(strings.TrimPrefix(url, "sqlite:"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestReopen(t *testing.T) {
	for name, place := range map[string]ledgertest.Place{"file": file, "postgres": postgrestest.Start} {
		t.Run(name, func(t *testing.T) {
			o := ledger.Options{URL: place(t), Key: ledger.ChainKey([]byte("key"))}
			for i := range 3 {
				l, err := ledger.Open(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := l.Append(t.Context(), ledger.Entry{Phase: ledger.Intent, Action: "links"}); err != nil {
					t.Fatal(err)
				}
				if r, err := l.Verify(t.Context()); err != nil || r.Rows != int64(i)+1 || !r.OK() {
					t.Errorf("report %v, %v", r, err)
				}
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// What may be forgotten is said.
func TestWarnings(t *testing.T) {
	for name, tt := range map[string]struct {
		url  string
		want []string
	}{
		"memory":   {"sqlite::memory:", []string{"ledger is in memory"}},
		"postgres": {postgrestest.Start(t), []string{"off=fsync", "off=synchronous_commit", "off=full_page_writes"}}, // fast, for tests
		"file":     {file(t), nil},
	} {
		var log bytes.Buffer
		l, err := ledger.Open(t.Context(), ledger.Options{URL: tt.url, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		for _, want := range tt.want {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s: %q is not in the log:\n%s", name, want, &log)
			}
		}
		if len(tt.want) == 0 && log.Len() > 0 {
			t.Errorf("%s: the log says\n%s", name, &log)
		}
	}
}

// The key of a chain must never change: this one is for ever.
func TestChainKey(t *testing.T) {
	const want = "54dc1c0b4926b397df867d0e1f853aa9417007144b48b10e8f52e601aaa54bac"
	if got := hex.EncodeToString(ledger.ChainKey([]byte("0123456789abcdef0123456789abcdef"))); got != want {
		t.Errorf("key %s, want %s", got, want)
	}
	if key := ledger.ChainKey(nil); key != nil {
		t.Errorf("a key of none: %x", key)
	}
}

// PostgreSQL drops every connection, as at a restart: nobody notices.
func TestPostgresDropsConnections(t *testing.T) {
	url := postgrestest.Start(t)
	l, err := ledger.Open(t.Context(), ledger.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := ledgertest.Noon()
	for i := range 9 {
		if _, err := db.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		if a, err := l.Reserve(t.Context(), "s1", "pin", now); err != nil || a.Count != i+1 {
			t.Errorf("try %d: %+v, %v", i+1, a, err)
		}
		if _, _, err := l.Frozen(t.Context(), "s1"); err != nil {
			t.Error(err)
		}
	}
	if r, err := l.Verify(t.Context()); err != nil || !r.OK() {
		t.Errorf("chain: %v, %v", r, err)
	}
}

// The limits of the server's side keep a stuck client from stopping everybody.
func TestPostgresLimits(t *testing.T) {
	url := postgrestest.Start(t)
	for name, tt := range map[string]struct{ query, statement, idle, app string }{
		"ours":           {"", "5s", "10s", "ringback"},
		"the operator's": {"&statement_timeout=700&application_name=line2", "700ms", "10s", "line2"},
	} {
		l, err := ledger.Open(t.Context(), ledger.Options{URL: url + tt.query, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for setting, want := range map[string]string{
			"statement_timeout": tt.statement, "idle_in_transaction_session_timeout": tt.idle, "application_name": tt.app,
			"transaction_isolation": "read committed",
		} {
			if got := l.Setting(t, setting); got != want {
				t.Errorf("%s: %s is %s, want %s", name, setting, got, want)
			}
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestEnums(t *testing.T) {
	for s := ledger.StateUnknown; s <= ledger.Unsure+1; s++ {
		got, err := ledger.ParseState(s.String())
		if known := s >= ledger.Claimed && s <= ledger.Unsure; known != (err == nil) || (known && got != s) {
			t.Errorf("state %v: %v, %v", s, got, err)
		}
	}
	for s := ledger.NoticeUnknown; s <= ledger.NoticeWithdrawn+1; s++ {
		got, err := ledger.ParseNoticeState(s.String())
		if known := s >= ledger.NoticePending && s <= ledger.NoticeWithdrawn; known != (err == nil) || (known && got != s) {
			t.Errorf("notice state %v: %v, %v", s, got, err)
		}
	}
	for p := ledger.PhaseUnknown; p <= ledger.Outcome+1; p++ {
		got, err := ledger.ParsePhase(p.String())
		if known := p == ledger.Intent || p == ledger.Outcome; known != (err == nil) || (known && got != p) {
			t.Errorf("phase %v: %v, %v", p, got, err)
		}
	}
	if _, err := ledger.ParseNoticeState("away"); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("no state: %v", err)
	}
}

// Whatever is refused, nothing of it is repeated.
func FuzzURL(f *testing.F) {
	for _, u := range []string{
		"sqlite:%s", "postgres://me:%s@db/x", "postgres://%s", "%s://me@db", "postgresql://db/x?password=%s&sslmode=%s",
		"postgres://me:%s@db:70000/x", "postgres://me:\x00%s@[::1", "postgres://me@db/x?connect_timeout=%s", "%s",
	} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, form string) {
		const secret = "5ecre7"
		err := ledger.CheckURL(strings.ReplaceAll(form, "%s", secret))
		if err == nil {
			return
		}
		if !errors.Is(err, ledger.ErrInvalid) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", form, err)
		}
	})
}
