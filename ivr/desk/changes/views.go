package changes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ringback/ivr/duo"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

// View is a change as people at the desk see it: whom it is about only by the last
// two digits, and the numbers likewise.
type View struct {
	nc.Card
	ID          string
	Subject     string // the pseudonym
	SubjectHint string // the last two digits of the unique ID
	Line        string // id
	CallRef     string // "" is a case
	Agent       string
	Approver    string
	Opened      time.Time
	Changed     time.Time
	Old         string   // the last two digits of the number that is replaced
	Factors     []string // that the line's verdict rests on
	Check       nc.Check
	Seen        []nc.Seen
	ConfirmedBy string
	Until       time.Time // of the line's verdict
	Codes       int       // sent so far
	TriesLeft   int       // of the last one
	// Why is, for each act that this person might do, why not; acts that are missing
	// may be done. Only [Service.View] has it.
	Why map[What]nc.Refusal
	// Phones are those of which one is to be replaced, while the new number is
	// awaited and the subject verified. Only [Service.View] has them.
	Phones []Phone
	// Unread is true when the phones could not be read.
	Unread bool
}

// Phone is a phone of the subject in Duo.
type Phone struct {
	ID        string // Duo's
	Hint      string // the last two digits; "" is a device without a number
	Activated bool
}

// recentDays is how long changes that ended are listed.
const recentDays = 7 * 24 * time.Hour

// List is the changes that have not ended, and those of the last week, the newest
// first.
func (s *Service) List(ctx context.Context) ([]View, error) {
	rows, err := s.o.Store.NumberChanges(ctx, s.o.Clock.Now().Add(-recentDays), 0)
	if err != nil {
		return nil, fmt.Errorf("list number changes: %w", err)
	}
	all := make([]View, 0, len(rows))
	for _, row := range rows {
		r, err := s.open(row)
		if err != nil {
			return nil, fmt.Errorf("list number changes: %w", err)
		}
		all = append(all, s.view(r, row))
	}
	return all, nil
}

// View is one change as somebody sees it, with what they may do to it now.
func (s *Service) View(ctx context.Context, id string, by Actor) (View, error) {
	row, err := s.o.Store.NumberChange(ctx, id)
	if errors.Is(err, ledger.ErrNotFound) {
		return View{}, fmt.Errorf("number change: %w", ErrNotFound)
	}
	if err != nil {
		return View{}, fmt.Errorf("number change: %w", err)
	}
	r, err := s.open(row)
	if err != nil {
		return View{}, err
	}
	v := s.view(r, row)
	v.Why = s.whys(ctx, r, by)
	if v.Why[GiveNumber] == nc.RefusalNone {
		u, err := s.account(ctx, r.Change.Subject, r.Line)
		if err != nil {
			s.o.Logger.WarnContext(ctx, "phones of a number change not read", "change", id, "error", err.Error())
		}
		v.Unread, v.Phones = err != nil, phonesOf(u)
	}
	return v, nil
}

func phonesOf(u duo.User) (all []Phone) {
	for _, p := range u.Phones {
		all = append(all, Phone{ID: p.ID, Hint: hint(p.Number), Activated: p.Activated})
	}
	return all
}

func (s *Service) view(r record, row ledger.NumberChange) View {
	c := r.Change
	v := View{
		Card: s.o.Rules.Card(c, s.o.Clock.Now()), ID: c.ID, Subject: row.Subject, SubjectHint: hint(c.Subject), Line: r.Line, CallRef: r.CallRef,
		Agent: c.Agent, Approver: c.Approver, Opened: row.Created, Changed: row.Changed, Old: r.Old, Check: c.Proof.Check,
		Seen: slices.Clone(c.Proof.Seen), ConfirmedBy: c.Proof.ConfirmedBy, Codes: int(c.Code), TriesLeft: max(int(s.o.Rules.CodeTries)-int(c.Tries), 0),
	}
	if c.Proof.Until != 0 {
		v.Until, v.Factors = time.UnixMilli(c.Proof.Until), slices.Clone(c.Proof.Factors)
	}
	return v
}

// whys asks the rules of each act, with an example of what it would take.
func (s *Service) whys(ctx context.Context, r record, by Actor) map[What]nc.Refusal {
	example := map[What]nc.What{
		RecordCheck: nc.IdentityChecked{Check: nc.CheckInPerson, Seen: []nc.Seen{nc.SeenCard}}, ConfirmCheck: nc.IdentityConfirmed{Check: r.Change.Proof.Check, Seen: r.Change.Proof.Seen},
		GiveNumber: nc.NumberGiven{Number: "+19195550100"}, EnterCode: nc.CodeTried{Code: r.Change.Code}, ResendCode: nc.CodeResend{},
		Approve: nc.Approved{}, Deny: nc.Denied{}, Cancel: nc.Cancelled{}, Resume: nc.Resume{}, Undo: nc.Undo{},
	}
	if w, err := s.verdict(ctx, r, by); err == nil {
		example[TakeVerdict] = w
	}
	e := nc.Event{At: s.o.Clock.Now(), By: s.person(by, r.Change.Subject)}
	e.Facts = s.facts(ctx, r, nc.Tick{}, turn{by: by})
	whys := map[What]nc.Refusal{}
	for _, w := range Whats() {
		what, ok := example[w]
		if !ok {
			whys[w] = nc.RefusalUnread
			continue
		}
		e.What = what
		if why := s.o.Rules.Why(r.Change, e); why != nc.RefusalNone {
			whys[w] = why
		}
	}
	return whys
}

// Case is somebody who is with the desk.
type Case struct {
	ledger.Case
	id   string
	Hint string // the last two digits of the unique ID
}

// OpenCase opens a case for a person, by a lead who has them in front of them or
// who has read their ticket. The error is [ErrNotFound] for somebody whom the
// directory has not.
func (s *Service) OpenCase(ctx context.Context, id, by, reason string) error {
	_, found, err := s.o.People.Person(ctx, id, s.o.Line)
	switch {
	case err != nil:
		return fmt.Errorf("open case: %w", err)
	case !found:
		return fmt.Errorf("open case: %w", ErrNotFound)
	}
	c := ledger.Case{Subject: s.o.People.Subject(id), By: by, Reason: reason, Until: s.o.Clock.Now().Add(s.o.CaseLife)}
	if c.Sealed, err = s.sealer.Seal("case/"+c.Subject, []byte(id)); err != nil {
		return fmt.Errorf("open case: %w", err)
	}
	return s.o.Cases.OpenCase(ctx, c) //nolint:wrapcheck // it names itself
}

// Cases are those that are open, the newest first.
func (s *Service) Cases(ctx context.Context) ([]Case, error) {
	rows, err := s.o.Cases.Cases(ctx)
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	all := make([]Case, 0, len(rows))
	for _, row := range rows {
		id, err := s.sealer.Open("case/"+row.Subject, row.Sealed)
		if err != nil {
			return nil, fmt.Errorf("case: %w", err)
		}
		all = append(all, Case{Case: row, id: string(id), Hint: hint(string(id))})
	}
	return all, nil
}
