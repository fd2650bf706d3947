package ledger

import (
	"context"
	"fmt"
)

// maxList bounds every list.
const maxList = 1000

// bounded is a limit that a caller gave: at most 1000, and so is none.
func bounded(limit int) int {
	if limit <= 0 {
		return maxList
	}
	return min(limit, maxList)
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// list reads all rows of a query; nil when there are none.
func list[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has the error
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	return all, nil
}
