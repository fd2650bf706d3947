package transfer_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/transfer"
)

var update = flag.Bool("update", false, "write the table anew")

// kinds are all events, as they concern the offer that inState makes.
func kinds() []struct {
	name string
	what transfer.What
} {
	return []struct {
		name string
		what transfer.What
	}{
		{"join", join(1)},
		{"join again", join(2)},
		{"caller in", transfer.CallerIn{}},
		{"caller back", transfer.CallerBack{}},
		{"caller gone", transfer.CallerGone{}},
		{"look, robin ready", look("robin")},
		{"look, robin busy", transfer.Look{Busy: []string{"robin"}}},
		{"look, nobody", look()},
		{"claimed", transfer.Claimed{Offer: 1, Agent: "alex"}},
		{"claimed nobody", transfer.Claimed{Offer: 1}},
		{"claimed of another offer", transfer.Claimed{Offer: 7, Agent: "robin"}},
		{"rung", transfer.Rung{Offer: 1, SID: "CA-1"}},
		{"rung of another offer", transfer.Rung{Offer: 7, SID: "CA-7"}},
		{"not rung", transfer.NotRung{Offer: 1}},
		{"not rung, down", transfer.NotRung{Offer: 1, Down: true}},
		{"not moved", transfer.NotMoved{Offer: 1}},
		{"not moved, down", transfer.NotMoved{Offer: 1, Down: true}},
		{"answered", transfer.Answered{Offer: 1, SID: "CA-1"}},
		{"answered, another offer", transfer.Answered{Offer: 7, SID: "CA-7"}},
		{"answered, another leg", transfer.Answered{Offer: 1, SID: "CA-7"}},
		{"pressed 1", press("1")},
		{"pressed 2", press("2")},
		{"pressed 9", press("9")},
		{"pressed 5", press("5")},
		{"pressed 1, another offer", transfer.Pressed{Offer: 7, SID: "CA-7", Keys: "1"}},
		{"pressed 1, another leg", transfer.Pressed{Offer: 1, SID: "CA-7", Keys: "1"}},
		{"silent", transfer.Silent{Offer: 1, SID: "CA-1", Prompt: 1}},
		{"silent, repeated", transfer.Silent{Offer: 1, SID: "CA-1", Prompt: 9}},
		{"silent, another offer", transfer.Silent{Offer: 7, SID: "CA-7"}},
		{"agent out", transfer.AgentOut{Offer: 1, SID: "CA-1"}},
		{"agent out, another offer", transfer.AgentOut{Offer: 7, SID: "CA-7"}},
		{"status ringing", status(transfer.LegRinging)},
		{"status ringing, another offer", transfer.Status{Offer: 7, SID: "CA-7", Status: transfer.LegRinging}},
		{"status completed", status(transfer.LegCompleted)},
		{"status completed, another offer", transfer.Status{Offer: 7, SID: "CA-7", Status: transfer.LegCompleted}},
		{"status no-answer", status(transfer.LegNoAnswer)},
		{"status busy", status(transfer.LegBusy)},
		{"status failed", status(transfer.LegFailed)},
		{"status canceled", status(transfer.LegCanceled)},
		{"look, closed", transfer.Look{Ready: []string{"robin"}, Closed: true}},
		{"agent joins the room", room(transfer.RoomJoin, "CA-1", 1)},
		{"caller joins the room", room(transfer.RoomJoin, "CA-caller", 1)},
		{"somebody joins the room", room(transfer.RoomJoin, "CA-7", 1)},
		{"agent leaves a room", room(transfer.RoomLeave, "CA-1", 2)},
		{"a room ends", room(transfer.RoomEnd, "", 3)},
		{"second leaves a room", room(transfer.RoomLeave, "CA-2", 4)},
		{"second pressed 1", transfer.Pressed{Offer: 2, SID: "CA-2", Keys: "1"}},
		{"second pressed 2", transfer.Pressed{Offer: 2, SID: "CA-2", Keys: "2"}},
		{"second out", transfer.AgentOut{Offer: 2, SID: "CA-2"}},
		{"second completed", transfer.Status{Offer: 2, SID: "CA-2", Status: transfer.LegCompleted}},
		{"alex accepts", deed("alex", 1, transfer.DeedAccept)},
		{"alex accepts, picked up", transfer.Do{Agent: "alex", Offer: 1, Deed: transfer.DeedAccept, PickedUp: true}},
		{"alex declines", deed("alex", 1, transfer.DeedDecline)},
		{"alex holds", deed("alex", 1, transfer.DeedHold)},
		{"alex resumes", deed("alex", 1, transfer.DeedResume)},
		{"alex asks robin", consult("robin")},
		{"alex asks alex", consult("alex")},
		{"alex brings in", deed("alex", 1, transfer.DeedJoin)},
		{"alex hands over", deed("alex", 1, transfer.DeedHandOver)},
		{"alex drops", deed("alex", 1, transfer.DeedDrop)},
		{"alex ends", deed("alex", 1, transfer.DeedEnd)},
		{"robin brings in", deed("robin", 2, transfer.DeedJoin)},
		{"robin hands over", deed("robin", 2, transfer.DeedHandOver)},
		{"robin ends", deed("robin", 2, transfer.DeedEnd)},
		{"robin of another offer ends", deed("robin", 7, transfer.DeedEnd)},
		{"arranged", transfer.Arranged{Plan: 1, OK: true}},
		{"not arranged", transfer.Arranged{Plan: 1}},
		{"roster of all", transfer.Roster{SIDs: []string{"CA-1", "CA-2", "CA-caller"}}},
		{"roster of the caller", transfer.Roster{SIDs: []string{"CA-caller"}}},
		{"roster of nobody", transfer.Roster{}},
	}
}

