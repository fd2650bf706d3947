package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/desk"
	"ringback/ivr/duo"
	"ringback/ivr/ledger"
	"ringback/ivr/line"
	"ringback/ivr/notice"
	"ringback/ivr/reconnect"
	"ringback/ivr/transfer"
	"ringback/ivr/twilio"
	"ringback/ivr/words"
)

// duoAdapter is Duo as reconnect wants it.
type duoAdapter struct {
	c   *duo.Client
	now func() time.Time
}

// Account reads a user.
func (d duoAdapter) Account(ctx context.Context, username string) (reconnect.Account, error) {
	u, err := d.c.UserByUsername(ctx, username)
	if err != nil {
		return reconnect.Account{}, duoError(err)
	}
	if !strings.EqualFold(u.Username, username) { // found by an alias: perhaps somebody else
		return reconnect.Account{}, fmt.Errorf("%w: another user has that name as an alias", reconnect.ErrNotFound)
	}
	a := reconnect.Account{Active: u.Status == duo.StatusActive}
	for _, p := range u.Phones {
		a.Phones = append(a.Phones, reconnect.AccountPhone{ID: p.ID, Number: p.Number, Textable: p.Textable() && p.CanActivate()})
	}
	return a, nil
}

// MakeLinks makes an activation link.
func (d duoAdapter) MakeLinks(ctx context.Context, phoneID string, life time.Duration) (reconnect.Links, error) {
	asked := d.now()
	act, err := d.c.ActivationURL(ctx, phoneID, int(life/time.Second))
	if err != nil {
		return reconnect.Links{}, duoError(err)
	}
	took := d.now().Sub(asked) // the life began before the answer came
	return reconnect.Links{Install: string(act.InstallationURL), Activate: string(act.ActivationURL), Life: time.Duration(act.ValidSecs)*time.Second - took}, nil
}

// Device reads a phone.
func (d duoAdapter) Device(ctx context.Context, phoneID string) (ivr.Device, error) {
	p, err := d.c.Phone(ctx, phoneID)
	if err != nil {
		return ivr.Device{}, duoError(err)
	}
	now := ivr.Device{Active: p.Activated, Model: p.Model}
	if !p.LastSeen.IsZero() {
		now.Seen = p.LastSeen.Unix()
	}
	return now, nil
}

