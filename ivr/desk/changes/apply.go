package changes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

// turn is one event on its way to a change.
type turn struct {
	by    Actor // zero: the system
	fresh record
	// what is the event, by the change as it is; nil leaves it as it is.
	what func(record) nc.What
	// edit changes what is kept beside the change; nil changes nothing.
	edit func(*record)
	why  string // what a person wrote, for the audit
	// repudiated has no facts say frozen, so that the reason is the better one.
	repudiated bool
	quiet      bool // a refusal leaves no row
}

// maxTries is how often an event reads again after a race was lost.
const maxTries = 20

// apply takes a change through one event: read, decide, write; then the rest. Who
// loses a race reads again, and decides anew.
func (s *Service) apply(ctx context.Context, id string, t turn) (nc.Refusal, error) {
	for range maxTries {
		rec, err := s.load(ctx, id)
		if err != nil {
			return nc.RefusalNone, err
		}
		if rec.version == 0 {
			rec = t.fresh
		}
		why, err := s.step(ctx, rec, t)
		if !errors.Is(err, ledger.ErrStale) {
			return why, err
		}
	}
	return nc.RefusalNone, ErrBusy
}

// step decides on one version of a change and writes the next.
func (s *Service) step(ctx context.Context, before record, t turn) (nc.Refusal, error) {
	what := t.what(before)
	if what == nil {
		return nc.RefusalNone, nil
	}
	e := nc.Event{At: s.o.Clock.Now(), What: what, Facts: s.facts(ctx, before, what, t)}
	if t.by.ID != "" {
		e.By = s.person(t.by, subjectOf(before, what))
	}
	after := before
	var actions []nc.Action
	after.Change, actions = s.o.Rules.Next(before.Change, e)
	if t.edit != nil {
		t.edit(&after)
	}
	if st := after.Change.State; st != nc.StateApplying {
		after.Links = links{}
	}
	d := s.sort(before, after, actions, t)
	if d.why != nc.RefusalNone && t.quiet {
		return d.why, nil
	}
	owed, err := s.tell(ctx, &after, before, d.notices)
	if err != nil && t.by.ID != "" { // nothing is begun that nobody could be told of
		return nc.RefusalNone, err
	}
	d.frozen = e.Facts.Frozen || t.repudiated || frozenBy(what)
	if err := s.write(ctx, before, &after, d, owed); err != nil {
		return nc.RefusalNone, err
	}
	s.metrics.stepped(before.Change, after.Change)
	if len(owed) > 0 {
		s.o.Teller.Kick()
	}
	s.carryOut(ctx, after, d.todo)
	s.wake(ctx, after)
	return d.why, nil
}

// frozenBy reports whether an event is itself the word of a freeze.
func frozenBy(w nc.What) bool {
	_, ok := w.(nc.Frozen)
	return ok
}

// subjectOf is whose number it is, also before the change is there.
func subjectOf(r record, what nc.What) string {
	if o, ok := what.(nc.Opened); ok && r.Change.Subject == "" {
		return o.Subject
	}
	return r.Change.Subject
}

// deeds are the actions of a step, by who runs them.
type deeds struct {
	rows    []ledger.Entry // written with the change
	notices []nc.Notice    // composed, and owed with it
	todo    []nc.Action    // run once it is written
	why     nc.Refusal
	frozen  bool // a freeze is known of: one that is not must not be written over
}

func (s *Service) sort(before, after record, actions []nc.Action, t turn) (d deeds) {
	rec := after
	if after.Change.State == nc.StateUnknown {
		rec = before
	}
	subject := ""
	if whose := rec.Change.Subject; whose != "" {
		subject = s.o.People.Subject(whose)
	}
	for _, a := range actions {
		switch a := a.(type) {
		case nc.Audit:
			d.rows = append(d.rows, entry(rec, subject, a, t.why))
		case nc.Notify:
			d.notices = append(d.notices, a.Notice)
		case nc.Refuse:
			d.why = a.Why
		case nc.AskApproval, nc.Wake: // shown from the stored change; set from it
		default:
			d.todo = append(d.todo, a)
		}
	}
	return d
}

// entry is a row of the audit.
func entry(r record, subject string, a nc.Audit, why string) ledger.Entry {
	e := ledger.Entry{
		Phase: ledger.Outcome, Action: "number_change_" + a.Name, Subject: subject, Actor: a.By, Reason: a.Detail, CallRef: r.CallRef,
		Detail: map[string]string{"change": r.Change.ID},
	}
	if a.Intent {
		e.Phase = ledger.Intent
	}
	if a.By == "" {
		e.Actor = "line"
	}
	if a.Name == "evidence" && a.Detail == "factors" {
		e.Factors = r.Change.Proof.Factors
	}
	if a.People {
		seen := make([]string, len(a.Seen))
		for i, x := range a.Seen {
			seen[i] = x.String()
		}
		e.Detail["evidence"], e.Detail["seen"] = "people", strings.Join(seen, ",")
	}
	if why != "" && a.By != "" {
		e.Detail["why"] = why
	}
	return e
}

