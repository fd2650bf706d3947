package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ClaimNotices gives a worker up to limit (at most 1000) pending notices by some
// channels (by all, when none is named) that are due, the longest due first, and
// keeps other workers away from them for the length of the lease. Each claim is an attempt, which [Ledger.SettleNotice]
// wants to know. What is not settled when the lease has run out is claimed
// again: whoever sends asks, on a second attempt, whether the first got through.
func (l *Ledger) ClaimNotices(ctx context.Context, now time.Time, limit int, lease time.Duration, channels ...string) (claimed []Notice, err error) {
	if now.IsZero() || limit < 1 || lease < time.Millisecond {
		return nil, fmt.Errorf("claim notices: %w", ErrInvalid)
	}
	due, err := l.anyDue(ctx, now, channels)
	if err != nil || !due {
		return nil, err
	}
	err = l.write(ctx, "claim notices", func(ctx context.Context, tx *writing) error {
		by, args := byChannel(channels, []any{millis(now.Add(lease)), millis(now), bounded(limit)})
		claimed, err = list(ctx, tx, scanNotice, `UPDATE notices SET attempts = attempts + 1, lease_ms = $1
			WHERE id IN (SELECT id FROM notices WHERE state = 'pending' AND due_ms <= $2 AND lease_ms <= $2`+by+`
				ORDER BY due_ms, id LIMIT $3)
			RETURNING `+noticeColumns, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(claimed, func(a, b Notice) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	return claimed, nil
}

// anyDue spares idle workers the lock that every write takes.
func (l *Ledger) anyDue(ctx context.Context, now time.Time, channels []string) (due bool, err error) {
	err = l.read(ctx, "claim notices", func(ctx context.Context) error {
		by, args := byChannel(channels, []any{millis(now)})
		return l.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM notices
			WHERE state = 'pending' AND due_ms <= $1 AND lease_ms <= $1`+by+`)`, args...).Scan(&due)
	})
	return due, err
}

// byChannel is the end of a condition that admits some channels, all when none
// is named, and the statement's arguments with its own after them.
func byChannel(channels []string, args []any) (condition string, all []any) {
	if len(channels) == 0 {
		return "", args
	}
	marks := make([]string, len(channels))
	for i, c := range channels {
		args = append(args, c)
		marks[i] = "$" + strconv.Itoa(len(args))
	}
	return " AND channel IN (" + strings.Join(marks, ", ") + ")", args
}

// Settlement is how an attempt to send a notice ended.
type Settlement struct {
	State NoticeState
	Due   time.Time // of the next try, when it stays pending
	Why   string    // a constant from a closed set, "carrier_30003"; never an address
	At    time.Time // zero is now
}

func (s Settlement) check() error {
	switch {
	case s.State < NoticePending || s.State > NoticeDead:
	case s.State == NoticePending && s.Due.IsZero():
	case len(s.Why) > 64 || !clean(s.Why) || strings.ContainsAny(s.Why, "@+") || digits(s.Why) > 5:
	default:
		return nil
	}
	return fmt.Errorf("settlement: %w", ErrInvalid)
}

// digits is the longest run of digits in a text; a number of a telephone has
// more than an error of the carrier.
func digits(s string) (longest int) {
	run := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// SettleNotice tells how an attempt ended. A notice that is sent or dead loses
// its sealed bytes, and the audit gets the outcome. A notice that another worker
// has claimed since is [ErrStale]; the same end once more does nothing; any
// other change of an end is [ErrFinal].
func (l *Ledger) SettleNotice(ctx context.Context, id int64, attempt int, s Settlement) error {
	if err := s.check(); err != nil || attempt < 1 {
		return fmt.Errorf("settle notice: %w", ErrInvalid)
	}
	return l.write(ctx, "settle notice", func(ctx context.Context, tx *writing) error {
		n, err := scanNotice(tx.QueryRowContext(ctx, `SELECT `+noticeColumns+` FROM notices WHERE id = $1`, id))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("notice: %w", ErrNotFound)
		case err != nil:
			return err
		case n.Attempts != attempt:
			return ErrStale
		case n.State == s.State && n.State != NoticePending:
			return nil
		case n.State != NoticePending:
			return ErrFinal
		case s.State == NoticePending:
			_, err = change(ctx, tx, `UPDATE notices SET due_ms = $1, lease_ms = 0, why = $2 WHERE id = $3`, millis(s.Due), s.Why, id)
			return err
		}
		return l.endNotice(ctx, tx, n, s)
	})
}

func (l *Ledger) endNotice(ctx context.Context, tx *writing, n Notice, s Settlement) error {
	if s.At.IsZero() {
		s.At = l.now()
	}
	if s.State == NoticeWithdrawn { // nobody was told its reference
		n.Whose = nil
	}
	if _, err := change(ctx, tx, `UPDATE notices SET state = $1, why = $2, finished_ms = $3, lease_ms = 0, sealed = $4, whose = $5 WHERE id = $6`,
		s.State.String(), s.Why, millis(s.At), []byte{}, n.Whose, n.ID); err != nil {
		return err
	}
	e := n.entry(Outcome, strconv.FormatInt(n.ID, 10))
	e.Detail["state"], e.Detail["attempts"] = s.State.String(), strconv.Itoa(n.Attempts)
	if s.Why != "" {
		e.Detail["why"] = s.Why
	}
	_, err := l.append(ctx, tx, e)
	return err
}
