package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/desk"
	"ringback/ivr/desk/changes"
	"ringback/ivr/duo"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
	"ringback/ivr/line"
	"ringback/ivr/notice"
	nc "ringback/ivr/numberchange"
	"ringback/ivr/transfer"
	"ringback/ivr/twilio"
)

// changeKey is the key that seals number changes and makes their codes. Like the
// notices' it comes from the pseudonym key: a change may take days.
func changeKey(pseudonym []byte) []byte {
	m := hmac.New(sha256.New, pseudonym)
	m.Write([]byte("ringback number changes\n"))
	return m.Sum(nil)
}

// changeDeps is what number changes share with the rest.
type changeDeps struct {
	directory caller.Directory
	names     caller.Pseudonyms
	tell      teller
	wording   wording
	policy    ivr.Policy
	key       []byte
}

// openChanges starts what carries number changes out.
func (a *App) openChanges(carrier *twilio.Client, admin *duo.Client, d changeDeps) error {
	c := a.o.Config
	books := changeBooks{gated{ledger: a.ledger, gate: a.o.Gate}}
	n := c.Desk.NumberChange
	rules := nc.Rules{
		Hold: n.Hold.Std(), ActivateIn: n.ActivateIn.Std(), LinkLife: n.LinkValidity.Std(),
		LeadsApprove: n.LeadsApprove, ConfirmerApproves: n.ConfirmerApproves, LocalMay: a.o.Desk.TrustLocal,
	}
	if rules.Hold == 0 {
		rules.Hold = -1
	}
	staff := map[string]string{}
	for _, g := range c.Desk.Agents {
		staff[g.ID] = g.UniqueID
	}
	s, err := changes.New(changes.Options{
		Store: books, Agenda: books, Cases: books, Books: books, Accounts: admin, Devices: admin, Activator: admin, Texter: carrier,
		Wording: changeWording{d.wording}, People: changePeople{directory: d.directory, names: d.names, privileged: c.Privileged},
		Floor:   talkers{desk: a.desk, line: a.line, policy: d.policy, now: a.o.Clock.Now},
		Numbers: a.numbers(carrier), Teller: changeTeller{d.tell}, Key: changeKey(d.key), Line: c.Lines[0].ID, Staff: staff, Rules: rules,
		CaseLife: n.CaseLife.Std(), Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(),
	})
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	a.changes.Store(s)
	running, stop := context.WithCancel(context.Background())
	a.served.Go(func() { s.Run(running) })
	a.onStop("number changes", func(ctx context.Context) error {
		stop()
		return s.Close(ctx) //nolint:wrapcheck // it names itself
	})
	return nil
}

// changeBooks is the ledger behind its gate, as number changes want it.
type changeBooks struct{ gated }

// PutNumberChange writes a change.
func (b changeBooks) PutNumberChange(ctx context.Context, c ledger.NumberChange, rows []ledger.Entry, notices ...ledger.Notice) error {
	_, err := pass(b.gated, func() (struct{}, error) { return struct{}{}, b.ledger.PutNumberChange(ctx, c, rows, notices...) })
	return err
}

// NumberChange reads one.
func (b changeBooks) NumberChange(ctx context.Context, id string) (ledger.NumberChange, error) {
	return pass(b.gated, func() (ledger.NumberChange, error) { return b.ledger.NumberChange(ctx, id) })
}

// NumberChanges lists them.
func (b changeBooks) NumberChanges(ctx context.Context, since time.Time, limit int) ([]ledger.NumberChange, error) {
	return pass(b.gated, func() ([]ledger.NumberChange, error) { return b.ledger.NumberChanges(ctx, since, limit) })
}

// NumberChangeOf finds somebody's.
func (b changeBooks) NumberChangeOf(ctx context.Context, subject string) (c ledger.NumberChange, found bool, err error) {
	if err := b.gate(); err != nil {
		return ledger.NumberChange{}, false, err
	}
	return b.ledger.NumberChangeOf(ctx, subject) //nolint:wrapcheck // the ledger names itself
}

