package notice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr/clock"
	"ringback/ivr/mail"
	"ringback/ivr/outbox"
	"ringback/ivr/twilio"
)

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
	Ledger  outbox.Ledger
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
	outbox.Timing
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
	return o.Check() //nolint:wrapcheck // its text is enough
}

func (o Options) withDefaults() Options {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return o
}