// duoError gives an error of Duo's the meaning that it has for reconnect.
func duoError(err error) error {
	kind := reconnect.ErrRefused
	switch {
	case errors.Is(err, duo.ErrNotFound):
		kind = reconnect.ErrNotFound
	case errors.Is(err, duo.ErrUnclear):
		kind = reconnect.ErrUnclear
	case errors.Is(err, duo.ErrUnavailable), errors.Is(err, duo.ErrThrottled), errors.Is(err, duo.ErrCredentials),
		errors.Is(err, duo.ErrForbidden), errors.Is(err, duo.ErrClock):
		kind = reconnect.ErrUnavailable
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// people is the directory as reconnect wants it.
type people struct {
	directory caller.Directory
	names     caller.Pseudonyms
}

// Person finds a person.
func (p people) Person(ctx context.Context, id string) (reconnect.Person, bool, error) {
	found, ok, err := p.directory.ByID(ctx, id)
	if err != nil || !ok {
		return reconnect.Person{}, false, err //nolint:wrapcheck // the directory names itself
	}
	return reconnect.Person{Subject: p.names.Subject(id), Username: found.Username}, true, nil
}

// texter sends texts by the carrier.
type texter struct {
	carrier  *twilio.Client
	wording  wording
	validity time.Duration // of a code: a text that comes later is of no use
}

// Text sends one of the links.
func (t texter) Text(ctx context.Context, m reconnect.Text) ivr.TextStatus {
	_, err := t.carrier.SendText(ctx, twilio.Text{To: m.To, Body: m.Body, StatusCallback: m.Callback, Validity: m.Validity})
	switch {
	case err == nil, errors.Is(err, twilio.ErrUnclear): // it may be on its way; a callback will tell
		return ivr.TextQueued
	case errors.Is(err, twilio.ErrOptedOut):
		return ivr.TextOptedOut
	case errors.Is(err, twilio.ErrNotTextable):
		return ivr.TextLandline
	}
	return ivr.TextUnavailable
}

// SendCode texts a code. Whether it arrives is nobody's business before a verdict.
func (t texter) SendCode(ctx context.Context, _ string, call ivr.Call, to, code string) ivr.Outcome {
	body, err := t.wording.text(t.wording.ofLine(call), "text_code", "code", code)
	if err != nil {
		return ivr.OutcomeFailed
	}
	if _, err := t.carrier.SendText(ctx, twilio.Text{To: to, Body: body, Validity: t.validity}); err != nil {
		return ivr.OutcomeUnavailable
	}
	return ivr.OutcomeOK
}

// wording says what texts say.
type wording struct {
	books map[string]*words.Catalogue
	lines []config.Line
}

// Body is a text with a link.
func (w wording) Body(call ivr.Call, t ivr.Text, link string) (string, error) {
	return w.text(call, "text_"+t.String(), "link", link)
}

// ofLine is the call in its line's own language: what warns somebody must not be in
// one that whoever calls has chosen.
func (w wording) ofLine(call ivr.Call) ivr.Call {
	for _, l := range w.lines {
		if l.ID == call.Line {
			call.Language = l.Languages[0]
		}
	}
	return call
}

// text words a message; args are name, value, name, value.
func (w wording) text(call ivr.Call, id string, args ...string) (string, error) {
	m := ivr.Message{ID: id, Args: make(map[string]string, len(args)/2+2)}
	for _, l := range w.lines {
		if l.ID == call.Line {
			m.Args["line"], m.Args["number"] = l.Name, string(l.Number)
			for i := 0; i+1 < len(args); i += 2 {
				m.Args[args[i]] = args[i+1]
			}
			text, err := w.books[l.ID].Text(call.Language, m)
			if err != nil {
				return "", fmt.Errorf("word a text: %w", err)
			}
			return text, nil
		}
	}
	return "", fmt.Errorf("word a text: no line %q", call.Line)
}

// linksKind names the sets of links in the ledger.
const linksKind = "links"

// holdNotices is how long the notices of a claim wait for its end. If nobody
// tells that, they are sent: the links may have gone out.
const holdNotices = 3 * time.Minute

// linkBooks is the ledger as reconnect wants it.
type linkBooks struct {
	ledger  *ledger.Ledger
	gate    func() error
	tell    teller
	version string // of the policy
}

// Claim takes the first free place of the day and owes its notices, held back
// until [linkBooks.Finish].
func (b linkBooks) Claim(ctx context.Context, c reconnect.Claim) (row int64, ok bool, err error) {
	if err := b.gate(); err != nil {
		return 0, false, err
	}
	// Nothing is done that nobody could be told of.
	owed, err := b.tell.of(ctx, deed{
		kind: notice.LinksSent, id: c.ID, line: c.Line, callRef: c.CallRef, effect: c.Effect, but: c.To,
	})
	if err != nil {
		return 0, false, fmt.Errorf("claim links: %w", err)
	}
	for i := range owed {
		owed[i].Due = b.tell.now().Add(holdNotices)
	}
	more, err := b.ledger.Allowances(ctx, c.Subject, linksKind, c.Day)
	if err != nil {
		return 0, false, fmt.Errorf("claim links: %w", err)
	}
	for n := 1; n <= c.Sets+more; n++ {
		got, created, err := b.ledger.Claim(ctx, ledger.Action{
			Kind: linksKind, Subject: c.Subject, Day: c.Day, Ordinal: n, CallRef: c.CallRef, EffectID: c.Effect, Actor: "line", Factors: c.Factors,
			PolicyVersion: b.version,
		}, owed...)
		switch {
		case errors.Is(err, ledger.ErrTaken):
			continue
		case err != nil:
			return 0, false, fmt.Errorf("claim links: %w", err)
		case !created: // an instance that died may have made them: nobody asks Duo twice for one row
			if got.State == ledger.Claimed {
				err = b.ledger.Finish(ctx, got.ID, ledger.Unsure, nil)
				b.tell.worker.Kick()
			}
			return 0, false, errors.Join(fmt.Errorf("claim links: this effect has claimed them before: %w", reconnect.ErrUnclear), err)
		}
		return got.ID, true, nil
	}
	return 0, false, nil
}

// Finish writes the outcome, and has the notices sent or withdraws them.
func (b linkBooks) Finish(ctx context.Context, row int64, s reconnect.State) error {
	if err := b.gate(); err != nil {
		return err
	}
	state := map[reconnect.State]ledger.State{
		reconnect.StateDone: ledger.Done, reconnect.StateFailed: ledger.Failed, reconnect.StateUnclear: ledger.Unsure,
	}[s]
	if err := b.ledger.Finish(ctx, row, state, nil); err != nil {
		return fmt.Errorf("finish links: %w", err)
	}
	b.tell.worker.Kick()
	return nil
}

// guard reads what may have changed since a verdict.
type guard struct {
	ledger *ledger.Ledger
	gate   func() error
	now    func() time.Time
}

// Now adds a freeze and a raised threat.
func (g guard) Now(ctx context.Context, subject string, f ivr.Facts) (ivr.Facts, error) {
	if err := g.gate(); err != nil {
		return f, err
	}
	_, frozen, err := g.ledger.Frozen(ctx, subject)
	if err != nil {
		return f, fmt.Errorf("read freeze: %w", err)
	}
	t, err := g.ledger.Threat(ctx)
	if err != nil {
		return f, fmt.Errorf("read threat: %w", err)
	}
	f.Frozen, f.Threat = f.Frozen || frozen, f.Threat || t.Until.After(g.now())
	return f, nil
}

// sims asks the carrier about SIMs.
type sims struct {
	carrier *twilio.Client
	age     time.Duration
	now     func() time.Time
}

// SIM says whether a number's SIM was changed lately.
func (s sims) SIM(ctx context.Context, number string) ivr.SIM {
	found, err := s.carrier.Lookup(ctx, number)
	if err != nil {
		return ivr.SIMUnknown
	}
	switch changed, known := found.SIM.ChangedWithin(s.age, s.now()); {
	case !known:
		return ivr.SIMUnknown
	case changed:
		return ivr.SIMChanged
	}
	return ivr.SIMSame
}

// dialer is the carrier as the desk wants it.
type dialer struct{ *twilio.Client }

// PlaceCall rings an agent.
func (d dialer) PlaceCall(ctx context.Context, c desk.OutgoingCall) (string, error) {
	return d.Client.PlaceCall(ctx, twilio.OutgoingCall(c)) //nolint:wrapcheck // it names itself
}

// mover sends a caller to meet the agent.
type mover struct {
	app     *App
	carrier *twilio.Client
}

// MoveCaller announces the jump and redirects the call.
func (m mover) MoveCaller(ctx context.Context, callSID, transferID string, offer int) error {
	to, err := m.app.line.Move(ctx, callSID, transferID, offer)
	if err != nil {
		return fmt.Errorf("move caller: %w", err)
	}
	return m.carrier.RedirectCall(ctx, callSID, to) //nolint:wrapcheck // it names itself
}

// deskAdapter is the desk as the line wants it.
type deskAdapter struct {
	desk   *desk.Desk
	logger *slog.Logger
	policy ivr.Policy
	now    func() time.Time
}

// join queues a call with its story.
func (d deskAdapter) join(ctx context.Context, callSID string, call ivr.Call, e ivr.JoinQueue) ivr.Queued {
	v := ivr.Evaluate(d.policy, call.Facts, call.Passed, d.now())
	k := transfer.Ticket{
		Ask: e.Num(), CallSID: callSID, CallRef: call.Ref, Line: call.Line, Language: call.Language, Request: call.Request.String(),
		SubjectHint: last2(call.ID), NumberHint: last2(call.From), Level: v.Level.String(), WhyNot: why(call, v), Proof: call.Queue.Proof,
	}
	for _, p := range call.Passed {
		k.Factors = append(k.Factors, p.Factor.String())
	}
	if call.Request == ivr.RequestReport {
		k.Priority = 1
	}
	id, err := d.desk.Join(ctx, k, e.Again)
	if err != nil {
		d.logger.WarnContext(ctx, "caller not queued", "error", err.Error())
		return ivr.Queued{Outcome: ivr.OutcomeUnavailable}
	}
	return ivr.Queued{Outcome: ivr.OutcomeOK, Transfer: id}
}

// why is why there is no level, as the agent is told.
func why(call ivr.Call, v ivr.Verdict) string {
	switch call.Queue.Why {
	case "failed", "limited", "unavailable", "withheld":
		return call.Queue.Why
	}
	return v.Why
}

func last2(s string) string { return s[max(0, len(s)-2):] }

// gone tells the desk that a call is over.
func (d deskAdapter) gone(ctx context.Context, callSID string) {
	if err := d.desk.CallerGone(ctx, callSID); err != nil {
		d.logger.WarnContext(ctx, "desk not told that a caller is gone", "error", err.Error())
	}
}

// Waiting is a caller's place.
func (d deskAdapter) Waiting(ctx context.Context, callSID string) (ivr.Waiting, error) {
	s, err := d.desk.Waiting(ctx, callSID)
	if err != nil {
		return ivr.Waiting{}, fmt.Errorf("desk: %w", err)
	}
	w := ivr.Waiting{Position: s.Position, Leave: s.Leave}
	if s.Known {
		w.Expected = s.Expected
	}
	return w, nil
}

// Caller tells that the caller joins the conference, or is back from it.
func (d deskAdapter) Caller(ctx context.Context, callSID string, back bool) (bool, error) {
	if back {
		return false, d.desk.CallerBack(ctx, callSID) //nolint:wrapcheck // it names itself
	}
	return d.desk.CallerJoined(ctx, callSID) //nolint:wrapcheck // it names itself
}

// Agent takes an agent's leg one event further.
func (d deskAdapter) Agent(ctx context.Context, e line.AgentEvent) (line.AgentTurn, error) {
	kind := desk.AgentKeys
	switch {
	case e.Status != "":
		kind = desk.AgentStatus
	case e.First:
		kind = desk.AgentAnswered
	case e.Left:
		kind = desk.AgentLeft
	case e.Keys == "":
		kind = desk.AgentSilence
	}
	t, err := d.desk.Agent(ctx, e.Transfer, desk.AgentEvent{
		Kind: kind, Offer: e.Offer, CallSID: e.CallSID, Keys: e.Keys, Status: e.Status, Sequence: e.Prompt,
	})
	if err != nil {
		return line.AgentTurn{}, fmt.Errorf("desk: %w", err)
	}
	out := line.AgentTurn{Prompt: t.Prompt, Line: t.Line, Language: t.Language}
	for _, m := range t.Say {
		out.Say = append(out.Say, ivr.Message{ID: m.ID, Args: m.Args})
	}
	switch t.Then {
	case transfer.ThenGather:
		out.Seconds = t.Expect.Seconds
	case transfer.ThenJoin:
		out.Conference = e.Transfer
	case transfer.ThenNothing, transfer.ThenWait, transfer.ThenHangup:
	}
	return out, nil
}

// Conference tells who has joined or left.
func (d deskAdapter) Conference(ctx context.Context, e line.ConferenceEvent) error {
	return d.desk.Room(ctx, e.Transfer, transfer.Room{ //nolint:wrapcheck // it names itself
		Room: e.Conference, Kind: transfer.ParseRoomKind(e.Kind), SID: e.CallSID, Sequence: e.Sequence,
	})
}
