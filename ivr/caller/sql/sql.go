package sql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"ringback/ivr/caller"
)

// Directory finds people in a PostgreSQL database. It is safe for concurrent
// use; make one with [Config.Open].
type Directory struct {
	c      Config
	pool   *pgxpool.Pool
	intake *caller.Intake
	tools  caller.Tools
}

var (
	_ caller.Directory = (*Directory)(nil)
	_ caller.Pinger    = (*Directory)(nil)
	_ caller.Walker    = (*Directory)(nil)
)

// Open checks the configuration, connects and prepares the query. A server that
// does not answer is logged and asked again with the next caller; a wrong
// password or certificate, or a query that cannot be used, is an error.
func (c Config) Open(ctx context.Context, t caller.Tools) (*Directory, error) {
	if err := caller.Checked(c.Check); err != nil {
		return nil, fmt.Errorf("sql: %w", err)
	}
	c = c.WithDefaults()
	p, err := c.pool()
	if err != nil {
		return nil, fmt.Errorf("sql: url: %w", err)
	}
	d := &Directory{c: c, intake: caller.NewIntake(c.PhoneRegion, t), tools: t}
	p.AfterConnect = d.prepare
	if d.pool, err = pgxpool.NewWithConfig(ctx, p); err != nil {
		return nil, fmt.Errorf("sql: %w", plain(ctx, err))
	}
	if err := t.FirstPing(ctx, d, Misconfigured); err != nil {
		_ = d.Close()
		return nil, err //nolint:wrapcheck // it is ours
	}
	return d, nil
}

// Close closes the connections; look-ups that run end first.
func (d *Directory) Close() error {
	d.pool.Close()
	return nil
}

// statement is the name under which each connection has the query.
const statement = "ringback_person"

// prepare has a new connection learn the query, and checks what it returns.
func (d *Directory) prepare(ctx context.Context, c *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, d.c.ConnectTimeout)
	defer cancel()
	s, err := c.Prepare(ctx, statement, d.c.Query)
	if err != nil {
		return refusedQuery(ctx, err)
	}
	if len(s.ParamOIDs) != 1 {
		return fmt.Errorf("%w: it has %d parameters, want $1 alone", ErrQuery, len(s.ParamOIDs))
	}
	_, err = match(s.Fields)
	return err
}

var (
	errConnectTimeout = fmt.Errorf("no connection in time: %w", context.DeadlineExceeded)
	errRequestTimeout = fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
)

// Ping connects, with the query prepared, or asks a connection that is there.
func (d *Directory) Ping(ctx context.Context) (err error) {
	began := time.Now()
	defer func() { d.observe(opPing, err, began) }()
	ctx, cancel := context.WithTimeoutCause(ctx, d.c.ConnectTimeout+d.c.RequestTimeout, errConnectTimeout)
	defer cancel()
	if err := d.pool.Ping(ctx); err != nil {
		return fmt.Errorf("sql: ask the server: %w", plain(ctx, err))
	}
	return nil
}

// ByID runs the query. An ID that nobody can have is not asked for.
func (d *Directory) ByID(ctx context.Context, id string) (p caller.Person, found bool, err error) {
	if !caller.ValidID(id) {
		return caller.Person{}, false, nil
	}
	r, found, err := d.lookUp(ctx, id)
	if err == nil && found {
		p, err = d.intake.Person(ctx, id, r)
	}
	if err != nil {
		return caller.Person{}, false, fmt.Errorf("sql: look up: %w", err)
	}
	return p, found, nil
}

// lookUp asks, and asks once more on a new connection when one that had lain in
// the pool turns out to be broken: reading twice does no harm.
func (d *Directory) lookUp(ctx context.Context, id string) (r caller.Record, found bool, err error) {
	began := time.Now()
	defer func() { d.observe(opLookUp, err, began) }()
	for again := false; ; again = true {
		var broken bool
		r, found, broken, err = d.ask(ctx, id)
		if err == nil || !broken || again || ctx.Err() != nil {
			return r, found, err
		}
		d.pool.Reset()
	}
}

// ask runs the query on one connection.
func (d *Directory) ask(ctx context.Context, id string) (r caller.Record, found, broken bool, err error) {
	connecting, cancel := context.WithTimeoutCause(ctx, d.c.ConnectTimeout+d.c.RequestTimeout, errConnectTimeout)
	defer cancel()
	c, err := d.pool.Acquire(connecting)
	if err != nil {
		return r, false, false, plain(connecting, err)
	}
	defer c.Release()
	ctx, cancel = context.WithTimeoutCause(ctx, d.c.RequestTimeout, errRequestTimeout)
	defer cancel()
	r, found, err = d.row(ctx, c.Conn(), id)
	err = plain(ctx, err)
	return r, found, c.Conn().IsClosed() || stale(err), err
}

// row reads the one row.
func (d *Directory) row(ctx context.Context, c *pgx.Conn, id string) (r caller.Record, found bool, err error) {
	rows, err := c.Query(ctx, statement, id)
	if err != nil {
		return r, false, err //nolint:wrapcheck // ask makes it plain
	}
	err = read(rows, func(x caller.Record) error {
		if found {
			return fmt.Errorf("%w: several rows have that ID", caller.ErrUnusable)
		}
		r, found = x, true
		return nil
	})
	return r, found && err == nil, err
}

// read calls f with each row and closes them.
func read(rows pgx.Rows, f func(caller.Record) error) error {
	defer rows.Close()
	columns, err := match(rows.FieldDescriptions())
	if err != nil {
		rows.Close()
		if rows.Err() != nil { // there were no columns because there was no answer
			return rows.Err() //nolint:wrapcheck // the callers make it plain
		}
		return err
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return fmt.Errorf("%w: a value cannot be read", caller.ErrUnusable)
		}
		var r caller.Record
		for i, v := range values {
			columns[i].into(&r, v)
		}
		r.Recovery, r.Groups = filled(r.Recovery), filled(r.Groups)
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err() //nolint:wrapcheck // the callers make it plain
}

// filled leaves out what is empty; nothing is nil.
func filled(list []string) []string {
	if list = slices.DeleteFunc(list, func(s string) bool { return s == "" }); len(list) == 0 {
		return nil
	}
	return list
}
