package postgrestest_test

import (
	"database/sql"
	"testing"

	"ringback/ivr/ledger/postgrestest"
)

func connect(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Two tests, one server, two databases.
func TestStart(t *testing.T) {
	var a, b string
	t.Run("fresh databases", func(t *testing.T) {
		a, b = postgrestest.Start(t), postgrestest.Start(t)
		for _, u := range []string{a, b} {
			if _, err := connect(t, u).ExecContext(t.Context(), `CREATE TABLE once (id BIGINT)`); err != nil {
				t.Error(err)
			}
		}
		var server string
		if err := connect(t, a).QueryRowContext(t.Context(), `SHOW server_version`).Scan(&server); err != nil {
			t.Error(err)
		}
		t.Log("PostgreSQL", server)
	})
	if err := connect(t, a).PingContext(t.Context()); err == nil {
		t.Error("a database has outlived its test")
	}
}
