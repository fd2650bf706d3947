package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/desk"
	"ringback/ivr/desk/console"
	"ringback/ivr/line"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

// DeskOptions say how people sign in at the web desk, beside what is configured.
type DeskOptions struct {
	// Accounts are local accounts, instead of the file's; nil: the file's.
	Accounts []console.Account
	// TrustLocal lets local accounts change numbers and approve: in a box only.
	TrustLocal bool
}

// CheckDesk reads the accounts file as the service does when it starts. Its error
// is [config.Problems].
func CheckDesk(c *config.Config) error {
	if _, err := deskAccounts(c); err != nil {
		return config.Problems{{Path: "desk.accounts_file", Message: err.Error()}}
	}
	return nil
}

var _ config.Check = CheckDesk

func deskAccounts(c *config.Config) ([]console.Account, error) {
	if c.Desk.AccountsFile == "" {
		return nil, nil
	}
	data, err := os.ReadFile(c.Desk.AccountsFile)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return console.ParseAccounts(c.Desk.AccountsFile, data) //nolint:wrapcheck // it names the file
}

// mountConsole puts the web desk beside the carrier's routes, on the same host.
func (a *App) mountConsole() error {
	c := a.o.Config
	accounts := a.o.Desk.Accounts
	if accounts == nil {
		var err error
		if accounts, err = deskAccounts(c); err != nil {
			return fmt.Errorf("desk: %w", err)
		}
	}
	names := a.lead.names
	a.tools.desk, a.tools.line = a.desk, a.line
	books := deskBooks{ledger: a.ledger, gate: a.o.Gate, lead: a.lead}
	a.cards = cards{
		desk: a.desk, line: a.line, dialogue: dialogueOf(c), names: names, lines: lineNames(c), now: a.o.Clock.Now,
		pushes: a.tools, stories: &stories{books: books, notes: a.tools.notes, lines: lineNames(c), now: a.o.Clock.Now},
	}
	o := console.Options{
		PublicURL: c.PublicURL, Accounts: accounts, TrustLocal: a.o.Desk.TrustLocal,
		Sessions: a.store.Desk(), Roster: a.store.Desk(), Kept: a.store.Values(), Limiter: a.store.Windows(),
		Floor: floor{desk: a.desk, kept: a.store.Values(), names: lineNames(c)},
		Cards: a.cards,
		Talks: talks{desk: a.desk},
		Seen:  a.desk.PageSeen,
		Tools: a.tools, Outcomes: c.Desk.Outcomes,
		Numbers: a.changes.Load(), Threats: books, Closures: books, Freezes: books, Locks: books, Trail: books, Subject: names.Subject,
		LineNames: lineNames(c), Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(),
	}
	if a.callbacks != nil {
		o.Callbacks = a.callbacks
	}
	for _, g := range c.Desk.Agents {
		role, err := console.ParseRole(g.Role)
		if err != nil {
			return fmt.Errorf("desk agent %s: %w", g.ID, err)
		}
		o.Staff = append(o.Staff, console.Member{ID: g.ID, Name: g.Name, Role: role, SignIn: g.SignIn})
	}
	if p := c.Desk.OIDC; !p.IsZero() {
		o.OIDC = &console.OIDC{
			Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret.Reveal(), ACR: p.ACRValues, AMR: p.AMRValues,
			RoleClaim: p.RoleClaim, AgentValues: p.AgentValues, LeadValues: p.LeadValues,
		}
	}
	web, err := console.New(o)
	if err != nil {
		return fmt.Errorf("web desk: %w", err)
	}
	a.onStop("web desk", web.Close)
	web.Mount(a.echo)
	a.server.RegisterOnShutdown(func() { _ = web.Close(context.Background()) }) // event streams have no end of their own
	return nil
}

func lineNames(c *config.Config) map[string]string {
	names := map[string]string{}
	for _, l := range c.Lines {
		names[l.ID] = l.Name
	}
	return names
}

// floor is the desk as the console wants it. The reason of being away is the
// console's own: the desk only knows that nobody is to be rung.
type floor struct {
	desk  *desk.Desk
	kept  sessions.Values
	names map[string]string
}

var _ console.Floor = floor{}

const (
	awayKind = "away"
	awayLife = 24 * time.Hour
)

// awayBecause keeps why the desk has set an agent away, for the pages; without it
// they say no reason.
func (a *App) awayBecause(reason string) func(ctx context.Context, agent string) {
	return func(ctx context.Context, agent string) {
		_ = a.store.Values().Put(ctx, awayKind, agent, awayLife, []byte(reason))
	}
}

