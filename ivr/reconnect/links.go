package reconnect

import (
	"context"
	"errors"
	"strconv"
	"time"

	"ringback/ivr"
)

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
		ID: e.ID, Line: call.Line, Language: call.Language, To: e.Phone.Number, By: e.By,
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
