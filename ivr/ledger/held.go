package ledger

import "context"

// settleHeld ends the waiting of the notices that a claim held back: what they
// tell of happened, may have happened, or did not. A notice that a worker has
// tried already, since it came due before, stays as it is: it may have been read.
func (l *Ledger) settleHeld(ctx context.Context, tx *writing, row ActionRow, state State) error {
	if state == Failed {
		return l.withdraw(ctx, tx, row.ID)
	}
	if row.State != Claimed { // an end of before has released them
		return nil
	}
	now := millis(l.now())
	_, err := change(ctx, tx, `UPDATE notices SET due_ms = $1 WHERE intent = $2 AND state = 'pending' AND attempts = 0 AND due_ms > $1`,
		now, row.ID)
	return err
}

// withdraw takes back what was owed for something that did not happen.
func (l *Ledger) withdraw(ctx context.Context, tx *writing, intent int64) error {
	untried, err := list(ctx, tx, scanNotice, `SELECT `+noticeColumns+` FROM notices
		WHERE intent = $1 AND state = 'pending' AND attempts = 0 ORDER BY id`, intent)
	if err != nil {
		return err
	}
	for _, n := range untried {
		if err := l.endNotice(ctx, tx, n, Settlement{State: NoticeWithdrawn}); err != nil {
			return err
		}
	}
	return nil
}
