// Package reconnect does what callers came for: it reads their account in Duo,
// has the activation link made, texts the two links, and looks whether the phone
// has been activated.
//
// It runs the effects of the dialogue that concern Duo and texts. It trusts
// nobody's word that a caller is verified: [Service.Run] weighs the evidence again
// before it makes a link, claims the day's row in the ledger before it asks Duo
// (so that no second instance, retry or call can make another), and never asks
// again when it cannot know what became of the first request.
package reconnect

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"ringback/ivr"
	"ringback/ivr/clock"
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

// Options configures [New]. Every field without a note is required.
type Options struct {
	Duo        Duo
	People     People
	Texter     Texter
	Ledger     Ledger
	Kept       Kept
	Guard      Guard
	SIMs       SIMs // nil: nothing is known of SIMs
	Wording    Wording
	Policy     ivr.Policy
	Zones      map[string]*time.Location                           // by line id: whose day it is
	WebPages   map[string]string                                   // by line id: the self-service page
	StatusURL  func(callSID string, t ivr.Text, send uint8) string // where deliveries are told, of which sending
	Life       time.Duration                                       // of a link; 0: 10 min
	SetsPerDay int                                                 // 0: 2, one and one fresh
	Clock      clock.Clock
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: none
}

// Service runs the effects. Make one with [New].
type Service struct {
	Options
	unverified prometheus.Counter
	sims       *prometheus.CounterVec
}

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Duo == nil || o.People == nil || o.Texter == nil || o.Ledger == nil || o.Kept == nil || o.Guard == nil || o.Wording == nil || o.Clock == nil || o.StatusURL == nil {
		return nil, errors.New("reconnect: a dependency is missing")
	}
	if o.Life == 0 {
		o.Life = 10 * time.Minute
	}
	if o.SetsPerDay == 0 {
		o.SetsPerDay = 2
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{Options: o, unverified: promauto.With(o.Registerer).NewCounter(prometheus.CounterOpts{
		Name: "ringback_unverified_actions_total",
		Help: "Actions that were about to be taken without a sufficient verdict, and were not. Any is an alarm.",
	}), sims: promauto.With(o.Registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_sim_checks_total",
		Help: "Look-ups of SIMs by what they found.",
	}, []string{"sim"})}
	for _, sim := range []ivr.SIM{ivr.SIMUnknown, ivr.SIMSame, ivr.SIMChanged} {
		s.sims.WithLabelValues(sim.String())
	}
	return s, nil
}

// Run runs one effect. Effects of others are a bug.
func (s *Service) Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What {
	switch e := e.(type) {
	case ivr.ReadAccount:
		return s.readAccount(ctx, call, e)
	case ivr.MakeLinks:
		return s.makeLinks(ctx, callSID, call, e)
	case ivr.SendText:
		return s.sendText(ctx, callSID, call, e)
	case ivr.ReadPhone:
		return s.readPhone(ctx, e)
	}
	panic("reconnect: not an effect of ours: " + e.Kind().String())
}

// readAccount compares the phones that the directory knows with those in Duo. It
// keeps their order: evidence refers to phones by it.
func (s *Service) readAccount(ctx context.Context, call ivr.Call, e ivr.ReadAccount) ivr.AccountRead {
	p, found, err := s.People.Person(ctx, e.ID)
	if err != nil {
		s.warn(ctx, "person not read", err)
		return ivr.AccountRead{Outcome: ivr.OutcomeUnavailable}
	}
	if !found {
		return ivr.AccountRead{Outcome: ivr.OutcomeFailed}
	}
	account, err := s.Duo.Account(ctx, p.Username)
	switch {
	case errors.Is(err, ErrNotFound):
		return ivr.AccountRead{Outcome: ivr.OutcomeFailed}
	case err != nil:
		s.warn(ctx, "account not read", err)
		return ivr.AccountRead{Outcome: ivr.OutcomeUnavailable}
	case !account.Active:
		return ivr.AccountRead{Outcome: ivr.OutcomeFailed}
	}
	phones := make([]ivr.Phone, len(call.Facts.Phones))
	for i, ph := range call.Facts.Phones {
		phones[i] = ph
		for _, d := range account.Phones {
			if d.Number == ph.Number {
				phones[i].DuoID, phones[i].Usable = d.ID, d.Textable
			}
		}
	}
	s.readSIMs(ctx, phones)
	return ivr.AccountRead{Outcome: ivr.OutcomeOK, Phones: phones}
}

