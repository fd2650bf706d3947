package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"ringback/ivr/transfer"
)

// AgentKind is what an [AgentEvent] is.
type AgentKind uint8

// The kinds.
const (
	AgentUnknown  AgentKind = iota
	AgentAnswered           // the leg asks for its first document
	AgentKeys               // keys at a prompt
	AgentSilence            // none
	AgentLeft               // the conference is over, the agent is still there
	AgentStatus             // a status callback; its turn is empty
)

// AgentEvent is one webhook or callback of an agent's leg.
type AgentEvent struct {
	Kind    AgentKind
	Offer   int    // from the URL
	CallSID string // of the leg
	Keys    string // of AgentKeys
	Status  string // of AgentStatus: the carrier's CallStatus
	// Sequence is [transfer.Turn.Prompt] of the prompt that keys or silence
	// answer, if the URL carries it; 0: not known. Status callbacks need none:
	// their order does not matter.
	Sequence uint32
}

var errOffer = errors.New("offer number out of range")

// Agent takes an agent's leg one event further and returns what the agent
// hears. Legs of offers that are over, or of transfers that are not known any
// more, are answered, too: they are told and hung up.
func (d *Desk) Agent(ctx context.Context, transferID string, e AgentEvent) (transfer.Turn, error) {
	what, err := e.what()
	if err != nil || what == nil {
		return transfer.Turn{}, err
	}
	before, t, turn, err := d.step(ctx, transferID, what)
	if err != nil {
		return transfer.Turn{}, fmt.Errorf("agent's leg: %w", err)
	}
	turn.Line = t.Ticket.Line
	if a, ok := d.agents[cmp.Or(sitting(before, e.Offer), sitting(t, e.Offer), t.Agent, before.Agent)]; ok && len(a.Languages) > 0 {
		turn.Language = a.Languages[0]
	}
	d.named(turn.Say)
	return turn, nil
}

// sitting is the agent of an offer, if the transfer still has that one.
func sitting(t transfer.Transfer, offer int) string {
	for _, c := range []transfer.Seat{t.Seat, t.Second.Seat} {
		if int64(c.Offer) == int64(offer) {
			return c.Agent
		}
	}
	return ""
}

// Room takes the carrier's word on the conference of a transfer. It may come in
// any order, repeatedly, or never.
func (d *Desk) Room(ctx context.Context, transferID string, e transfer.Room) error {
	if e.Kind == transfer.RoomUnknown {
		return nil
	}
	if _, _, err := d.apply(ctx, transferID, e); err != nil {
		return fmt.Errorf("conference of a transfer: %w", err)
	}
	return nil
}

// what is the transfer's event; nil for a status that means nothing to it.
func (e AgentEvent) what() (transfer.What, error) {
	if e.Offer < 1 || e.Offer > 1<<31-1 {
		return nil, fmt.Errorf("agent's leg: %w", errOffer)
	}
	offer := uint32(e.Offer)
	switch e.Kind {
	case AgentAnswered:
		return transfer.Answered{Offer: offer, SID: e.CallSID}, nil
	case AgentKeys:
		return transfer.Pressed{Offer: offer, SID: e.CallSID, Prompt: e.Sequence, Keys: e.Keys}, nil
	case AgentSilence:
		return transfer.Silent{Offer: offer, SID: e.CallSID, Prompt: e.Sequence}, nil
	case AgentLeft:
		return transfer.AgentOut{Offer: offer, SID: e.CallSID}, nil
	case AgentStatus:
		s, err := transfer.ParseLegStatus(e.Status)
		if err != nil {
			return nil, nil //nolint:nilerr,nilnil // the carrier may add statuses
		}
		return transfer.Status{Offer: offer, SID: e.CallSID, Status: s}, nil
	case AgentUnknown:
	}
	return nil, errors.New("agent's leg: unknown kind of event")
}
