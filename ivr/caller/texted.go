package caller

import (
	"context"

	"ringback/ivr"
)

// textedCode is texted to a phone on file.
type textedCode struct {
	codes
	texts Sender
}

func (f textedCode) compare(_ context.Context, t try) (match, error) {
	return f.codes.compare(t, int(t.Code.Phone) < len(t.person.phones())), nil
}

func (f textedCode) send(ctx context.Context, x sending) (ivr.Outcome, bool) {
	code := f.code(ivr.FactorTextedCode, x.subject, x.Ref, x.Code.Effect, x.Salt)
	leaves := x.may && int(x.Code.Phone) < len(x.person.phones())
	if err := f.mark(ctx, x, leaves); err != nil {
		f.warn(ctx, "not texted", err)
		return ivr.OutcomeUnavailable, false
	}
	if !leaves {
		return ivr.OutcomeOK, false // nobody to send to; nobody is told
	}
	out := f.texts.SendCode(ctx, x.callSID, x.call, x.person.Phones[x.Code.Phone].Number, code)
	return out, out == ivr.OutcomeOK
}
