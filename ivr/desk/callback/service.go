package callback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/ivr/outbox"
	"ringback/ivr/transfer"
)

// Service is who is to be called back. It is safe for concurrent use, and several
// may share a ledger.
type Service struct {
	o       Options
	sealer  *outbox.Sealer
	metrics *metrics
	stopped chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
	again  bool         // somebody called Kick while the task was looking
	ended  clock.Signal // of the task at work, nil while there is none
	wake   clock.Signal // for the task that waits, or nil
}

// New checks the options. The caller runs and closes the service.
func New(o Options) (*Service, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("callback options: %w", err)
	}
	o = o.withDefaults()
	sealer, err := outbox.NewSealer(o.Random, o.Key, nil)
	if err != nil {
		return nil, fmt.Errorf("callback options: %w", err)
	}
	s := &Service{o: o, sealer: sealer, stopped: make(chan struct{})}
	s.metrics = newMetrics(o.Registerer, s)
	return s, nil
}

// sealed is what only whoever dials may know.
type sealed struct {
	To    string `json:"to"` // E.164
	Proof string `json:"proof"`
}

func (s *Service) seal(id string, v sealed) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("seal callback: %w", err)
	}
	return s.sealer.Seal("callback/"+id, b) //nolint:wrapcheck // it names itself
}