// Snapshot is the floor now.
func (f floor) Snapshot(ctx context.Context) (console.Snapshot, error) {
	s, err := f.desk.Snapshot(ctx)
	if err != nil {
		return console.Snapshot{}, err //nolint:wrapcheck // it names itself
	}
	out := console.Snapshot{At: s.At}
	for _, l := range s.Lines {
		one := console.LineState{ID: l.Line, Name: f.names[l.Line], Waiting: l.Waiting, Longest: l.Longest}
		if wait, known, err := f.desk.Expected(ctx, l.Line); err != nil {
			return console.Snapshot{}, err //nolint:wrapcheck // it names itself
		} else if known {
			one.Expected = wait
		}
		today, err := f.desk.Today(ctx, l.Line)
		if err != nil {
			return console.Snapshot{}, err //nolint:wrapcheck // it names itself
		}
		one.Today = console.Today{
			Offered: today.Offered, Answered: today.Answered, InTime: today.InTime, Abandoned: today.Abandoned, Short: today.Short,
			AverageWait: today.AverageWait(), Within: f.desk.AnswerWithin, ShortIs: f.desk.ShortAbandon,
		}
		if share, ok := today.ServiceLevel(); ok {
			one.Today.Level, one.Today.Known = share, true
		}
		out.Lines = append(out.Lines, one)
	}
	for _, g := range s.Agents {
		one := console.AgentState{ID: g.ID, Name: g.Name, State: g.State, Since: g.Since, Until: g.Until}
		if g.State == transfer.PresenceAway {
			reason, _, err := f.kept.Get(ctx, awayKind, g.ID)
			if err != nil {
				return console.Snapshot{}, err //nolint:wrapcheck // it names itself
			}
			one.Reason = string(reason)
		}
		out.Agents = append(out.Agents, one)
	}
	return out, nil
}

// SetPresence makes an agent ready or away.
func (f floor) SetPresence(ctx context.Context, agent string, ready bool, reason string) error {
	to := transfer.PresenceAway
	if ready {
		to = transfer.PresenceReady
	}
	err := f.desk.Presence(ctx, agent, to)
	switch {
	case errors.Is(err, desk.ErrBusy):
		return fmt.Errorf("%w: %w", console.ErrBusy, err)
	case err != nil:
		return err //nolint:wrapcheck // it names itself
	case ready:
		return f.kept.Delete(ctx, awayKind, agent) //nolint:wrapcheck // it names itself
	}
	return f.kept.Put(ctx, awayKind, agent, awayLife, []byte(reason)) //nolint:wrapcheck // as above
}

// Holding is the transfer that has an agent.
func (f floor) Holding(ctx context.Context, agent string) (string, bool, error) {
	t, ok, err := f.desk.Holding(ctx, agent)
	return t.ID, ok, err //nolint:wrapcheck // it names itself
}

// cards makes the caller's card from the transfer and the call.
type cards struct {
	desk     *desk.Desk
	line     *line.Server
	dialogue *ivr.Dialogue
	names    caller.Pseudonyms
	lines    map[string]string
	now      func() time.Time
	pushes   interface {
		pushed(ctx context.Context, transferID string) (*console.CardPush, error)
	}
	stories interface {
		about(ctx context.Context, subject, but string) ([]console.CardCall, error)
	}
}

var _ console.Cards = cards{}

// Card is the caller of a transfer. A call that is not stored any more, because
// it is over, leaves what the transfer's ticket says.
func (k cards) Card(ctx context.Context, transferID string) (console.Card, bool, error) {
	t, ok, err := k.desk.Transfer(ctx, transferID)
	if err != nil || !ok {
		return console.Card{}, false, err //nolint:wrapcheck // it names itself
	}
	card := console.Card{
		State: t.State, Ref: t.Ticket.CallRef, Line: k.lines[t.Ticket.Line], Language: t.Ticket.Language, Request: t.Ticket.Request,
		SubjectHint: t.Ticket.SubjectHint, NumberHint: t.Ticket.NumberHint, Level: t.Ticket.Level, Why: t.Ticket.WhyNot,
	}
	if t.Ticket.CallSID == "" { // a callback: nobody is on the line yet
		card.Callback, card.Proof = true, t.Ticket.Proof
		return card, true, nil
	}
	call, err := k.line.Call(ctx, t.Ticket.CallSID)
	if err != nil {
		return console.Card{}, false, fmt.Errorf("read call: %w", err)
	}
	k.tell(&card, call)
	return card, true, k.more(ctx, &card, t, call)
}

