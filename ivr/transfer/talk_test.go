package transfer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/transfer"
)

const (
	held   = "Arrange{1 [{CA-1 ends false} {CA-caller hold true}]} Wake{5s}"
	resume = "Arrange{2 [{CA-1 ends true} {CA-caller hold false}]} Wake{5s}"
)

// The agent may leave alone before the caller is on hold, and not any more before the
// caller is off it; and only the call's own SID is named.
func TestHoldAndResume(t *testing.T) {
	p := inState(transfer.StateBridged).on(deed("alex", 1, transfer.DeedHold))
	want(t, p, transfer.StateHeld, held)
	p.on(transfer.Arranged{Plan: 1, OK: true}).wait(time.Second).on(deed("alex", 1, transfer.DeedResume))
	want(t, p, transfer.StateBridged, resume)
	p.on(transfer.Arranged{Plan: 2, OK: true}, look())
	want(t, p, transfer.StateBridged, "")
}

// A hold whose action was lost is asked for again, by the page or the next timer.
func TestHoldIsAskedForAgain(t *testing.T) {
	p := inState(transfer.StateBridged).on(deed("alex", 1, transfer.DeedHold)).wait(4 * time.Second).on(look())
	want(t, p, transfer.StateHeld, "")
	p.wait(time.Second).on(look())
	want(t, p, transfer.StateHeld, held)
	p.on(transfer.Arranged{Plan: 1}).wait(2 * time.Second).on(look()) // refused: sooner
	want(t, p, transfer.StateHeld, held)
}

// Complaint: the caller is not always placed on hold. Nobody is rung before the
// carrier has said yes, and a hold that fails three times is given up.
func TestCallerNotOnHold(t *testing.T) {
	p := inState(transfer.StateBridged).on(consult("robin"), look("robin"))
	want(t, p, transfer.StateConsulting, "")
	for range 2 {
		p.on(transfer.Arranged{Plan: 1})
	}
	want(t, p, transfer.StateConsulting, "Wake{2s}")
	p.on(transfer.Arranged{Plan: 1})
	want(t, p, transfer.StateBridged, "Report{error hold robin second} Arrange{2 [{CA-1 ends true} {CA-caller hold false}]} Wake{5s}")
	if p.t.Asked.Reason != transfer.ReasonHold || p.t.Second.Stage != transfer.StageNone {
		t.Errorf("asked %+v, second %+v", p.t.Asked, p.t.Second)
	}
}

// An answer about an arrangement that has been replaced says nothing.
func TestOldArrangement(t *testing.T) {
	p := inState(transfer.StateBridged).on(consult("robin"), deed("alex", 1, transfer.DeedDrop), consult("robin"))
	p.on(transfer.Arranged{Plan: 1, OK: true}, look("robin"))
	if p.t.Second.Stage != transfer.StageHolding {
		t.Errorf("stage %v", p.t.Second.Stage)
	}
}

// Complaint: keys that are meant for one leg act on another. A key counts on the
// phone that rings for the offer, and nowhere else.
func TestKeysOfTheWrongLeg(t *testing.T) {
	p := inState(transfer.StateConsulting)
	for _, w := range []transfer.Pressed{
		{Offer: 1, SID: "CA-caller", Keys: "1"}, {Offer: 2, SID: "CA-1", Keys: "2"}, {Offer: 1, SID: "CA-2", Keys: "2"}, {Offer: 9, SID: "CA-1", Keys: "1"},
	} {
		p.on(w)
		want(t, p, transfer.StateConsulting, "")
		if p.last.Then != transfer.ThenHangup {
			t.Errorf("%+v is answered with %v", w, p.last.Then)
		}
	}
}

