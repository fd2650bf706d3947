package caller

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/sessions"
)

// Failures are the durable counts of failed tries, in the ledger; see
// [ledger.Ledger].
type Failures interface {
	// Reserve counts a try as failed before it is made, unless it refuses it.
	Reserve(ctx context.Context, subject, factor string, now time.Time) (ledger.Attempt, error)
	// Settle takes the count back after a match; stands is false when the match
	// must not count.
	Settle(ctx context.Context, a ledger.Attempt, passed bool) (stands bool, err error)
	// SeeNumber is when a number was first on file for a subject.
	SeeNumber(ctx context.Context, subject, number string, now time.Time, trusted bool) (time.Time, error)
}

// Windows are rate limits and caps; see [sessions.Windows].
type Windows interface {
	Reserve(ctx context.Context, limits []sessions.Limit) (ok bool, failed sessions.Limit, err error)
	Enter(ctx context.Context, key, member string, limit int, ttl time.Duration) (bool, error)
	Exit(ctx context.Context, key, member string) error
}

// Sender texts a code to a phone on file.
type Sender interface {
	SendCode(ctx context.Context, callSID string, call ivr.Call, to, code string) ivr.Outcome
}

// Limits are how much is allowed. Zero fields are set to the design's numbers.
type Limits struct {
	CallsPerNumber int           // at once; 2
	CallsPerShared int           // at once, of a number in SharedNumbers; 200
	IDsPerNumber   int           // an hour; 10
	IDsPerPrefix   int           // an hour; 30
	SendsPerHour   int           // per subject; 3
	SendsPerDay    int           // per subject; 5
	SendGap        time.Duration // between sends to a subject; 30 s
	CodeLife       time.Duration // 5 min
	CodeTries      int           // 3
}

// WithDefaults fills what is zero.
func (l Limits) WithDefaults() Limits {
	number := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	number(&l.CallsPerNumber, 2)
	number(&l.CallsPerShared, 200)
	number(&l.IDsPerNumber, 10)
	number(&l.IDsPerPrefix, 30)
	number(&l.SendsPerHour, 3)
	number(&l.SendsPerDay, 5)
	number(&l.CodeTries, 3)
	if l.SendGap == 0 {
		l.SendGap = 30 * time.Second
	}
	if l.CodeLife == 0 {
		l.CodeLife = 5 * time.Minute
	}
	return l
}

// Options configures [NewService]. Every field without a note is required.
type Options struct {
	Directory  Directory
	Failures   Failures
	Windows    Windows
	Sender     Sender
	Pseudonyms Pseudonyms
	Limits     Limits
	Shared     func(number string) bool // many people are behind that E.164 number; nil: none
	// Privileged says whether one of a person's groups is privileged on a line; nil: none.
	Privileged   func(line string, groups []string) bool
	Clock        clock.Clock
	Hashing      HashParams   // of the dummy hash: the same as the people's own
	HashesAtOnce int          // 0: the number of processors
	Logger       *slog.Logger // nil: discarded
}

// Service runs the effects that concern the caller. Make one with [NewService].
type Service struct {
	o       Options
	hashes  *hashes
	factors map[ivr.Factor]factor
}

