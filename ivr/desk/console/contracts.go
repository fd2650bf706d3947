package console

import (
	"context"
	"errors"
	"time"

	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

// ErrBusy is what [Floor.SetPresence] wraps for an agent who is on a call.
var ErrBusy = errors.New("the agent is on a call")

// Floor is the queues and the agents.
type Floor interface {
	// Snapshot is the floor now.
	Snapshot(ctx context.Context) (Snapshot, error)
	// SetPresence makes an agent ready, or away for a reason of [AwayReasons].
	SetPresence(ctx context.Context, agent string, ready bool, reason string) error
	// Holding is the transfer that an agent is offered or talks in; ok is false
	// when there is none.
	Holding(ctx context.Context, agent string) (transferID string, ok bool, err error)
}

// Snapshot is the floor at a moment.
type Snapshot struct {
	At     time.Time
	Lines  []LineState
	Agents []AgentState
}

// LineState is the queue of a line.
type LineState struct {
	ID, Name string
	Waiting  int
	Longest  time.Duration // of those waiting now
	Expected time.Duration // of one who would join now; 0: it cannot be told yet
	Today    Today
}

// Today is how a line's callers have fared since midnight on the line.
type Today struct {
	Offered, Answered, InTime, Abandoned, Short int
	AverageWait                                 time.Duration // of those answered
	Level                                       float64       // InTime of (Offered - Short), 0 to 1
	Known                                       bool          // whether there is anybody to judge it by
	Within, ShortIs                             time.Duration // what in time and short mean
}

// AgentState is an agent and what the agent is doing.
type AgentState struct {
	ID, Name string
	State    transfer.Presence
	Reason   string // of being away, one of [AwayReasons]; "": none was given
	Since    time.Time
	Until    time.Time // when the state ends by itself; zero: it does not
}

// Cards tells what is known of a caller.
type Cards interface {
	// Card is the caller of a transfer; ok is false when the call is not known
	// any more.
	Card(ctx context.Context, transferID string) (card Card, ok bool, err error)
}

// Card is the caller as an agent may see them. Texts that are constants of the
// dialogue (request, factors, reasons) are put into words here.
type Card struct {
	State       transfer.State
	Ref         string // of the call, in logs and the audit
	Line        string // its name
	Language    string // BCP 47
	Request     string // same_number, new_number, person, report
	Subject     string // the pseudonym; only its beginning is shown
	SubjectHint string // the last two digits of the claimed ID
	NumberHint  string // the last two digits of the calling number
	Callback    bool   // nobody is on the line yet: the person is called once the agent has accepted
	Suspect     bool   // the carrier doubts the calling number
	Proof       string // the digits that caller and agent both hear
	Steps       []CardStep
	Factors     []CardFactor
	Level       string // none, links, number, refused
	Until       time.Time
	Why         string // why the level is not more, one of ivr.Whys
	Phones      []CardPhone
	Rights      []CardRight

	Transfer      string // its id, for the forms of tools; "": there are none
	Links         *CardLinks
	Push          *CardPush
	Earlier       []CardCall // the newest first
	EarlierHidden bool       // they are shown once a factor has passed
}

// CardStep is something that happened in the call.
type CardStep struct {
	What string
	At   time.Time // zero: not noted
}

// CardFactor is one factor of the line.
type CardFactor struct {
	Name    string // pin, texted_code, ...
	Passed  bool
	At      time.Time
	Skipped bool
}

// CardPhone is a phone on file, masked.
type CardPhone struct {
	Index   int // among the phones on file
	Last2   string
	OnFile  bool // the directory and Duo agree, and it is old enough
	MayLink bool // links may go there now
	SIM     string
}

// CardRight is something that an agent could do for the caller.
type CardRight struct {
	What  string
	May   bool
	Why   string // why not, a constant
	Quiet bool   // it has a button and no line of its own on the card
}

// Sessions keeps who is signed in; see [sessions.Desk].
type Sessions interface {
	Start(ctx context.Context, actor string, body []byte, idle, absolute time.Duration) (token string, err error)
	Get(ctx context.Context, token string, use bool) (sessions.DeskSession, bool, error)
	End(ctx context.Context, id string) (bool, error)
}

// Roster lists who is signed in.
type Roster interface {
	List(ctx context.Context) ([]sessions.DeskSession, error)
}

// Kept keeps sign-ins that are under way; see [sessions.Values].
type Kept interface {
	Put(ctx context.Context, kind, id string, ttl time.Duration, body []byte) error
	Take(ctx context.Context, kind, id string) (body []byte, ok bool, err error)
}

// Limiter counts tries; see [sessions.Windows].
type Limiter interface {
	Reserve(ctx context.Context, limits []sessions.Limit) (ok bool, failed sessions.Limit, err error)
	Forget(ctx context.Context, key string) error
}

// Threats is the elevated threat of the ledger.
type Threats interface {
	Threat(ctx context.Context) (ledger.Threat, error)
	SetThreat(ctx context.Context, t ledger.Threat) error
}

// Freezes are the subjects whose recovery is stopped. Lifting takes the unique ID,
// and tells that person: a pseudonym leads to nobody who could be told.
type Freezes interface {
	Freezes(ctx context.Context, limit int) ([]ledger.Freeze, error)
	Unfreeze(ctx context.Context, id, by, reason string) error
}

// Locks are the factors that take no try. Lifting is as for [Freezes].
type Locks interface {
	Locks(ctx context.Context, limit int) ([]ledger.Lock, error)
	Unlock(ctx context.Context, id, factor, by, reason string) error
}

// Trail is the audit, and the notices that nobody got.
type Trail interface {
	Audit(ctx context.Context, f ledger.AuditFilter) ([]ledger.Row, error)
	Append(ctx context.Context, e ledger.Entry) (int64, error)
	Notices(ctx context.Context, state ledger.NoticeState, limit int) ([]ledger.Notice, error)
}
