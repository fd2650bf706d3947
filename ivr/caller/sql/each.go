package sql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringback/ivr/caller"
)

// listTime is how long the list of everybody may take.
const listTime = 5 * time.Minute

var errListTimeout = fmt.Errorf("no list in time: %w", context.DeadlineExceeded)

// Each runs people_query, which returns the same columns for everybody. Without
// one the error is an [errors.ErrUnsupported].
func (d *Directory) Each(ctx context.Context, f func(caller.Person) error) (err error) {
	if d.c.PeopleQuery == "" {
		return fmt.Errorf("sql: list: %w: people_query is not set", errors.ErrUnsupported)
	}
	began := time.Now()
	defer func() { d.observe(opList, err, began) }()
	ctx, cancel := context.WithTimeoutCause(ctx, listTime, errListTimeout)
	defer cancel()
	tx, err := d.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("sql: list: %w", plain(ctx, err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, fmt.Sprintf("set local statement_timeout = %d", listTime.Milliseconds())); err != nil {
		return fmt.Errorf("sql: list: %w", plain(ctx, err))
	}
	rows, err := tx.Query(ctx, d.c.PeopleQuery)
	if err != nil {
		return fmt.Errorf("sql: list: %w", refusedQuery(ctx, err))
	}
	var theirs error // of f, and none of ours to judge
	err = read(rows, func(r caller.Record) error {
		theirs = d.intake.Each(ctx, r, f)
		return theirs
	})
	switch {
	case theirs != nil:
		return fmt.Errorf("sql: list: %w", theirs)
	case err != nil:
		return fmt.Errorf("sql: list: %w", refusedQuery(ctx, err))
	}
	return nil
}
