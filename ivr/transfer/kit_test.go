package transfer_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringback/ivr/transfer"
)

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

func ticket(ask uint32) transfer.Ticket {
	return transfer.Ticket{
		Ask: ask, CallSID: "CA-caller", CallRef: "ref", Line: "university", LineName: "Duke University OIT", Language: "en-US",
		Request: "new_number", SubjectHint: "01", Level: "none", Factors: []string{"pin"}, WhyNot: "one_method", NumberHint: "77",
	}
}

// play is a transfer that events are played on, a clock beside it.
type play struct {
	rules transfer.Rules
	t     transfer.Transfer
	at    time.Time
	last  transfer.Turn
}

func newPlay() *play { return &play{at: start} }

// on plays events without letting time pass.
func (p *play) on(events ...transfer.What) *play {
	for _, w := range events {
		p.t, p.last = p.rules.Next(p.t, transfer.Event{At: p.at, What: w})
	}
	return p
}

func (p *play) wait(d time.Duration) *play {
	p.at = p.at.Add(d)
	return p
}

// the ways into every state, with agent alex in offer 1 on the leg CA-1, and robin
// in offer 2 on CA-2 where a second agent is there.
func inState(s transfer.State) *play {
	way := []struct {
		to     transfer.State
		events []transfer.What
	}{
		{transfer.StateUnknown, nil},
		{transfer.StateQueued, []transfer.What{join(1)}},
		{transfer.StateOffered, []transfer.What{look("alex"), claimed("alex"), transfer.Rung{Offer: 1, SID: "CA-1"}, transfer.Answered{Offer: 1, SID: "CA-1"}}},
		{transfer.StateAccepted, []transfer.What{press("1")}},
		{transfer.StateBridged, []transfer.What{transfer.CallerIn{}}},
		{transfer.StateHeld, []transfer.What{deed("alex", 1, transfer.DeedHold), transfer.Arranged{Plan: 1, OK: true}}},
		{transfer.StateConsulting, slices.Concat(
			[]transfer.What{transfer.Do{Agent: "alex", Offer: 1, Deed: transfer.DeedResume}, transfer.Arranged{Plan: 2, OK: true}, consult("robin"), transfer.Arranged{Plan: 3, OK: true}},
			[]transfer.What{look("robin"), transfer.Claimed{Offer: 2, Agent: "robin"}, transfer.Rung{Offer: 2, SID: "CA-2"}},
			[]transfer.What{transfer.Answered{Offer: 2, SID: "CA-2"}, transfer.Pressed{Offer: 2, SID: "CA-2", Keys: "1"}},
		)},
		{transfer.StateThreeWay, []transfer.What{deed("alex", 1, transfer.DeedJoin), transfer.Arranged{Plan: 4, OK: true}}},
		{transfer.StateReturned, []transfer.What{deed("alex", 1, transfer.DeedDrop), transfer.Arranged{Plan: 5, OK: true}, status(transfer.LegCompleted)}},
		{transfer.StateDone, []transfer.What{transfer.CallerGone{}}},
	}
	p := newPlay()
	for _, w := range way {
		if p.on(w.events...); w.to == s {
			break
		}
	}
	return p
}

func deed(agent string, offer uint32, d transfer.Deed) transfer.Do {
	return transfer.Do{Agent: agent, Offer: offer, Deed: d}
}

func consult(colleague string) transfer.Do {
	return transfer.Do{Agent: "alex", Offer: 1, Deed: transfer.DeedConsult, Colleague: colleague}
}

func join(ask uint32) transfer.Join { return transfer.Join{ID: "t1", Ticket: ticket(ask)} }

func look(ready ...string) transfer.Look { return transfer.Look{Ready: ready} }

func claimed(agent string) transfer.Claimed { return transfer.Claimed{Offer: 1, Agent: agent} }

func press(keys string) transfer.Pressed {
	return transfer.Pressed{Offer: 1, SID: "CA-1", Keys: keys}
}

func status(s transfer.LegStatus) transfer.Status {
	return transfer.Status{Offer: 1, SID: "CA-1", Status: s}
}

// actions prints a turn's actions, such as "StopRing{CA-1} FreeAgent{alex 1 ready}".
func actions(turn transfer.Turn) string {
	all := make([]string, 0, len(turn.Actions))
	for _, a := range turn.Actions {
		name := strings.TrimPrefix(fmt.Sprintf("%T", a), "transfer.")
		body := strings.Trim(strings.ReplaceAll(fmt.Sprintf("%v", a), " +0000 UTC", ""), "{}")
		all = append(all, name+"{"+strings.ReplaceAll(body, "  [", " [")+"}")
	}
	return strings.Join(all, " ")
}

func said(turn transfer.Turn) []string {
	var ids []string
	for _, m := range turn.Say {
		ids = append(ids, m.ID)
	}
	return ids
}

func room(kind transfer.RoomKind, sid string, seq uint32) transfer.Room {
	return transfer.Room{Room: "CF-1", Kind: kind, SID: sid, Sequence: seq}
}

// met is a talk that the carrier has told of, too.
func met() *play {
	return inState(transfer.StateAccepted).on(
		room(transfer.RoomJoin, "CA-1", 1), transfer.CallerIn{}, room(transfer.RoomJoin, "CA-caller", 2),
	)
}