// Complaint: the next free colleague's voicemail takes the call. It presses nothing,
// and the one after is asked; without one the talk goes on as it was.
func TestVoicemailOfAColleague(t *testing.T) {
	p := inState(transfer.StateBridged).on(consult(""), transfer.Arranged{Plan: 1, OK: true}, look("jo", "robin"))
	want(t, p, transfer.StateConsulting, "ClaimAgent{2 [jo robin]} Wake{10s}")
	p.on(transfer.Claimed{Offer: 2, Agent: "jo"}, transfer.Answered{Offer: 2, SID: "CA-2"})
	for n := range uint32(3) {
		p.wait(4 * time.Second).on(transfer.Silent{Offer: 2, SID: "CA-2", Prompt: n + 1})
	}
	want(t, p, transfer.StateConsulting, "FreeAgent{jo 2 away} Report{voicemail no_key jo second} Wake{0s}")
	p.on(look("robin"))
	want(t, p, transfer.StateConsulting, "ClaimAgent{3 [robin]} Wake{10s}")
	p.on(transfer.Claimed{Offer: 3}, look())
	want(t, p, transfer.StateBridged, "Arrange{2 [{CA-1 ends true} {CA-caller hold false}]} Wake{5s}")
	if p.t.Asked.Agent != "jo" {
		t.Errorf("on record %+v", p.t.Asked)
	}
}

// From hold a colleague who cannot help leaves the caller on hold.
func TestConsultFromHold(t *testing.T) {
	p := inState(transfer.StateHeld).on(consult("robin"))
	want(t, p, transfer.StateConsulting, "Wake{0s}")
	p.on(look())
	want(t, p, transfer.StateHeld, "Report{no_answer nobody robin second}")
}

// A ring for help stops with whoever wanted it.
func TestRingForHelpStops(t *testing.T) {
	ringing := func() *play {
		return inState(transfer.StateBridged).on(consult("robin"), transfer.Arranged{Plan: 1, OK: true}, look("robin"),
			transfer.Claimed{Offer: 2, Agent: "robin"}, transfer.Rung{Offer: 2, SID: "CA-2"})
	}
	for name, w := range map[string]transfer.What{
		"the caller leaves": transfer.CallerGone{}, "the agent hangs up": status(transfer.LegCompleted),
		"the agent ends": deed("alex", 1, transfer.DeedEnd), "the agent asks no longer": deed("alex", 1, transfer.DeedDrop),
		"the conference ends": transfer.CallerBack{},
	} {
		t.Run(name, func(t *testing.T) {
			p := ringing().on(w)
			if !slices.Contains(p.last.Actions, transfer.Action(transfer.StopRing{SID: "CA-2"})) {
				t.Errorf("%s", actions(p.last))
			}
			p.on(transfer.Answered{Offer: 2, SID: "CA-2"}) // the answer that came first
			if p.last.Then != transfer.ThenHangup {
				t.Errorf("an answer joins: %v", p.last.Then)
			}
		})
	}
	p := inState(transfer.StateBridged).on(consult("robin"), transfer.Arranged{Plan: 1, OK: true}, look("robin"),
		transfer.Claimed{Offer: 2, Agent: "robin"}, transfer.CallerGone{}, transfer.Rung{Offer: 2, SID: "CA-2"})
	want(t, p, transfer.StateHeld, "StopRing{CA-2}") // the SID came late
}

// At a hand-over the owner changes in one step, and the first agent is told.
func TestHandOver(t *testing.T) {
	p := inState(transfer.StateConsulting).on(deed("alex", 1, transfer.DeedHandOver))
	if p.t.Agent != "robin" || p.t.Offer != 2 || p.t.State != transfer.StateBridged {
		t.Fatalf("%v has offer %d in %v", p.t.Agent, p.t.Offer, p.t.State)
	}
	p.on(transfer.Answered{Offer: 1, SID: "CA-1"})
	if d := cmp.Diff([]string{"agent_handed_over"}, said(p.last)); d != "" || p.last.Say[0].Args["agent"] != "robin" {
		t.Errorf("%v %s", p.last.Say, d)
	}
	p.on(status(transfer.LegCompleted), transfer.AgentOut{Offer: 1, SID: "CA-1"}) // late, of the first
	want(t, p, transfer.StateBridged, "")
	p.on(transfer.Status{Offer: 2, SID: "CA-2", Status: transfer.LegCompleted})
	if p.t.State != transfer.StateReturned {
		t.Errorf("after the second has left: %v", p.t.State)
	}
}

