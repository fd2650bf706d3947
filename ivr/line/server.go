package line

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/words"
	"ringback/sessions"
	"ringback/twiml"
	"ringback/twiml/signature"
)

// Records is where calls are kept; see [sessions.Store].
type Records interface {
	Update(ctx context.Context, id string, g sessions.Guard, fn func([]byte, sessions.Outcome) (sessions.Change, error)) (sessions.Record, sessions.Outcome, error)
	Load(ctx context.Context, id string) (sessions.Record, bool, error)
	Claim(ctx context.Context, id string, effect uint32, lease time.Duration) (fence uint32, ok bool, err error)
}

// Runner runs effects. It returns the result that belongs to the effect, by the
// end of ctx at the latest, and never an error: what went wrong is an outcome.
type Runner interface {
	Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What
	// Ended is told once that a call is over.
	Ended(ctx context.Context, callSID string, call ivr.Call)
}

// Desk is what the line needs of the desk while a caller waits.
type Desk interface {
	// Waiting is the caller's place; it is also the desk's tick.
	Waiting(ctx context.Context, callSID string) (ivr.Waiting, error)
	// Agent takes an agent's leg one event further.
	Agent(ctx context.Context, e AgentEvent) (AgentTurn, error)
	// Caller tells that the caller is about to join the conference, or has left it
	// (back); meets says whether the agent is still there to be met, and agent is
	// their name, as spoken, or "".
	Caller(ctx context.Context, callSID string, back bool) (meets bool, agent string, err error)
	// Conference tells who has joined or left the conference of a transfer.
	Conference(ctx context.Context, e ConferenceEvent) error
	// StepAside takes a waiting caller out of the queue who wants to be called back;
	// ok is false when it is too late for that.
	StepAside(ctx context.Context, callSID string) (ok bool, err error)
	// Person takes the carrier's word on a call to somebody who is called back;
	// wanted is false when nobody waits for them any more.
	Person(ctx context.Context, e PersonEvent) (wanted bool, err error)
	// OnHold is the desk's tick while a caller is on hold.
	OnHold(ctx context.Context, transfer string) error
	// Introduce is what the caller hears of the agent of an offer; the zero value is
	// nothing.
	Introduce(ctx context.Context, transfer string, offer int) (Introduction, error)
}

// Introduction is who is with the caller now.
type Introduction struct {
	Line, Language string
	Say            []ivr.Message // none: that agent has left again
}

// ConferenceEvent is the carrier's word on a conference.
type ConferenceEvent struct {
	Transfer   string // names the conference
	Conference string // its SID: a transfer has one for each talk
	Kind       string // participant-join, participant-leave or conference-end
	CallSID    string // of the leg; "" at the end
	Sequence   uint32 // counts the events of one conference from 1
}

// AgentEvent is one webhook of an agent's leg.
type AgentEvent struct {
	Transfer string
	Offer    int
	CallSID  string
	Status   string // a status callback's, or "" for a turn
	First    bool   // the leg was answered just now
	Prompt   uint32 // which prompt the keys answer
	Keys     string // of a Gather; "" is silence
	Left     bool   // the leg has left the conference
}

// AgentTurn is what an agent hears, and what comes next.
type AgentTurn struct {
	Line       string // whose words are used; "" is the first
	Language   string // BCP 47; "" is that line's first
	Say        []ivr.Message
	Prompt     uint32 // comes back with the keys
	Seconds    int    // keys are awaited this long; 0 is not
	Conference string // joins it, when not empty; without either the leg ends
	Ends       bool   // the conference ends when this leg leaves it
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Dialogue   *ivr.Dialogue
	Words      map[string]*words.Catalogue // by line id
	Voices     map[string]twiml.Voice      // by line id, Polly's or Google's; absent: Polly.Joanna
	Records    Records
	Runner     Runner
	Desk       Desk
	Validator  *signature.Validator
	AccountSID string
	PublicURL  string        // what the carrier signs, without a trailing slash
	Music      []string      // URLs played while waiting; empty: our own, at /audio/hold.wav
	Clock      clock.Clock   // nil: the real one
	Seed       func() uint64 // nil: crypto/rand
	Logger     *slog.Logger  // nil: discarded
	Registerer prometheus.Registerer
	Budget     time.Duration // of an inline answer; 0: 2 s
	Lease      time.Duration // of an effect; 0: 8 s
	// MaxInFlight is how many webhooks may be under way before new calls are shed;
	// running calls never are. 0: 512.
	MaxInFlight int
}

