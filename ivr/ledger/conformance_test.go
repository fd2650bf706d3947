package ledger_test

import (
	"path/filepath"
	"testing"

	"ringback/ivr/ledger/ledgertest"
	"ringback/ivr/ledger/postgrestest"
)

func file(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")
}

func memory(testing.TB) string { return "sqlite::memory:" }

func TestFile(t *testing.T) { ledgertest.Run(t, file) }

func TestMemory(t *testing.T) { ledgertest.Run(t, memory) }

func TestPostgres(t *testing.T) { ledgertest.Run(t, postgrestest.Start) }

func TestFileShared(t *testing.T) { ledgertest.RunShared(t, file) }

func TestPostgresShared(t *testing.T) { ledgertest.RunShared(t, postgrestest.Start) }
