package caller

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ringback/ivr"
	"ringback/ivr/ledger"
	"ringback/sessions"
)

// sending is one send. Unless it may, nothing leaves, and everything else is done.
type sending struct {
	ivr.SendCode

	callSID, subject string
	call             ivr.Call
	person           Person // the zero Person when there is none, or when nothing may be sent
	may              bool
}

// sendCode sends what the factor sends. The limits count the keyed ID, known or
// not, and everything that can be sent to it together.
func (s *Service) sendCode(ctx context.Context, callSID string, call ivr.Call, e ivr.SendCode) ivr.CodeSent {
	kind := codeOf(e.Code)
	f, ok := s.factors[kind].(sender)
	if !ok {
		return ivr.CodeSent{Outcome: ivr.OutcomeFailed}
	}
	x := sending{SendCode: e, callSID: callSID, subject: s.o.Pseudonyms.Subject(e.ID), call: call}
	out, sent := s.trySend(ctx, f, x)
	if push, ok := f.(duoPush); ok && sent {
		s.watch(ctx, push, x)
	}
	s.metrics.sent(kind, out, sent)
	return ivr.CodeSent{Outcome: out}
}

func (s *Service) trySend(ctx context.Context, f sender, x sending) (out ivr.Outcome, sent bool) {
	ok, _, err := s.o.Windows.Reserve(ctx, s.sendLimits(x))
	if out := s.outcome(ctx, ok, err); out != ivr.OutcomeOK {
		return out, false
	}
	if err := s.permit(ctx, &x); err != nil {
		s.warn(ctx, "nothing sent", err)
		return ivr.OutcomeUnavailable, false
	}
	return f.send(ctx, x)
}

// sendLimits bound the sends to a subject. Calls that have proven nothing have
// windows of their own, so that a caller with nothing but an ID cannot use up what
// the person needs; which ones depends on the call alone.
func (s *Service) sendLimits(x sending) []sessions.Limit {
	of := "sends:"
	if !proven(x.call) {
		of = "sends:unproven:"
	}
	return []sessions.Limit{
		// The gap is each way's own: who cannot get the text goes on with the e-mail.
		{Key: of + "gap:" + codeOf(x.Code).String() + ":" + x.subject, Max: 1, Window: s.o.Limits.SendGap},
		{Key: of + "hour:" + x.subject, Max: s.o.Limits.SendsPerHour, Window: time.Hour},
		{Key: of + "day:" + x.subject, Max: s.o.Limits.SendsPerDay, Window: 24 * time.Hour},
	}
}

// proven reports whether a factor that needs no sending has passed in a call.
func proven(call ivr.Call) bool {
	return slices.ContainsFunc(call.Passed, func(x ivr.Passed) bool { return !x.Factor.Sends() })
}

// permit says whether anything may leave. Who may not be sent to hears what all
// hear.
func (s *Service) permit(ctx context.Context, x *sending) error {
	p, found, err := s.o.Directory.ByID(ctx, x.ID)
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	held, err := s.o.Proofs.Credentials(ctx, x.subject)
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	_, frozen, err := s.o.Freezes.Frozen(ctx, x.subject)
	if err != nil {
		return fmt.Errorf("read a freeze: %w", err)
	}
	lock, err := s.o.Failures.Lock(ctx, x.subject, codeOf(x.Code).String())
	if err != nil {
		return fmt.Errorf("read a lock: %w", err)
	}
	if found && !frozen && !lock.Disabled && sameOnFile(x.call.Facts, p) && s.earned(x.call, p, held) {
		x.person, x.may = p, true
	}
	return nil
}

// sameOnFile reports whether the phones on file are those that the call was looked
// up with. Evidence is weighed by their places in that list, and by their ages: a
// number that is planted in mid-call would pass for the one that was there.
func sameOnFile(f ivr.Facts, p Person) bool {
	return !f.Known || slices.EqualFunc(f.Phones, p.phones(), func(a ivr.Phone, b Phone) bool { return a.Number == b.Number })
}

// earned holds that nothing is sent before a factor that needs no sending has
// passed. Whoever has none that the line asks for gets one send per call.
func (s *Service) earned(call ivr.Call, p Person, held ledger.Credentials) bool {
	if proven(call) {
		return true
	}
	has := s.o.Asks(call.Line, ivr.FactorPIN) && (p.PINHash != "" || held.PINHash != "") ||
		s.o.Asks(call.Line, ivr.FactorRecoveryCode) && len(p.Recovery)+len(held.Recovery) > 0
	return !has && call.Code.Sends <= 1
}

// codeOf is the factor of a code; calls of an earlier release say nothing.
func codeOf(c ivr.Code) ivr.Factor {
	if c.Factor == ivr.FactorUnknown {
		return ivr.FactorTextedCode
	}
	return c.Factor
}
