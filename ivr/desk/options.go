package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr/clock"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

// Dialer places and ends calls: the carrier's REST API.
type Dialer interface {
	// PlaceCall starts a call and returns its SID. Its error may mean that the
	// call was started nevertheless.
	PlaceCall(ctx context.Context, c OutgoingCall) (sid string, err error)
	// RedirectCall has a call go on at url.
	RedirectCall(ctx context.Context, sid, url string) error
	// EndCall ends a call in any state; one that has ended is no error.
	EndCall(ctx context.Context, sid string) error
}

// OutgoingCall is a call to an agent, or to somebody who is called back.
type OutgoingCall struct {
	To, From       string // E.164
	URL            string // of the first document
	FallbackURL    string
	StatusCallback string
	StatusEvents   []string      // which callbacks are wanted
	RingTimeout    time.Duration // whole seconds
}

// Mover sends a waiting caller to the conference of a transfer. The offer
// numbers the agent who accepted, so that each move is taken once.
type Mover interface {
	MoveCaller(ctx context.Context, callSID, transferID string, offer int) error
}

// Conference is where a caller and agents meet.
type Conference struct {
	Name           string // the transfer's id
	SID            string // "": has not been heard of yet
	Line, Language string // of the caller, for what is said on hold
}

// Mixer sets how those in a conference are: the carrier's REST API.
type Mixer interface {
	// Set changes one leg. Doing it twice does no harm.
	Set(ctx context.Context, c Conference, s transfer.Setting) error
	// Members are the SIDs of the calls that are in the conference.
	Members(ctx context.Context, c Conference) ([]string, error)
	// Announce has one leg hear who else is there; offer tells whose accept that was.
	Announce(ctx context.Context, c Conference, callSID string, offer int) error
}

// Attempt is an attempt to connect a caller with an agent, or to get a colleague's
// help, that has ended.
type Attempt struct {
	CallRef, Line string
	Agent         string
	Second        bool // the agent was asked for help
	transfer.Ending
}

// Trail keeps who was offered and who had which caller: the audit.
type Trail interface {
	Ended(ctx context.Context, a Attempt) error
}

// Agent is somebody who takes calls.
type Agent struct {
	ID        string
	Name      string   // for people
	Spoken    string   // as callers and colleagues hear it; "": Name
	Phone     string   // E.164
	Lines     []string // ids; empty: all
	Languages []string // BCP 47; empty: all
	Away      bool     // not rung before set ready; otherwise ready when first seen
}

// Line is a line with a queue.
type Line struct {
	ID   string
	Name string // as spoken
	From string // E.164: the number that agents see
	// Callbacks says that its callers may be called back; see [Options.Callbacks].
	Callbacks bool
	// Zone is where the line's day begins. Nil: UTC.
	Zone *time.Location
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Store  *sessions.Store
	Dialer Dialer
	Mover  Mover
	Mixer  Mixer
	Trail  Trail // nil: none is kept
	Lines  []Line
	Agents []Agent // none: every caller is told that nobody came
	// URLs are those of an agent's leg: its first document, its fallback, and its
	// status callback.
	URLs func(transferID string, offer int) (first, fallback, status string)
	// Callbacks are asked before somebody is called back. Nil: nobody is.
	Callbacks Callbacks
	// PersonURLs are those of a call to somebody who is called back, in their
	// language. Required with Callbacks.
	PersonURLs func(transferID string, offer int, line, language string) (first, fallback, status string)
	// NewID returns a random id for a transfer; it names the conference.
	NewID func() string
	// Down tells an error of Dialer or Mover that concerns the carrier's API as a
	// whole, or leaves open what happened, from one that refuses this call. Nil:
	// every error is of the first kind.
	Down func(error) bool
	// Gone tells an error of Mixer that says that the conference, or the leg, is not
	// there. Nil: none is.
	Gone func(error) bool
	// Open says whether a line is open. Who waits when it closes is served until
	// no agent is there any more, for a quarter of an hour at most. Nil: always.
	Open func(line string, at time.Time) bool
	// PageGone is told of an agent who was set away because the page is gone. Nil:
	// nobody is.
	PageGone func(ctx context.Context, agent string)
	// Missed is told of an agent who was set away because of a missed ring. Nil:
	// nobody is.
	Missed     func(ctx context.Context, agent string)
	Clock      clock.Clock           // nil: the real one
	Logger     *slog.Logger          // nil: discarded
	Registerer prometheus.Registerer // nil: counted unseen

	RingTimeout time.Duration // of an agent's phone; 0: 20 s
	MaxWait     time.Duration // in the queue; 0: 10 min
	// PersonWindow is from the moment when somebody who is called back picks up to
	// the key that has them meet the agent. 0: 60 s.
	PersonWindow time.Duration
	MaxWaiting   int           // for one line at once; 0: 50
	Rounds       int           // how often all agents are asked; 0: 2
	WrapUp       time.Duration // between two calls of an agent; 0: 30 s
	// AnswerWithin is how soon a caller is to be answered, and ShortAbandon how soon
	// one may hang up without counting; see [Today]. 0: 20 s and 5 s.
	AnswerWithin, ShortAbandon time.Duration
	// MissedAway is how long an agent who missed a ring is away. 0: 5 min;
	// negative: until set ready.
	MissedAway time.Duration
}

