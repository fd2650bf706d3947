package ledger

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// source is a database that a URL names. The two kinds differ in how they are
// opened and in how the head's row is locked; their SQL is the same.
type source interface {
	// open sets the ledger's pools, after bringing the schema up to date unless
	// it opens for reading only.
	open(ctx context.Context, l *Ledger, readOnly bool) error
}

func parseURL(raw string) (source, error) {
	scheme, rest, ok := strings.Cut(raw, ":")
	switch {
	case !ok || rest == "":
		return nil, fmt.Errorf("ledger url: want sqlite:path, sqlite::memory: or postgres://…: %w", ErrInvalid)
	case scheme == "postgres", scheme == "postgresql":
		return parsePostgres(raw)
	case scheme != "sqlite":
		// Neither the scheme nor the rest is repeated: a slip of the pen puts a
		// password anywhere.
		return nil, fmt.Errorf("ledger url: the schemes are sqlite and postgres: %w", ErrInvalid)
	case rest == ":memory:":
		return sqlite(""), nil
	case strings.ContainsRune(rest, 0):
		return nil, fmt.Errorf("ledger url: NUL in the path: %w", ErrInvalid)
	}
	return sqlite(rest), nil
}

func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, opts ...goose.ProviderOption) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	p, err := goose.NewProvider(dialect, db, dir, opts...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate ledger: %w", err)
	}
	return nil
}
