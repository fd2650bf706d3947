package reconnect

import (
	"context"
	"errors"
	"time"

	"ringback/ivr"
	"ringback/ivr/clock"
)

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

// readPhone asks Duo whether the phone was activated since the link was made.
func (s *Service) readPhone(ctx context.Context, e ivr.ReadPhone) ivr.PhoneRead {
	now, err := s.Duo.Device(ctx, e.Phone.DuoID)
	if err != nil {
		s.warn(ctx, "phone not read", err)
		return ivr.PhoneRead{Outcome: ivr.OutcomeUnavailable}
	}
	return ivr.PhoneRead{Outcome: ivr.OutcomeOK, Activated: now.Reactivated(e.Was, e.MadeAt)}
}
