package ledger_test

import (
	"database/sql"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ringback/ivr/ledger"
	"ringback/ivr/ledger/ledgertest"
	"ringback/ivr/ledger/postgrestest"
)

// The ways of docs/ledger.md to back up a ledger in use: what comes back is
// whole, up to the pin that was taken before, and goes on.
func TestBackup(t *testing.T) {
	for name, tt := range map[string]struct {
		place ledgertest.Place
		copy  func(t *testing.T, from string) (to string)
	}{"file": {file, copyFile}, "postgres": {postgrestest.Start, copyPostgres}} {
		t.Run(name, func(t *testing.T) {
			o := ledger.Options{URL: tt.place(t), Key: ledger.ChainKey([]byte("key"))}
			l := openTo(t, o)
			add := func(l *ledger.Ledger) {
				t.Helper()
				if _, err := l.Owe(t.Context(), ledger.Notice{
					Event: "e", Subject: "s", Kind: "k", Channel: "mail", Sealed: []byte{0, 0xff, '\\'},
				}); err != nil {
					t.Fatal(err)
				}
				if _, err := l.Append(t.Context(), ledger.Entry{Phase: ledger.Outcome, Action: "x"}); err != nil {
					t.Fatal(err)
				}
			}
			add(l)
			pin, err := l.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			o.URL = tt.copy(t, o.URL)
			add(l)
			restored := openTo(t, o)
			add(restored)
			if r, err := restored.Verify(t.Context(), pin); err != nil || !r.OK() || r.Rows != 3 {
				t.Errorf("report %v, %v", r, err)
			}
			owed, err := restored.Notices(t.Context(), ledger.NoticePending, 0)
			if err != nil || len(owed) != 1 || string(owed[0].Sealed) != "\x00\xff\\" {
				t.Errorf("owed %+v, %v", owed, err)
			}
		})
	}
}

func openTo(t *testing.T, o ledger.Options) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func copyFile(t *testing.T, from string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(from, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	to := filepath.Join(t.TempDir(), "copy.db")
	if _, err := db.ExecContext(t.Context(), `VACUUM INTO '`+to+`'`); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + to
}

func copyPostgres(t *testing.T, from string) string {
	t.Helper()
	to, dump := postgrestest.Start(t), filepath.Join(t.TempDir(), "dump")
	for _, args := range [][]string{
		{"pg_dump", "--format=custom", "--file=" + dump, "--dbname=" + from},
		{"pg_restore", "--exit-on-error", "--no-owner", "--dbname=" + to, dump},
	} {
		if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, out)
		}
	}
	return to
}
