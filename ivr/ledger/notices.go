package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// NoticeState is how far a notice is.
type NoticeState uint8

// The states.
const (
	NoticeUnknown   NoticeState = iota // no state: the zero value
	NoticePending                      // to be sent when due, perhaps once more
	NoticeSent                         // the carrier or the mail server has taken it
	NoticeDead                         // given up
	NoticeWithdrawn                    // what it tells of did not happen; nobody has tried to send it
)

// String is the state's name in the ledger.
func (s NoticeState) String() string {
	names := [...]string{"unknown", "pending", "sent", "dead", "withdrawn"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("notice(%d)", s)
}

// ParseNoticeState is the inverse of [NoticeState.String], but refuses "unknown".
func ParseNoticeState(name string) (NoticeState, error) {
	for s := NoticePending; s <= NoticeWithdrawn; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return NoticeUnknown, fmt.Errorf("notice state: %w", ErrInvalid)
}

// Notice is something that one address of a person must be told. Event,
// Reference, Subject, Kind, Channel, Sealed, Due and Whose are the caller's; the
// rest is the ledger's.
type Notice struct {
	// ID is also the number of its own intent in the audit.
	ID int64
	// Event is what happened and to whom it is told, once and for all:
	// "links/<callref>/<effect>/<n>". It is unique; a repeat adds nothing.
	Event string
	// Reference is an HMAC of the 8 digits that the notice tells, the same in
	// all notices of an event; empty when it tells none.
	Reference string
	Subject   string // HMAC; empty only by hook, of what is about nobody
	Kind      string // a constant, "links_sent"
	Channel   string // "text" or "mail" to a person, "hook" to another system
	// Sealed is body and address, which the ledger cannot read; at most 16 KiB.
	// It is erased once the notice is no longer pending.
	Sealed []byte
	Due    time.Time // of the next try; zero is now
	// Whose is who the reference is about, sealed so that it opens only with the
	// digits, which the ledger has not; at most 4 KiB, empty when nobody is to be
	// found by it. It stays as long as the row, but for a withdrawn one.
	Whose []byte

	Attempts int // claims so far
	State    NoticeState
	Why      string // of the last settlement
	Created  time.Time
	Finished time.Time // zero while pending
	// Intent is the audit's number of what the notice tells: the action's, the
	// freeze's, the unlock's. [Ledger.Owe] alone leaves it as it is given.
	Intent int64
}

// The channels of notices. A hook is not told to a person: it is an event for
// another system, which leaves by the same outbox.
const (
	ByText = "text"
	ByMail = "mail"
	ByHook = "hook"
)

const maxSealed = 16 << 10

func (n Notice) check() error {
	switch {
	case n.Event == "" || n.Kind == "" || n.Subject == "" && n.Channel != ByHook:
	case n.Channel != ByText && n.Channel != ByMail && n.Channel != ByHook:
	case len(n.Sealed) == 0 || len(n.Sealed) > maxSealed || len(n.Whose) > maxText:
	case len(n.Event) > maxText || !clean(n.Event, n.Reference):
	default:
		return nil
	}
	return fmt.Errorf("notice: %w", ErrInvalid)
}

// Owe adds notices to be sent, with an intent in the audit each. added is how
// many were new. All or none of them are kept.
func (l *Ledger) Owe(ctx context.Context, notices ...Notice) (added int, err error) {
	if len(notices) == 0 {
		return 0, nil
	}
	err = l.write(ctx, "owe notices", func(ctx context.Context, tx *writing) error {
		added, err = l.owe(ctx, tx, 0, notices)
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// AppendOwing is [Ledger.Append] and [Ledger.Owe] in one transaction: what has
// happened is never untold.
func (l *Ledger) AppendOwing(ctx context.Context, e Entry, notices ...Notice) error {
	return l.write(ctx, "append audit", func(ctx context.Context, tx *writing) error {
		return l.appendOwing(ctx, tx, e, notices)
	})
}

// appendOwing appends a row and owes the notices of it.
func (l *Ledger) appendOwing(ctx context.Context, tx *writing, e Entry, notices []Notice) error {
	seq, err := l.append(ctx, tx, e)
	if err != nil {
		return err
	}
	_, err = l.owe(ctx, tx, seq, notices)
	return err
}

// owe adds notices inside a write that tells what they speak of.
func (l *Ledger) owe(ctx context.Context, tx *writing, intent int64, notices []Notice) (added int, err error) {
	for _, n := range notices {
		if err := n.check(); err != nil {
			return 0, err
		}
		if intent != 0 {
			n.Intent = intent
		}
		known, err := noticeOf(ctx, tx, n.Event)
		if err != nil {
			return 0, err
		}
		if known {
			continue
		}
		if err := l.oweOne(ctx, tx, n); err != nil {
			return 0, err
		}
		added++
	}
	return added, nil
}

func (l *Ledger) oweOne(ctx context.Context, tx *writing, n Notice) error {
	id, err := l.append(ctx, tx, n.entry(Intent, strconv.FormatInt(n.Intent, 10)))
	if err != nil {
		return err
	}
	now := l.now()
	if n.Due.IsZero() {
		n.Due = now
	}
	_, err = change(ctx, tx, `INSERT INTO notices (id, event, reference, subject, kind, channel, sealed, due_ms,
		lease_ms, attempts, state, why, created_ms, finished_ms, intent, whose)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 'pending', '', $9, 0, $10, $11)`,
		id, n.Event, n.Reference, n.Subject, n.Kind, n.Channel, n.Sealed, millis(n.Due), millis(now), n.Intent, n.Whose)
	return err
}

// entry is what the audit says of a notice. of is the number of the row that
// it belongs to.
func (n Notice) entry(phase Phase, of string) Entry {
	e := Entry{
		Phase: phase, Action: "notice", Subject: n.Subject, Actor: line, Reason: n.Kind,
		Detail: map[string]string{"channel": n.Channel, "intent": of},
	}
	if n.Channel == ByHook {
		e.Action = "event"
	}
	return e
}

func noticeOf(ctx context.Context, q querier, event string) (bool, error) {
	var id int64
	err := q.QueryRowContext(ctx, `SELECT id FROM notices WHERE event = $1`, event).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read notice: %w", err)
	}
	return true, nil
}

// Notices lists the notices in a state, the newest first, at most 1000.
func (l *Ledger) Notices(ctx context.Context, state NoticeState, limit int) (all []Notice, err error) {
	err = l.read(ctx, "list notices", func(ctx context.Context) error {
		all, err = list(ctx, l.r, scanNotice, `SELECT `+noticeColumns+` FROM notices
			WHERE state = $1 ORDER BY id DESC LIMIT $2`, state.String(), bounded(limit))
		return err
	})
	return all, err
}

// NoticeStats are for metrics.
type NoticeStats struct {
	Pending, Dead int
	Oldest        time.Time // since when the oldest pending one is due; zero when none is pending
}

// NoticeStats counts the notices by some channels (by all, when none is named)
// that are not sent.
func (l *Ledger) NoticeStats(ctx context.Context, channels ...string) (s NoticeStats, err error) {
	err = l.read(ctx, "count notices", func(ctx context.Context) error {
		var oldest int64
		by, args := byChannel(channels, nil)
		if err := l.r.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MIN(due_ms), 0) FROM notices WHERE state = 'pending'`+by, args...).
			Scan(&s.Pending, &oldest); err != nil {
			return fmt.Errorf("pending: %w", err)
		}
		s.Oldest = moment(oldest)
		if err := l.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM notices WHERE state = 'dead'`+by, args...).Scan(&s.Dead); err != nil {
			return fmt.Errorf("dead: %w", err)
		}
		return nil
	})
	if err != nil {
		return NoticeStats{}, err
	}
	return s, nil
}

// ByReference finds a notice by the HMAC of the reference that it told, among
// those owed at notBefore or later. Should two people have the same one, it is the
// newest. A withdrawn notice told nobody: whoever keys its reference has guessed,
// and finds nothing.
func (l *Ledger) ByReference(ctx context.Context, reference string, notBefore time.Time) (n Notice, found bool, err error) {
	if reference == "" {
		return Notice{}, false, nil
	}
	err = l.read(ctx, "find notice", func(ctx context.Context) error {
		n, err = scanNotice(l.r.QueryRowContext(ctx, `SELECT `+noticeColumns+` FROM notices
			WHERE reference = $1 AND created_ms >= $2 AND state <> 'withdrawn' ORDER BY id DESC LIMIT 1`, reference, millis(notBefore)))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = err == nil
		return err
	})
	return n, found, err
}

const noticeColumns = `id, event, reference, subject, kind, channel, sealed, due_ms, attempts, state, why,
	created_ms, finished_ms, intent, whose`

func scanNotice(r scanner) (n Notice, err error) {
	var (
		due, created, finished int64
		state                  string
	)
	if err := r.Scan(&n.ID, &n.Event, &n.Reference, &n.Subject, &n.Kind, &n.Channel, &n.Sealed, &due, &n.Attempts,
		&state, &n.Why, &created, &finished, &n.Intent, &n.Whose); err != nil {
		return Notice{}, fmt.Errorf("read notice: %w", err)
	}
	if n.State, err = ParseNoticeState(state); err != nil {
		return Notice{}, fmt.Errorf("read notice: %w", err)
	}
	n.Due, n.Created, n.Finished = moment(due), moment(created), moment(finished)
	return n, nil
}
