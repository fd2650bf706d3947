package caller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ringback/ivr"
	"ringback/ivr/ledger"
	"ringback/sessions"
)

// referenceLife is how long the reference of a notice stops recovery.
const referenceLife = 30 * 24 * time.Hour

// report stops recovery: of the subject of a notice, whose reference alone is
// enough, or of a person of whom one factor has passed in this call. Whoever is
// stopped stays so until a lead lifts it; to stop them again changes nothing.
func (s *Service) report(ctx context.Context, call ivr.Call, e ivr.Report) ivr.Reported {
	out := s.stop(ctx, call, e)
	s.metrics.reports.WithLabelValues(out.String()).Inc()
	return ivr.Reported{Outcome: out}
}

func (s *Service) stop(ctx context.Context, call ivr.Call, e ivr.Report) ivr.Outcome {
	if e.Reference != "" { // a factor that passed is bounded by what bounds factors
		ok, _, err := s.o.Windows.Reserve(ctx, s.reportLimits(call, e))
		if out := s.outcome(ctx, ok, err); out != ivr.OutcomeOK {
			return out
		}
	}
	n, found, err := s.repudiator(ctx, call, e)
	if err == nil && found {
		err = s.freeze(ctx, "repudiated", n)
	}
	switch {
	case err != nil:
		s.o.Logger.ErrorContext(ctx, "a report stopped nothing", "error", err.Error())
		return ivr.OutcomeUnavailable
	case !found:
		return ivr.OutcomeFailed
	}
	return ivr.OutcomeOK
}

// reportLimits bound the guesses of references, the fullest first. A call whose
// number is forged counts by itself: it must not keep the number's owner from
// stopping something.
func (s *Service) reportLimits(call ivr.Call, e ivr.Report) []sessions.Limit {
	all := sessions.Limit{Key: "reports", Max: s.o.Limits.ReportsPerHour, Window: time.Hour}
	switch {
	case call.Suspect:
		return []sessions.Limit{{Key: "reports:suspect", Max: s.o.Limits.ReportsPerPrefix, Window: time.Hour}, all}
	case e.From == "", s.o.Shared(e.From):
		return []sessions.Limit{all}
	}
	return []sessions.Limit{
		{Key: "reports:" + s.o.Pseudonyms.Number(e.From), Max: s.o.Limits.ReportsPerNumber, Window: time.Hour},
		{Key: "reports:" + s.o.Pseudonyms.Prefix(e.From), Max: s.o.Limits.ReportsPerPrefix, Window: time.Hour},
		all,
	}
}

// repudiator is whose recovery is to be stopped, by reference or by a factor.
func (s *Service) repudiator(ctx context.Context, call ivr.Call, e ivr.Report) (n News, found bool, err error) {
	n = News{Call: call, Effect: e.Num()}
	n.Call.Ref = e.Ref
	now := s.o.Clock.Now()
	switch {
	case e.Reference != "":
		var told ledger.Notice
		if told, found, err = s.o.Freezes.ByReference(ctx, s.o.Pseudonyms.Reference(e.Reference), now.Add(-referenceLife)); err != nil {
			return n, false, fmt.Errorf("find a reference: %w", err)
		}
		if n.Subject = told.Subject; found {
			n.Person = s.personOf(ctx, told, e.Reference)
		}
	case e.ID != "" && e.ID == call.ID && len(e.Factors) > 0 && s.recent(call, now):
		n.Subject, found = s.o.Pseudonyms.Subject(e.ID), true
		// A directory that does not answer keeps nobody from being stopped.
		if n.Person, _, err = s.o.Directory.ByID(ctx, e.ID); err != nil {
			s.warn(ctx, "nobody told of a freeze", err)
		}
	}
	return n, found, nil
}

// recent reports whether a factor passed in this call, a verdict's life ago at most.
func (s *Service) recent(call ivr.Call, now time.Time) bool {
	return slices.ContainsFunc(call.Passed, func(p ivr.Passed) bool {
		return now.Sub(time.Unix(p.At, 0)) <= s.o.Limits.VerdictLife
	})
}

// personOf finds whom a notice was about, by what it told. A directory that does
// not answer keeps nobody from being stopped; then nobody but the leads is told.
func (s *Service) personOf(ctx context.Context, told ledger.Notice, digits string) Person {
	id, err := s.o.Notices.Whose(told, digits)
	if err == nil && s.o.Pseudonyms.Subject(id) != told.Subject {
		err = errors.New("a notice of somebody else")
	}
	var p Person
	if err == nil {
		p, _, err = s.o.Directory.ByID(ctx, id)
	}
	if err != nil {
		s.warn(ctx, "nobody told of a freeze", err)
		return Person{}
	}
	return p
}
