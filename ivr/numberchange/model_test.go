package numberchange_test

import (
	"fmt"
	"strings"
	"time"

	nc "ringback/ivr/numberchange"
)

// model is what must hold, told from the events and actions alone: it never
// looks into a change. Where an event was refused it takes no notice of it.
type model struct {
	agent, approver string
	verdict         time.Time // until when the last verdict holds
	check           nc.Check
	checkAt         time.Time
	confirmer       string
	code            uint32
	codeAt          time.Time
	wrong, sends    int
	number          string // where the last code went
	confirmedNumber string
	approvedAt      time.Time
	noHold          bool // an identity check that counted
	strictNow       bool

	steps     map[nc.Step]*modelStep
	read      uint32
	readAt    time.Time
	phone     string
	activated bool // reported since the last links
	watching  bool
	looks     map[uint32]bool // since the last links
	stopping  bool            // frozen or undone, and so must end
	over      bool
}

type modelStep struct {
	try   uint32
	state string // running, unclear, ok or failed; "" is never begun
	since time.Time
}

func newModel() *model { return &model{steps: map[nc.Step]*modelStep{}} }

func (m *model) step(s nc.Step) *modelStep {
	if m.steps[s] == nil {
		m.steps[s] = &modelStep{}
	}
	return m.steps[s]
}

// take takes notice of an event and of what came of it, and says what must not be.
func (m *model) take(e nc.Event, actions []nc.Action) error {
	if m.over {
		return m.afterEnd(actions)
	}
	m.strictNow = e.Facts.Threat || e.Facts.Privileged
	if refusal(actions) == nc.RefusalCodeWrong {
		m.wrong++
	}
	if refusal(actions) == nc.RefusalNone {
		if err := m.accepted(e); err != nil {
			return err
		}
	}
	for _, a := range actions {
		if err := m.acted(e, a); err != nil {
			return err
		}
	}
	return nil
}

func (*model) afterEnd(actions []nc.Action) error {
	for _, a := range actions {
		switch a.(type) {
		case nc.Audit, nc.Refuse:
		default:
			return fmt.Errorf("%T after the end", a)
		}
	}
	return nil
}

func (m *model) inDate(at time.Time) bool {
	person := m.confirmer != "" && at.Sub(m.checkAt) < time.Hour
	if m.strictNow {
		return person && m.check == nc.CheckInPerson
	}
	return person || at.Before(m.verdict)
}

// accepted is an event that was not refused.
func (m *model) accepted(e nc.Event) error {
	by := strings.ToLower(e.By.ID)
	if _, repeat := e.What.(nc.Opened); repeat && m.agent != "" {
		return nil
	}
	switch w := e.What.(type) {
	case nc.Opened, nc.Evidence, nc.IdentityChecked, nc.NumberGiven, nc.CodeTried, nc.CodeResend, nc.Approved, nc.IdentityConfirmed:
		if e.By.Subject || e.By.Local || e.By.Role == nc.RoleUnknown {
			return fmt.Errorf("%T by %+v", w, e.By)
		}
		if !e.Facts.Read || e.Facts.Frozen {
			return fmt.Errorf("%T with %+v", w, e.Facts)
		}
	}
	switch w := e.What.(type) {
	case nc.Opened:
		m.agent = by
	case nc.Evidence:
		m.verdict = w.Until
	case nc.IdentityChecked:
		m.check, m.checkAt, m.confirmer = w.Check, e.At, ""
	case nc.IdentityConfirmed:
		if by == m.agent || by == m.approver || e.By.Role != nc.RoleLead || w.Check != m.check {
			return fmt.Errorf("identity confirmed by %+v", e.By)
		}
		m.confirmer = by
		m.noHold = m.noHold || !m.approvedAt.IsZero()
	case nc.NumberGiven:
		if w.Current || w.Other || w.Ours || w.Line == nc.LineLandline || w.Line == nc.LinePremium || w.Line == nc.LineOther || !m.inDate(e.At) {
			return fmt.Errorf("number accepted: %+v", w)
		}
		m.number = w.Number
	case nc.CodeTried:
		if !w.OK || w.Code != m.code || m.wrong >= 3 || e.At.Sub(m.codeAt) >= 10*time.Minute {
			return fmt.Errorf("code accepted: %+v after %d wrong ones", w, m.wrong)
		}
		m.confirmedNumber = m.number
	case nc.Approved:
		age := e.At.Sub(e.By.SignedIn)
		if by == m.agent || by == m.confirmer || age > 5*time.Minute || !m.inDate(e.At) || m.confirmedNumber == "" {
			return fmt.Errorf("approved by %+v", e.By)
		}
		m.approver, m.approvedAt = by, e.At
		m.noHold = m.confirmer != "" && e.At.Sub(m.checkAt) < time.Hour
	case nc.Undo:
		m.stopping = true
	case nc.Resume:
		if m.watching || m.step(nc.StepSend).state == "failed" && e.At.Sub(m.step(nc.StepLinks).since) >= 10*time.Minute {
			m.steps[nc.StepLinks], m.steps[nc.StepSend] = nil, nil
			m.watching = false
		}
	case nc.DuoDone:
		m.duoDone(e.At, w)
	case nc.AccountRead:
		m.accountRead(e.At, w)
	case nc.Activated:
		m.activated = m.activated || m.watching && w.Phone == m.phone && m.looks[w.Try]
	case nc.Frozen, nc.Repudiated:
		m.stopping = true
	}
	return nil
}

