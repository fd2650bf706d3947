package changes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
	"ringback/ivr/outbox"
)

// Service carries number changes out. Make one with [New]. It is safe for
// concurrent use, and several may share a ledger.
type Service struct {
	o       Options
	sealer  *outbox.Sealer
	tasks   *clock.Tasks
	metrics *metrics
	stopped chan struct{}
	looks   looks
	timers  timers
}

// The answers beside a [nc.Refusal].
var (
	// ErrNotFound is a change, a case or a person that does not exist.
	ErrNotFound = errors.New("no such thing")
	// ErrTaken is a second change for somebody who has one that has not ended.
	ErrTaken = errors.New("the person has a change that has not ended")
	// ErrBusy is a change that others kept on changing.
	ErrBusy = errors.New("changed by somebody else meanwhile, again and again")
)

// New returns a service that does nothing before it is asked. The caller closes it.
func New(o Options) (*Service, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("number changes: %w", err)
	}
	o = o.withDefaults()
	s := &Service{o: o, tasks: clock.NewTasks(o.Clock), metrics: newMetrics(o.Registerer), stopped: make(chan struct{})}
	var err error
	if s.sealer, err = outbox.NewSealer(o.Random, o.Key, nil); err != nil {
		return nil, fmt.Errorf("number changes: %w", err)
	}
	return s, nil
}

// Actor is somebody at the desk.
type Actor struct {
	ID       string // the account's one name
	Role     nc.Role
	Local    bool      // signed in with a local account
	SignedIn time.Time // when that person last proved who they are
}

// person is the actor as the rules know one: whoever works at the desk is the
// subject of a change of their own number. Whose own ID is not known may be anybody.
func (s *Service) person(a Actor, subject string) nc.Actor {
	own := s.own(a.ID)
	is := own == subject || own == "" && !s.o.Rules.LocalMay
	return nc.Actor{ID: a.ID, Role: a.Role, Local: a.Local, SignedIn: a.SignedIn, Subject: is}
}

// own is the unique ID of an account, or "". Letter case makes no other person.
func (s *Service) own(account string) string {
	for id, own := range s.o.Staff {
		if strings.EqualFold(id, strings.TrimSpace(account)) {
			return own
		}
	}
	return ""
}

// Opening says for whom a change is opened: for the caller that the agent has now,
// or for the person of a case.
type Opening struct {
	Case string // the subject's pseudonym, of [Service.Cases]; "" is the caller
}

// Open opens a change. When the line has verified the caller already, the evidence
// is taken with it. The error wraps [ErrTaken], and id is that of the change which
// there is, when the person has one.
func (s *Service) Open(ctx context.Context, by Actor, o Opening) (id string, why nc.Refusal, err error) {
	rec, err := s.whom(ctx, by, o)
	switch {
	case errors.Is(err, ErrNotFound):
		return "", nc.RefusalNotOnLine, nil
	case err != nil:
		return "", nc.RefusalNone, err
	}
	if id, err = s.newID(); err != nil {
		return "", nc.RefusalNone, err
	}
	what := nc.Opened{ID: id, Subject: rec.Change.Subject}
	if p, found, perr := s.o.People.Person(ctx, what.Subject, rec.Line); perr == nil && found { // otherwise it is refused
		rec.Numbers, rec.Mails = p.Numbers, p.Mails
	}
	rec.Change = nc.Change{}
	why, err = s.apply(ctx, id, turn{by: by, fresh: rec, what: func(record) nc.What { return what }})
	switch {
	case errors.Is(err, ledger.ErrTaken):
		row, found, ferr := s.o.Agenda.NumberChangeOf(ctx, s.o.People.Subject(what.Subject))
		if ferr != nil || !found {
			return "", nc.RefusalNone, errors.Join(ErrTaken, ferr)
		}
		return row.ID, nc.RefusalNone, ErrTaken
	case err != nil || why != nc.RefusalNone:
		return "", why, err
	}
	if o.Case == "" { // what the line says now, if it says enough
		if _, err = s.Do(ctx, id, by, Act{What: TakeVerdict, Quiet: true}); err != nil {
			s.o.Logger.WarnContext(ctx, "verdict not taken", "error", err.Error())
		}
	}
	return id, nc.RefusalNone, nil
}

// whom finds whose number is to be changed.
func (s *Service) whom(ctx context.Context, by Actor, o Opening) (record, error) {
	if o.Case == "" {
		c, ok, err := s.o.Floor.Caller(ctx, by.ID)
		if err != nil {
			return record{}, fmt.Errorf("find caller: %w", err)
		}
		if !ok || c.ID == "" {
			return record{}, fmt.Errorf("caller: %w", ErrNotFound)
		}
		return record{Change: nc.Change{Subject: c.ID}, Line: c.Line, CallRef: c.CallRef, Language: c.Language}, nil
	}
	all, err := s.Cases(ctx)
	if err != nil {
		return record{}, err
	}
	for _, c := range all {
		if c.Subject == o.Case {
			return record{Change: nc.Change{Subject: c.id}, Line: s.o.Line}, nil
		}
	}
	return record{}, fmt.Errorf("case: %w", ErrNotFound)
}

// Close waits for what is under way until ctx ends or 20 s are over.
func (s *Service) Close(ctx context.Context) error {
	s.looks.close(s.stopped)
	return s.tasks.Close(ctx) //nolint:wrapcheck // it names itself
}

// Rules are the limits that hold.
func (s *Service) Rules() nc.Rules { return s.o.Rules }
