package callback

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/desk"
	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
)

// Writer is the part of the ledger that takes and changes callbacks.
type Writer interface {
	TakeCallback(ctx context.Context, c ledger.Callback, caps ledger.CallbackCaps, row ledger.Entry) error
	PutCallback(ctx context.Context, c ledger.Callback, rows []ledger.Entry, notices ...ledger.Notice) error
}

// Reader is the part of the ledger that tells of callbacks.
type Reader interface {
	Callback(ctx context.Context, id string) (ledger.Callback, error)
	DueCallbacks(ctx context.Context, now time.Time, limit int) ([]ledger.Callback, error)
	Callbacks(ctx context.Context, since time.Time, limit int) ([]ledger.Callback, error)
	NextCallback(ctx context.Context) (time.Time, error)
}

// Desk gives a place in the queue to those who are due.
type Desk interface {
	CallBack(ctx context.Context, c desk.Callback) (ok bool, err error)
	CallbackEnded(ctx context.Context, id string, attempt int) (transfer.CallbackOutcome, error)
}

// Names turns numbers into pseudonyms.
type Names interface {
	Number(e164 string) string
	Prefix(e164 string) string
}

// Leases has one of several instances do the work.
type Leases interface {
	Acquire(ctx context.Context, key, owner string, ttl time.Duration) (bool, error)
}

// Failure is a callback that was given up.
type Failure struct {
	ID, Line, Language, Request string
	Number                      string // HMAC
	Last2                       string // of the number
	Asked                       time.Time
	Attempts                    int
	Why                         string // a constant
}

// Call is one attempt to reach somebody.
type Call struct {
	ID, Line string
	Due      time.Time
	Attempt  int // from 1
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Writer Writer
	Reader Reader
	Desk   Desk
	Names  Names
	Leases Leases
	Key    []byte // 32 bytes that seal the numbers; it must not change while somebody waits
	// Lines by their ids: when they are open, and when nobody is called.
	Lines map[string]*ivr.Line
	// Never are numbers in E.164 that are not called: our own.
	Never []string

	Countries []string      // ISO 3166, such as US; the first is that of numbers without a country code
	Attempts  int           // how often somebody is dialled; 0: 3
	Gap       time.Duration // between two attempts; 0: 10 min
	Life      time.Duration // after which it is given up; 0: 7 days
	Caps      ledger.CallbackCaps

	// Called is what is owed because somebody is being called. Nil: nothing.
	Called func(context.Context, Call) []ledger.Notice
	// GivenUp is what is owed because a callback was given up. Nil: nothing.
	GivenUp func(context.Context, Failure) []ledger.Notice
	// Owed is told that something is. Nil: nobody is.
	Owed func()

	Owner      string                // of the lease: this instance; "": random
	Clock      clock.Clock           // nil: the real one
	Random     io.Reader             // of nonces; nil: crypto/rand
	Logger     *slog.Logger          // nil: discarded
	Registerer prometheus.Registerer // nil: counted unseen
}

func (o Options) check() error {
	switch {
	case o.Writer == nil || o.Reader == nil || o.Desk == nil || o.Names == nil || o.Leases == nil || len(o.Lines) == 0:
		return errors.New("ledger, desk, names, leases and lines are required")
	case len(o.Countries) == 0:
		return errors.New("no country is to be called")
	case o.Attempts < 0 || min(o.Gap, o.Life) < 0:
		return errors.New("a limit is negative")
	}
	known := phonenumbers.GetSupportedRegions()
	if i := slices.IndexFunc(o.Countries, func(c string) bool { return !known[c] }); i >= 0 {
		return fmt.Errorf("no country %.10q is known", o.Countries[i])
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Attempts == 0 {
		o.Attempts = 3
	}
	if o.Gap == 0 {
		o.Gap = 10 * time.Minute
	}
	if o.Life == 0 {
		o.Life = 7 * 24 * time.Hour
	}
	if o.Called == nil {
		o.Called = func(context.Context, Call) []ledger.Notice { return nil }
	}
	if o.GivenUp == nil {
		o.GivenUp = func(context.Context, Failure) []ledger.Notice { return nil }
	}
	if o.Owed == nil {
		o.Owed = func() {}
	}
	if o.Owner == "" {
		o.Owner = rand.Text()
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
