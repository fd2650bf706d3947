package ledger

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"
)

// AddKey gives a ledger that was begun without a key the one of its options,
// once: it checks the whole chain, hashes it anew with the key, and appends a
// row that says so with the old end, which it returns. All or nothing of it is
// kept. No instance may run meanwhile; heads that were pinned before fit no more.
func AddKey(ctx context.Context, o Options) (old Head, err error) {
	if len(o.Key) == 0 || o.ReadOnly {
		return Head{}, fmt.Errorf("add key: %w", ErrInvalid)
	}
	key := o.Key
	o.Key, o.Timeout = nil, cmp.Or(o.Timeout, time.Hour) // it reads and writes everything
	l, err := Open(ctx, o)
	if err != nil {
		return Head{}, fmt.Errorf("add key: %w", err)
	}
	defer func() { _ = l.Close() }()
	keyed := &Ledger{key: key, now: l.now}
	err = l.write(ctx, "add key", func(ctx context.Context, tx *writing) error {
		old = tx.head
		if err := l.hashAnew(ctx, tx, keyed); err != nil {
			return err
		}
		l.key = key // for the head, from here on
		_, err := l.append(ctx, tx, Entry{
			Phase: Outcome, Action: "add_key", Actor: "operator",
			Detail: map[string]string{"rows": strconv.FormatInt(old.Seq, 10), "hash": old.Hash},
		})
		return err
	})
	if err != nil {
		return Head{}, err
	}
	return old, nil
}

// hashAnew rewrites the hashes of all rows, each of which must fit its old one.
func (l *Ledger) hashAnew(ctx context.Context, tx *writing, keyed *Ledger) error {
	const batch = 1000
	var was, is Head
	for was.Seq < tx.head.Seq {
		recs, err := list(ctx, tx, scanRecord, `SELECT `+recordColumns+` FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2`, was.Seq, batch)
		if err != nil {
			return err
		}
		if len(recs) == 0 {
			return fmt.Errorf("row %d: %w", was.Seq+1, ErrBroken)
		}
		for _, r := range recs {
			if r.seq != was.Seq+1 || r.prev != was.Hash || l.hash(r) != r.hash {
				return fmt.Errorf("row %d: %w", was.Seq+1, ErrBroken)
			}
			was = Head{Seq: r.seq, Hash: r.hash}
			r.prev = is.Hash
			is = Head{Seq: r.seq, Hash: keyed.hash(r)}
			if _, err := change(ctx, tx, `UPDATE audit SET prev_hash = $1, hash = $2 WHERE seq = $3`, r.prev, is.Hash, r.seq); err != nil {
				return err
			}
		}
	}
	if was != tx.head {
		return fmt.Errorf("row %d: %w", was.Seq, ErrBroken)
	}
	tx.head = is
	return nil
}
