package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringback/ivr/ledger"
)

const (
	// sendTime is how long sending one notice may take, with room to spare.
	sendTime = 10 * time.Second
	// minLease has room for one notice and for telling the ledger of it.
	minLease = 2 * sendTime
	// minPause keeps a random part of a pause from being none.
	minPause = time.Second
)

// down is a ledger that does not answer.
type down struct {
	since time.Time // zero: it does
	tries int
}

// look sends one batch and reports whether there may be another.
func (w *Worker) look(ctx context.Context) (more bool) {
	if w.closing() {
		return false
	}
	now := w.o.Clock.Now()
	w.over(now)
	claimed, err := w.o.Ledger.ClaimNotices(ctx, now, w.o.Batch, w.o.Lease, w.o.Channels...)
	if err != nil {
		w.ledgerDown(ctx, now, err)
		return false
	}
	w.down = down{}
	for _, n := range claimed {
		// What cannot be sent within the lease goes back, as if never claimed.
		if w.closing() || w.o.Clock.Now().Sub(now) > w.o.Lease-minLease {
			h := historyOf(n)
			w.settle(ctx, n, ledger.Settlement{State: ledger.NoticePending, Due: n.Due, Why: h.why(Unavailable, n.Attempts)})
			continue
		}
		w.handle(ctx, n)
	}
	return len(claimed) > 0
}

// ledgerDown has the worker come back later; for as long as a notice would be
// tried, after which only [Worker.Run] looks.
func (w *Worker) ledgerDown(ctx context.Context, now time.Time, err error) {
	if w.down.since.IsZero() {
		w.down.since = now
		w.o.Logger.WarnContext(ctx, "notices wait for the ledger", "error", err.Error())
	}
	w.down.tries++
	if now.Sub(w.down.since) < w.o.MaxAge {
		w.due(now.Add(w.pause(w.down.tries)))
	}
}

// handle tries to send one notice and tells the ledger how that ended.
func (w *Worker) handle(ctx context.Context, n ledger.Notice) {
	h := historyOf(n)
	if w.enough(h) {
		w.end(ctx, n, ledger.NoticeSent, Unclear)
		return
	}
	switch outcome := w.o.Send(ctx, n); outcome {
	case Sent:
		w.end(ctx, n, ledger.NoticeSent, outcome)
	case Refused, Unreadable:
		w.end(ctx, n, ledger.NoticeDead, outcome)
	case Unclear:
		if h.perhaps++; w.enough(h) {
			w.end(ctx, n, ledger.NoticeSent, outcome)
			return
		}
		w.retry(ctx, n, h, outcome)
	case Unavailable, Expired, OutcomeUnknown:
		w.retry(ctx, n, h, outcome)
	}
}

// enough reports whether a notice may have been taken as often as it may be.
func (w *Worker) enough(h history) bool { return w.o.AtMost > 0 && h.perhaps >= w.o.AtMost }

// retry leaves a notice for later, unless that would be too late.
func (w *Worker) retry(ctx context.Context, n ledger.Notice, h history, outcome Outcome) {
	due := w.o.Clock.Now().Add(w.pause(n.Attempts))
	if due.Sub(n.Created) > w.o.MaxAge {
		w.end(ctx, n, ledger.NoticeDead, Expired)
		return
	}
	w.o.Ended(n, outcome)
	w.settle(ctx, n, ledger.Settlement{State: ledger.NoticePending, Due: due, Why: h.why(outcome, n.Attempts)})
	w.due(due)
}

func (w *Worker) end(ctx context.Context, n ledger.Notice, state ledger.NoticeState, outcome Outcome) {
	w.o.Ended(n, outcome)
	if state == ledger.NoticeDead {
		w.o.Logger.WarnContext(ctx, "notice given up", "notice", n.ID, "kind", n.Kind, "channel", n.Channel,
			"outcome", outcome.String(), "attempts", n.Attempts)
	}
	w.settle(ctx, n, ledger.Settlement{State: state, Why: outcome.String()})
}

// settle tells the ledger, several times if it is away: what it does not hear
// of is sent again.
func (w *Worker) settle(ctx context.Context, n ledger.Notice, s ledger.Settlement) {
	ctx = context.WithoutCancel(ctx) // what was sent was sent
	s.At = w.o.Clock.Now()
	for pause := time.Second; ; pause *= 2 {
		err := w.o.Ledger.SettleNotice(ctx, n.ID, n.Attempts, s)
		switch {
		case err == nil:
			return
		case errors.Is(err, ledger.ErrStale), errors.Is(err, ledger.ErrFinal), errors.Is(err, ledger.ErrInvalid), errors.Is(err, ledger.ErrNotFound),
			pause > 4*time.Second, w.closing():
			w.o.Logger.WarnContext(ctx, "notice not settled", "notice", n.ID, "error", err.Error())
			w.due(s.At.Add(w.o.Lease)) // when it can be claimed again
			return
		}
		_ = w.o.Clock.Sleep(ctx, pause)
	}
}

// pause is a random part of a pause that doubles with each attempt.
func (w *Worker) pause(attempt int) time.Duration {
	longest := w.o.FirstPause
	for range attempt - 1 {
		if longest >= w.o.LongestPause {
			break
		}
		longest *= 2
	}
	longest = min(longest, w.o.LongestPause)
	return max(time.Duration(w.o.Jitter()*float64(longest)), minPause)
}

// history is what is known of a notice's earlier attempts. The ledger keeps it
// as the reason of the last settlement: "unavailable 3 1".
type history struct {
	settled int // the last attempt that somebody told of
	perhaps int // how many may have arrived
}

// historyOf counts the attempts that nobody told of, save the present one, as
// perhaps sent: whoever made them died in between.
func historyOf(n ledger.Notice) (h history) {
	var outcome string
	if _, err := fmt.Sscanf(n.Why, "%s %d %d", &outcome, &h.settled, &h.perhaps); err != nil {
		h = history{}
	}
	h.perhaps += max(n.Attempts-1-h.settled, 0)
	return h
}

// why is the reason of a settlement that leaves the notice pending.
func (h history) why(outcome Outcome, attempt int) string {
	return fmt.Sprintf("%s %d %d", outcome, attempt, h.perhaps)
}
