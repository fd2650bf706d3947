package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ringback/ivr"
	"ringback/ivr/desk"
	"ringback/ivr/line"
	"ringback/ivr/transfer"
	"ringback/ivr/twilio"
)

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

// mixer is who hears whom in a conference.
type mixer struct {
	app     *App
	carrier *twilio.Client
}

var _ desk.Mixer = mixer{}

// room is the conference's SID, also when no callback has told it.
func (m mixer) room(ctx context.Context, c desk.Conference) (string, error) {
	if c.SID != "" {
		return c.SID, nil
	}
	sid, ok, err := m.carrier.FindConference(ctx, c.Name)
	if err == nil && !ok {
		err = fmt.Errorf("find conference: %w", twilio.ErrGone)
	}
	return sid, err //nolint:wrapcheck // it names itself
}

func (m mixer) update(ctx context.Context, c desk.Conference, callSID string, u twilio.ParticipantUpdate) error {
	sid, err := m.room(ctx, c)
	if err != nil {
		return err
	}
	return m.carrier.UpdateParticipant(ctx, sid, callSID, u) //nolint:wrapcheck // it names itself
}

// Set changes one leg.
func (m mixer) Set(ctx context.Context, c desk.Conference, s transfer.Setting) error {
	switch s.Kind {
	case transfer.SettingHold:
		return m.update(ctx, c, s.SID, twilio.ParticipantUpdate{Hold: &s.On, HoldURL: m.app.line.HoldURL(c.Name, c.Line, c.Language)})
	case transfer.SettingEnds:
		return m.update(ctx, c, s.SID, twilio.ParticipantUpdate{EndConferenceOnExit: &s.On})
	case transfer.SettingUnknown:
	}
	return fmt.Errorf("nothing to set: %v", s.Kind)
}

// Members are those in the conference.
func (m mixer) Members(ctx context.Context, c desk.Conference) ([]string, error) {
	sid, err := m.room(ctx, c)
	if err != nil {
		return nil, err
	}
	return m.carrier.Participants(ctx, sid) //nolint:wrapcheck // it names itself
}

// Announce has one leg hear who else is there.
func (m mixer) Announce(ctx context.Context, c desk.Conference, callSID string, offer int) error {
	return m.update(ctx, c, callSID, twilio.ParticipantUpdate{AnnounceURL: m.app.line.AnnounceURL(c.Name, offer)})
}

// deskAdapter is the desk as the line wants it.
type deskAdapter struct {
	desk     *desk.Desk
	logger   *slog.Logger
	policy   ivr.Policy
	now      func() time.Time
	closures *closures
}

// join queues a call with its story.
func (d deskAdapter) join(ctx context.Context, callSID string, call ivr.Call, e ivr.JoinQueue) ivr.Queued {
	if list := d.closures.list(ctx); d.closures.shut(call.Line, d.now()) {
		return ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueClosed, Closures: list}
	}
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
	switch {
	case errors.Is(err, desk.ErrFull):
		return ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueFull}
	case errors.Is(err, desk.ErrNobody):
		return ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueEmpty}
	case err != nil:
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
	d.closures.refresh(ctx) // the desk asks whether it is open
	s, err := d.desk.Waiting(ctx, callSID)
	if err != nil {
		return ivr.Waiting{}, fmt.Errorf("desk: %w", err)
	}
	w := ivr.Waiting{Position: s.Position, Leave: s.Leave}
	if s.Known {
		w.Expected = s.Expected
	}
	if w.Leave != "" {
		w.Closures = d.closures.list(ctx)
	}
	return w, nil
}

// Caller tells that the caller joins the conference, or is back from it.
func (d deskAdapter) Caller(ctx context.Context, callSID string, back bool) (meets bool, agent string, err error) {
	if back {
		return false, "", d.desk.CallerBack(ctx, callSID) //nolint:wrapcheck // it names itself
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
		out.Conference, out.Ends = e.Transfer, t.Ends
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

// OnHold is the tick of a caller on hold.
func (d deskAdapter) OnHold(ctx context.Context, transferID string) error {
	return d.desk.OnHold(ctx, transferID) //nolint:wrapcheck // it names itself
}

// Introduce is what a caller hears of an agent who has come to the talk.
func (d deskAdapter) Introduce(ctx context.Context, transferID string, offer int) (line.Introduction, error) {
	i, ok, err := d.desk.Introduce(ctx, transferID, offer)
	if err != nil || !ok || i.Agent == "" || i.Proof == "" {
		return line.Introduction{}, err //nolint:wrapcheck // it names itself
	}
	return line.Introduction{Line: i.Line, Language: i.Language, Say: []ivr.Message{
		{ID: "agent_with_you", Args: map[string]string{"agent": i.Agent, "proof": i.Proof}},
	}}, nil
}