// tell composes what people are to be told, with what they could not be told
// before. What cannot be composed now is kept for the next time.
func (s *Service) tell(ctx context.Context, after *record, before record, more []nc.Notice) (owed []ledger.Notice, err error) {
	all := append(append([]nc.Notice(nil), before.Untold...), more...)
	after.Untold = nil
	c := after.Change
	but := c.Number
	if but == "" {
		but = before.Change.Number
	}
	for _, n := range all {
		told := Told{Notice: n, Change: c.ID, ID: c.Subject, Line: after.Line, But: but, Numbers: after.Numbers, Mails: after.Mails, Agent: c.Agent, Approver: c.Approver, Evidence: "factors"}
		if c.Proof.ConfirmedBy != "" {
			told.Evidence = "identity_check"
		}
		one, nerr := s.o.Teller.Compose(ctx, told)
		if nerr != nil {
			err = fmt.Errorf("number change: tell: %w", nerr)
			after.Untold = append(after.Untold, n)
			continue
		}
		owed = append(owed, one...)
	}
	if err != nil {
		s.o.Logger.WarnContext(ctx, "people not told of a number change yet", "change", c.ID, "error", err.Error())
	}
	return owed, err
}

// write keeps the next version; what was refused before there is a change leaves
// only its row.
func (s *Service) write(ctx context.Context, before record, after *record, d deeds, owed []ledger.Notice) error {
	if after.Change.State == nc.StateUnknown {
		for _, e := range d.rows {
			if _, err := s.o.Books.Append(ctx, e); err != nil {
				return fmt.Errorf("number change: %w", err)
			}
		}
		return nil
	}
	if len(d.rows) == 0 && len(owed) == 0 && same(before, *after) {
		return nil
	}
	row, err := s.seal(*after)
	if err != nil {
		return err
	}
	row.Frozen = d.frozen
	if err := s.o.Store.PutNumberChange(ctx, row, d.rows, owed...); err != nil {
		return fmt.Errorf("number change: %w", err)
	}
	after.version = row.Version
	return nil
}

func same(a, b record) bool {
	x, errX := msgpack.Marshal(&a)
	y, errY := msgpack.Marshal(&b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// facts are what the rest of the house knows of the subject now. What cannot be
// read is not read, and denies.
func (s *Service) facts(ctx context.Context, r record, what nc.What, t turn) nc.Facts {
	whose := subjectOf(r, what)
	if whose == "" || t.repudiated {
		return nc.Facts{}
	}
	agent := r.Change.Agent
	if agent == "" {
		agent = t.by.ID
	}
	f, err := s.read(ctx, whose, agent, r.Line)
	if err != nil {
		s.o.Logger.WarnContext(ctx, "facts of a number change not read", "change", r.Change.ID, "error", err.Error())
	}
	return f
}

// read reads them all, and keeps a freeze that was read, whatever else was not.
func (s *Service) read(ctx context.Context, whose, agent, line string) (f nc.Facts, err error) {
	subject := s.o.People.Subject(whose)
	if _, f.Frozen, err = s.o.Books.Frozen(ctx, subject); err != nil {
		return f, fmt.Errorf("freeze: %w", err)
	}
	threat, err := s.o.Books.Threat(ctx)
	if err != nil {
		return f, fmt.Errorf("threat: %w", err)
	}
	f.Threat = threat.Until.After(s.o.Clock.Now())
	p, found, err := s.o.People.Person(ctx, whose, line)
	if err != nil {
		return f, fmt.Errorf("person: %w", err)
	}
	f.Privileged = p.Privileged
	if f.OnLine, err = s.onLine(ctx, whose, agent); err != nil {
		return f, err
	}
	cases, err := s.Cases(ctx)
	if err != nil {
		return f, err
	}
	for _, c := range cases {
		f.OpenCase = f.OpenCase || c.id == whose
	}
	f.Read = found // of somebody who is nobody any more nothing is known
	return f, nil
}

func (s *Service) onLine(ctx context.Context, whose, agent string) (bool, error) {
	c, ok, err := s.o.Floor.Caller(ctx, agent)
	if err != nil {
		return false, fmt.Errorf("caller: %w", err)
	}
	return ok && c.ID == whose, nil
}

// due is when a change wants to be looked at.
func (s *Service) due(r record) time.Time {
	due := s.o.Rules.Due(r.Change)
	if len(r.Untold) > 0 {
		if again := s.o.Clock.Now().Add(untoldGap); due.IsZero() || again.Before(due) {
			due = again
		}
	}
	return due
}

// untoldGap is the wait before people are told who could not be told before.
const untoldGap = time.Minute