type row struct {
	name string
	play func() *play
}

// rows are the states, and what the state alone does not tell.
func rows(t *testing.T) []row {
	all := []row{
		{"queued, claiming", func() *play { return inState(transfer.StateQueued).on(look("alex")) }},
		{"offered, no SID", func() *play { return inState(transfer.StateQueued).on(look("alex"), claimed("alex")) }},
		{"offered, ringing", func() *play {
			return inState(transfer.StateQueued).on(look("alex"), claimed("alex"), status(transfer.LegRinging))
		}},
		{"bridged, in room", func() *play { return met() }},
		{"holding", func() *play { return inState(transfer.StateBridged).on(deed("alex", 1, transfer.DeedHold)) }},
		{"consulting, holding", func() *play { return inState(transfer.StateBridged).on(consult("robin")) }},
		{"consulting, seeking", func() *play {
			return inState(transfer.StateBridged).on(consult("robin"), transfer.Arranged{Plan: 1, OK: true})
		}},
		{"consulting, ringing", func() *play {
			return inState(transfer.StateBridged).on(consult("robin"), transfer.Arranged{Plan: 1, OK: true}, look("robin"), transfer.Claimed{Offer: 2, Agent: "robin"},
				transfer.Rung{Offer: 2, SID: "CA-2"})
		}},
		{"bridged, gone", func() *play { return inState(transfer.StateBridged).on(transfer.CallerGone{}) }},
		{"done, no agents", func() *play {
			return inState(transfer.StateQueued).on(look()).wait(time.Minute).on(look())
		}},
	}
	for _, s := range append([]transfer.State{transfer.StateUnknown}, transfer.States()...) {
		if got := inState(s).t.State; got != s {
			t.Fatalf("the way to %v leads to %v", s, got)
		}
		all = append(all, row{s.String(), func() *play { return inState(s) }})
	}
	return all
}

// The whole table, every state and every event, is a file to be read.
func TestEveryStateAndEvent(t *testing.T) {
	var b strings.Builder
	for _, s := range rows(t) {
		for _, k := range kinds() {
			p := s.play()
			p.wait(time.Second).on(k.what)
			line := fmt.Sprintf("%-19s %-32s -> %-10s %-7s %s", s.name, k.name, p.t.State, p.last.Then, strings.Join(said(p.last), " "))
			if p.last.Ends {
				line += " ends"
			}
			if p.last.Answer != transfer.AnswerUnknown {
				line += " " + p.last.Answer.String()
			}
			if a := actions(p.last); a != "" {
				line += " | " + a
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			if held := p.t.Held(); held != (p.t.Agent != "") {
				t.Errorf("%v, %s: state %v with agent %q", s.name, k.name, p.t.State, p.t.Agent)
			}
		}
	}
	const file = "testdata/table.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); d != "" {
		t.Errorf("the table has changed; read it, then -update (-want +got):\n%s", d)
	}
}

func TestNextLeavesItsArgumentAlone(t *testing.T) {
	for _, s := range transfer.States() {
		for _, k := range kinds() {
			p := inState(s)
			p.t.Tried, p.t.Second.Tried = append(make([]string, 0, 8), "jo"), append(make([]string, 0, 8), "jo")
			before := p.t
			before.Tried, before.Second.Tried = slices.Clone(p.t.Tried), slices.Clone(p.t.Second.Tried)
			p.rules.Next(p.t, transfer.Event{At: p.at, What: k.what})
			if d := cmp.Diff(before, p.t); d != "" {
				t.Errorf("%v, %s changed its argument:\n%s", s, k.name, d)
			}
			for _, tried := range [][]string{p.t.Tried, p.t.Second.Tried} {
				if grown := tried[:2]; grown[1] != "" {
					t.Errorf("%v, %s wrote past the end of its argument", s, k.name)
				}
			}
		}
	}
}

type unlisted struct{ transfer.What }

func TestUnlistedEventPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an event that nobody handles passed")
		}
	}()
	transfer.Rules{}.Next(transfer.Transfer{}, transfer.Event{What: unlisted{}})
}
