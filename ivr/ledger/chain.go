package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
)

// Head is the end of the chain at some moment. Kept elsewhere, it pins all
// rows up to it; see [Ledger.Verify].
type Head struct {
	Seq  int64  // 0 is the empty chain
	Hash string // hex
}

// Head returns the present end of the chain.
func (l *Ledger) Head(ctx context.Context) (Head, error) {
	ctx, cancel := l.deadline(ctx)
	defer cancel()
	h, _, err := readHead(ctx, l.r, readHeadSQL)
	return h, err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

const readHeadSQL = `SELECT seq, hash, mac FROM audit_head WHERE id = 1`

// readHead reads the end of the chain by a statement that may also lock it.
func readHead(ctx context.Context, q querier, statement string) (h Head, mac string, err error) {
	err = q.QueryRowContext(ctx, statement).Scan(&h.Seq, &h.Hash, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, "", fmt.Errorf("read head: %w", ErrNotFound)
	}
	if err != nil {
		return Head{}, "", fmt.Errorf("read head: %w", err)
	}
	return h, mac, nil
}

// moveHead writes the end of the chain, once in a transaction.
func (l *Ledger) moveHead(ctx context.Context, tx *writing) error {
	_, err := tx.ExecContext(ctx, `UPDATE audit_head SET seq = $1, hash = $2, mac = $3 WHERE id = 1`,
		tx.head.Seq, tx.head.Hash, l.mac(tx.head))
	if err != nil {
		return fmt.Errorf("move head: %w", err)
	}
	return nil
}

// record is a row as stored; the hash covers every other field.
type record struct {
	seq, at                                int64
	phase, action, subject, actor, reason  string
	factors, policy, callRef, detail, prev string
	hash                                   string
}

const recordColumns = `seq, at_ms, phase, action, subject, actor, reason, factors, policy_version,
	call_ref, detail, prev_hash, hash`

func readRecords(ctx context.Context, q querier, from int64, f func(record) error) error {
	rows, err := q.QueryContext(ctx, `SELECT `+recordColumns+` FROM audit WHERE seq >= $1 ORDER BY seq`, from)
	if err != nil {
		return fmt.Errorf("read audit: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has the error
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return err
		}
		if err := f(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read audit: %w", err)
	}
	return nil
}

func scanRecord(s scanner) (r record, err error) {
	if err := s.Scan(&r.seq, &r.at, &r.phase, &r.action, &r.subject, &r.actor, &r.reason, &r.factors,
		&r.policy, &r.callRef, &r.detail, &r.prev, &r.hash); err != nil {
		return record{}, fmt.Errorf("read audit: %w", err)
	}
	return r, nil
}

// canonical is the row in bytes: a version, two numbers, and each text with its
// length before it, so that no two rows have the same bytes.
func (r record) canonical() []byte {
	b := []byte("ringback audit 1\n")
	b = binary.BigEndian.AppendUint64(b, uint64(r.seq))
	b = binary.BigEndian.AppendUint64(b, uint64(r.at))
	for _, s := range []string{
		r.phase, r.action, r.subject, r.actor, r.reason, r.factors, r.policy, r.callRef, r.detail, r.prev,
	} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func (l *Ledger) digest() hash.Hash {
	if len(l.key) == 0 {
		return sha256.New()
	}
	return hmac.New(sha256.New, l.key)
}

func (l *Ledger) hash(r record) string {
	h := l.digest()
	h.Write(r.canonical())
	return hex.EncodeToString(h.Sum(nil))
}

// mac seals the head, which without a key is only a checksum.
func (l *Ledger) mac(head Head) string {
	h := l.digest()
	h.Write(binary.BigEndian.AppendUint64([]byte("ringback head 1\n"), uint64(head.Seq)))
	h.Write([]byte(head.Hash))
	return hex.EncodeToString(h.Sum(nil))
}
