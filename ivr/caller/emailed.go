package caller

import (
	"context"

	"ringback/ivr"
)

// emailedCode is e-mailed to the first address on file that does not depend on
// the account which is being recovered.
type emailedCode struct {
	codes
	mail Mailer
}

func newEmailedCode(s *Service) factor {
	if s.o.Mailer == nil {
		return nil
	}
	return emailedCode{newCodes(s), s.o.Mailer}
}

func (f emailedCode) compare(_ context.Context, t try) (match, error) {
	return f.codes.compare(t, t.person.outside() != ""), nil
}

func (f emailedCode) send(ctx context.Context, x sending) (ivr.Outcome, bool) {
	code := f.code(ivr.FactorEmailedCode, x.subject, x.Ref, x.Code.Effect, x.Salt)
	to := x.person.outside()
	leaves := x.may && to != ""
	if err := f.mark(ctx, x, leaves); err != nil {
		f.warn(ctx, "not mailed", err)
		return ivr.OutcomeUnavailable, false
	}
	if !leaves {
		return ivr.OutcomeOK, false
	}
	out := f.mail.MailCode(ctx, x.call, to, code)
	return out, out == ivr.OutcomeOK
}

// outside is the address that codes go to, or "".
func (p Person) outside() string {
	for _, e := range p.Emails {
		if e.OutsideSSO {
			return e.Address
		}
	}
	return ""
}
