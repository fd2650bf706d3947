package transfer_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringback/ivr/transfer"
)

func backTicket() transfer.Ticket {
	k := ticket(1)
	k.CallSID, k.Callback, k.Proof, k.Place = "", "b1", "1234", start.Add(-time.Minute).UnixMilli()
	return k
}

// calling is a callback whose agent has accepted and whose person is being dialled.
func calling() *play {
	return newPlay().on(transfer.Join{ID: "t1", Ticket: backTicket()}, look("alex"), claimed("alex"),
		transfer.Rung{Offer: 1, SID: "CA-1"}, transfer.Answered{Offer: 1, SID: "CA-1"}, press("1"))
}

func person(s transfer.LegStatus) transfer.PersonStatus {
	return transfer.PersonStatus{Offer: 1, SID: "CA-person", Status: s}
}

func key(yes bool) transfer.PersonKey {
	return transfer.PersonKey{Offer: 1, SID: "CA-person", Yes: yes}
}

func TestCallbackIsDialledAfterTheAccept(t *testing.T) {
	p := calling()
	want(t, p, transfer.StateAccepted, "LeaveQueue{} BusyAgent{alex 1} DialPerson{1} Wake{1m40s}")
	if p.last.Then != transfer.ThenJoin {
		t.Errorf("the agent is sent to %v", p.last.Then)
	}
	p.on(transfer.PersonDialled{Offer: 1, SID: "CA-person"}, person(transfer.LegUp))
	want(t, p, transfer.StateAccepted, "Wake{1m0s}")
	p.on(key(true))
	want(t, p, transfer.StateBridged, "SettleCallback{reached}")
	if p.last.Then != transfer.ThenJoin || p.last.Agent != "alex" || p.t.Ticket.CallSID != "CA-person" {
		t.Errorf("then %v with %q", p.last.Then, p.last.Agent)
	}
	p.on(key(true)) // the carrier asks twice
	want(t, p, transfer.StateBridged, "")
	if p.last.Then != transfer.ThenJoin {
		t.Errorf("asked twice: %v", p.last.Then)
	}
}

// Whatever keeps the person away frees the agent, who is told, and ends the call.
func TestCallbackNotReached(t *testing.T) {
	const freed = " FreeAgent{alex 1 wrap_up} Report{%s alex} %sSettleCallback{%s} LeaveQueue{}"
	for name, c := range map[string]struct {
		events  []transfer.What
		later   time.Duration
		report  string
		outcome transfer.CallbackOutcome
	}{
		"no answer":          {[]transfer.What{person(transfer.LegNoAnswer)}, 0, "error not_joined", transfer.CallbackNoAnswer},
		"busy":               {[]transfer.What{person(transfer.LegBusy)}, 0, "error not_joined", transfer.CallbackBusy},
		"failed":             {[]transfer.What{person(transfer.LegFailed)}, 0, "error not_joined", transfer.CallbackRefused},
		"voicemail":          {[]transfer.What{person(transfer.LegUp), person(transfer.LegCompleted)}, 0, "error not_joined", transfer.CallbackNoKey},
		"a machine talks on": {[]transfer.What{person(transfer.LegUp), look()}, time.Minute, "error not_joined", transfer.CallbackNoKey},
		"never heard of":     {[]transfer.What{look()}, 100 * time.Second, "error not_joined", transfer.CallbackNoAnswer},
		"not wanted":         {[]transfer.What{person(transfer.LegUp), key(false)}, 0, "caller_gone not_wanted", transfer.CallbackDeclined},
	} {
		p := calling().on(transfer.PersonDialled{Offer: 1, SID: "CA-person"})
		for i, e := range c.events {
			if i == len(c.events)-1 {
				p.wait(c.later)
			}
			p.on(e)
		}
		t.Run(name, func(t *testing.T) {
			stop := "StopRing{CA-person} "
			if c.outcome == transfer.CallbackDeclined { // who hears a last word
				stop = ""
			}
			want(t, p, transfer.StateDone, "TellAgent{CA-1 1}"+fmt.Sprintf(freed, c.report, stop, c.outcome))
			p.on(transfer.Answered{Offer: 1, SID: "CA-1"})
			if p.last.Then != transfer.ThenHangup || p.last.Say[0].ID != "agent_not_reached" {
				t.Errorf("the agent hears %v", p.last.Say)
			}
			p.on(transfer.Join{ID: "t1", Ticket: backTicket()})
			want(t, p, transfer.StateDone, "") // one attempt is dialled once
		})
	}
}

