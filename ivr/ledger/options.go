package ledger

import (
	"fmt"
	"log/slog"
	"time"
)

// Options say where the ledger lives and what it depends on.
type Options struct {
	// URL is "sqlite:path", "sqlite::memory:" (gone with [Ledger.Close]), or
	// "postgres://user:password@host/database" with libpq's parameters; several
	// hosts want target_session_attrs=read-write. Required.
	URL string
	// ReadOnly opens a ledger that exists as it is: nothing is created, migrated
	// or written, and a head that does not fit Key is left to [Ledger.Verify].
	ReadOnly bool
	// Now is the clock of every row. Nil is time.Now.
	Now func() time.Time
	// Key turns the hashes of the chain into HMACs, which only its holder can
	// make; see [ChainKey]. Empty is plain SHA-256. A ledger keeps the key it
	// began with: another one is [ErrKey], and a ledger that began without any
	// is [ErrUnkeyed].
	Key []byte
	// Logger gets warnings. Nil discards them.
	Logger *slog.Logger
	// Limits are the caps on consecutive failures. Zero fields are the defaults.
	Limits Limits
	// Timeout bounds each operation, waiting for other writers included. Zero
	// is 3 s. [Ledger.Verify] and [Ledger.Rows] read everything and have none.
	Timeout time.Duration
}

// Limits are the caps on consecutive failures of one factor of one subject.
type Limits struct {
	// Consecutive failures disable the factor until it is unlocked. Zero is 10;
	// NIST SP 800-63B-4, 3.2.2, allows 100 at most.
	Consecutive int
	// WaitAfter is the failure from which on the next try has to wait. Zero is 3.
	WaitAfter int
	// FirstWait is the first such wait; each failure doubles it. Zero is 30 s.
	FirstWait time.Duration
	// LongestWait ends the doubling. Zero is 1 h.
	LongestWait time.Duration
}

const ceiling = 100 // NIST SP 800-63B-4, 3.2.2

func (l Limits) withDefaults() (Limits, error) {
	if l.Consecutive == 0 {
		l.Consecutive = 10
	}
	if l.WaitAfter == 0 {
		l.WaitAfter = 3
	}
	if l.FirstWait == 0 {
		l.FirstWait = 30 * time.Second
	}
	if l.LongestWait == 0 {
		l.LongestWait = time.Hour
	}
	if l.Consecutive < 1 || l.Consecutive > ceiling || l.WaitAfter < 1 ||
		l.FirstWait < time.Millisecond || l.LongestWait < l.FirstWait {
		return l, fmt.Errorf("limits: %w", ErrInvalid)
	}
	return l, nil
}

// wait is how long the next try has to wait after so many failures.
func (l Limits) wait(failures int64) time.Duration {
	over := failures - int64(l.WaitAfter)
	if over < 0 {
		return 0
	}
	d := l.FirstWait
	for range over {
		if d >= l.LongestWait {
			break
		}
		d *= 2
	}
	return min(d, l.LongestWait)
}
