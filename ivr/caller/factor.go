package caller

import (
	"context"
	"crypto/subtle"
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
	// which. Run again for the same effect it sends the same, or nothing.
	send(ctx context.Context, x sending) (out ivr.Outcome, sent bool)
}

// try is one try, with everything that there is to compare with.
type try struct {
	ivr.CheckFactor

	callSID, subject string
	call             ivr.Call
	person           Person // the zero Person when there is none, or when nothing may match
	found            bool
	credentials      ledger.Credentials
}

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
		ivr.FactorTextedCode:   textedCode{codes{s.o.Pseudonyms, s.o.Clock.Now, s.o.Limits}, s.o.Sender},
		ivr.FactorEmailedCode:  newEmailedCode(s),
		ivr.FactorRecoveryCode: recoveryCode{s.hashes, s.o.Pseudonyms},
		ivr.FactorDuoPush:      newDuoPush(s),
	}
}

// codes are six digits that are derived for a call, a purpose and an effect.
// Nothing is stored of them.
type codes struct {
	pseudonyms Pseudonyms
	now        func() time.Time
	limits     Limits
}

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
	return t.Code.Effect != 0 && codeOf(t.Code) == t.Factor && int(t.Code.Tries) <= c.limits.CodeTries &&
		c.now().Sub(time.Unix(t.Code.Issued, 0)) < c.limits.CodeLife
}