// NewService checks the options.
func NewService(o Options) (*Service, error) {
	if o.Directory == nil || o.Failures == nil || o.Windows == nil || o.Sender == nil || o.Clock == nil || o.Pseudonyms.key == nil {
		return nil, errors.New("caller: a dependency is missing")
	}
	o.Limits = o.Limits.WithDefaults()
	if o.HashesAtOnce == 0 {
		o.HashesAtOnce = runtime.GOMAXPROCS(0)
	}
	if o.Shared == nil {
		o.Shared = func(string) bool { return false }
	}
	if o.Privileged == nil {
		o.Privileged = func(string, []string) bool { return false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h, err := newHashes(o.HashesAtOnce, o.Hashing)
	if err != nil {
		return nil, err
	}
	s := &Service{o: o, hashes: h}
	s.factors = factors(s)
	return s, nil
}

// Has reports whether there is a plug-in for a factor.
func (s *Service) Has(f ivr.Factor) bool { return s.factors[f] != nil }

// Run runs one effect. Effects of others are a bug.
func (s *Service) Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What {
	switch e := e.(type) {
	case ivr.Admit:
		return s.admit(ctx, callSID, e)
	case ivr.LookUp:
		return s.lookUp(ctx, callSID, call.Line, e)
	case ivr.CheckFactor:
		return s.check(ctx, callSID, e)
	case ivr.SendCode:
		return s.sendCode(ctx, callSID, call, e)
	}
	panic("caller: not an effect of ours: " + e.Kind().String())
}

// callLife is how long a call counts against its number's cap if its end is lost.
const callLife = 4 * time.Hour

// admit counts the call. A withheld number has no cap: it gets a person.
func (s *Service) admit(ctx context.Context, callSID string, e ivr.Admit) ivr.Admitted {
	if e.From == "" {
		return ivr.Admitted{Outcome: ivr.OutcomeOK}
	}
	limit := s.o.Limits.CallsPerNumber
	if s.o.Shared(e.From) {
		limit = s.o.Limits.CallsPerShared
	}
	ok, err := s.o.Windows.Enter(ctx, "calls:"+s.o.Pseudonyms.Number(e.From), callSID, limit, callLife)
	return ivr.Admitted{Outcome: s.outcome(ctx, ok, err)}
}

// Ended gives the call's places back.
func (s *Service) Ended(ctx context.Context, callSID string, call ivr.Call) {
	if call.ID != "" {
		if err := s.o.Windows.Exit(ctx, s.verifying(call.ID), callSID); err != nil {
			s.warn(ctx, "verification not given back", err)
		}
	}
	if call.From == "" {
		return
	}
	if err := s.o.Windows.Exit(ctx, "calls:"+s.o.Pseudonyms.Number(call.From), callSID); err != nil {
		s.warn(ctx, "call not counted out", err)
	}
}

// outcome is OK, Limited or Unavailable.
func (s *Service) outcome(ctx context.Context, ok bool, err error) ivr.Outcome {
	switch {
	case err != nil:
		s.warn(ctx, "limit not read", err)
		return ivr.OutcomeUnavailable
	case !ok:
		return ivr.OutcomeLimited
	}
	return ivr.OutcomeOK
}

// lookUp finds the person, after one of the calling number's look-ups has been
// reserved. Good IDs count like bad ones: a limit that only bad ones reach would
// tell which are which.
func (s *Service) lookUp(ctx context.Context, callSID, line string, e ivr.LookUp) ivr.LookedUp {
	if e.From != "" && !s.o.Shared(e.From) {
		ok, _, err := s.o.Windows.Reserve(ctx, []sessions.Limit{
			{Key: "ids:" + s.o.Pseudonyms.Number(e.From), Max: s.o.Limits.IDsPerNumber, Window: time.Hour},
			{Key: "ids:" + s.o.Pseudonyms.Prefix(e.From), Max: s.o.Limits.IDsPerPrefix, Window: time.Hour},
		})
		if out := s.outcome(ctx, ok, err); out != ivr.OutcomeOK {
			return ivr.LookedUp{Outcome: out}
		}
	}
	if out := s.alone(ctx, callSID, e.ID); out != ivr.OutcomeOK {
		return ivr.LookedUp{Outcome: out}
	}
	p, found, err := s.o.Directory.ByID(ctx, e.ID)
	if err != nil {
		s.warn(ctx, "directory not read", err)
		return ivr.LookedUp{Outcome: ivr.OutcomeUnavailable}
	}
	facts := ivr.Facts{Known: found, Privileged: found && (p.Privileged || s.o.Privileged(line, p.Groups))}
	phones := p.Phones
	if !found {
		phones = []Phone{{Number: "+0"}} // the same work, for nobody
	}
	subject := s.o.Pseudonyms.Subject(e.ID)
	if !found {
		subject = "nobody"
	}
	for _, ph := range phones {
		since, err := s.o.Failures.SeeNumber(ctx, subject, s.o.Pseudonyms.Number(ph.Number), s.o.Clock.Now(), false)
		if err != nil {
			s.warn(ctx, "age of a number not read", err)
			return ivr.LookedUp{Outcome: ivr.OutcomeUnavailable}
		}
		if found {
			facts.Phones = append(facts.Phones, ivr.Phone{Number: ph.Number, Since: since.Unix()})
		}
	}
	return ivr.LookedUp{Outcome: ivr.OutcomeOK, Facts: facts}
}

// aloneFor is how long a subject's verification belongs to one call after its
// last step.
const aloneFor = 60 * time.Second

// alone takes, or keeps, the one live verification of a keyed ID for this call.
func (s *Service) alone(ctx context.Context, callSID, id string) ivr.Outcome {
	ok, err := s.o.Windows.Enter(ctx, s.verifying(id), callSID, 1, aloneFor)
	return s.outcome(ctx, ok, err)
}

func (s *Service) verifying(id string) string { return "verifying:" + s.o.Pseudonyms.Subject(id) }

// check counts the try, then compares: parallel calls cannot race past the cap.
func (s *Service) check(ctx context.Context, callSID string, e ivr.CheckFactor) ivr.Checked {
	if e.Secret == "" {
		return ivr.Checked{Outcome: ivr.OutcomeLost}
	}
	f := s.factors[e.Factor]
	if f == nil {
		return ivr.Checked{Outcome: ivr.OutcomeFailed}
	}
	switch s.alone(ctx, callSID, e.ID) {
	case ivr.OutcomeOK:
	case ivr.OutcomeLimited: // another call is verifying the same ID
		return ivr.Checked{Outcome: ivr.OutcomeLocked}
	default:
		return ivr.Checked{Outcome: ivr.OutcomeUnavailable}
	}
	subject := s.o.Pseudonyms.Subject(e.ID)
	attempt, err := s.o.Failures.Reserve(ctx, subject, e.Factor.String(), s.o.Clock.Now())
	if err != nil {
		s.warn(ctx, "try not counted", err)
		return ivr.Checked{Outcome: ivr.OutcomeUnavailable}
	}
	p, found, err := s.o.Directory.ByID(ctx, e.ID)
	if err != nil {
		s.warn(ctx, "directory not read", err)
		return ivr.Checked{Outcome: ivr.OutcomeUnavailable}
	}
	if !attempt.Granted { // the same cost, without a chance
		p, found = Person{}, false
	}
	ok, err := f.passes(ctx, p, found, e)
	switch {
	case err != nil:
		s.warn(ctx, "factor not compared", err)
		return ivr.Checked{Outcome: ivr.OutcomeUnavailable}
	case !attempt.Granted:
		return ivr.Checked{Outcome: ivr.OutcomeLocked}
	case !ok:
		return ivr.Checked{Outcome: ivr.OutcomeFailed}
	}
	stands, err := s.o.Failures.Settle(ctx, attempt, true)
	switch {
	case err != nil:
		s.warn(ctx, "passed try not settled", err)
		return ivr.Checked{Outcome: ivr.OutcomeUnavailable}
	case !stands: // others have disabled the factor meanwhile
		return ivr.Checked{Outcome: ivr.OutcomeLocked}
	}
	return ivr.Checked{Outcome: ivr.OutcomeOK}
}

// sendCode texts the call's code. The limits count the keyed ID, known or not.
func (s *Service) sendCode(ctx context.Context, callSID string, call ivr.Call, e ivr.SendCode) ivr.CodeSent {
	subject := s.o.Pseudonyms.Subject(e.ID)
	ok, _, err := s.o.Windows.Reserve(ctx, []sessions.Limit{
		{Key: "sends:gap:" + subject, Max: 1, Window: s.o.Limits.SendGap},
		{Key: "sends:hour:" + subject, Max: s.o.Limits.SendsPerHour, Window: time.Hour},
		{Key: "sends:day:" + subject, Max: s.o.Limits.SendsPerDay, Window: 24 * time.Hour},
	})
	if out := s.outcome(ctx, ok, err); out != ivr.OutcomeOK {
		return ivr.CodeSent{Outcome: out}
	}
	p, found, err := s.o.Directory.ByID(ctx, e.ID)
	if err != nil {
		s.warn(ctx, "directory not read", err)
		return ivr.CodeSent{Outcome: ivr.OutcomeUnavailable}
	}
	proven := slices.ContainsFunc(call.Passed, func(x ivr.Passed) bool { return !x.Factor.Sends() })
	if !proven && p.PINHash != "" {
		// Nothing is sent before a factor that needs no sending has passed; this
		// person has one and skipped it. The caller hears what all hear.
		return ivr.CodeSent{Outcome: ivr.OutcomeOK}
	}
	if !found || int(e.Code.Phone) >= len(p.Phones) {
		return ivr.CodeSent{Outcome: ivr.OutcomeOK} // nobody to send to; nobody is told
	}
	code := s.o.Pseudonyms.code("texted_code", subject, e.Ref, e.Code.Effect, e.Salt)
	return ivr.CodeSent{Outcome: s.o.Sender.SendCode(ctx, callSID, call, p.Phones[e.Code.Phone].Number, code)}
}

func (s *Service) warn(ctx context.Context, msg string, err error) {
	s.o.Logger.WarnContext(ctx, msg, //nolint:sloglint // constants, all of them
		"error", err.Error())
}
