package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Phase tells whether a row was written before or after what it speaks of.
type Phase uint8

// The phases.
const (
	PhaseUnknown Phase = iota
	Intent             // about to be done
	Outcome            // done, refused or failed; also what needs no intent
)

// String is the phase's name in the audit.
func (p Phase) String() string {
	switch p {
	case Intent:
		return "intent"
	case Outcome:
		return "outcome"
	case PhaseUnknown:
	}
	return "unknown"
}

// ParsePhase is the inverse of [Phase.String], but refuses "unknown".
func ParsePhase(name string) (Phase, error) {
	for _, p := range []Phase{Intent, Outcome} {
		if p.String() == name {
			return p, nil
		}
	}
	return PhaseUnknown, fmt.Errorf("phase: %w", ErrInvalid)
}

// Entry is what the audit says: who did what, to whom, why, and on which
// evidence. It holds no secret, and of persons only HMACs.
type Entry struct {
	Phase         Phase
	Action        string            // required; a constant such as "links" or "unlock"
	Subject       string            // HMAC of the subject; empty when nobody in particular
	Actor         string            // "line", or the agent's name in the desk's accounts
	Reason        string            // a constant, or what a lead wrote
	Factors       []string          // that had passed
	PolicyVersion string            // the policy that was asked
	CallRef       string            // random reference of the call
	Detail        map[string]string // more, in small
}

// Row is an entry in its place in the chain.
type Row struct {
	Seq int64     // from 1, without gaps
	At  time.Time // UTC, in milliseconds
	Entry
	Hash string // hex
}

// maxText bounds what one field of an entry holds.
const maxText = 4096

func (e Entry) check() error {
	if e.Phase != Intent && e.Phase != Outcome {
		return fmt.Errorf("phase: %w", ErrInvalid)
	}
	if e.Action == "" {
		return fmt.Errorf("action: %w", ErrInvalid)
	}
	for _, s := range []string{e.Action, e.Subject, e.Actor, e.Reason, e.PolicyVersion, e.CallRef} {
		if len(s) > maxText {
			return fmt.Errorf("entry too long: %w", ErrInvalid)
		}
		if !clean(s) {
			return fmt.Errorf("entry: not text: %w", ErrInvalid)
		}
	}
	return nil
}

// clean reports whether a text is one for both databases.
func clean(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return false
		}
	}
	return true
}

// Append writes an entry to the end of the chain and returns its number.
func (l *Ledger) Append(ctx context.Context, e Entry) (seq int64, err error) {
	err = l.write(ctx, "append audit", func(ctx context.Context, tx *writing) error {
		seq, err = l.append(ctx, tx, e)
		return err
	})
	if err != nil {
		return 0, err
	}
	return seq, nil
}

// append adds to the chain inside a write.
func (l *Ledger) append(ctx context.Context, tx *writing, e Entry) (int64, error) {
	if err := e.check(); err != nil {
		return 0, err
	}
	rec, err := e.record(tx.head.Seq+1, millis(l.now()), tx.head.Hash)
	if err != nil {
		return 0, err
	}
	rec.hash = l.hash(rec)
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (seq, at_ms, phase, action, subject, actor, reason,
		factors, policy_version, call_ref, detail, prev_hash, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		rec.seq, rec.at, rec.phase, rec.action, rec.subject, rec.actor, rec.reason,
		rec.factors, rec.policy, rec.callRef, rec.detail, rec.prev, rec.hash)
	if err != nil {
		return 0, fmt.Errorf("insert row: %w", err)
	}
	tx.head = Head{Seq: rec.seq, Hash: rec.hash}
	return rec.seq, nil
}

// Rows calls f with each row from a number on, in order, until f fails. It
// does not check the chain; see [Ledger.Verify]. f must not call the ledger
// for writing.
func (l *Ledger) Rows(ctx context.Context, from int64, f func(Row) error) error {
	return readRecords(ctx, l.r, from, func(rec record) error {
		row, err := rec.row()
		if err != nil {
			return err
		}
		return f(row)
	})
}

func (e Entry) record(seq, at int64, prev string) (record, error) {
	if e.Factors == nil {
		e.Factors = []string{}
	}
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	factors, err := json.Marshal(e.Factors)
	if err != nil {
		return record{}, fmt.Errorf("encode factors: %w", err)
	}
	detail, err := json.Marshal(e.Detail) // keys come sorted
	if err != nil {
		return record{}, fmt.Errorf("encode detail: %w", err)
	}
	if len(factors) > maxText || len(detail) > maxText {
		return record{}, fmt.Errorf("entry too long: %w", ErrInvalid)
	}
	return record{
		seq: seq, at: at, phase: e.Phase.String(), action: e.Action, subject: e.Subject, actor: e.Actor,
		reason: e.Reason, factors: string(factors), policy: e.PolicyVersion, callRef: e.CallRef,
		detail: string(detail), prev: prev,
	}, nil
}

func (r record) row() (Row, error) {
	e := Entry{
		Action: r.action, Subject: r.subject, Actor: r.actor, Reason: r.reason,
		PolicyVersion: r.policy, CallRef: r.callRef,
	}
	var err error
	if e.Phase, err = ParsePhase(r.phase); err != nil {
		return Row{}, fmt.Errorf("read row %d: %w", r.seq, err)
	}
	if err := json.Unmarshal([]byte(r.factors), &e.Factors); err != nil {
		return Row{}, fmt.Errorf("read row %d: factors: %w", r.seq, err)
	}
	if err := json.Unmarshal([]byte(r.detail), &e.Detail); err != nil {
		return Row{}, fmt.Errorf("read row %d: detail: %w", r.seq, err)
	}
	return Row{Seq: r.seq, At: moment(r.at), Entry: e, Hash: r.hash}, nil
}