// Server answers the carrier. Make one with [New].
type Server struct {
	Options
	metrics *metrics
	inboxes mailboxes
	load    load
	tasks   sync.WaitGroup  // effects and what follows calls
	stopped context.Context //nolint:containedctx // ends the waits of tasks at Close
	stop    context.CancelFunc
}

// New checks the options.
func New(o Options) (*Server, error) {
	switch {
	case o.Dialogue == nil || len(o.Dialogue.Lines) == 0:
		return nil, errors.New("line: no line is configured")
	case o.Records == nil || o.Runner == nil || o.Desk == nil || o.Validator == nil:
		return nil, errors.New("line: records, runner, desk and validator are required")
	case o.AccountSID == "":
		return nil, errors.New("line: the account SID is required")
	}
	for _, l := range o.Dialogue.Lines {
		if o.Words[l.ID] == nil {
			return nil, fmt.Errorf("line: no words for line %q", l.ID)
		}
		for _, lang := range l.Languages {
			if !words.Speaks(lang) {
				return nil, fmt.Errorf("line: there is no catalogue in %q, a language of line %q", lang, l.ID)
			}
		}
	}
	o.setDefaults()
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	if len(o.Music) == 0 {
		o.Music = []string{o.PublicURL + "/audio/hold.wav"}
	}
	s := &Server{Options: o, metrics: newMetrics(o.Registerer, o.Dialogue.Lines)}
	s.inboxes.clock = o.Clock
	s.stopped, s.stop = context.WithCancel(context.Background())
	return s, nil
}

func (o *Options) setDefaults() {
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Seed == nil {
		o.Seed = randomSeed
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Budget == 0 {
		o.Budget = 2 * time.Second
	}
	if o.Lease == 0 {
		o.Lease = 8 * time.Second
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 512
	}
}

// Close waits until every effect that is under way has reported, and ends what
// only waits. It is called after the last request.
func (s *Server) Close(ctx context.Context) error {
	s.stop()
	done := make(chan struct{})
	go func() {
		s.tasks.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("line: effects under way: %w", context.Cause(ctx))
	}
}

// background runs f beyond its request.
func (s *Server) background(ctx context.Context, f func(context.Context)) {
	s.tasks.Add(1)
	s.Clock.Go(context.WithoutCancel(ctx), func(ctx context.Context) {
		defer s.tasks.Done()
		f(ctx)
	})
}

// sleep waits within a task, and not beyond Close.
func (s *Server) sleep(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stopped, cancel)()
	return s.Clock.Sleep(ctx, d) //nolint:wrapcheck // the context's cause
}

// randomSeed is eight random bytes; crypto/rand does not fail.
func randomSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// Route is one signed route.
type Route struct {
	Path string
	name string
	// voice routes answer TwiML whatever happens; callbacks answer an empty
	// document or an error that has the carrier try again.
	voice   bool
	handler func(s *Server, ctx context.Context, w *webhook) (twiml.Response, error)
}

// Routes returns every route that the carrier calls, all of them POST.
func Routes() []Route {
	return []Route{
		{Path: "/voice", name: "voice", voice: true, handler: (*Server).voice},
		{Path: "/voice/turn", name: "turn", voice: true, handler: (*Server).nextTurn},
		{Path: "/voice/wait", name: "wait", voice: true, handler: (*Server).wait},
		{Path: "/voice/hold", name: "hold", voice: true, handler: (*Server).hold},
		{Path: "/voice/announce", name: "announce", voice: true, handler: (*Server).announce},
		{Path: "/voice/fallback", name: "fallback", voice: true, handler: (*Server).fallback},
		{Path: "/voice/status", name: "status", handler: (*Server).status},
		{Path: "/voice/agent", name: "agent", voice: true, handler: (*Server).agent},
		{Path: "/voice/agent/turn", name: "agent", voice: true, handler: (*Server).agentTurn},
		{Path: "/voice/agent/status", name: "agent_status", handler: (*Server).agentStatus},
		{Path: "/voice/callback", name: "callback", voice: true, handler: (*Server).calledBack},
		{Path: "/voice/callback/status", name: "callback_status", handler: (*Server).calledStatus},
		{Path: "/voice/conference", name: "conference", handler: (*Server).conference},
		{Path: "/texts/status", name: "text_status", handler: (*Server).textStatus},
		{Path: "/texts/incoming", name: "text_incoming", handler: (*Server).textIncoming},
	}
}

// Mount adds the routes.
func (s *Server) Mount(e *echo.Echo) {
	for _, r := range Routes() {
		e.POST(r.Path, s.serve(r))
	}
	hold := holdMusic()
	e.GET("/audio/hold.wav", func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "public, max-age=86400")
		return c.Blob(http.StatusOK, "audio/wav", hold)
	})
}
