package caller

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"ringback/ivr"
	"ringback/ivr/ledger"
)

// factor is one kind of evidence: it compares what was keyed with what is on
// file. It must cost the same for a person who is not there, or has not the thing.
type factor interface {
	compare(ctx context.Context, t try) (match, error)
}

// sender is a factor that sends something first.
type sender interface {
	// send sends; the outcome is OK, too, when nothing had to leave, and sent tells
	// which. Run again for the same effect it sends the same, or nothing. What leaves
	// is written down for recall, and so is, at the same cost, that nothing does.
	send(ctx context.Context, x sending) (out ivr.Outcome, sent bool)
	// recall finds out whether what the try is of was sent to that person for that
	// call and may still be keyed: [try.sent]. What it does not find, nothing equals.
	recall(ctx context.Context, t try) (try, error)
}

// try is one try, with everything that there is to compare with.
type try struct {
	ivr.CheckFactor

	callSID, subject string
	call             ivr.Call
	person           Person // the zero Person when there is none, or when nothing may match
	found            bool
	credentials      ledger.Credentials
	sent             bool   // of a factor that sends: something may be there to be keyed
	pushed           pushed // of a push: what is kept of it
}

// countedAs is the name under which a try is counted. Where nothing was sent, or
// it has expired, nothing can be guessed, and to count the try against the person
// would only let anybody with an ID lock them out.
func (t try) countedAs() string {
	if t.unsent() {
		return ledger.Unsent(t.Factor.String())
	}
	return t.Factor.String()
}

func (t try) unsent() bool { return t.Factor.Sends() && !t.sent }

// match is what came of it.
type match struct {
	outcome  ivr.Outcome // OK, Failed, or Lost: it has to be keyed once more
	phone    uint8       // of a push
	token    string      // to be spent: it counts once; "" counts always
	use      string      // the ledger's recovery code that it was
	reported bool        // the person says that it was somebody else
	ask      *pushed     // of which they may yet say so, which is asked aside; nil: none
}

func matched(ok bool, token string) match {
	if !ok {
		return match{outcome: ivr.OutcomeFailed, phone: ivr.NoPhone}
	}
	return match{outcome: ivr.OutcomeOK, phone: ivr.NoPhone, token: token}
}

// factors lists the plug-ins; another one is one file and one line here.
func factors(s *Service) map[ivr.Factor]factor {
	return map[ivr.Factor]factor{
		ivr.FactorPIN:          pinFactor{s.hashes},
		ivr.FactorTextedCode:   textedCode{newCodes(s), s.o.Sender},
		ivr.FactorEmailedCode:  newEmailedCode(s),
		ivr.FactorRecoveryCode: recoveryCode{s.hashes, s.o.Pseudonyms},
		ivr.FactorDuoPush:      newDuoPush(s),
	}
}

// codes are six digits that are derived for a call, a purpose and an effect.
// Nothing is stored of them but that they were sent.
type codes struct {
	pseudonyms Pseudonyms
	now        func() time.Time
	limits     Limits
	kept       Kept
	warn       func(ctx context.Context, msg string, err error)
}

func newCodes(s *Service) codes {
	return codes{s.o.Pseudonyms, s.o.Clock.Now, s.o.Limits, s.o.Kept, s.warn}
}

// The kinds of what is kept of a code, by call and code, for as long as it lives.
const (
	keptSent   = "code_sent"
	keptUnsent = "code_unsent" // is never read: it costs what the other costs
)

// mark writes down that a code leaves, before it does, or that none does.
func (c codes) mark(ctx context.Context, x sending, leaves bool) error {
	kind := keptUnsent
	if leaves {
		kind = keptSent
	}
	err := c.kept.Put(ctx, kind, codeKey(x.callSID, x.Code.Effect), c.limits.CodeLife, []byte(c.sentTo(codeOf(x.Code), x.subject)))
	if err != nil {
		return fmt.Errorf("mark a code: %w", err)
	}
	return nil
}

// recall reads the mark. Redis may have lost it, with the call: then the code
// counts for nothing.
func (c codes) recall(ctx context.Context, t try) (try, error) {
	body, ok, err := c.kept.Get(ctx, keptSent, codeKey(t.callSID, t.Code.Effect))
	if err != nil {
		return t, fmt.Errorf("recall a code: %w", err)
	}
	t.sent = ok && equal(string(body), c.sentTo(t.Factor, t.subject)) && c.current(t)
	return t, nil
}

func (c codes) sentTo(f ivr.Factor, subject string) string {
	return c.pseudonyms.token("sent", f.String(), subject)
}

// codeKey names a code of a call.
func codeKey(callSID string, code uint32) string { return callSID + "." + effect(code) }

// code is the one that was sent.
func (c codes) code(purpose ivr.Factor, subject, ref string, effect uint32, salt uint64) string {
	return c.pseudonyms.code(purpose.String(), subject, ref, effect, salt)
}

// compare compares with the code of the try. reachable says that the person has
// where it was sent to.
func (c codes) compare(t try, reachable bool) match {
	want := c.code(t.Factor, t.subject, t.Ref, t.Code.Effect, t.Salt)
	same := subtle.ConstantTimeCompare([]byte(want), []byte(t.Secret)) == 1
	return matched(same && c.live(t) && t.found && reachable, c.pseudonyms.token("code", t.Factor.String(), t.Ref, effect(t.Code.Effect)))
}

// live reports whether a code of this factor was sent, lately, and not tried too
// often.
func (c codes) live(t try) bool {
	return t.sent && int(t.Code.Tries) <= c.limits.CodeTries && c.current(t)
}

// current reports whether the call's code is of this factor and has not expired.
func (c codes) current(t try) bool {
	return t.Code.Effect != 0 && codeOf(t.Code) == t.Factor && c.now().Sub(time.Unix(t.Code.Issued, 0)) < c.limits.CodeLife
}
