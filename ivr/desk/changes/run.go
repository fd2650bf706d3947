package changes

import (
	"context"
	"errors"
	"strings"
	"time"

	"ringback/ivr/duo"
	nc "ringback/ivr/numberchange"
	"ringback/ivr/twilio"
)

// carryOut runs the actions of a step, which is written, and reports back.
func (s *Service) carryOut(ctx context.Context, r record, todo []nc.Action) {
	if len(todo) == 0 {
		return
	}
	s.tasks.After(ctx, 0, func(ctx context.Context) {
		for _, a := range todo {
			t, ok := s.run(ctx, r, a)
			if !ok {
				continue
			}
			if _, err := s.apply(ctx, r.Change.ID, t); err != nil {
				// What became of it is found out by the clock, like after a death.
				s.o.Logger.ErrorContext(ctx, "what became of a step of a number change was not kept", "change", r.Change.ID, "error", err.Error())
			}
		}
	})
}

// report is a turn that the system takes.
func report(w nc.What) turn { return turn{what: func(record) nc.What { return w }} }

// run runs one action; ok is false when there is nothing to report.
func (s *Service) run(ctx context.Context, r record, a nc.Action) (t turn, ok bool) {
	switch a := a.(type) {
	case nc.SendCode:
		return report(nc.CodeSent{Code: a.Code, Result: s.sendCode(ctx, r, a)}), true
	case nc.FindOrCreatePhone:
		return report(s.findPhone(ctx, a)), true
	case nc.Associate:
		return s.done(nc.StepAssociate, a.Try, s.onAccount(ctx, r, func(u duo.User) error { return s.o.Devices.AssociatePhone(ctx, u.ID, a.Phone) })), true
	case nc.RemoveOld:
		return s.done(nc.StepRemove, a.Try, s.onAccount(ctx, r, func(u duo.User) error { return s.o.Devices.DisassociatePhone(ctx, u.ID, a.Phone) })), true
	case nc.Dissociate:
		return s.done(nc.StepDissociate, a.Try, s.onAccount(ctx, r, func(u duo.User) error { return s.o.Devices.DisassociatePhone(ctx, u.ID, a.Phone) })), true
	case nc.MakeLinks:
		return s.makeLinks(ctx, a), true
	case nc.SendLinks:
		return report(nc.DuoDone{Step: nc.StepSend, Try: a.Try, Result: s.sendLinks(ctx, r, a)}), true
	case nc.ReadAccount:
		return report(s.readAccount(ctx, r, a)), true
	case nc.ReadPhone:
		p, err := s.o.Accounts.Phone(ctx, a.Phone)
		if err != nil {
			s.o.Logger.WarnContext(ctx, "activation of a new phone not read", "change", r.Change.ID, "error", err.Error())
		}
		return report(nc.Activated(a)), err == nil && p.Activated
	}
	return turn{}, false
}

// done reports a step that is done or not.
func (s *Service) done(step nc.Step, try uint32, r nc.Result) turn {
	return report(nc.DuoDone{Step: step, Try: try, Result: r})
}

// onAccount does something to the subject's account.
func (s *Service) onAccount(ctx context.Context, r record, do func(duo.User) error) nc.Result {
	u, err := s.account(ctx, r.Change.Subject, r.Line)
	if err == nil {
		err = do(u)
		return s.result(ctx, r.Change.ID, err)
	}
	s.o.Logger.WarnContext(ctx, "step of a number change not begun", "change", r.Change.ID, "error", err.Error())
	return nc.ResultFailed // it only read
}

// result is what an error of a write says of it.
func (s *Service) result(ctx context.Context, id string, err error) nc.Result {
	if err == nil {
		return nc.ResultOK
	}
	s.o.Logger.WarnContext(ctx, "step of a number change", "change", id, "error", err.Error())
	if errors.Is(err, duo.ErrUnclear) {
		return nc.ResultUnclear
	}
	return nc.ResultFailed
}

// findPhone finds the phone with the new number, or makes it. One that belongs to
// anybody is taken. One that is nobody's and on which Duo Mobile works, or cannot
// work, is made anew: whoever has that device must not become the subject.
func (s *Service) findPhone(ctx context.Context, a nc.FindOrCreatePhone) nc.DuoDone {
	done := nc.DuoDone{Step: nc.StepFind, Try: a.Try, Result: nc.ResultOK}
	p, err := s.o.Accounts.PhoneByNumber(ctx, a.Number)
	switch {
	case errors.Is(err, duo.ErrNotFound):
		p, err = s.o.Devices.CreatePhone(ctx, duo.NewPhone{Number: a.Number})
	case err == nil:
		p, err = s.o.Accounts.Phone(ctx, p.ID)
		done.Taken = err == nil && len(p.UserIDs) > 0
		if err == nil && !done.Taken && (p.Activated || !p.CanActivate()) {
			return s.remakePhone(ctx, done, p.ID, a.Number)
		}
	}
	if done.Result = s.result(ctx, "", err); done.Result == nc.ResultOK {
		done.Phone = p.ID
	}
	return done
}

