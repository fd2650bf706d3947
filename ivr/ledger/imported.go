package ledger

import (
	"context"
	"fmt"
)

// NumbersImported reports whether [Ledger.ImportNumbers] has happened, so that
// nobody reads a large directory for an import that would do nothing.
func (l *Ledger) NumbersImported(ctx context.Context) (bool, error) {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	var n int
	if err := l.r.QueryRowContext(ctx, `SELECT count(*) FROM numbers_import`).Scan(&n); err != nil {
		return false, fmt.Errorf("read import: %w", err)
	}
	return n > 0, nil
}