func TestCallbackAgentLeaves(t *testing.T) {
	p := calling().on(transfer.PersonDialled{Offer: 1, SID: "CA-person"}, person(transfer.LegUp), status(transfer.LegCompleted))
	want(t, p, transfer.StateDone, "FreeAgent{alex 1 wrap_up} Report{declined hung_up alex} StopRing{CA-person} SettleCallback{agent_left} LeaveQueue{}")
	p.on(key(true))
	if p.last.Then != transfer.ThenWait {
		t.Errorf("the person goes %v", p.last.Then)
	}
}

// A call that is heard of after its attempt is over is ended.
func TestCallbackStrayPerson(t *testing.T) {
	p := calling().on(transfer.PersonNotDialled{Offer: 1, Outcome: transfer.CallbackDown})
	want(t, p, transfer.StateDone, "TellAgent{CA-1 1} FreeAgent{alex 1 wrap_up} Report{error carrier_down alex} SettleCallback{down} LeaveQueue{}")
	for _, late := range []transfer.What{transfer.PersonDialled{Offer: 1, SID: "CA-person"}, person(transfer.LegUp)} {
		p.on(late)
		want(t, p, transfer.StateDone, "StopRing{CA-person}")
	}
	p.on(person(transfer.LegCompleted))
	want(t, p, transfer.StateDone, "")
}

// Nobody waits for a callback on the line: it goes on without rounds and limits, and
// is queued again when the desk is there again.
func TestCallbackWaitsQuietly(t *testing.T) {
	p := newPlay().on(transfer.Join{ID: "t1", Ticket: backTicket()})
	want(t, p, transfer.StateQueued, "Requeue{2026-11-24 14:59:00 false} Wake{0s}")
	p.wait(time.Hour).on(look("alex"), claimed("alex"))
	if p.t.State != transfer.StateOffered {
		t.Errorf("after an hour: %v", p.t.State)
	}
	p = newPlay().on(transfer.Join{ID: "t1", Ticket: backTicket()}, transfer.Look{Closed: true})
	want(t, p, transfer.StateDone, "LeaveQueue{}")
	p.on(transfer.Join{ID: "t1", Ticket: backTicket()})
	if p.t.State != transfer.StateQueued {
		t.Errorf("the next morning: %v", p.t.State)
	}
}

func TestAside(t *testing.T) {
	p := inState(transfer.StateQueued).wait(3 * time.Second).on(transfer.Aside{})
	want(t, p, transfer.StateDone, "Report{caller_gone aside } LeaveQueue{}")
	p = newPlay().on(join(1), look("alex"), claimed("alex"), transfer.Rung{Offer: 1, SID: "CA-1"}, transfer.Aside{})
	want(t, p, transfer.StateDone, "StopRing{CA-1} FreeAgent{alex 1 ready} Report{caller_gone aside alex} LeaveQueue{}")
	if p.last.Answer != transfer.AnswerDone || p.t.Leave != transfer.LeaveCallback {
		t.Errorf("%v, leaves for %q", p.last.Answer, p.t.Leave)
	}
	p.on(transfer.Aside{})
	if want(t, p, transfer.StateDone, ""); p.last.Answer != transfer.AnswerDone {
		t.Errorf("asked twice: %v", p.last.Answer)
	}
	queued := p.t.Queued
	p.wait(time.Minute).on(join(2))
	if p.t.State != transfer.StateQueued || p.t.Queued != queued {
		t.Errorf("back in the queue: %v, since %d and not %d", p.t.State, p.t.Queued, queued)
	}
	p = inState(transfer.StateOffered).on(transfer.Aside{}) // the brief is heard
	want(t, p, transfer.StateDone, "TellAgent{CA-1 1} FreeAgent{alex 1 ready} Report{caller_gone aside alex} LeaveQueue{}")
	for _, s := range []transfer.State{transfer.StateAccepted, transfer.StateBridged, transfer.StateHeld} {
		if p := inState(s).on(transfer.Aside{}); p.last.Answer != transfer.AnswerNotNow || p.t.State != s {
			t.Errorf("%v: %v, then %v", s, p.last.Answer, p.t.State)
		}
	}
}