// simTime is how long a look-up of a SIM is waited for; then it is unknown.
const simTime = 10 * time.Second

// readSIMs asks of all usable phones at once, each in a task of its own. It comes
// after the factors, so that nobody learns from its time whether an ID exists.
func (s *Service) readSIMs(ctx context.Context, phones []ivr.Phone) {
	if s.SIMs == nil {
		return
	}
	answers := make([]ivr.SIM, len(phones))
	asked := make([]clock.Signal, len(phones))
	for i := range phones {
		if !phones[i].Usable {
			continue
		}
		answered, number := s.Clock.NewSignal(), phones[i].Number
		asked[i] = answered
		s.Clock.Go(ctx, func(ctx context.Context) {
			defer answered.Fire()
			answers[i] = s.SIMs.SIM(ctx, number)
		})
	}
	for i, answered := range asked {
		if answered != nil && answered.Wait(ctx, simTime) == nil {
			phones[i].SIM = answers[i]
		}
	}
	for _, p := range phones {
		if p.Usable {
			s.sims.WithLabelValues(p.SIM.String()).Inc()
		}
	}
}

// linksKind names the kept links of a call.
const linksKind = "links"

// setOf names the kept links of the call's present set, so that a text never
// takes the links of another one, which may be somebody else's.
func setOf(callSID string, call ivr.Call) string {
	return callSID + "." + strconv.Itoa(int(call.Links.Sets))
}

// makeLinks claims the day's row, asks Duo once, and keeps the links.
func (s *Service) makeLinks(ctx context.Context, callSID string, call ivr.Call, e ivr.MakeLinks) ivr.LinksMade {
	now := s.Clock.Now()
	if !ivr.MayLink(s.Policy, call.Facts, call.Passed, e.Phone, now) {
		s.unverified.Inc()
		s.Logger.ErrorContext(ctx, "links without a verdict were refused", "call", call.Ref)
		return ivr.LinksMade{Outcome: ivr.OutcomeLocked}
	}
	if out := s.stillMay(ctx, call, e, now); out != ivr.OutcomeOK {
		return ivr.LinksMade{Outcome: out}
	}
	was, err := s.Duo.Device(ctx, e.Phone.DuoID) // so that the old phone is not taken for the new one
	if err != nil {
		s.warn(ctx, "phone not read", err)
		out, _ := linkFailure(err)
		if out == ivr.OutcomeUnknown { // nothing was asked for yet
			out = ivr.OutcomeUnavailable
		}
		return ivr.LinksMade{Outcome: out}
	}
	row, out := s.claim(ctx, call, e, now)
	if out != ivr.OutcomeOK {
		return ivr.LinksMade{Outcome: out}
	}
	links, err := s.Duo.MakeLinks(ctx, e.Phone.DuoID, s.Life)
	if err != nil {
		out, state := linkFailure(err)
		s.warn(ctx, "links not made", err)
		s.finish(ctx, row, state)
		return ivr.LinksMade{Outcome: out}
	}
	made := s.Clock.Now()
	if err := s.Kept.Put(ctx, linksKind, setOf(callSID, call), links.Life, []byte(links.Install+"\n"+links.Activate)); err != nil {
		s.warn(ctx, "links not kept", err)
		s.finish(ctx, row, StateUnclear)
		return ivr.LinksMade{Outcome: ivr.OutcomeUnknown}
	}
	s.finish(ctx, row, StateDone)
	return ivr.LinksMade{Outcome: ivr.OutcomeOK, Until: made.Add(links.Life), Was: was}
}