// Whom the carrier knows of in the conference, while nobody would hear an agent leave.
func TestRoster(t *testing.T) {
	for _, c := range []struct {
		name  string
		state transfer.State
		in    []string
		to    transfer.State
		agent string
	}{
		{"all of two", transfer.StateHeld, []string{"CA-1", "CA-caller"}, transfer.StateHeld, "alex"},
		{"the agent has left", transfer.StateHeld, []string{"CA-caller"}, transfer.StateReturned, ""},
		{"the caller has left", transfer.StateHeld, []string{"CA-1"}, transfer.StateReturned, ""},
		{"all of three", transfer.StateThreeWay, []string{"CA-1", "CA-2", "CA-caller"}, transfer.StateThreeWay, "alex"},
		{"the first has left", transfer.StateThreeWay, []string{"CA-2", "CA-caller"}, transfer.StateBridged, "robin"},
		{"the second has left", transfer.StateThreeWay, []string{"CA-1", "CA-caller"}, transfer.StateBridged, "alex"},
		{"both have left", transfer.StateThreeWay, []string{"CA-caller"}, transfer.StateReturned, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := inState(c.state).wait(15 * time.Second).on(look())
			if !slices.Contains(p.last.Actions, transfer.Action(transfer.CheckRoom{})) {
				t.Fatalf("not looked: %s", actions(p.last))
			}
			p.on(transfer.Roster{SIDs: c.in})
			if p.t.State != c.to || p.t.Agent != c.agent {
				t.Errorf("%v with %q, want %v with %q", p.t.State, p.t.Agent, c.to, c.agent)
			}
		})
	}
	p := inState(transfer.StateBridged).wait(time.Minute).on(look())
	want(t, p, transfer.StateBridged, "") // either's leaving would end it
	p.on(transfer.Look{Music: true})
	want(t, p, transfer.StateBridged, "CheckRoom{} Wake{15s}") // but nobody has come
}

// Who has only just accepted hears a few words before the conference.
func TestRosterDoesNotRush(t *testing.T) {
	p := inState(transfer.StateBridged).wait(5*time.Second).on(deed("alex", 1, transfer.DeedHold), transfer.Arranged{Plan: 1, OK: true})
	p.on(transfer.Roster{SIDs: []string{"CA-caller"}})
	want(t, p, transfer.StateHeld, "")
}

// Of page and phone, whichever comes first counts; the other changes nothing.
func TestPageAndPhone(t *testing.T) {
	t.Run("the page, while it rings", func(t *testing.T) {
		p := inState(transfer.StateQueued).on(look("alex"), claimed("alex"), status(transfer.LegRinging), deed("alex", 1, transfer.DeedAccept))
		want(t, p, transfer.StateOffered, "")
		p.on(transfer.Answered{Offer: 1, SID: "CA-1"})
		if p.last.Then != transfer.ThenGather || slices.Contains(said(p.last), "agent_brief") {
			t.Errorf("then %v, said %v", p.last.Then, said(p.last))
		}
		p.on(press("1"))
		want(t, p, transfer.StateAccepted, "LeaveQueue{} BusyAgent{alex 1} MoveCaller{1} Wake{5s}")
	})
	t.Run("the page, and a voicemail picks up", func(t *testing.T) {
		p := inState(transfer.StateQueued).on(look("alex"), claimed("alex"), status(transfer.LegRinging), deed("alex", 1, transfer.DeedAccept))
		p.on(transfer.Answered{Offer: 1, SID: "CA-1"})
		p.on(deed("alex", 1, transfer.DeedAccept)) // of a page that still showed the ring
		want(t, p, transfer.StateOffered, "")
		for range 3 {
			p.on(transfer.Silent{Offer: 1, SID: "CA-1"})
		}
		want(t, p, transfer.StateQueued, "FreeAgent{alex 1 away} Report{voicemail no_key alex} Wake{0s}")
	})
	t.Run("the page, and nobody picks up", func(t *testing.T) {
		p := inState(transfer.StateQueued).on(look("alex"), claimed("alex"), deed("alex", 1, transfer.DeedAccept), status(transfer.LegNoAnswer))
		want(t, p, transfer.StateQueued, "FreeAgent{alex 1 away} Report{no_answer rang_out alex} Wake{0s}")
	})
	t.Run("the page, during the brief", func(t *testing.T) {
		p := inState(transfer.StateOffered).on(transfer.Do{Agent: "alex", Offer: 1, Deed: transfer.DeedAccept, PickedUp: true})
		want(t, p, transfer.StateAccepted, "LeaveQueue{} BusyAgent{alex 1} MoveCaller{1} Wake{5s} TellAgent{CA-1 1}")
		if p.t.Meets(1) {
			t.Error("the phone has not been heard of")
		}
		p.on(press("2")) // too late
		want(t, p, transfer.StateAccepted, "")
		if p.last.Then != transfer.ThenJoin || !p.t.Meets(1) {
			t.Errorf("then %v", p.last.Then)
		}
	})
	t.Run("the phone, then the page", func(t *testing.T) {
		p := inState(transfer.StateAccepted).on(deed("alex", 1, transfer.DeedAccept))
		want(t, p, transfer.StateAccepted, "")
		if p.on(deed("alex", 1, transfer.DeedDecline)); p.last.Answer != transfer.AnswerNotNow {
			t.Errorf("declined after the accept: %v", p.last.Answer)
		}
	})
	t.Run("the page declines", func(t *testing.T) {
		p := inState(transfer.StateOffered).on(deed("alex", 1, transfer.DeedDecline))
		want(t, p, transfer.StateQueued, "StopRing{CA-1} FreeAgent{alex 1 ready} Report{declined page alex} Wake{0s}")
		if p.on(deed("alex", 1, transfer.DeedAccept)); p.last.Answer != transfer.AnswerOver {
			t.Errorf("accepted after the decline: %v", p.last.Answer)
		}
	})
}

