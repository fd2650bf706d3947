package sql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"ringback/ivr/caller"
)

// Column is one that the institution's query may return.
type Column struct {
	Name   string
	Needed bool
	Holds  string // for people: the types that are taken
	oids   []uint32
	into   func(r *caller.Record, v any)
}

// The kinds of columns, by their types in PostgreSQL.
func texts() []uint32 {
	return []uint32{pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID}
}

func arrays() []uint32 {
	return []uint32{pgtype.TextArrayOID, pgtype.VarcharArrayOID, pgtype.BPCharArrayOID, pgtype.NameArrayOID}
}

func dates() []uint32 {
	return []uint32{
		pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID,
		pgtype.DateArrayOID, pgtype.TimestampArrayOID, pgtype.TimestamptzArrayOID,
	}
}

// Columns are all that are known, by name, id and username first.
func Columns() []Column {
	text := func(name string, into func(*caller.Record) *string) Column {
		return Column{Name: name, Holds: "text", oids: texts(), into: func(r *caller.Record, v any) { *into(r) = one(v) }}
	}
	list := func(name, split string, into func(*caller.Record) *[]string) Column {
		c := Column{Name: name, Holds: "text[]", oids: arrays()}
		if split != "" {
			c.Holds, c.oids = "text[], or text with commas between", slices.Concat(texts(), arrays())
		}
		c.into = func(r *caller.Record, v any) { *into(r) = several(v, split) }
		return c
	}
	id := Column{
		Name: "id", Holds: "text, or a whole number", oids: append(texts(), pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID),
		into: func(r *caller.Record, v any) { r.IDs = []string{one(v)} },
	}
	username := text("username", func(r *caller.Record) *string { return &r.Username })
	id.Needed, username.Needed = true, true
	return []Column{
		id, username,
		text("name", func(r *caller.Record) *string { return &r.Name }),
		list("phones", ",", func(r *caller.Record) *[]string { return &r.Phones }),
		{
			Name: "phones_since", Holds: "date[], for the phone in the same place; or one date for all", oids: dates(),
			into: func(r *caller.Record, v any) { r.Since = times(v) },
		},
		list("emails", ",", func(r *caller.Record) *[]string { return &r.Emails }),
		list("outside_sso_emails", ",", func(r *caller.Record) *[]string { return &r.OutsideSSO }),
		text("pin_hash", func(r *caller.Record) *string { return &r.PINHash }),
		// A hash has commas of its own, and so may the name of a group.
		list("recovery_code_hashes", "", func(r *caller.Record) *[]string { return &r.Recovery }),
		list("groups", "", func(r *caller.Record) *[]string { return &r.Groups }),
		{
			Name: "privileged", Holds: "boolean", oids: []uint32{pgtype.BoolOID},
			into: func(r *caller.Record, v any) { r.Privileged, _ = v.(bool) },
		},
		text("language", func(r *caller.Record) *string { return &r.Language }),
	}
}

// match finds the columns of a prepared query, in its order, or says everything
// that is wrong with them.
func match(fields []pgconn.FieldDescription) ([]Column, error) {
	known := Columns()
	var wrong []string
	var found []Column
	for _, f := range fields {
		at := slices.IndexFunc(known, func(c Column) bool { return c.Name == f.Name })
		switch {
		case at < 0:
			wrong = append(wrong, fmt.Sprintf("the column %s is not known; these are: %s", f.Name, strings.Join(names(known), ", ")))
			continue
		case slices.ContainsFunc(found, func(c Column) bool { return c.Name == f.Name }):
			wrong = append(wrong, fmt.Sprintf("the column %s is there twice", f.Name))
		case !slices.Contains(known[at].oids, f.DataTypeOID):
			wrong = append(wrong, fmt.Sprintf("the column %s has a type that is not taken; cast it to: %s", f.Name, known[at].Holds))
		}
		found = append(found, known[at])
	}
	for _, c := range known {
		if c.Needed && !slices.ContainsFunc(found, func(f Column) bool { return f.Name == c.Name }) {
			wrong = append(wrong, fmt.Sprintf("the column %s is missing", c.Name))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrQuery, strings.Join(wrong, "; "))
	}
	return found, nil
}

func names(columns []Column) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return list
}

// one is a value as text; NULL is "".
func one(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case int16:
		return strconv.FormatInt(int64(v), 10)
	case int32:
		return strconv.FormatInt(int64(v), 10)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}

// several are the values of an array, or of a text with something between them.
// NULLs stay as "", so that phones and their dates keep their places.
func several(v any, split string) []string {
	var list []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			list = append(list, one(e))
		}
	case string:
		if strings.TrimSpace(v) != "" && split != "" {
			for e := range strings.SplitSeq(v, split) {
				list = append(list, strings.TrimSpace(e))
			}
		}
	}
	return list
}

// times are the dates of an array; one date stands for every phone.
func times(v any) []time.Time {
	switch v := v.(type) {
	case time.Time:
		return slices.Repeat([]time.Time{v.UTC()}, everyPhone)
	case []any:
		list := make([]time.Time, len(v))
		for i, e := range v {
			if t, ok := e.(time.Time); ok {
				list[i] = t.UTC()
			}
		}
		return list
	}
	return nil
}

// everyPhone is more phones than anybody has.
const everyPhone = 64
