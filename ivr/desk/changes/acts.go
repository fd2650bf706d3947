package changes

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"ringback/ivr/duo"
	nc "ringback/ivr/numberchange"
)

// What somebody does to a change.
type What uint8

// The acts.
const (
	WhatUnknown  What = iota
	TakeVerdict       // the agent has the line's verdict on the caller counted
	RecordCheck       // the agent records what was seen of the person
	ConfirmCheck      // a lead has seen the same
	GiveNumber        // the agent gives the new number
	EnterCode         // the agent enters what the person reads out
	ResendCode        // the agent has another code sent
	Approve           // the second person's yes
	Deny              // and no
	Cancel            // before Duo was touched
	Resume            // what certainly failed, or fresh links
	Undo              // takes the new phone off again
	whats             // the number of them
)

// Whats returns every act but WhatUnknown.
func Whats() []What {
	all := make([]What, 0, whats)
	for w := TakeVerdict; w < whats; w++ {
		all = append(all, w)
	}
	return all
}

// String is the act's name in forms and in metrics.
func (w What) String() string {
	names := [...]string{
		"unknown", "verdict", "check", "confirm", "number", "code", "resend", "approve", "deny", "cancel", "resume", "undo",
	}
	if int(w) < len(names) {
		return names[w]
	}
	return fmt.Sprintf("act(%d)", w)
}

// ParseWhat is the inverse of [What.String]; "unknown" is an error, too.
func ParseWhat(name string) (What, error) {
	for _, w := range Whats() {
		if w.String() == name {
			return w, nil
		}
	}
	return WhatUnknown, errors.New("act of a number change: unknown")
}

// Act is what somebody does, with what it takes.
type Act struct {
	What     What
	Check    nc.Check  // of RecordCheck and ConfirmCheck
	Seen     []nc.Seen // likewise
	Number   string    // of GiveNumber: E.164
	Replaces string    // of GiveNumber: Duo's ID of the phone that goes; "" is none
	Code     string    // of EnterCode: what the person read out
	Why      string    // for the audit
	Quiet    bool      // a refusal leaves no row: nobody asked for it
}

// Do does something to a change. A refusal is an answer and no error.
func (s *Service) Do(ctx context.Context, id string, by Actor, a Act) (nc.Refusal, error) {
	rec, err := s.load(ctx, id)
	if err != nil {
		return nc.RefusalNone, err
	}
	if rec.version == 0 {
		return nc.RefusalNone, fmt.Errorf("number change: %w", ErrNotFound)
	}
	t := turn{by: by, why: a.Why, quiet: a.Quiet}
	if t.what, t.edit, err = s.event(ctx, rec, by, a); err != nil {
		return nc.RefusalNone, err
	}
	why, err := s.apply(ctx, id, t)
	s.metrics.did(a.What, why, err)
	return why, err
}

// event is an act as the rules know it.
func (s *Service) event(ctx context.Context, rec record, by Actor, a Act) (what func(record) nc.What, edit func(*record), err error) {
	is := func(w nc.What) func(record) nc.What { return func(record) nc.What { return w } }
	switch a.What {
	case TakeVerdict:
		w, err := s.verdict(ctx, rec, by)
		return is(w), nil, err
	case RecordCheck:
		return is(nc.IdentityChecked{Check: a.Check, Seen: a.Seen}), nil, nil
	case ConfirmCheck:
		return is(nc.IdentityConfirmed{Check: a.Check, Seen: a.Seen}), nil, nil
	case GiveNumber:
		return s.given(ctx, rec, by, a)
	case EnterCode:
		return func(r record) nc.What {
			want := s.code(r.Change, r.Change.Code, r.Change.Number)
			return nc.CodeTried{Code: r.Change.Code, OK: r.Change.Number != "" && subtle.ConstantTimeCompare([]byte(want), []byte(a.Code)) == 1}
		}, nil, nil
	case ResendCode:
		return is(nc.CodeResend{}), nil, nil
	case Approve:
		return is(nc.Approved{}), nil, nil
	case Deny:
		return is(nc.Denied{}), nil, nil
	case Cancel:
		return is(nc.Cancelled{}), nil, nil
	case Resume:
		return is(nc.Resume{}), nil, nil
	case Undo:
		return is(nc.Undo{}), nil, nil
	case WhatUnknown, whats:
	}
	return nil, nil, errors.New("number change: no such act")
}