// DueNumberChanges lists those that are due.
func (b changeBooks) DueNumberChanges(ctx context.Context, now time.Time, limit int) ([]ledger.NumberChange, error) {
	return pass(b.gated, func() ([]ledger.NumberChange, error) { return b.ledger.DueNumberChanges(ctx, now, limit) })
}

// NextNumberChange is when the next one is.
func (b changeBooks) NextNumberChange(ctx context.Context) (time.Time, error) {
	return pass(b.gated, func() (time.Time, error) { return b.ledger.NextNumberChange(ctx) })
}

// OpenCase opens a case.
func (b changeBooks) OpenCase(ctx context.Context, c ledger.Case) error {
	_, err := pass(b.gated, func() (struct{}, error) { return struct{}{}, b.ledger.OpenCase(ctx, c) })
	return err
}

// Cases lists them.
func (b changeBooks) Cases(ctx context.Context) ([]ledger.Case, error) {
	return pass(b.gated, func() ([]ledger.Case, error) { return b.ledger.Cases(ctx) })
}

// Append writes to the audit.
func (b changeBooks) Append(ctx context.Context, e ledger.Entry) (int64, error) {
	return pass(b.gated, func() (int64, error) { return b.ledger.Append(ctx, e) })
}

// changeWording words the texts to a new number.
type changeWording struct{ wording }

// Code is the text with a code.
func (w changeWording) Code(lineID, language, code string) (string, error) {
	return w.text(w.in(lineID, language), "text_change_code", "code", code)
}

// Link is a text with a link.
func (w changeWording) Link(lineID, language, which, link string) (string, error) {
	return w.text(w.in(lineID, language), "text_change_"+which, "link", link)
}

func (w changeWording) in(lineID, language string) ivr.Call {
	call := ivr.Call{Line: lineID, Language: language}
	if language == "" {
		call = w.ofLine(call)
	}
	return call
}

// changePeople is the directory as number changes want it.
type changePeople struct {
	directory  caller.Directory
	names      caller.Pseudonyms
	privileged func(line string, groups []string) bool
}

// Person finds a person.
func (p changePeople) Person(ctx context.Context, id, lineID string) (changes.Person, bool, error) {
	found, ok, err := p.directory.ByID(ctx, id)
	if err != nil || !ok {
		return changes.Person{}, false, err //nolint:wrapcheck // the directory names itself
	}
	person := changes.Person{
		Username: found.Username, Language: found.Language, Privileged: found.Privileged || p.privileged(lineID, found.Groups),
	}
	for _, ph := range found.Phones {
		person.Numbers = append(person.Numbers, ph.Number)
	}
	for _, m := range found.Emails {
		person.Mails = append(person.Mails, m.Address)
	}
	return person, true, nil
}

// Subject is somebody's pseudonym.
func (p changePeople) Subject(id string) string { return p.names.Subject(id) }

// talkers is who talks to whom.
type talkers struct {
	desk   *desk.Desk
	line   *line.Server
	policy ivr.Policy
	now    func() time.Time
}

// Caller is whose call an agent has. A colleague who was only asked for help has
// none: the caller is somebody else's.
func (k talkers) Caller(ctx context.Context, agent string) (changes.Caller, bool, error) {
	t, ok, err := k.desk.Holding(ctx, agent)
	if err != nil || !ok || t.Agent != agent {
		return changes.Caller{}, false, err //nolint:wrapcheck // it names itself
	}
	talking := []transfer.State{transfer.StateBridged, transfer.StateHeld, transfer.StateConsulting, transfer.StateThreeWay}
	if !slices.Contains(talking, t.State) {
		return changes.Caller{}, false, nil
	}
	call, err := k.line.Call(ctx, t.Ticket.CallSID)
	if err != nil {
		return changes.Caller{}, false, fmt.Errorf("read call: %w", err)
	}
	if call.ID == "" {
		return changes.Caller{}, false, nil
	}
	v := ivr.Evaluate(k.policy, call.Facts, call.Passed, k.now())
	c := changes.Caller{
		ID: call.ID, Line: call.Line, CallRef: call.Ref, Language: call.Language, Number: v.Level == ivr.LevelNumber, Until: v.Until,
	}
	for _, p := range call.Passed {
		c.Factors = append(c.Factors, p.Factor.String())
	}
	return c, true, nil
}

