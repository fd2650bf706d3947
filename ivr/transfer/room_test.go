package transfer_test

import (
	"slices"
	"testing"
	"time"

	"ringback/ivr/transfer"
)

// The caller's webhook was lost, but the caller is in.
func TestRoomBridges(t *testing.T) {
	p := inState(transfer.StateAccepted).wait(2 * time.Second).on(room(transfer.RoomJoin, "CA-1", 1))
	want(t, p, transfer.StateAccepted, "")
	p.on(room(transfer.RoomJoin, "CA-caller", 2))
	want(t, p, transfer.StateBridged, "ReportWait{2s}")
	if p.last.Then != transfer.ThenNothing {
		t.Errorf("a callback is answered with %v", p.last.Then)
	}
	p.on(transfer.CallerIn{}) // comes late
	want(t, p, transfer.StateBridged, "")
}

// A leave is acted upon when the leg's own webhook does not come.
func TestRoomTellsOfALeave(t *testing.T) {
	for name, events := range map[string][]transfer.What{
		"the agent":        {room(transfer.RoomLeave, "CA-1", 3)},
		"the caller":       {room(transfer.RoomLeave, "CA-caller", 3)},
		"the end":          {room(transfer.RoomEnd, "", 5)},
		"all of them":      {room(transfer.RoomLeave, "CA-1", 3), room(transfer.RoomLeave, "CA-caller", 4), room(transfer.RoomEnd, "", 5)},
		"all, out of turn": {room(transfer.RoomEnd, "", 5), room(transfer.RoomLeave, "CA-1", 3), room(transfer.RoomJoin, "CA-1", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			p := met().wait(time.Minute).on(events...)
			if p.t.State != transfer.StateBridged {
				t.Fatalf("acted at once: %v", p.t.State)
			}
			p.wait(4999 * time.Millisecond).on(look())
			want(t, p, transfer.StateBridged, "")
			p.wait(time.Millisecond).on(look())
			why := "agent_left"
			if name == "the caller" {
				why = "caller_left"
			}
			want(t, p, transfer.StateReturned, "TellAgent{CA-1 1} FreeAgent{alex 1 wrap_up} Report{completed "+why+" alex} Wake{5s}")
			p.on(transfer.CallerBack{}, transfer.AgentOut{Offer: 1, SID: "CA-1"}, status(transfer.LegCompleted))
			want(t, p, transfer.StateReturned, "")
		})
	}
}

// When the leg's own webhook comes, the room's word changes nothing.
func TestRoomIsIdempotentWithTheLegs(t *testing.T) {
	p := met().on(room(transfer.RoomLeave, "CA-1", 3))
	want(t, p, transfer.StateBridged, "Wake{5s}")
	p.on(room(transfer.RoomLeave, "CA-1", 3), room(transfer.RoomLeave, "CA-caller", 4))
	want(t, p, transfer.StateBridged, "")
	p.on(transfer.CallerBack{})
	want(t, p, transfer.StateReturned, "StopRing{CA-1} FreeAgent{alex 1 wrap_up} Report{completed agent_left alex}")
	p.on(room(transfer.RoomEnd, "", 5)).wait(time.Minute).on(look())
	want(t, p, transfer.StateReturned, "")
}

// Who is out and in again, as told in any order, is in.
func TestRoomOrder(t *testing.T) {
	p := met().on(room(transfer.RoomJoin, "CA-caller", 4), room(transfer.RoomLeave, "CA-caller", 3)).wait(time.Minute).on(look())
	want(t, p, transfer.StateBridged, "")
	p = met().on(room(transfer.RoomLeave, "CA-caller", 3), room(transfer.RoomJoin, "CA-caller", 4)).wait(time.Minute).on(look())
	want(t, p, transfer.StateBridged, "")
}

// What is heard late of the first talk's conference does not end the second.
func TestOldRoom(t *testing.T) {
	p := met().on(transfer.CallerBack{}, join(2), look("alex"), transfer.Claimed{Offer: 2, Agent: "alex"})
	p.on(transfer.Pressed{Offer: 2, SID: "CA-2", Keys: "1"}, transfer.CallerIn{})
	p.on(room(transfer.RoomLeave, "CA-caller", 4), room(transfer.RoomEnd, "", 5)).wait(time.Minute).on(look())
	want(t, p, transfer.StateBridged, "")
	second := room(transfer.RoomJoin, "CA-caller", 1)
	second.Room = "CF-2"
	if p.on(second); p.t.Room != "CF-2" {
		t.Errorf("the second talk is in %q", p.t.Room)
	}
}

func TestParseRoomKind(t *testing.T) {
	for event, want := range map[string]transfer.RoomKind{
		"participant-join": transfer.RoomJoin, "participant-leave": transfer.RoomLeave, "conference-end": transfer.RoomEnd,
		"conference-start": transfer.RoomUnknown, "": transfer.RoomUnknown,
	} {
		if got := transfer.ParseRoomKind(event); got != want {
			t.Errorf("%q = %v, want %v", event, got, want)
		}
	}
}

func TestClosedLineLetsGo(t *testing.T) {
	p := inState(transfer.StateQueued).on(transfer.Look{Ready: []string{"alex"}, Closed: true})
	want(t, p, transfer.StateDone, "Report{no_answer closed } LeaveQueue{}")
	if p.t.Leave != transfer.LeaveClosed {
		t.Errorf("leave %q", p.t.Leave)
	}
	p = inState(transfer.StateOffered).on(transfer.Look{Closed: true}) // an agent has the caller
	want(t, p, transfer.StateOffered, "")
}

// The agent hears the proof number in the brief and with the accept, and never
// what is none.
func TestProof(t *testing.T) {
	for proof, heard := range map[string]string{"4817": "4 8 1 7", "": "", "481": "", "48a7": ""} {
		k := ticket(1)
		k.Proof = proof
		p := newPlay().on(transfer.Join{ID: "t", Ticket: k}, look("alex"), claimed("alex"), transfer.Answered{Offer: 1, SID: "CA-1"})
		for _, turn := range []transfer.Turn{p.last, p.on(press("1")).last} {
			i := slices.IndexFunc(turn.Say, func(m transfer.Message) bool { return m.ID == "agent_proof" })
			switch {
			case (i >= 0) != (heard != ""):
				t.Errorf("%q: said %v", proof, said(turn))
			case i >= 0 && turn.Say[i].Args["digits"] != heard:
				t.Errorf("%q: said as %v", proof, turn.Say[i])
			}
		}
	}
}