// remakePhone deletes a phone of nobody's and makes another one with its number. A
// phone that is perhaps deleted counts as a step that failed: the next try finds out.
func (s *Service) remakePhone(ctx context.Context, done nc.DuoDone, phone, number string) nc.DuoDone {
	if err := s.o.Devices.DeletePhone(ctx, phone); err != nil {
		_ = s.result(ctx, "", err)
		done.Result = nc.ResultFailed
		return done
	}
	p, err := s.o.Devices.CreatePhone(ctx, duo.NewPhone{Number: number})
	if done.Result = s.result(ctx, "", err); done.Result == nc.ResultOK {
		done.Phone = p.ID
	}
	return done
}

// makeLinks has Duo make the links, which are kept with the change.
func (s *Service) makeLinks(ctx context.Context, a nc.MakeLinks) turn {
	asked := s.o.Clock.Now()
	act, err := s.o.Activator.ActivationURL(ctx, a.Phone, int(s.o.Rules.LinkLife/time.Second))
	t := s.done(nc.StepLinks, a.Try, s.result(ctx, "", err))
	if err == nil {
		made := links{
			Install: string(act.InstallationURL), Activate: string(act.ActivationURL),
			Until: asked.Add(time.Duration(act.ValidSecs) * time.Second).UnixMilli(), // the life began before the answer came
		}
		t.edit = func(r *record) {
			if r.Change.Step(nc.StepLinks).Try == a.Try {
				r.Links = made
			}
		}
	}
	return t
}

// readAccount sees how the account is.
func (s *Service) readAccount(ctx context.Context, r record, a nc.ReadAccount) nc.AccountRead {
	w := nc.AccountRead{Try: a.Try, Phone: a.Phone}
	u, err := s.account(ctx, a.Subject, r.Line)
	if err == nil && a.Phone == "" {
		var p duo.Phone
		if p, err = s.o.Accounts.PhoneByNumber(ctx, a.Number); errors.Is(err, duo.ErrNotFound) {
			err = nil
		} else if err == nil {
			w.Phone = p.ID
		}
	}
	if err == nil && w.Phone != "" {
		var p duo.Phone
		if p, err = s.o.Accounts.Phone(ctx, w.Phone); err == nil {
			for _, owner := range p.UserIDs {
				w.Taken = w.Taken || owner != u.ID
			}
		}
	}
	if err != nil {
		s.o.Logger.WarnContext(ctx, "account of a number change not read", "change", r.Change.ID, "error", err.Error())
		return w
	}
	w.Read, w.New, w.Old = true, w.Phone != "" && has(u, w.Phone), a.Old != "" && has(u, a.Old)
	return w
}

// sendCode texts a code to the new number.
func (s *Service) sendCode(ctx context.Context, r record, a nc.SendCode) nc.Result {
	body, err := s.o.Wording.Code(r.Line, r.Language, s.code(r.Change, a.Code, a.Number))
	if err != nil {
		s.o.Logger.ErrorContext(ctx, "code of a number change not worded", "change", r.Change.ID, "error", err.Error())
		return nc.ResultFailed
	}
	return s.text(ctx, r, twilio.Text{To: a.Number, Body: body, Validity: s.o.Rules.CodeLife})
}

// sendLinks texts both links, the one to install first.
func (s *Service) sendLinks(ctx context.Context, r record, a nc.SendLinks) nc.Result {
	left := time.UnixMilli(r.Links.Until).Sub(s.o.Clock.Now())
	if r.Links.Activate == "" || left < time.Minute {
		s.o.Logger.WarnContext(ctx, "links of a number change are gone or lapsed", "change", r.Change.ID)
		return nc.ResultFailed
	}
	result := nc.ResultOK
	for i, l := range []struct{ which, link string }{{"install", r.Links.Install}, {"activate", r.Links.Activate}} {
		body, err := s.o.Wording.Link(r.Line, r.Language, l.which, l.link)
		if err != nil {
			s.o.Logger.ErrorContext(ctx, "link of a number change not worded", "change", r.Change.ID, "error", err.Error())
			return nc.ResultFailed
		}
		if i > 0 { // texts that are sent at once may arrive in any order
			_ = s.o.Clock.Sleep(ctx, s.o.TextGap)
		}
		switch s.text(ctx, r, twilio.Text{To: a.Number, Body: body, Validity: left}) {
		case nc.ResultOK:
		case nc.ResultUnclear:
			result = nc.ResultUnclear
		case nc.ResultFailed, nc.ResultUnknown:
			return nc.ResultFailed
		}
	}
	return result
}

// text sends one text.
func (s *Service) text(ctx context.Context, r record, t twilio.Text) nc.Result {
	_, err := s.o.Texter.SendText(ctx, t)
	if err == nil {
		return nc.ResultOK
	}
	s.o.Logger.WarnContext(ctx, "text of a number change", "change", r.Change.ID, "error", err.Error())
	if errors.Is(err, twilio.ErrUnclear) {
		return nc.ResultUnclear
	}
	return nc.ResultFailed
}

// has reports whether a phone is on an account.
func has(u duo.User, phone string) bool {
	for _, p := range u.Phones {
		if p.ID == phone {
			return true
		}
	}
	return false
}

// hint is the last two digits of a number.
func hint(number string) string { return number[max(0, len(number)-2):] }

func foldEqual(a, b string) bool { return strings.EqualFold(a, b) }
