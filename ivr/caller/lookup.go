package caller

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ringback/ivr"
	"ringback/sessions"
)

// MaxPhones is how many phones on file are looked at. The age of so many is read
// whoever is asked for, so that a look-up takes as long for one as for none.
const MaxPhones = 4

// phones are those on file that count.
func (p Person) phones() []Phone { return p.Phones[:min(len(p.Phones), MaxPhones)] }

// lookUp finds the person, after one of the calling number's look-ups has been
// reserved. Good IDs count like bad ones: a limit that only bad ones reach would
// tell which are which.
func (s *Service) lookUp(ctx context.Context, callSID string, call ivr.Call, e ivr.LookUp) ivr.LookedUp {
	if e.From != "" {
		ok, _, err := s.o.Windows.Reserve(ctx, s.idLimits(call, e.From))
		if out := s.outcome(ctx, ok, err); out != ivr.OutcomeOK {
			return ivr.LookedUp{Outcome: out}
		}
	}
	if out := s.alone(ctx, callSID, e.ID); out != ivr.OutcomeOK {
		return ivr.LookedUp{Outcome: out}
	}
	facts, err := s.facts(ctx, call.Line, e.ID)
	if err != nil {
		s.warn(ctx, "person not looked up", err)
		return ivr.LookedUp{Outcome: ivr.OutcomeUnavailable}
	}
	return ivr.LookedUp{Outcome: ivr.OutcomeOK, Facts: facts}
}

// idLimits bound the IDs of a calling number. One that many people share has a
// limit of its own: whoever forges it must not be without one. Calls with a forged
// number have one together.
func (s *Service) idLimits(call ivr.Call, from string) []sessions.Limit {
	if call.Suspect {
		return []sessions.Limit{{Key: "ids:suspect", Max: s.o.Limits.IDsPerShared, Window: time.Hour}}
	}
	number := "ids:" + s.o.Pseudonyms.Number(from)
	if s.o.Shared(from) {
		return []sessions.Limit{{Key: number, Max: s.o.Limits.IDsPerShared, Window: time.Hour}}
	}
	return []sessions.Limit{
		{Key: number, Max: s.o.Limits.IDsPerNumber, Window: time.Hour},
		{Key: "ids:" + s.o.Pseudonyms.Prefix(from), Max: s.o.Limits.IDsPerPrefix, Window: time.Hour},
	}
}

// facts reads everything that is said of a person, and as much of nobody.
func (s *Service) facts(ctx context.Context, line, id string) (ivr.Facts, error) {
	p, found, err := s.o.Directory.ByID(ctx, id)
	if err != nil {
		return ivr.Facts{}, fmt.Errorf("read the directory: %w", err)
	}
	subject := s.o.Pseudonyms.Subject(id)
	facts := ivr.Facts{Known: found}
	if facts.Phones, err = s.phones(ctx, subject, p); err != nil {
		return ivr.Facts{}, fmt.Errorf("read the age of a number: %w", err)
	}
	if _, facts.Frozen, err = s.o.Freezes.Frozen(ctx, subject); err != nil {
		return ivr.Facts{}, fmt.Errorf("read a freeze: %w", err)
	}
	facts.Threat = s.raised(ctx)
	if found {
		facts.Privileged = p.Privileged || s.o.Privileged(line, p.Groups)
		facts.Need = s.o.Need(line, p.Groups)
	}
	return facts, nil
}

// phones are the phones on file with their age. One that was never seen is noted
// aside: a write would take longer than the reads that everybody costs.
func (s *Service) phones(ctx context.Context, subject string, p Person) ([]ivr.Phone, error) {
	var list []ivr.Phone
	now := s.o.Clock.Now()
	for i := range MaxPhones {
		ph, onFile := Phone{Number: "+0" + strconv.Itoa(i)}, i < len(p.Phones)
		if onFile {
			ph = p.Phones[i]
		}
		number := s.o.Pseudonyms.Number(ph.Number)
		since, seen, err := s.o.Numbers.NumberSince(ctx, subject, number)
		if err != nil {
			return nil, err //nolint:wrapcheck // it is wrapped there
		}
		if !onFile {
			continue
		}
		if !seen {
			since = now
			if s.o.TrustDirectoryDates && !ph.Since.IsZero() && ph.Since.Before(now) {
				since = ph.Since
			}
			s.background(ctx, func(ctx context.Context) {
				if _, err := s.o.Numbers.SeeNumber(ctx, subject, number, since, false); err != nil {
					s.warn(ctx, "number not noted", err)
				}
			})
		}
		list = append(list, ivr.Phone{Number: ph.Number, Since: since.Unix()})
	}
	return list, nil
}