// numberBook looks numbers up.
type numberBook struct {
	carrier *twilio.Client // nil: nobody is asked
	ours    map[string]bool
}

// numbers look numbers up.
func (a *App) numbers(carrier *twilio.Client) numberBook {
	b := numberBook{ours: ourNumbers(a.o.Config)}
	if a.o.Config.Twilio.SIMSwap {
		b.carrier = carrier
	}
	return b
}

// ourNumbers are those of the lines, of the desk's phones, of whoever is there when
// nothing else works, and the one that texts come from: no caller's phone is one of
// them, so they are neither a new number nor called back.
func ourNumbers(c *config.Config) map[string]bool {
	ours := map[string]bool{string(c.Twilio.From): true}
	for _, l := range c.Lines {
		ours[string(l.Number)], ours[string(l.FallbackNumber)] = true, true
	}
	for _, g := range c.Desk.Agents {
		ours[string(g.Phone)] = true
	}
	return ours
}

// Look says what kind a number is, and whether it is ours.
func (b numberBook) Look(ctx context.Context, number string) (nc.LineType, bool) {
	kind := nc.LineUnknown
	if b.carrier != nil {
		found, err := b.carrier.Lookup(ctx, number)
		if err == nil { // not to know is an answer, too
			kind = lineType(found.Line)
		}
	}
	return kind, b.ours[number]
}

// lineType is the carrier's word on a number as number changes know it.
func lineType(t twilio.LineType) nc.LineType {
	switch t {
	case twilio.LineMobile:
		return nc.LineMobile
	case twilio.LineLandline, twilio.LineTollFree, twilio.LineUAN, twilio.LineVoicemail, twilio.LinePager:
		return nc.LineLandline
	case twilio.LinePremium, twilio.LineSharedCost:
		return nc.LinePremium
	case twilio.LineFixedVoIP, twilio.LineNonFixedVoIP, twilio.LinePersonal:
		return nc.LineOther
	default:
		return nc.LineUnknown
	}
}

// changeTeller tells people of number changes, and other systems of those that
// were done.
type changeTeller struct{ teller }

// Compose composes what is owed.
func (t changeTeller) Compose(ctx context.Context, told changes.Told) ([]ledger.Notice, error) {
	kind, err := notice.ParseKind("number_change_" + told.Notice.String())
	if err != nil {
		return nil, err //nolint:wrapcheck // it names itself
	}
	d := deed{kind: kind, id: told.ID, line: told.Line, key: told.Change, but: told.But}
	p, found, err := t.directory.ByID(ctx, told.ID)
	if err != nil {
		return nil, err //nolint:wrapcheck // the directory names itself
	}
	if !found { // not any more
		p = caller.Person{ID: told.ID}
	}
	owed, err := t.to(d, withBefore(p, told))
	if err != nil || told.Notice != nc.NoticeDone {
		return owed, err
	}
	return append(owed, t.announce(ctx, d, event.Changed{By: told.Agent, Approver: told.Approver, Evidence: told.Evidence})...), nil
}

// withBefore is somebody with what was on file when their change began, too: the old
// number may be gone from the directory by the time it is told.
func withBefore(p caller.Person, told changes.Told) caller.Person {
	p.Phones, p.Emails = slices.Clone(p.Phones), slices.Clone(p.Emails)
	for _, n := range told.Numbers {
		if !slices.ContainsFunc(p.Phones, func(ph caller.Phone) bool { return ph.Number == n }) {
			p.Phones = append(p.Phones, caller.Phone{Number: n})
		}
	}
	for _, m := range told.Mails {
		if !slices.ContainsFunc(p.Emails, func(e caller.Email) bool { return e.Address == m }) {
			p.Emails = append(p.Emails, caller.Email{Address: m})
		}
	}
	return p
}

// Kick has the workers look.
func (t changeTeller) Kick() {
	t.worker.Kick()
	t.events.Kick()
}