// stillMay weighs the evidence once more, with what may have changed since: a
// freeze, an elevated threat. No is an answer here, not an alarm.
func (s *Service) stillMay(ctx context.Context, call ivr.Call, e ivr.MakeLinks, now time.Time) ivr.Outcome {
	p, found, err := s.People.Person(ctx, e.ID)
	if err != nil || !found {
		s.warn(ctx, "person not read", err)
		return ivr.OutcomeLocked
	}
	facts, err := s.Guard.Now(ctx, p.Subject, call.Facts)
	if err != nil {
		s.warn(ctx, "present facts not read", err)
		return ivr.OutcomeLocked
	}
	if !ivr.MayLink(s.Policy, facts, call.Passed, e.Phone, now) {
		return ivr.OutcomeLocked
	}
	return ivr.OutcomeOK
}

// claim takes the day's row. Without the ledger nothing is done.
func (s *Service) claim(ctx context.Context, call ivr.Call, e ivr.MakeLinks, now time.Time) (row int64, out ivr.Outcome) {
	p, found, err := s.People.Person(ctx, e.ID)
	if err != nil || !found {
		s.warn(ctx, "person not read", err)
		return 0, ivr.OutcomeLocked
	}
	c := Claim{
		Subject: p.Subject, Sets: s.SetsPerDay, CallRef: call.Ref, Effect: e.Num(), Day: s.day(call.Line, now),
		ID: e.ID, Line: call.Line, Language: call.Language, To: e.Phone.Number,
	}
	for _, f := range e.Factors {
		c.Factors = append(c.Factors, f.String())
	}
	row, ok, err := s.Ledger.Claim(ctx, c)
	switch {
	case errors.Is(err, ErrUnclear): // claimed before, by an instance that died over it
		s.warn(ctx, "links claimed before", err)
		return 0, ivr.OutcomeUnknown
	case err != nil:
		s.warn(ctx, "links not claimed", err)
		return 0, ivr.OutcomeLocked
	case !ok:
		return 0, ivr.OutcomeLimited
	}
	return row, ivr.OutcomeOK
}

func (s *Service) finish(ctx context.Context, row int64, state State) {
	if err := s.Ledger.Finish(context.WithoutCancel(ctx), row, state); err != nil {
		s.Logger.ErrorContext(ctx, "outcome not in the ledger", "row", strconv.FormatInt(row, 10), "error", err.Error())
	}
}

// linkFailure says what a failed request means: whether it may have happened.
func linkFailure(err error) (ivr.Outcome, State) {
	switch {
	case errors.Is(err, ErrUnavailable):
		return ivr.OutcomeUnavailable, StateFailed
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrRefused):
		return ivr.OutcomeFailed, StateFailed
	default:
		return ivr.OutcomeUnknown, StateUnclear
	}
}

// day is the date in the line's zone.
func (s *Service) day(line string, now time.Time) string {
	if z := s.Zones[line]; z != nil {
		now = now.In(z)
	}
	return now.Format(time.DateOnly)
}

// readPhone asks Duo whether the phone was activated since the link was made.
func (s *Service) readPhone(ctx context.Context, e ivr.ReadPhone) ivr.PhoneRead {
	now, err := s.Duo.Device(ctx, e.Phone.DuoID)
	if err != nil {
		s.warn(ctx, "phone not read", err)
		return ivr.PhoneRead{Outcome: ivr.OutcomeUnavailable}
	}
	return ivr.PhoneRead{Outcome: ivr.OutcomeOK, Activated: now.Reactivated(e.Was, e.MadeAt)}
}

func (s *Service) warn(ctx context.Context, msg string, err error) {
	if err != nil {
		s.Logger.WarnContext(ctx, msg, //nolint:sloglint // constants, all of them
			"error", err.Error())
	}
}