func (m *model) duoDone(at time.Time, w nc.DuoDone) {
	s := m.step(w.Step)
	if w.Try != s.try || s.state == "" || s.state == "ok" || s.state == "failed" && w.Result != nc.ResultOK {
		return
	}
	switch w.Result {
	case nc.ResultOK:
		m.ok(w.Step, at)
		if w.Step == nc.StepFind {
			m.phone = w.Phone
		}
	case nc.ResultFailed:
		s.state, s.since = "failed", at
	default:
		m.unclear(w.Step, at)
	}
}

func (m *model) ok(step nc.Step, at time.Time) {
	s := m.step(step)
	s.state, s.since = "ok", at
	if step == nc.StepSend {
		m.watching, m.activated = true, false
	}
}

func (m *model) unclear(step nc.Step, at time.Time) {
	if s := m.step(step); step == nc.StepSend {
		m.ok(step, at)
	} else if s.state == "running" {
		s.state, s.since = "unclear", at
	}
}

func (m *model) accountRead(at time.Time, w nc.AccountRead) {
	if w.Try != m.read || !w.Read {
		return
	}
	m.read = 0
	seen := map[nc.Step]bool{
		nc.StepFind: w.Phone != "", nc.StepAssociate: w.New, nc.StepRemove: !w.Old, nc.StepDissociate: !w.New, nc.StepLinks: false,
	}
	for step, is := range seen {
		s := m.step(step)
		if s.state != "unclear" || m.readAt.Sub(s.since) < 5*time.Second {
			continue
		}
		if s.state, s.since = "failed", at; is {
			m.ok(step, at)
			if step == nc.StepFind {
				m.phone = w.Phone
			}
		}
	}
}

// acted is an action that is about to be run.
func (m *model) acted(e nc.Event, a nc.Action) error {
	switch a := a.(type) {
	case nc.SendCode:
		m.code, m.codeAt, m.wrong = a.Code, e.At, 0
		if m.sends++; m.sends > 4 || a.Number != m.number {
			return fmt.Errorf("code %d sent", m.sends)
		}
	case nc.FindOrCreatePhone:
		if a.Number != m.confirmedNumber {
			return fmt.Errorf("set up a number that is not confirmed")
		}
		return m.begin(nc.StepFind, a.Try, e.At)
	case nc.Associate:
		return m.begin(nc.StepAssociate, a.Try, e.At)
	case nc.MakeLinks:
		m.watching, m.activated, m.looks = false, false, map[uint32]bool{}
		return m.begin(nc.StepLinks, a.Try, e.At)
	case nc.SendLinks:
		if a.Number != m.confirmedNumber {
			return fmt.Errorf("links to a number that is not confirmed")
		}
		return m.begin(nc.StepSend, a.Try, e.At)
	case nc.RemoveOld:
		if !m.activated {
			return fmt.Errorf("the old phone goes before the new one is active")
		}
		return m.begin(nc.StepRemove, a.Try, e.At)
	case nc.Dissociate:
		if s := m.step(nc.StepAssociate).state; s != "ok" {
			return fmt.Errorf("the new phone goes while it is %q", s)
		}
		return m.begin(nc.StepDissociate, a.Try, e.At)
	case nc.ReadPhone:
		m.looks[a.Try] = true
	case nc.ReadAccount:
		m.read, m.readAt = a.Try, e.At
	case nc.Audit:
		if a.Detail == "unclear" && !a.Intent { // a step that was not heard of in time, or said so
			for _, s := range nc.Steps() {
				if s.String() == a.Name {
					m.unclear(s, e.At)
				}
			}
		}
		m.over = m.over || a.Name == "end"
	}
	return nil
}

// begin holds that nothing is touched without two people, evidence, a confirmed
// number and the hold, and that no step is begun unless it certainly was not done.
func (m *model) begin(step nc.Step, try uint32, at time.Time) error {
	s := m.step(step)
	switch {
	case m.approver == "" || m.approver == m.agent:
		return fmt.Errorf("%v with one person", step)
	case !m.noHold && at.Sub(m.approvedAt) < 24*time.Hour:
		return fmt.Errorf("%v in the hold", step)
	case s.state != "" && s.state != "failed":
		return fmt.Errorf("%v begun while it is %s", step, s.state)
	case m.stopping && step != nc.StepDissociate:
		return fmt.Errorf("%v while it is being stopped", step)
	}
	s.try, s.state, s.since = try, "running", at
	return nil
}