// check refuses what cannot work.
func (o Options) check() error {
	if o.Store == nil || o.Dialer == nil || o.Mover == nil || o.Mixer == nil || o.URLs == nil || o.NewID == nil || len(o.Lines) == 0 {
		return errors.New("store, dialer, mover, mixer, URLs, ids and lines are required")
	}
	if o.Rounds < 0 || o.Rounds > 100 || o.MaxWaiting < 0 || min(o.RingTimeout, o.MaxWait, o.WrapUp, o.AnswerWithin, o.ShortAbandon) < 0 {
		return errors.New("a limit is out of range")
	}
	if o.Callbacks != nil && o.PersonURLs == nil {
		return errors.New("callbacks need the URLs of the person's call")
	}
	return o.checkLines()
}

func (o Options) checkLines() error {
	lines := map[string]bool{}
	for _, l := range o.Lines {
		if !plain(l.ID) || lines[l.ID] {
			return fmt.Errorf("line %q: empty, odd or used twice", l.ID)
		}
		lines[l.ID] = true
	}
	return checkAgents(o.Agents, lines)
}

func checkAgents(list []Agent, lines map[string]bool) error {
	agents := map[string]bool{}
	for _, a := range list {
		if !plain(a.ID) || agents[a.ID] {
			return fmt.Errorf("agent %q: empty, odd or used twice", a.ID)
		}
		if a.Phone == "" {
			return fmt.Errorf("agent %q has no phone", a.ID)
		}
		if i := slices.IndexFunc(a.Lines, func(l string) bool { return !lines[l] }); i >= 0 {
			return fmt.Errorf("agent %q: no line %q", a.ID, a.Lines[i])
		}
		agents[a.ID] = true
	}
	return nil
}

// withDefaults fills what is empty.
func (o Options) withDefaults() Options {
	if o.Down == nil {
		o.Down = func(error) bool { return true }
	}
	if o.Gone == nil {
		o.Gone = func(error) bool { return false }
	}
	if o.Open == nil {
		o.Open = func(string, time.Time) bool { return true }
	}
	if o.PageGone == nil {
		o.PageGone = func(context.Context, string) {}
	}
	if o.Missed == nil {
		o.Missed = func(context.Context, string) {}
	}
	if o.Callbacks == nil {
		o.Callbacks = noCallbacks{}
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 50
	}
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.WrapUp, 30*time.Second)
	set(&o.AnswerWithin, 20*time.Second)
	set(&o.ShortAbandon, 5*time.Second)
	set(&o.MissedAway, 5*time.Minute)
	return o
}

// plain reports whether an id can be part of a key in the store.
func plain(id string) bool { return id != "" && !strings.ContainsAny(id, "{}\x00\r\n") }

// rules are the limits that the transfer keeps.
func (o Options) rules() transfer.Rules {
	return transfer.Rules{
		RingTimeout: o.RingTimeout, MaxWait: o.MaxWait, Rounds: uint8(o.Rounds), PersonWindow: o.PersonWindow,
	}.WithDefaults()
}
