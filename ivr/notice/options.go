package notice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	randv2 "math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/ivr/mail"
	"ringback/ivr/twilio"
)

// Ledger is what the worker needs of [ledger.Ledger].
type Ledger interface {
	ClaimNotices(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]ledger.Notice, error)
	SettleNotice(ctx context.Context, id int64, attempt int, s ledger.Settlement) error
	NoticeStats(ctx context.Context) (ledger.NoticeStats, error)
}

// Texter sends texts; [twilio.Client] does. Its errors are of that package.
type Texter interface {
	SendText(ctx context.Context, t twilio.Text) (twilio.Message, error)
}

// Mailer sends e-mail; [mail.Client] does. Its errors are of that package.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Wording has the words of a notice. The arguments are strings: reference (8
// digits), number (the line's, E.164), date (2006-01-02), time (15:04) and zone
// (EST) of the line, and factor, of those kinds that are about one. A text must
// have the reference in it, in groups or not, and an e-mail a subject.
type Wording interface {
	Notice(kind, line, language string, args map[string]string) (subject, text string, err error)
}

// Line is what a notice says of a line.
type Line struct {
	Number   string         // E.164
	Zone     *time.Location // nil: UTC
	Language string         // of notices whose event has none
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Ledger  Ledger
	Texter  Texter
	Mailer  Mailer // nil: nobody is told by e-mail
	Wording Wording
	Lines   map[string]Line // by id
	// Reference is the HMAC under which the 8 digits are filed.
	Reference func(digits string) string
	// Key of 32 bytes seals what is owed. OldKey is the one before, or nil.
	Key, OldKey []byte

	Clock      clock.Clock           // nil: the real one
	Logger     *slog.Logger          // nil: discarded
	Registerer prometheus.Registerer // nil: counted unseen
	Random     io.Reader             // of references and nonces; nil: crypto/rand
	Jitter     func() float64        // in [0,1); nil: math/rand/v2

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

func (o Options) check() error {
	if o.Ledger == nil || o.Texter == nil || o.Wording == nil || o.Reference == nil || len(o.Lines) == 0 {
		return errors.New("ledger, texter, wording, reference and lines are required")
	}
	for id, l := range o.Lines {
		if id == "" || l.Number == "" {
			return fmt.Errorf("line %q: an id and a number are required", id)
		}
	}
	if min(o.Every, o.Lease, o.MaxAge, o.FirstPause, o.LongestPause) < 0 || o.Batch < 0 {
		return errors.New("a limit is negative")
	}
	if o.Lease > 0 && o.Lease < minLease {
		return fmt.Errorf("the lease is below %v", minLease)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Jitter == nil {
		o.Jitter = randv2.Float64
	}
	if o.Batch == 0 {
		o.Batch = 20
	}
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.Every, 30*time.Second)
	set(&o.Lease, time.Minute)
	set(&o.MaxAge, 12*time.Hour)
	set(&o.FirstPause, 5*time.Second)
	set(&o.LongestPause, 5*time.Minute)
	return o
}
