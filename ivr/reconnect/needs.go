package reconnect

import (
	"context"
	"errors"
	"time"

	"ringback/ivr"
)

// The ways in which Duo can fail. An implementation of [Duo] wraps one of them.
var (
	ErrNotFound    = errors.New("no such thing in Duo")
	ErrUnavailable = errors.New("Duo did not take the request")
	ErrUnclear     = errors.New("Duo may have done it")
	ErrRefused     = errors.New("Duo refused")
)

// Account is a person's account in Duo.
type Account struct {
	Active bool // neither disabled nor locked out
	Phones []AccountPhone
}

// AccountPhone is one phone in Duo.
type AccountPhone struct {
	ID       string
	Number   string // E.164
	Textable bool   // a mobile phone whose platform is known: a link can be made for it
}

// Links are the two links of a set. They are bearer tokens: they do not print.
type Links struct {
	Install  string
	Activate string
	Life     time.Duration
}

// String hides the links.
func (Links) String() string { return "<links>" }

// Duo is the part of Duo that is needed here.
type Duo interface {
	Account(ctx context.Context, username string) (Account, error)
	MakeLinks(ctx context.Context, phoneID string, life time.Duration) (Links, error)
	Device(ctx context.Context, phoneID string) (ivr.Device, error)
}

// Person is whose account it is.
type Person struct {
	Subject  string // pseudonym, for the ledger
	Username string // in Duo
}

// People finds a person by unique ID.
type People interface {
	Person(ctx context.Context, id string) (p Person, found bool, err error)
}

// Texter sends texts. The status says how far it came, good or bad.
type Texter interface {
	Text(ctx context.Context, m Text) ivr.TextStatus
}

// Text is one text to send.
type Text struct {
	To       string // E.164, from the directory
	Body     string
	Callback string        // where its delivery is told
	Validity time.Duration // after which it must not be delivered any more
}

// Guard says what has changed since the verdict. An error counts as a no.
type Guard interface {
	// Now returns the facts with what holds at this moment: recovery that was
	// stopped, a threat that was raised.
	Now(ctx context.Context, subject string, f ivr.Facts) (ivr.Facts, error)
}

// SIMs tells of a number whether its SIM was changed lately; what is not known
// is [ivr.SIMUnknown].
type SIMs interface {
	SIM(ctx context.Context, number string) ivr.SIM
}

// Ledger keeps the sets of links that were made. Claim is refused (ok is false)
// when the day's sets are used up. It owes the notices of the set in the same
// transaction; Finish has them sent, or withdraws those of a set that was not made.
type Ledger interface {
	Claim(ctx context.Context, c Claim) (row int64, ok bool, err error)
	Finish(ctx context.Context, row int64, state State) error
}

// Claim is the row of one set of links, and what its notices need to know.
type Claim struct {
	Subject  string
	Day      string // in the line's zone, 2006-01-02
	Sets     int    // how many a day may have
	CallRef  string
	Effect   uint32
	Factors  []string
	ID       string // the person's, to find who else is told
	Line     string
	By       string // the agent who asked for it; "": the caller did
	Language string
	To       string // E.164: where the links go, the one number that is not told
}

// State is what became of a claimed set.
type State int

// The states of a set.
const (
	StateDone    State = iota // Duo made it
	StateFailed               // Duo did not: the day's count is given back
	StateUnclear              // nobody knows
)

// Kept keeps the links while they live, sealed.
type Kept interface {
	Put(ctx context.Context, kind, id string, ttl time.Duration, body []byte) error
	Get(ctx context.Context, kind, id string) (body []byte, ok bool, err error)
}

// Wording says what the texts say.
type Wording interface {
	// Body is the text for a purpose, in the call's language, with a link in it.
	Body(call ivr.Call, t ivr.Text, link string) (string, error)
}
