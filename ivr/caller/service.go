package caller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/sessions"
)

// Options configures [NewService]. Every field without a note is required.
type Options struct {
	Directory  Directory
	Failures   Failures
	Numbers    Numbers
	Proofs     Proofs
	Freezes    Freezes
	Threats    Threats
	Windows    Windows
	Meter      Meter
	Kept       Kept
	Sender     Sender
	Mailer     Mailer  // nil: there is no emailed_code
	Pusher     Pusher  // nil: there is no duo_push
	Notices    Notices // nil: nobody is told
	Pseudonyms Pseudonyms
	Limits     Limits
	Threat     sessions.MeterParams // what trips the elevated threat; zero: its defaults
	// PushWatch is how long a push is watched for somebody who reports it; 0: 2 min,
	// by when Duo has forgotten it; negative: not at all.
	PushWatch time.Duration
	// ThreatLasts is how long the threat stays elevated after it was tripped; 0: 30 min.
	ThreatLasts time.Duration
	Shared      func(number string) bool // many people are behind that E.164 number; nil: none
	// Privileged says whether one of a person's groups is so on a line; nil: none.
	Privileged func(line string, groups []string) bool
	// Need is what a person's groups demand on a line; nil: nothing.
	Need func(line string, groups []string) ivr.Need
	// Asks says whether a line asks for a factor; nil: every line for each. What is
	// not asked for cannot be what a person has to pass before anything is sent.
	Asks func(line string, f ivr.Factor) bool
	// TrustDirectoryDates lets a number that is seen for the first time be as old as
	// the directory says. False: it is new, whatever the directory says.
	TrustDirectoryDates bool

	Clock        clock.Clock
	Hashing      HashParams            // of the dummy hash: the same as the people's own
	HashesAtOnce int                   // 0: the number of processors
	Logger       *slog.Logger          // nil: discarded
	Registerer   prometheus.Registerer // nil: counted unseen
}

// Service runs the effects that concern the caller. Make one with [NewService],
// and give its goroutines back with [Service.Close].
type Service struct {
	o       Options
	hashes  *hashes
	factors map[ivr.Factor]factor
	metrics *metrics
	trip    sync.Mutex   // held while the threat is raised
	threat  atomic.Int64 // until when it is elevated, as last seen: Unix milliseconds
	tasks   sync.WaitGroup
	watches sync.WaitGroup  // of pushes
	stopped context.Context //nolint:containedctx // ends the watches at Close
	endAll  context.CancelFunc
}

// NewService checks the options.
func NewService(o Options) (*Service, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("caller: %w", err)
	}
	o = o.withDefaults()
	h, err := newHashes(o.HashesAtOnce, o.Hashing)
	if err != nil {
		return nil, err
	}
	s := &Service{o: o, hashes: h}
	s.stopped, s.endAll = context.WithCancel(context.Background())
	s.factors = factors(s)
	s.metrics = newMetrics(o.Registerer, s.elevated)
	return s, nil
}