func (s *Service) open(c ledger.Callback) (v sealed, err error) {
	b, err := s.sealer.Open("callback/"+c.ID, c.Sealed)
	if err != nil {
		return sealed{}, fmt.Errorf("open callback: %w", err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return sealed{}, errors.New("open callback: odd bytes") // the decoder's error may quote them
	}
	return v, nil
}

// Take keeps a caller's wish. place is since when they wait, or zero. A call has
// one callback: asked again, it is the same.
func (s *Service) Take(ctx context.Context, call ivr.Call, place time.Time, e ivr.TakeCallback) ivr.CallbackTaken {
	out, err := s.take(ctx, call, place, e)
	if err != nil {
		s.o.Logger.WarnContext(ctx, "callback not taken", "call", call.Ref, "line", call.Line, "error", err.Error())
	}
	s.metrics.asked(call.Line, out)
	return ivr.CallbackTaken{Outcome: out}
}

func (s *Service) take(ctx context.Context, call ivr.Call, place time.Time, e ivr.TakeCallback) (ivr.Outcome, error) {
	line, ok := s.o.Lines[call.Line]
	now := s.o.Clock.Now()
	due := now
	switch {
	case !ok:
		return ivr.OutcomeUnavailable, fmt.Errorf("no line %.20q", call.Line)
	case e.Due != 0:
		due = time.Unix(e.Due, 0)
	case e.Shut:
		due = line.MayCall(now)
	}
	if due.IsZero() {
		return ivr.OutcomeUnavailable, errors.New("no hours are known in which to call")
	}
	if checked := s.Check(e.To); checked.Outcome != ivr.OutcomeOK {
		return ivr.OutcomeUnavailable, errors.New("a number that is not called")
	}
	if place.IsZero() {
		place = now
	}
	b, err := s.seal(e.Ref, sealed{To: e.To, Proof: e.Proof})
	if err != nil {
		return ivr.OutcomeUnavailable, err
	}
	c := ledger.Callback{
		ID: e.Ref, Number: s.o.Names.Number(e.To), Prefix: s.o.Names.Prefix(e.To), Line: call.Line, Language: call.Language,
		Request: call.Request.String(), Promised: e.Due != 0 || e.Shut, Place: place, Due: due, Sealed: b,
	}
	err = s.o.Writer.TakeCallback(ctx, c, s.o.Caps, ledger.Entry{
		Phase: ledger.Outcome, Action: "callback", Subject: c.Number, Actor: "line", Reason: "asked", CallRef: call.Ref,
		Detail: map[string]string{"id": c.ID, "line": c.Line, "due": due.UTC().Format(time.RFC3339)},
	})
	switch {
	case err == nil:
		s.Kick()
		return ivr.OutcomeOK, nil
	case errors.Is(err, ledger.ErrTaken):
		if own, err := s.o.Reader.Callback(ctx, c.ID); err == nil && own.Number == c.Number {
			return ivr.OutcomeOK, nil
		}
		return ivr.OutcomeFailed, nil
	case errors.Is(err, ledger.ErrFull):
		return ivr.OutcomeLimited, nil
	}
	return ivr.OutcomeUnavailable, err
}

// Begin claims an attempt, and says whom to call. ok is false for one that somebody
// else has claimed, that was cancelled, or whose hour is over.
func (s *Service) Begin(ctx context.Context, id string, attempt int) (number string, ok bool, err error) {
	c, err := s.o.Reader.Callback(ctx, id)
	if err != nil {
		return "", false, fmt.Errorf("begin callback: %w", err)
	}
	now := s.o.Clock.Now()
	line := s.o.Lines[c.Line]
	if c.State != ledger.CallbackWaiting || c.Attempts != attempt-1 || attempt > s.o.Attempts || line == nil || !line.MayCall(now).Equal(now) {
		return "", false, nil
	}
	v, err := s.open(c)
	if err != nil {
		return "", false, err
	}
	owed := s.o.Called(ctx, Call{ID: c.ID, Line: c.Line, Due: c.Due, Attempt: attempt})
	c.Version, c.State, c.Attempts, c.Due = c.Version+1, ledger.CallbackDialling, attempt, now
	err = s.o.Writer.PutCallback(ctx, c, []ledger.Entry{{
		Phase: ledger.Intent, Action: "callback_dial", Subject: c.Number, Actor: "line", Reason: "due", CallRef: c.ID,
		Detail: map[string]string{"id": c.ID, "attempt": strconv.Itoa(attempt)},
	}}, owed...)
	switch {
	case errors.Is(err, ledger.ErrStale):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("begin callback: %w", err)
	}
	if len(owed) > 0 {
		s.o.Owed()
	}
	s.Kick() // looks after it
	return v.To, true, nil
}

// Settle takes how an attempt ended. It may come twice, or late.
func (s *Service) Settle(ctx context.Context, id string, attempt int, o transfer.CallbackOutcome) error {
	c, err := s.o.Reader.Callback(ctx, id)
	if err != nil {
		return fmt.Errorf("settle callback: %w", err)
	}
	if c.State != ledger.CallbackDialling || c.Attempts != attempt {
		return nil
	}
	now := s.o.Clock.Now()
	state, due := ledger.CallbackWaiting, now
	switch o {
	case transfer.CallbackPending, transfer.CallbackWithdrawn:
		return nil
	case transfer.CallbackReached:
		state = ledger.CallbackReached
	case transfer.CallbackDeclined:
		state = ledger.CallbackCancelled
	default:
		due = s.o.Lines[c.Line].MayCall(now.Add(s.o.Gap))
		if c.Attempts >= s.o.Attempts || due.IsZero() {
			state, due = ledger.CallbackFailed, now
		}
	}
	s.metrics.attempt(c.Line, o)
	if err := s.put(ctx, c, state, due, o.String()); err != nil {
		return fmt.Errorf("settle callback: %w", err)
	}
	return nil
}

// cancelTries is how often a lead's word is written over what comes in between.
const cancelTries = 3

// Cancel ends a callback that has not been reached, by a lead's word. One that is
// written to at the same moment is looked at again: the lead is not told that it is
// off while somebody is still called.
func (s *Service) Cancel(ctx context.Context, id, by, why string) (err error) {
	for range cancelTries {
		var c ledger.Callback
		c, err = s.o.Reader.Callback(ctx, id)
		if err == nil && !c.State.Open() {
			err = ledger.ErrNotFound
		}
		if err == nil {
			err = s.write(ctx, c, ledger.CallbackCancelled, s.o.Clock.Now(), why, by)
		}
		if !errors.Is(err, ledger.ErrStale) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("cancel callback: %w", err)
	}
	return nil
}

// put is write by the line, but one that somebody else has written meanwhile is
// theirs.
func (s *Service) put(ctx context.Context, c ledger.Callback, to ledger.CallbackState, due time.Time, why string) error {
	if err := s.write(ctx, c, to, due, why, "line"); !errors.Is(err, ledger.ErrStale) {
		return err
	}
	return nil
}

// write writes a callback's next state, with its row if it is the last, and what is
// owed because of it.
func (s *Service) write(ctx context.Context, c ledger.Callback, to ledger.CallbackState, due time.Time, why, by string) error {
	v, opens := s.open(c)
	c.Version, c.State, c.Due, c.Why = c.Version+1, to, due, why
	if to == ledger.CallbackWaiting {
		c.Promised = true // who could not be reached is not put behind those who came later
	}
	var rows []ledger.Entry
	var owed []ledger.Notice
	if !to.Open() {
		rows = []ledger.Entry{{
			Phase: ledger.Outcome, Action: "callback_end", Subject: c.Number, Actor: by, Reason: why, CallRef: c.ID,
			Detail: map[string]string{"id": c.ID, "state": to.String(), "attempts": strconv.Itoa(c.Attempts)},
		}}
	}
	if to == ledger.CallbackFailed {
		f := Failure{ID: c.ID, Line: c.Line, Language: c.Language, Number: c.Number, Request: c.Request, Asked: c.Created, Attempts: c.Attempts, Why: why}
		if opens == nil {
			f.Last2 = ivr.Phone{Number: v.To}.Last2()
		}
		owed = s.o.GivenUp(ctx, f)
	}
	if err := s.o.Writer.PutCallback(ctx, c, rows, owed...); err != nil {
		return err //nolint:wrapcheck // the callers name the operation
	}
	s.metrics.settled(c, s.o.Clock.Now())
	if len(owed) > 0 {
		s.o.Owed()
	}
	s.Kick()
	return nil
}

// Waiting lists the callbacks that are open, by when they are due; for pages.
func (s *Service) Waiting(ctx context.Context) ([]ledger.Callback, error) {
	all, err := s.o.Reader.Callbacks(ctx, s.o.Clock.Now().Add(time.Hour), 0) // nothing was written in an hour from now
	if err != nil {
		return nil, fmt.Errorf("list callbacks: %w", err)
	}
	return all, nil
}

// Last2 is the last two digits of whom a callback is for; "" once that is erased.
func (s *Service) Last2(c ledger.Callback) string {
	v, err := s.open(c)
	if err != nil {
		return ""
	}
	return ivr.Phone{Number: v.To}.Last2()
}