// verdict is what the line says of the caller that the agent has now.
func (s *Service) verdict(ctx context.Context, rec record, by Actor) (nc.Evidence, error) {
	c, ok, err := s.o.Floor.Caller(ctx, by.ID)
	if err != nil {
		return nc.Evidence{}, fmt.Errorf("verdict: %w", err)
	}
	if !ok || c.ID != rec.Change.Subject {
		return nc.Evidence{}, nil // refused: it is no verdict on this person
	}
	return nc.Evidence{Number: c.Number, Until: c.Until, Factors: c.Factors}, nil
}

// given is a new number with what is known of it. Nothing is looked up for somebody
// who would be refused anyhow.
func (s *Service) given(ctx context.Context, rec record, by Actor, a Act) (func(record) nc.What, func(*record), error) {
	w := nc.NumberGiven{Number: a.Number, Replaces: a.Replaces}
	is := func(record) nc.What { return w }
	e := nc.Event{At: s.o.Clock.Now(), By: s.person(by, rec.Change.Subject), What: w}
	e.Facts = s.facts(ctx, rec, w, turn{by: by})
	if s.o.Rules.Why(rec.Change, e) != nc.RefusalNone {
		return is, nil, nil
	}
	account, err := s.account(ctx, rec.Change.Subject, rec.Line)
	if err != nil {
		return nil, nil, err
	}
	old := ""
	for _, p := range account.Phones {
		w.Current = w.Current || p.Number == a.Number
		if p.ID == a.Replaces {
			old = hint(p.Number)
		}
	}
	if (a.Replaces == "") != (len(account.Phones) == 0) || a.Replaces != "" && !has(account, a.Replaces) {
		return nil, nil, fmt.Errorf("phone to be replaced: %w", ErrNotFound)
	}
	if !w.Current {
		if w.Other, err = s.someones(ctx, a.Number); err != nil {
			return nil, nil, err
		}
	}
	looked, ours := s.o.Numbers.Look(ctx, a.Number)
	w.Line, w.Ours = s.kind(looked, a.Number), ours
	return is, func(r *record) {
		if r.Change.Number == a.Number {
			r.Old = old
		}
	}, nil
}

// account is the subject in Duo.
func (s *Service) account(ctx context.Context, subject, line string) (duo.User, error) {
	p, found, err := s.o.People.Person(ctx, subject, line)
	if err != nil {
		return duo.User{}, fmt.Errorf("person: %w", err)
	}
	if !found {
		return duo.User{}, fmt.Errorf("person: %w", ErrNotFound)
	}
	u, err := s.o.Accounts.UserByUsername(ctx, p.Username)
	switch {
	case errors.Is(err, duo.ErrNotFound):
		return duo.User{}, fmt.Errorf("account in Duo: %w: %w", ErrNotFound, err)
	case err != nil:
		return duo.User{}, fmt.Errorf("account: %w", err)
	case !foldEqual(u.Username, p.Username): // found by an alias: perhaps somebody else
		return duo.User{}, fmt.Errorf("account in Duo: another has that name as an alias: %w", ErrNotFound)
	}
	return u, nil
}

// someones reports whether a number is on somebody's phone in Duo.
func (s *Service) someones(ctx context.Context, number string) (bool, error) {
	p, err := s.o.Accounts.PhoneByNumber(ctx, number)
	if errors.Is(err, duo.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		p, err = s.o.Accounts.Phone(ctx, p.ID)
	}
	if err != nil {
		return false, fmt.Errorf("whose number: %w", err)
	}
	return len(p.UserIDs) > 0, nil
}

// newID is a random name of a change: 128 bits.
func (s *Service) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.o.Random, b[:]); err != nil {
		return "", fmt.Errorf("number change: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
