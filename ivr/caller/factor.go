package caller

import (
	"context"
	"crypto/subtle"
	"time"

	"ringback/ivr"
)

// factor is one kind of evidence: it compares what was keyed with what is on
// file. It must cost the same for a person who is not there.
type factor interface {
	// passes reports a match. The person is the zero Person when there is none.
	passes(ctx context.Context, p Person, found bool, e ivr.CheckFactor) (bool, error)
}

// factors lists the plug-ins; another one is one file and one line here.
func factors(s *Service) map[ivr.Factor]factor {
	return map[ivr.Factor]factor{
		ivr.FactorPIN:        pinFactor{s.hashes},
		ivr.FactorTextedCode: textedCode{s.o.Pseudonyms, s.o.Clock.Now, s.o.Limits.CodeLife, s.o.Limits.CodeTries},
	}
}

// pinFactor compares with the person's argon2id hash, or with a dummy.
type pinFactor struct{ hashes *hashes }

func (f pinFactor) passes(ctx context.Context, p Person, _ bool, e ivr.CheckFactor) (bool, error) {
	return f.hashes.match(ctx, string(e.Secret), p.PINHash)
}

// textedCode compares with the code that was derived for this call. Nothing is
// stored of it.
type textedCode struct {
	pseudonyms Pseudonyms
	now        func() time.Time
	life       time.Duration
	tries      int
}

func (f textedCode) passes(_ context.Context, p Person, found bool, e ivr.CheckFactor) (bool, error) {
	want := f.pseudonyms.code("texted_code", f.pseudonyms.Subject(e.ID), e.Ref, e.Code.Effect, e.Salt)
	same := subtle.ConstantTimeCompare([]byte(want), []byte(e.Secret)) == 1
	live := e.Code.Effect != 0 && int(e.Code.Tries) <= f.tries && f.now().Sub(time.Unix(e.Code.Issued, 0)) < f.life
	return same && live && found && int(e.Code.Phone) < len(p.Phones), nil
}