// A conference of the same name that begins anew within a talk is the talk's.
func TestRoomBeginsAnew(t *testing.T) {
	p := inState(transfer.StateAccepted).on(room(transfer.RoomJoin, "CA-1", 1), room(transfer.RoomLeave, "CA-1", 2), room(transfer.RoomEnd, "", 3))
	again := room(transfer.RoomJoin, "CA-1", 1)
	again.Room = "CF-2"
	caller := room(transfer.RoomJoin, "CA-caller", 2)
	caller.Room = "CF-2"
	p.on(again, caller).wait(time.Minute).on(look())
	want(t, p, transfer.StateBridged, "")
	p.on(room(transfer.RoomLeave, "CA-1", 4)).wait(time.Minute).on(look()) // late, of the first
	want(t, p, transfer.StateBridged, "")
}

// Each reason belongs to one result, and has a name of its own.
func TestReasons(t *testing.T) {
	seen := map[string]bool{"unknown": true}
	for _, r := range transfer.Results() {
		for _, why := range r.Reasons() {
			if why.Ending() != (transfer.Ending{Result: r, Reason: why}) || seen[why.String()] {
				t.Errorf("%v is of %v", why, why.Ending())
			}
			seen[why.String()] = true
		}
	}
	if last := transfer.Reason(len(seen)); transfer.ReasonCancelled+1 != last {
		t.Errorf("%d reasons, and the last is %d", len(seen), transfer.ReasonCancelled)
	}
	if got := transfer.ReasonUnknown.Ending(); got != (transfer.Ending{}) {
		t.Errorf("unknown ends %v", got)
	}
}

// What a page offers is done, and nothing else.
func TestMay(t *testing.T) {
	for _, r := range rows(t) {
		for _, who := range []struct {
			agent string
			offer uint32
		}{{"alex", 1}, {"robin", 2}, {"jo", 3}} {
			for _, d := range transfer.Deeds() {
				p := r.play()
				may := slices.Contains(p.t.May(who.agent), d)
				do := deed(who.agent, who.offer, d)
				if p.on(do); may != (p.last.Answer == transfer.AnswerDone && (len(p.last.Actions) > 0 || !cmp.Equal(p.t, r.play().t))) {
					t.Errorf("%s, %s, %v: may %v, answered %v with %s", r.name, who.agent, d, may, p.last.Answer, actions(p.last))
				}
			}
		}
	}
}

func TestParseDeed(t *testing.T) {
	for _, d := range transfer.Deeds() {
		if got, err := transfer.ParseDeed(d.String()); got != d || err != nil {
			t.Errorf("%v: %v, %v", d, got, err)
		}
	}
	for _, bad := range []string{"", "unknown", "verify", "deed(3)"} {
		if _, err := transfer.ParseDeed(bad); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}
