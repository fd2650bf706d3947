package caller

import (
	"context"
	"fmt"

	"ringback/ivr"
	"ringback/ivr/ledger"
)

// check reads what there is to compare with, counts the try, then compares:
// parallel calls cannot race past the cap. The count is durable before anything is
// compared, and only a match that stands and was not used before takes it back.
func (s *Service) check(ctx context.Context, callSID string, call ivr.Call, e ivr.CheckFactor) ivr.Checked {
	f := s.factors[e.Factor]
	switch {
	case e.Secret == "":
		return checked(ivr.OutcomeLost)
	case f == nil:
		return checked(ivr.OutcomeFailed)
	}
	switch s.alone(ctx, callSID, e.ID) {
	case ivr.OutcomeOK:
	case ivr.OutcomeLimited: // another call is verifying the same ID
		return checked(ivr.OutcomeLocked)
	default:
		return checked(ivr.OutcomeUnavailable)
	}
	t, frozen, err := s.try(ctx, f, try{callSID: callSID, call: call, subject: s.o.Pseudonyms.Subject(e.ID), CheckFactor: e})
	if err != nil {
		s.warn(ctx, "factor not compared", err)
		return checked(ivr.OutcomeUnavailable)
	}
	attempt, err := s.o.Failures.Reserve(ctx, t.subject, t.countedAs(), s.o.Clock.Now())
	if err != nil {
		s.warn(ctx, "try not counted", err)
		return checked(ivr.OutcomeUnavailable)
	}
	return s.judge(ctx, f, attempt, t, frozen)
}

// judge compares. A subject that is frozen, or has failed too often, costs the same
// and has no chance; nor has a code that was never sent, whose tries count apart.
func (s *Service) judge(ctx context.Context, f factor, a ledger.Attempt, t try, frozen bool) ivr.Checked {
	was, barred := t, frozen || !a.Granted
	if barred || t.unsent() {
		t.person, t.found, t.credentials = Person{}, false, ledger.Credentials{}
	}
	m, err := f.compare(ctx, t)
	switch {
	case err == nil && t.unsent():
		m.outcome = ivr.OutcomeFailed // whatever was compared
	case err == nil && m.outcome == ivr.OutcomeOK:
		m.outcome, err = s.settle(ctx, a, t, m)
	}
	switch {
	case err != nil:
		s.warn(ctx, "factor not compared", err)
		return checked(ivr.OutcomeUnavailable)
	case barred && m.outcome == ivr.OutcomeFailed:
		m.outcome = ivr.OutcomeLocked
	}
	if m.outcome == ivr.OutcomeFailed || m.outcome == ivr.OutcomeLocked {
		s.failed(ctx, a, was, m)
	}
	s.o.Logger.InfoContext(ctx, "factor checked", "factor", t.Factor.String(), "outcome", m.outcome.String())
	return ivr.Checked{Outcome: m.outcome, Phone: m.phone}
}

func checked(o ivr.Outcome) ivr.Checked { return ivr.Checked{Outcome: o, Phone: ivr.NoPhone} }

// try reads what there is to compare with: of everybody the same.
func (s *Service) try(ctx context.Context, f factor, t try) (_ try, frozen bool, err error) {
	if t.person, t.found, err = s.o.Directory.ByID(ctx, t.ID); err != nil {
		return t, false, fmt.Errorf("read the directory: %w", err)
	}
	if t.credentials, err = s.o.Proofs.Credentials(ctx, t.subject); err != nil {
		return t, false, fmt.Errorf("read credentials: %w", err)
	}
	if _, frozen, err = s.o.Freezes.Frozen(ctx, t.subject); err != nil {
		return t, false, fmt.Errorf("read a freeze: %w", err)
	}
	if sends, ok := f.(sender); ok {
		t, err = sends.recall(ctx, t)
	}
	return t, frozen, err //nolint:wrapcheck // the factor names itself
}

// settle makes a match count, once. What is used up stays so even when the rest
// fails: loss denies.
func (s *Service) settle(ctx context.Context, a ledger.Attempt, t try, m match) (ivr.Outcome, error) {
	if m.token != "" {
		first, err := s.o.Proofs.Spend(ctx, ledger.Spent{Subject: t.subject, Kind: t.Factor.String(), Token: m.token, CallRef: t.Ref})
		if err != nil {
			return 0, fmt.Errorf("spend: %w", err)
		}
		if !first {
			return ivr.OutcomeFailed, nil
		}
	}
	if m.use != "" {
		first, err := s.o.Proofs.UseRecoveryCode(ctx, t.subject, m.use, t.Ref)
		if err != nil {
			return 0, fmt.Errorf("use recovery code: %w", err)
		}
		if !first { // the set was replaced meanwhile
			return ivr.OutcomeFailed, nil
		}
	}
	stands, err := s.o.Failures.Settle(ctx, a, true)
	switch {
	case err != nil:
		return 0, fmt.Errorf("settle: %w", err)
	case !stands: // others have disabled the factor meanwhile
		return ivr.OutcomeLocked, nil
	}
	return ivr.OutcomeOK, nil
}

// failed does what a failure entails. Nobody waits for it, so that a failure takes
// as long for a person who has to be told as for nobody.
func (s *Service) failed(ctx context.Context, a ledger.Attempt, t try, m match) {
	disabled := a.JustDisabled && !t.unsent() // the person's own: the other count opens and shuts nothing
	if disabled {
		s.metrics.lockouts.WithLabelValues(t.Factor.String()).Inc()
	}
	s.background(ctx, func(ctx context.Context) {
		s.note(ctx, t.subject, t.call)
		if disabled && t.found {
			s.tell(ctx, News{Kind: NewsDisabled, Person: t.person, Subject: t.subject, Factor: t.Factor, Call: t.call, Effect: t.Num(), At: s.o.Clock.Now()})
		}
		if m.reported || m.ask != nil && s.reported(ctx, *m.ask) {
			s.freezePushed(ctx, t.call, t.subject, t.person)
		}
	})
}