// tell adds what the call says, weighed now.
func (k cards) tell(card *console.Card, call ivr.Call) {
	now := k.now()
	v := ivr.Evaluate(k.dialogue.Policy, call.Facts, call.Passed, now)
	card.Level, card.Until = v.Level.String(), v.Until
	if v.Why != "" {
		card.Why = v.Why
	}
	card.Suspect, card.Proof = call.Suspect, call.Queue.Proof
	if call.ID != "" {
		card.Subject = k.names.Subject(call.ID)
	}
	card.Steps = steps(call)
	card.Factors = k.factors(call)
	may := false
	if len(call.Passed) > 0 { // before a factor nobody learns whether the ID exists
		for i, p := range call.Facts.Phones {
			one := console.CardPhone{
				Index: i, Last2: p.Last2(), OnFile: k.dialogue.Policy.OnFile(p, now), SIM: p.SIM.String(),
				MayLink: ivr.MayLink(k.dialogue.Policy, call.Facts, call.Passed, p, now),
			}
			may = may || one.MayLink
			card.Phones = append(card.Phones, one)
		}
	}
	card.Rights = rights(call.Facts, v, may)
}

// rights is what an agent could do, by the verdict and nothing else.
func rights(f ivr.Facts, v ivr.Verdict, phone bool) []console.CardRight {
	links := console.CardRight{What: "links", May: v.Level.Allows(ivr.LevelLinks) && phone, Why: v.Why}
	if v.Level.Allows(ivr.LevelLinks) && !phone {
		links.Why = "no_phone"
	}
	number := console.CardRight{What: "number", May: v.Level.Allows(ivr.LevelNumber), Why: v.Why}
	switch {
	case v.Level == ivr.LevelLinks && f.ForNumber() == 0:
		number.Why = "needs_check"
	case v.Level == ivr.LevelLinks:
		number.Why = "needs_number"
	}
	return []console.CardRight{{What: "information", May: true}, links, number}
}

func (k cards) factors(call ivr.Call) []console.CardFactor {
	var asked []ivr.Factor
	for _, l := range k.dialogue.Lines {
		if l.ID == call.Line {
			asked = append(asked, l.Factors...)
		}
	}
	var all []console.CardFactor
	add := func(f ivr.Factor) {
		one := console.CardFactor{Name: f.String()}
		for _, p := range call.Passed {
			if p.Factor == f {
				one.Passed, one.At = true, time.Unix(p.At, 0)
			}
		}
		for _, s := range call.Skipped {
			one.Skipped = one.Skipped || s == f
		}
		all = append(all, one)
	}
	for _, f := range asked {
		add(f)
	}
	return all
}

// steps is what the call notes of its way, in order.
func steps(call ivr.Call) []console.CardStep {
	at := func(unix int64) time.Time {
		if unix == 0 {
			return time.Time{}
		}
		return time.Unix(unix, 0)
	}
	all := []console.CardStep{{What: "Called", At: at(call.Started)}}
	if call.IDs > 0 {
		all = append(all, console.CardStep{What: fmt.Sprintf("Keyed in %d IDs", call.IDs)})
		if call.IDs == 1 {
			all[len(all)-1].What = "Keyed in an ID"
		}
	}
	for _, p := range call.Passed {
		all = append(all, console.CardStep{What: "Passed: " + factorWords(p.Factor), At: at(p.At)})
	}
	if call.Failures > 0 {
		all = append(all, console.CardStep{What: fmt.Sprintf("Failed %d tries", call.Failures)})
	}
	if call.Links.Sets > 0 {
		all = append(all, console.CardStep{What: fmt.Sprintf("Links: install %s, activate %s", call.Links.Install, call.Links.Activate), At: at(call.Links.MadeAt)})
	}
	if call.Links.Done {
		all = append(all, console.CardStep{What: "Duo says: activated"})
	}
	return append(all, console.CardStep{What: "Now: " + call.Step.String()})
}

func factorWords(f ivr.Factor) string {
	switch f {
	case ivr.FactorPIN:
		return "PIN"
	case ivr.FactorTextedCode:
		return "texted code"
	case ivr.FactorEmailedCode:
		return "e-mailed code"
	case ivr.FactorRecoveryCode:
		return "recovery code"
	case ivr.FactorDuoPush:
		return "Duo push"
	case ivr.FactorUnknown:
	}
	return "?"
}
