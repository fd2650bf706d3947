package transfer_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringback/ivr/transfer"
)

// check holds at any moment.
func (w *world) check() {
	holders := 0
	for id, a := range w.agents {
		if a.presence == transfer.PresenceTalking && a.offer == w.t.Offer {
			holders++
			if w.t.Held() && w.t.Agent != id {
				w.rt.Fatalf("%s has the caller, the transfer says %q", id, w.t.Agent)
			}
		}
	}
	if holders > 1 {
		w.rt.Fatalf("%d agents have the caller", holders)
	}
	if w.bridges > w.accepts {
		w.rt.Fatalf("%d accepts, %d bridges", w.accepts, w.bridges)
	}
	if w.t.Held() != (w.t.Agent != "") {
		w.rt.Fatalf("state %v with agent %q", w.t.State, w.t.Agent)
	}
	k := w.t.Second
	if k.Agent != "" && (k.Agent == w.t.Agent || k.Offer == w.t.Offer) || k.Stage != transfer.StageNone && !w.t.Talking() {
		w.rt.Fatalf("state %v of %s with a second agent %+v", w.t.State, w.t.Agent, k)
	}
	if (k.Agent != "") != (k.Stage == transfer.StageOffered || k.Stage == transfer.StageIn) {
		w.rt.Fatalf("a second agent %+v", k)
	}
	if w.t.State == transfer.StateThreeWay && k.Stage != transfer.StageIn {
		w.rt.Fatalf("three talk, the second is %v", k.Stage)
	}
	for _, l := range w.live() { // nobody rings for help before the caller is on hold
		if m := w.room[callerSID]; l.offer == k.Offer && k.Agent != "" && !l.up && m != nil && !m.hold && !w.gone {
			w.rt.Fatalf("%s is rung for help while the caller hears everything", l.agent)
		}
	}
}

// finish hangs up the caller and lets everything run out, without new faults of
// the carrier's: then nothing may be left.
func (w *world) finish() {
	if !w.gone {
		w.hangUp()
	}
	for range 60 {
		w.deliverAll()
		for _, l := range w.live() {
			if !l.up && !l.lossy {
				w.rt.Fatalf("leg %s rings on after the caller has left", l.sid)
			}
			if l.told {
				w.act(l)
			}
		}
		w.pass(3 * time.Second)
		w.look(false)
	}
	if w.t.State != transfer.StateDone {
		w.rt.Fatalf("ends in %v", w.t.State)
	}
	for _, l := range w.live() {
		if !l.up || w.room[l.sid] != nil || l.prompt == 0 {
			w.rt.Errorf("a leg of offer %d lives on: %+v", l.offer, *l)
		}
	}
	for _, l := range w.live() { // listens to a brief: the next webhook ends it
		w.event(transfer.Silent{Offer: l.offer, SID: l.sid, Prompt: l.prompt}, w.follow(l))
	}
	for id, a := range w.agents {
		if a.presence == transfer.PresenceTalking || a.presence == transfer.PresenceRinging && !w.lostClaim {
			w.rt.Errorf("%s is left %v by offer %d", id, a.presence, a.offer)
		}
	}
	w.deliverAll()
	if live := w.live(); len(live) > 0 {
		w.rt.Errorf("%d legs live on", len(live))
	}
}

// Whatever agents, caller, carrier and instances do: one owner, at most one bridge
// for an accept, no silence of more than 30 s, every ring stops, and it ends.
func TestWorld(t *testing.T) {
	reached := map[string]int{}
	for range 20 { // a hundred each
		rapid.Check(t, func(rt *rapid.T) { walk(rt, reached) })
	}
	want := []string{"second seeking", "second offered", "second in", "completed handed_over", "completed dropped", "declined page", "error hold"}
	for _, s := range transfer.States() {
		want = append(want, s.String())
	}
	for _, s := range want {
		if reached[s] == 0 {
			t.Errorf("the walk never came to %s: it shows nothing", s)
		}
	}
}

// begin plays a call that goes well for a while, so that a walk comes to where it
// is seldom by chance: to a talk, or to one with a second agent.
func (w *world) begin(talk, second bool) {
	for range 40 {
		w.deliverAll()
		switch {
		case w.t.State == transfer.StateBridged && !second, w.t.Second.Stage == transfer.StageIn, !talk && !second:
			return
		case w.t.State == transfer.StateBridged:
			w.event(transfer.Do{Agent: w.t.Agent, Offer: w.t.Offer, Deed: transfer.DeedConsult}, nil)
		case w.invited:
			w.caller()
		}
		for _, l := range w.live() {
			switch {
			case !l.up:
				l.up = true
				w.event(transfer.Answered{Offer: l.offer, SID: l.sid}, w.follow(l))
			case w.room[l.sid] == nil:
				w.event(transfer.Pressed{Offer: l.offer, SID: l.sid, Prompt: l.prompt, Keys: "1"}, w.follow(l))
			}
		}
		w.pass(time.Second)
	}
}

func walk(rt *rapid.T, reached map[string]int) {
	w := newWorld(rt)
	w.begin(rapid.Bool().Draw(rt, "begins in a talk"), rapid.Bool().Draw(rt, "begins with two agents"))
	steps := []string{"mail", "agent", "mail", "time", "mail", "page", "agent", "caller", "mail", "time", "mail"}
	for range rapid.IntRange(40, 300).Draw(rt, "steps") {
		live := w.live()
		switch step := rapid.SampledFrom(steps).Draw(rt, "step"); {
		case step == "mail" && len(w.mail) > 0:
			i := 0
			if w.oneIn(3, "out of turn") {
				i = rapid.IntRange(0, len(w.mail)-1).Draw(rt, "mail")
			}
			w.deliver(i, true)
		case step == "agent" && len(live) > 0:
			w.act(rapid.SampledFrom(live).Draw(rt, "leg"))
		case step == "page":
			w.page()
		case step == "caller":
			w.caller()
		case w.oneIn(25, "instance dies"):
			w.die()
		default:
			w.pass(time.Duration(rapid.SampledFrom([]int{1, 1, 2, 3, 6, 12, 30}).Draw(rt, "seconds")) * time.Second)
		}
		if w.gone && len(w.live()) == 0 {
			break
		}
	}
	w.finish()
	for s, n := range w.seen {
		reached[s] += n
	}
}