// Whatever comes in whatever order, and however often: the person is dialled only
// after an accept and once; the attempt is settled once; nobody is left on a call
// when it is over.
func TestCallbackProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPlay()
		accepted, dialled, settled := false, 0, 0
		stopped := map[string]bool{}
		step := func(e transfer.What) {
			p.on(e)
			accepted = accepted || p.t.State == transfer.StateAccepted
			for _, a := range p.last.Actions {
				switch a := a.(type) {
				case transfer.DialPerson:
					if dialled++; !accepted {
						rt.Fatalf("dialled before an accept, by %T", e)
					}
				case transfer.SettleCallback:
					if settled++; dialled == 0 {
						rt.Fatalf("settled before it was dialled, by %T", e)
					}
				case transfer.StopRing:
					stopped[a.SID] = true
				case transfer.MoveCaller:
					if p.t.Ticket.CallSID == "" {
						rt.Fatalf("nobody is moved, by %T", e)
					}
				default:
				}
			}
		}
		step(transfer.Join{ID: "t1", Ticket: backTicket()})
		for range 60 {
			p.wait(time.Duration(rapid.IntRange(0, 40).Draw(rt, "seconds")) * time.Second)
			offer := uint32(rapid.IntRange(1, 3).Draw(rt, "offer"))
			leg, who := fmt.Sprintf("CA-%d", offer), []string{"alex", "robin"}[offer%2]
			sid := rapid.SampledFrom([]string{"CA-person", "CA-person", "CA-else"}).Draw(rt, "person")
			leaves := rapid.SampledFrom([]transfer.LegStatus{transfer.LegRinging, transfer.LegUp, transfer.LegCompleted, transfer.LegBusy, transfer.LegNoAnswer, transfer.LegFailed}).Draw(rt, "status")
			events := []transfer.What{
				look(who), look(),
				transfer.Claimed{Offer: offer, Agent: who},
				transfer.Rung{Offer: offer, SID: leg},
				transfer.Answered{Offer: offer, SID: leg},
				transfer.Pressed{Offer: offer, SID: leg, Keys: "1"},
				transfer.Pressed{Offer: offer, SID: leg, Keys: "1"},
				transfer.Status{Offer: offer, SID: leg, Status: leaves},
				transfer.PersonDialled{Offer: offer, SID: sid},
				transfer.PersonStatus{Offer: offer, SID: sid, Status: leaves},
				transfer.PersonKey{Offer: offer, SID: sid, Yes: rapid.Bool().Draw(rt, "yes")},
				transfer.PersonNotDialled{Offer: offer, Outcome: transfer.CallbackDown},
				transfer.Join{ID: "t1", Ticket: backTicket()},
				transfer.Aside{},
				transfer.CallerGone{},
				transfer.CallerBack{},
				transfer.AgentOut{Offer: offer, SID: leg},
				transfer.Do{Agent: who, Offer: offer, Deed: transfer.DeedAccept},
				transfer.Look{Closed: true},
			}
			step(rapid.SampledFrom(events).Draw(rt, "event"))
			if dialled > 1 || settled > dialled {
				rt.Fatalf("dialled %d times, settled %d times", dialled, settled)
			}
		}
		reached := p.t.Callback == transfer.CallbackReached
		if p.t.State == transfer.StateDone && dialled == 1 {
			if settled != 1 || p.t.Callback == transfer.CallbackPending {
				rt.Fatalf("over, settled %d times as %v", settled, p.t.Callback)
			}
			if p.t.Person != "" && !reached && p.t.Callback != transfer.CallbackDeclined && !stopped[p.t.Person] {
				rt.Fatal("somebody is left on the line")
			}
		}
	})
}

func TestCallbackOutcomes(t *testing.T) {
	var seen []string
	for _, o := range transfer.CallbackOutcomes() {
		if slices.Contains(seen, o.String()) || o == transfer.CallbackPending {
			t.Errorf("%v is there twice, or no outcome", o)
		}
		seen = append(seen, o.String())
	}
	if len(seen) != 10 || transfer.CallbackPending.String() != "pending" {
		t.Errorf("outcomes %v", seen)
	}
}