func (o Options) check() error {
	switch {
	case o.Directory == nil, o.Sender == nil, o.Clock == nil, o.Pseudonyms.key == nil,
		o.Failures == nil, o.Numbers == nil, o.Proofs == nil, o.Freezes == nil, o.Threats == nil,
		o.Windows == nil, o.Meter == nil, o.Kept == nil:
		return errors.New("a dependency is missing")
	}
	return nil
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.WithDefaults()
	if o.PushWatch == 0 {
		o.PushWatch = 2 * time.Minute
	}
	if o.ThreatLasts == 0 {
		o.ThreatLasts = 30 * time.Minute
	}
	if o.HashesAtOnce == 0 {
		o.HashesAtOnce = runtime.GOMAXPROCS(0)
	}
	if o.Shared == nil {
		o.Shared = func(string) bool { return false }
	}
	if o.Privileged == nil {
		o.Privileged = func(string, []string) bool { return false }
	}
	if o.Need == nil {
		o.Need = func(string, []string) ivr.Need { return ivr.Need{} }
	}
	if o.Asks == nil {
		o.Asks = func(string, ivr.Factor) bool { return true }
	}
	if o.Notices == nil {
		o.Notices = untold{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Has reports whether there is a plug-in for a factor, with all that it needs.
func (s *Service) Has(f ivr.Factor) bool { return s.factors[f] != nil }

// Run runs one effect. Effects of others are a bug.
func (s *Service) Run(ctx context.Context, callSID string, call ivr.Call, e ivr.Effect) ivr.What {
	switch e := e.(type) {
	case ivr.Admit:
		return s.admit(ctx, callSID, call, e)
	case ivr.LookUp:
		return s.lookUp(ctx, callSID, call, e)
	case ivr.CheckFactor:
		return s.check(ctx, callSID, call, e)
	case ivr.SendCode:
		return s.sendCode(ctx, callSID, call, e)
	case ivr.Report:
		return s.report(ctx, call, e)
	}
	panic("caller: not an effect of ours: " + e.Kind().String())
}

// Wait returns when nothing runs any more that no caller waits for.
func (s *Service) Wait() { s.tasks.Wait() }

// Close is [Service.Wait], bounded; it ends the watches of pushes. Run nothing afterwards.
func (s *Service) Close(ctx context.Context) error {
	s.endAll()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.tasks.Wait()
		s.watches.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("caller: wait for what runs: %w", context.Cause(ctx))
	}
}

// backgroundTime bounds what no caller waits for.
const backgroundTime = 10 * time.Second

// background runs what must take none of the caller's time: how long it takes
// would tell known people from unknown ones.
func (s *Service) background(ctx context.Context, f func(context.Context)) {
	s.tasks.Add(1)
	s.o.Clock.Go(context.WithoutCancel(ctx), func(ctx context.Context) {
		defer s.tasks.Done()
		ctx, cancel := s.o.Clock.WithTimeout(ctx, backgroundTime)
		defer cancel()
		f(ctx)
	})
}

// callLife is how long a call counts against its number's cap if its end is lost.
const callLife = 4 * time.Hour

// admit counts the call. A withheld number has no cap: it gets a person.
func (s *Service) admit(ctx context.Context, callSID string, call ivr.Call, e ivr.Admit) ivr.Admitted {
	if e.From == "" {
		return ivr.Admitted{Outcome: ivr.OutcomeOK}
	}
	limit := s.o.Limits.CallsPerNumber
	if s.o.Shared(e.From) {
		limit = s.o.Limits.CallsPerShared
	}
	if call.Suspect {
		limit = s.o.Limits.CallsPerShared
	}
	ok, err := s.o.Windows.Enter(ctx, s.place(call, e.From), callSID, limit, callLife)
	return ivr.Admitted{Outcome: s.outcome(ctx, ok, err)}
}

// place is where a call is counted. One whose number is forged counts with its
// like: it must not keep the number's owner out.
func (s *Service) place(call ivr.Call, from string) string {
	if call.Suspect {
		return "calls:suspect"
	}
	return "calls:" + s.o.Pseudonyms.Number(from)
}

// Ended gives the call's places back. A push that was reported meanwhile still
// counts.
func (s *Service) Ended(ctx context.Context, callSID string, call ivr.Call) {
	if call.ID != "" {
		if err := s.o.Windows.Exit(ctx, s.verifying(call.ID), callSID); err != nil {
			s.warn(ctx, "verification not given back", err)
		}
		if s.Has(ivr.FactorDuoPush) && call.Code.Factor == ivr.FactorDuoPush && call.Code.Effect != 0 {
			s.background(ctx, func(ctx context.Context) { s.askReported(ctx, callSID, call, call.Code.Effect) })
		}
	}
	if call.From == "" {
		return
	}
	if err := s.o.Windows.Exit(ctx, s.place(call, call.From), callSID); err != nil {
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

// aloneFor is how long a subject's verification belongs to one call after its
// last step.
const aloneFor = 60 * time.Second

// alone takes, or keeps, the one live verification of a keyed ID for this call.
func (s *Service) alone(ctx context.Context, callSID, id string) ivr.Outcome {
	ok, err := s.o.Windows.Enter(ctx, s.verifying(id), callSID, 1, aloneFor)
	return s.outcome(ctx, ok, err)
}

func (s *Service) verifying(id string) string { return "verifying:" + s.o.Pseudonyms.Subject(id) }

func (s *Service) warn(ctx context.Context, msg string, err error) {
	s.o.Logger.WarnContext(ctx, msg, //nolint:sloglint // constants, all of them
		"error", err.Error())
}
