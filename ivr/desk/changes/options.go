package changes

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr/clock"
	"ringback/ivr/duo"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
	"ringback/ivr/twilio"
)

// Store keeps changes; [ledger.Ledger] does.
type Store interface {
	PutNumberChange(ctx context.Context, c ledger.NumberChange, rows []ledger.Entry, notices ...ledger.Notice) error
	NumberChange(ctx context.Context, id string) (ledger.NumberChange, error)
	NumberChanges(ctx context.Context, since time.Time, limit int) ([]ledger.NumberChange, error)
}

// Agenda finds changes; [ledger.Ledger] does.
type Agenda interface {
	NumberChangeOf(ctx context.Context, subject string) (ledger.NumberChange, bool, error)
	DueNumberChanges(ctx context.Context, now time.Time, limit int) ([]ledger.NumberChange, error)
	NextNumberChange(ctx context.Context) (time.Time, error)
}

// Cases are the people who are with the desk; [ledger.Ledger] has them.
type Cases interface {
	OpenCase(ctx context.Context, c ledger.Case) error
	Cases(ctx context.Context) ([]ledger.Case, error)
}

// Books is the rest of the ledger.
type Books interface {
	Append(ctx context.Context, e ledger.Entry) (int64, error)
	Frozen(ctx context.Context, subject string) (ledger.Freeze, bool, error)
	Threat(ctx context.Context) (ledger.Threat, error)
}

// Accounts reads Duo; [duo.Client] does.
type Accounts interface {
	UserByUsername(ctx context.Context, username string) (duo.User, error)
	PhoneByNumber(ctx context.Context, number string) (duo.Phone, error)
	Phone(ctx context.Context, phoneID string) (duo.Phone, error)
}

// Devices changes Duo; [duo.Client] does.
type Devices interface {
	CreatePhone(ctx context.Context, n duo.NewPhone) (duo.Phone, error)
	AssociatePhone(ctx context.Context, userID, phoneID string) error
	DisassociatePhone(ctx context.Context, userID, phoneID string) error
	DeletePhone(ctx context.Context, phoneID string) error // that is nobody's
}

// Activator makes activation links; [duo.Client] does.
type Activator interface {
	ActivationURL(ctx context.Context, phoneID string, validSecs int) (duo.Activation, error)
}

// Texter sends texts; [twilio.Client] does.
type Texter interface {
	SendText(ctx context.Context, t twilio.Text) (twilio.Message, error)
}

// Wording words what is texted.
type Wording interface {
	// Code is the text with a code, Link one of the two with a link ("install",
	// "activate"), in the name of a line and a language, "" for the line's.
	Code(line, language, code string) (string, error)
	Link(line, language, which, link string) (string, error)
}

// People is the directory.
type People interface {
	// Person is somebody by unique ID. An error means that nobody knows.
	Person(ctx context.Context, id, line string) (p Person, found bool, err error)
	// Subject is the pseudonym of a unique ID.
	Subject(id string) string
}

// Person is what the directory has of somebody, as far as a change needs it.
type Person struct {
	Username   string // in Duo
	Language   string // BCP 47; "" is the line's
	Privileged bool   // nothing by phone
	Numbers    []string
	Mails      []string
}

// Floor is who is talking to whom.
type Floor interface {
	// Caller is whose call an agent has now, on hold or talking; ok is false when
	// there is none, or nobody knows who it is.
	Caller(ctx context.Context, agent string) (c Caller, ok bool, err error)
}

// Caller is somebody on the line, with the line's word on who that is.
type Caller struct {
	ID       string // the unique ID that was keyed in: a claim
	Line     string
	CallRef  string
	Language string
	Number   bool      // the verdict reaches the level number
	Until    time.Time // when it lapses
	Factors  []string  // that passed
}

// Numbers looks numbers up.
type Numbers interface {
	// Look says what kind a number is, and whether it is one of ours: of a line, of
	// the desk's phones. What cannot be looked up is [nc.LineUnknown].
	Look(ctx context.Context, number string) (kind nc.LineType, ours bool)
}

// Told is something that a person has to be told of.
type Told struct {
	Notice nc.Notice
	Change string // its ID
	ID     string // the person's unique ID
	Line   string
	But    string // the new number, which is not told; "" once it is not known any more
	// Numbers and Mails were on file when the change began: they are told, too,
	// whatever the directory has learnt since.
	Numbers, Mails []string
	// Of NoticeDone: who asked, who approved, and by which evidence.
	Agent, Approver, Evidence string
}

// Teller has people, and other systems, told.
type Teller interface {
	// Compose makes the notices, to be owed with the deed.
	Compose(ctx context.Context, t Told) ([]ledger.Notice, error)
	// Kick has the workers look.
	Kick()
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Store     Store
	Agenda    Agenda
	Cases     Cases
	Books     Books
	Accounts  Accounts
	Devices   Devices
	Activator Activator
	Texter    Texter
	Wording   Wording
	People    People
	Floor     Floor
	Numbers   Numbers
	Teller    Teller
	// Key of 32 bytes seals changes and makes codes. It must not change while any
	// is under way.
	Key []byte
	// Line is the line in whose name people are told of cases.
	Line string
	// Staff are the unique IDs of those who work at the desk, by account: nobody
	// acts on their own number, and so nobody acts whose own ID is not here, unless
	// the rules let local accounts do everything.
	Staff map[string]string
	Rules nc.Rules

	// TextGap is the wait between the two texts with links. 0: 3 s.
	TextGap time.Duration
	// CaseLife is how long a case stays open. 0: 2 h.
	CaseLife time.Duration
	// Every is how often, in real time, an instance looks for what others left
	// behind. 0: 10 s.
	Every time.Duration

	Clock      clock.Clock           // nil: the real one
	Logger     *slog.Logger          // nil: discarded
	Registerer prometheus.Registerer // nil: counted unseen
	Random     io.Reader             // of IDs and nonces; nil: crypto/rand
}

func (o Options) check() error {
	for _, missing := range []bool{
		o.Store == nil, o.Agenda == nil, o.Cases == nil, o.Books == nil, o.Accounts == nil, o.Devices == nil, o.Activator == nil,
		o.Texter == nil, o.Wording == nil, o.People == nil, o.Floor == nil, o.Numbers == nil, o.Teller == nil, o.Line == "",
	} {
		if missing {
			return errors.New("everything but the rules, the staff and the last ones is required")
		}
	}
	if min(o.TextGap, o.CaseLife, o.Every) < 0 {
		return errors.New("a time is negative")
	}
	return nil
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.TextGap, 3*time.Second)
	set(&o.CaseLife, 2*time.Hour)
	set(&o.Every, 10*time.Second)
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	o.Rules = o.Rules.WithDefaults()
	return o
}
