package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	randv2 "math/rand/v2"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/ledger"
)

// Ledger is what the worker needs of [ledger.Ledger].
type Ledger interface {
	ClaimNotices(ctx context.Context, now time.Time, limit int, lease time.Duration, channels ...string) ([]ledger.Notice, error)
	SettleNotice(ctx context.Context, id int64, attempt int, s ledger.Settlement) error
	NoticeStats(ctx context.Context, channels ...string) (ledger.NoticeStats, error)
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Ledger Ledger
	// Channels are those whose notices this worker sends.
	Channels []string
	// Send tries once to send one notice, within 10 s.
	Send func(ctx context.Context, n ledger.Notice) Outcome
	// Ended is told of each attempt, for metrics.
	Ended func(n ledger.Notice, o Outcome)
	// AtMost is how often a notice may be taken: once it may have been that often,
	// it counts as sent. 0: it is tried until it surely was.
	AtMost int

	Clock  clock.Clock    // nil: the real one
	Logger *slog.Logger   // nil: discarded
	Jitter func() float64 // in [0,1); nil: math/rand/v2
	Timing
}

// Timing is when a worker looks, and how long it tries. Zero fields are the
// defaults.
type Timing struct {
	// Every is how often Run looks for what others left, in real time. 0: 30 s.
	Every time.Duration
	// Lease keeps others away from what is being sent. 0: 60 s.
	Lease time.Duration
	// Batch is how many notices are claimed at once. 0: 20.
	Batch int
	// MaxAge is how long a notice is tried. 0: 12 h.
	MaxAge time.Duration
	// FirstPause and LongestPause bound the pause before a retry, which doubles
	// and of which a random part is taken. 0: 5 s and 5 min.
	FirstPause, LongestPause time.Duration
}

// Check refuses times that cannot work.
func (t Timing) Check() error {
	if min(t.Every, t.Lease, t.MaxAge, t.FirstPause, t.LongestPause) < 0 || t.Batch < 0 {
		return errors.New("a limit is negative")
	}
	if t.Lease > 0 && t.Lease < minLease {
		return fmt.Errorf("the lease is below %v", minLease)
	}
	return nil
}

func (t Timing) withDefaults() Timing {
	if t.Batch == 0 {
		t.Batch = 20
	}
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&t.Every, 30*time.Second)
	set(&t.Lease, time.Minute)
	set(&t.MaxAge, 12*time.Hour)
	set(&t.FirstPause, 5*time.Second)
	set(&t.LongestPause, 5*time.Minute)
	return t
}

func (o Options) check() error {
	if o.Ledger == nil || len(o.Channels) == 0 || o.Send == nil || o.Ended == nil {
		return errors.New("ledger, channels, send and ended are required")
	}
	return o.Check()
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Jitter == nil {
		o.Jitter = randv2.Float64
	}
	o.Timing = o.Timing.withDefaults()
	return o
}
