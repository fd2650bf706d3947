package caller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringback/ivr"
	"ringback/ivr/ledger"
)

// NewsKind is what people have to be told.
type NewsKind uint8

// The kinds.
const (
	NewsUnknown  NewsKind = iota
	NewsDisabled          // a factor, after too many failures
	NewsUnlocked          // a lead lifted that
	NewsFrozen            // recovery by phone
	NewsUnfrozen          // a lead lifted that
)

// String is the kind's name, the same as the notice's.
func (k NewsKind) String() string {
	names := [...]string{"unknown", "factor_disabled", "factor_unlocked", "frozen", "unfrozen"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("news(%d)", k)
}

// News is something that was done in a person's name, or to it.
type News struct {
	Kind    NewsKind
	Person  Person // the zero Person when nobody knows whose subject it is
	Subject string
	Factor  ivr.Factor // of a lock and its lifting
	Call    ivr.Call   // in which it was done; the zero Call outside of one
	Effect  uint32     // of that call by which it was done, or 0
	At      time.Time
}

var errUntold = errors.New("nobody is told of anything")

// untold tells nobody.
type untold struct{}

func (untold) Compose(context.Context, News) ([]ledger.Notice, error) { return nil, nil }
func (untold) Owe(context.Context, ...ledger.Notice) (int, error)     { return 0, nil }
func (untold) Kick()                                                  {}
func (untold) Whose(ledger.Notice, string) (string, error)            { return "", errUntold }

// tell owes the notices of news that the ledger knows already.
func (s *Service) tell(ctx context.Context, n News) {
	notices, err := s.o.Notices.Compose(ctx, n)
	if err == nil && len(notices) > 0 {
		_, err = s.o.Notices.Owe(ctx, notices...)
	}
	if err != nil {
		s.o.Logger.ErrorContext(ctx, "people not told", "news", n.Kind.String(), "error", err.Error())
		return
	}
	s.o.Notices.Kick()
}

// freeze stops a subject's recovery and owes the notices of it in one
// transaction. Words that fail stop nothing of that.
func (s *Service) freeze(ctx context.Context, reason string, n News) error {
	n.Kind, n.At = NewsFrozen, s.o.Clock.Now()
	notices, err := s.o.Notices.Compose(ctx, n)
	if err != nil {
		s.o.Logger.ErrorContext(ctx, "people not told", "news", n.Kind.String(), "error", err.Error())
		notices = nil
	}
	created, err := s.o.Freezes.Freeze(ctx, ledger.Freeze{Subject: n.Subject, By: "line", Reason: reason, CallRef: n.Call.Ref, At: n.At}, notices...)
	if err != nil {
		return fmt.Errorf("freeze: %w", err)
	}
	if created {
		s.o.Notices.Kick()
	}
	return nil
}
