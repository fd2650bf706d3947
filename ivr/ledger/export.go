package ledger

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// AuditFilter says which rows of the audit to read. Empty fields exclude nothing.
type AuditFilter struct {
	Subject, Action, CallRef string
	Since                    time.Time // rows at this moment or later
	Limit                    int       // at most 1000; zero is 1000
}

// Audit reads the rows that fit a filter, the newest first. It does not check
// the chain; see [Ledger.Verify].
func (l *Ledger) Audit(ctx context.Context, f AuditFilter) (all []Row, err error) {
	var (
		where []string
		args  []any
	)
	also := func(condition string, value any) {
		args = append(args, value)
		where = append(where, condition+" $"+strconv.Itoa(len(args)))
	}
	also("at_ms >=", millis(f.Since))
	for _, c := range []struct{ column, value string }{{"subject", f.Subject}, {"action", f.Action}, {"call_ref", f.CallRef}} {
		if c.value != "" {
			also(c.column+" =", c.value)
		}
	}
	args = append(args, bounded(f.Limit))
	query := `SELECT ` + recordColumns + ` FROM audit WHERE ` + strings.Join(where, " AND ") +
		` ORDER BY seq DESC LIMIT $` + strconv.Itoa(len(args))
	scan := func(r scanner) (Row, error) {
		rec, err := scanRecord(r)
		if err != nil {
			return Row{}, err
		}
		return rec.row()
	}
	err = l.read(ctx, "read audit", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scan, query, args...)
		return err
	})
	return all, err
}

// exported is a line of an export; docs/ledger.md tells each field. Factors and detail are
// as they are stored, byte for byte, for the hash covers these bytes.
type exported struct {
	Seq           int64           `json:"seq"`
	At            string          `json:"at"`
	Phase         string          `json:"phase"`
	Action        string          `json:"action"`
	Subject       string          `json:"subject"`
	Actor         string          `json:"actor"`
	Reason        string          `json:"reason"`
	Factors       json.RawMessage `json:"factors"`
	PolicyVersion string          `json:"policy_version"`
	CallRef       string          `json:"call_ref"`
	Detail        json.RawMessage `json:"detail"`
	PrevHash      string          `json:"prev_hash"`
	Hash          string          `json:"hash"`
}

// Export writes the audit's rows from a number on as lines of JSON, in order,
// and returns how many. It is one view of the ledger, checks nothing, and
// exports a row that somebody has changed as it is.
func (l *Ledger) Export(ctx context.Context, w io.Writer, from int64) (n int64, err error) {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	err = readRecords(ctx, l.r, from, func(r record) error {
		if err := enc.Encode(r.exported()); err != nil {
			return fmt.Errorf("write row %d: %w", r.seq, err)
		}
		n++
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("export audit: %w", err)
	}
	if err := out.Flush(); err != nil {
		return n, fmt.Errorf("export audit: %w", err)
	}
	return n, nil
}

func (r record) exported() exported {
	return exported{
		Seq: r.seq, At: time.UnixMilli(r.at).UTC().Format("2006-01-02T15:04:05.000Z"),
		Phase: r.phase, Action: r.action, Subject: r.subject, Actor: r.actor, Reason: r.reason,
		Factors: rawJSON(r.factors), PolicyVersion: r.policy, CallRef: r.callRef, Detail: rawJSON(r.detail),
		PrevHash: r.prev, Hash: r.hash,
	}
}

// rawJSON is a stored text as it is, or as a string once somebody has made it
// something else than JSON.
func rawJSON(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage(`""`) // strings always encode
	}
	return quoted
}
