package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// FaultKind is what was done to a row.
type FaultKind uint8

// The kinds.
const (
	FaultUnknown   FaultKind = iota
	FaultEdited              // the row's content does not fit its hash, or its hash the next row
	FaultRemoved             // rows are missing in the middle
	FaultReordered           // the row stood elsewhere
	FaultTruncated           // rows are missing at the end
	FaultAppended            // the row stands after the end
	FaultHead                // the record of the end is missing, or was not made by the ledger
	FaultPin                 // the row is not the one that was pinned
)

// String is the kind in one word.
func (k FaultKind) String() string {
	names := [...]string{"unknown", "edited", "removed", "reordered", "truncated", "appended", "head", "pin"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("fault(%d)", k)
}

// Fault is something wrong with the rows from Seq to Last.
type Fault struct {
	Kind      FaultKind
	Seq, Last int64
}

// String is the fault for people: "row 7: edited", "rows 7 to 9: removed".
func (f Fault) String() string {
	if f.Last > f.Seq {
		return fmt.Sprintf("rows %d to %d: %s", f.Seq, f.Last, f.Kind)
	}
	return fmt.Sprintf("row %d: %s", f.Seq, f.Kind)
}

// Report is what [Ledger.Verify] found.
type Report struct {
	Rows   int64   // that were read
	Head   Head    // the end of the chain, to pin
	Faults []Fault // by Seq; at most 100
	More   bool    // there are more faults
}

// OK reports whether the chain is whole.
func (r Report) OK() bool { return len(r.Faults) == 0 }

// String is the report in lines.
func (r Report) String() string {
	if r.OK() {
		return fmt.Sprintf("%d rows, chain whole, head %d %s", r.Rows, r.Head.Seq, r.Head.Hash)
	}
	lines := make([]string, 0, len(r.Faults)+1)
	for _, f := range r.Faults {
		lines = append(lines, f.String())
	}
	if r.More {
		lines = append(lines, "and more")
	}
	return strings.Join(lines, "\n")
}

const maxFaults = 100

// Verify reads the whole chain and names every fault. Pins are heads that were
// kept elsewhere: the rows that they name must still be there unchanged. A
// broken chain is a report, not an error.
func (l *Ledger) Verify(ctx context.Context, pins ...Head) (Report, error) {
	tx, err := l.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one view of rows and head
	if err != nil {
		return Report{}, fmt.Errorf("verify audit: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	v := verifier{l: l, pins: pins}
	if err := readRecords(ctx, tx, 0, v.row); err != nil {
		return Report{}, fmt.Errorf("verify audit: %w", err)
	}
	head, mac, err := readHead(ctx, tx, readHeadSQL)
	switch {
	case errors.Is(err, ErrNotFound):
		v.fault(FaultHead, v.last.seq, v.last.seq)
	case err != nil:
		return Report{}, fmt.Errorf("verify audit: %w", err)
	default:
		v.head(head, mac)
	}
	v.finish()
	return v.report, nil
}

// verifier walks the chain.
type verifier struct {
	l      *Ledger
	pins   []Head
	last   record
	bad    []record // whose content does not fit
	report Report
}

func (v *verifier) fault(kind FaultKind, seq, last int64) {
	if len(v.report.Faults) == maxFaults {
		v.report.More = true
		return
	}
	v.report.Faults = append(v.report.Faults, Fault{Kind: kind, Seq: seq, Last: last})
}

func (v *verifier) row(r record) error {
	v.report.Rows++
	expected := v.last.seq + 1
	switch {
	case r.seq != expected && r.seq > expected:
		v.fault(FaultRemoved, expected, r.seq-1)
	case r.seq < expected:
		v.fault(FaultAppended, r.seq, r.seq) // zero or negative: before the first
	case r.prev != v.last.hash && !v.isBad(v.last.seq):
		// Both rows fit their own hash. The earlier one was edited together
		// with its hash, unless this is the first, or this one does not fit.
		if v.last.seq > 0 && v.l.hash(r) == r.hash {
			v.fault(FaultEdited, v.last.seq, v.last.seq)
		}
	}
	if v.l.hash(r) != r.hash || (r.seq == 1 && r.prev != "") {
		if len(v.bad) < maxFaults {
			v.bad = append(v.bad, r)
		} else {
			v.report.More = true
		}
	}
	for _, p := range v.pins {
		if p.Seq == r.seq && p.Hash != r.hash {
			v.fault(FaultPin, r.seq, r.seq)
		}
	}
	v.last = r
	return nil
}

func (v *verifier) isBad(seq int64) bool {
	return len(v.bad) > 0 && v.bad[len(v.bad)-1].seq == seq
}

func (v *verifier) head(h Head, mac string) {
	v.report.Head = h
	fresh := h == Head{} && mac == "" && v.last.seq == 0
	switch {
	case fresh:
	case mac != v.l.mac(h):
		v.fault(FaultHead, h.Seq, h.Seq)
	case v.last.seq < h.Seq:
		v.fault(FaultTruncated, v.last.seq+1, h.Seq)
	case v.last.seq > h.Seq:
		v.fault(FaultAppended, h.Seq+1, v.last.seq)
	case v.last.hash != h.Hash && !v.isBad(v.last.seq):
		v.fault(FaultEdited, h.Seq, h.Seq)
	}
	for _, p := range v.pins {
		if p.Seq > v.last.seq && p.Seq > h.Seq {
			v.fault(FaultTruncated, max(v.last.seq, h.Seq)+1, p.Seq)
		}
	}
}

// finish tells rows that stood elsewhere from edited ones: with the number of
// another misfit, the former fit their hash.
func (v *verifier) finish() {
	for _, r := range v.bad {
		kind := FaultEdited
		for _, other := range v.bad {
			moved := r
			moved.seq = other.seq
			if moved.seq != r.seq && v.l.hash(moved) == r.hash {
				kind = FaultReordered
			}
		}
		v.fault(kind, r.seq, r.seq)
	}
	slices.SortStableFunc(v.report.Faults, func(a, b Fault) int { return int(a.Seq - b.Seq) })
}
