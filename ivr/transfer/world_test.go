package transfer_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringback/ivr/transfer"
)

// world is agents with phones, a caller, and a carrier that loses, repeats and
// reorders what it sends. Its truth is kept apart from what the transfer knows.
type world struct {
	*play
	rt     *rapid.T
	agents map[string]*agent
	legs   []*leg
	mail   []mail // callbacks under way
	gone   bool
	// lostClaim says that a claim's answer was lost: only the lease on the agent
	// ends that.
	lostClaim bool
	invited   bool // a REST redirect of the caller is under way
	inRoom    bool
	rooms     int    // conferences so far
	seq       uint32 // events of the present one; 0 is none
	accepts   int
	bridges   int
	events    int
}

type agent struct {
	presence transfer.Presence
	offer    uint32 // that holds the agent
}

type leg struct {
	sid, agent      string
	offer           uint32
	up, inRoom, out bool
	told            bool // sent back to its first URL
	lossy           bool // something about it was lost, so that it may ring for its whole time
	prompt          uint32
	until           time.Time // rings no longer
}

type mail struct {
	what   transfer.What
	answer func(transfer.Turn)
}

func newWorld(rt *rapid.T) *world {
	w := &world{play: newPlay(), rt: rt, agents: map[string]*agent{}}
	for _, a := range []string{"alex", "robin", "jo"}[:3-rapid.IntRange(0, 3).Draw(rt, "fewer agents")] {
		w.agents[a] = &agent{presence: transfer.PresenceReady}
	}
	w.event(join(1), nil)
	return w
}

// oneIn is rare: the last of n, since rapid prefers small numbers.
func (w *world) oneIn(n int, what string) bool {
	return rapid.IntRange(0, n-1).Draw(w.rt, what) == n-1
}

// event plays one event and runs its actions, some of which are lost.
func (w *world) event(what transfer.What, answer func(transfer.Turn)) {
	if w.events++; w.events > 4000 {
		w.rt.Fatal("no end")
	}
	before := w.t.State
	w.on(what)
	if before != transfer.StateBridged && w.t.State == transfer.StateBridged {
		w.bridges++
	}
	if before == transfer.StateOffered && w.t.State == transfer.StateAccepted {
		w.accepts++
	}
	turn := w.last
	for _, a := range turn.Actions {
		w.run(a)
	}
	if answer != nil {
		answer(turn)
	}
	w.check()
}

func (w *world) run(a transfer.Action) {
	lost := w.oneIn(40, "lost action")
	switch a := a.(type) {
	case transfer.ClaimAgent:
		if !lost {
			w.claim(a)
		}
	case transfer.Ring:
		if !lost {
			w.ring(a)
		}
	case transfer.MoveCaller:
		if lost {
			w.send(transfer.NotMoved{Offer: a.Offer, Down: rapid.Bool().Draw(w.rt, "down")}, nil)
			return
		}
		w.invited = true
	case transfer.StopRing:
		if l := w.leg(a.SID); l != nil {
			if l.lossy = l.lossy || lost; !lost {
				w.end(l, transfer.LegCompleted)
			}
		}
	case transfer.TellAgent:
		if l := w.leg(a.SID); l != nil {
			w.leaveRoom(l)
			l.told = true
		}
	case transfer.BusyAgent:
		if g := w.agents[a.Agent]; g.offer == a.Offer && g.presence == transfer.PresenceRinging {
			g.presence = transfer.PresenceTalking
		}
	case transfer.FreeAgent:
		if g := w.agents[a.Agent]; g.offer == a.Offer {
			*g = agent{presence: a.To}
		}
	case transfer.Requeue, transfer.LeaveQueue, transfer.Wake, transfer.Report, transfer.ReportWait:
	default:
		w.rt.Fatalf("action %T", a)
	}
}

func (w *world) claim(a transfer.ClaimAgent) {
	for _, id := range a.Among {
		if g := w.agents[id]; g.presence == transfer.PresenceReady {
			*g = agent{transfer.PresenceRinging, a.Offer}
			w.send(transfer.Claimed{Offer: a.Offer, Agent: id}, nil)
			return
		}
	}
	w.send(transfer.Claimed{Offer: a.Offer}, nil)
}

func (w *world) ring(a transfer.Ring) {
	if w.oneIn(10, "refused") {
		w.send(transfer.NotRung{Offer: a.Offer, Down: rapid.Bool().Draw(w.rt, "down")}, nil)
		return
	}
	l := &leg{sid: fmt.Sprintf("CA-%d", a.Offer), agent: a.Agent, offer: a.Offer, until: w.at.Add(20 * time.Second)}
	w.legs = append(w.legs, l)
	w.send(transfer.Rung{Offer: l.offer, SID: l.sid}, nil)
	w.status(l, transfer.LegRinging)
}

// send puts a callback under way.
func (w *world) send(what transfer.What, answer func(transfer.Turn)) {
	w.mail = append(w.mail, mail{what, answer})
}

func (w *world) status(l *leg, s transfer.LegStatus) {
	w.send(transfer.Status{Offer: l.offer, SID: l.sid, Status: s}, nil)
}

func (w *world) leg(sid string) *leg {
	for _, l := range w.legs {
		if l.sid == sid && !l.out {
			return l
		}
	}
	return nil
}

func (w *world) live() []*leg {
	return slices.DeleteFunc(slices.Clone(w.legs), func(l *leg) bool { return l.out })
}

// end hangs up an agent's leg; the conference ends with it.
func (w *world) end(l *leg, s transfer.LegStatus) {
	l.out = true
	w.leaveRoom(l)
	w.status(l, s)
}

func (w *world) leaveRoom(l *leg) {
	if !l.inRoom {
		return
	}
	w.room(transfer.RoomLeave, l.sid)
	if w.inRoom {
		w.inRoom = false
		w.send(transfer.CallerBack{}, nil)
		w.room(transfer.RoomLeave, "CA-caller")
	}
	l.inRoom = false
	w.room(transfer.RoomEnd, "")
}

// room tells of the conference; the first who joins opens a new one.
func (w *world) room(kind transfer.RoomKind, sid string) {
	if w.seq == 0 {
		w.rooms++
	}
	w.seq++
	w.send(transfer.Room{Room: fmt.Sprintf("CF-%d", w.rooms), Kind: kind, SID: sid, Sequence: w.seq}, nil)
	if kind == transfer.RoomEnd {
		w.seq = 0
	}
}

// follow has a leg do what its webhook was answered with.
func (w *world) follow(l *leg) func(transfer.Turn) {
	return func(turn transfer.Turn) {
		switch turn.Then {
		case transfer.ThenJoin:
			if !l.inRoom {
				w.room(transfer.RoomJoin, l.sid)
			}
			l.inRoom = true
		case transfer.ThenHangup:
			w.end(l, transfer.LegCompleted)
		case transfer.ThenGather:
			l.prompt = turn.Prompt
		case transfer.ThenNothing, transfer.ThenWait:
			w.rt.Fatalf("an agent is answered with %v", turn.Then)
		}
	}
}

// act has an agent do something on a leg that lives.
func (w *world) act(l *leg) {
	offer, sid := l.offer, l.sid
	switch {
	case !l.up:
		switch {
		case w.oneIn(8, "busy"):
			w.end(l, transfer.LegBusy)
		case w.oneIn(8, "no answer"):
			w.end(l, transfer.LegNoAnswer)
		default:
			l.up = true
			w.status(l, transfer.LegUp)
			w.event(transfer.Answered{Offer: offer, SID: sid}, w.follow(l))
		}
	case l.told:
		l.told = false
		w.event(transfer.Answered{Offer: offer, SID: sid}, w.follow(l))
	case l.inRoom:
		w.end(l, transfer.LegCompleted)
	default:
		switch k := rapid.SampledFrom([]string{"1", "1", "1", "2", "9", "5", "", "hangup"}).Draw(w.rt, "key"); k {
		case "hangup":
			w.end(l, transfer.LegCompleted)
		case "":
			w.event(transfer.Silent{Offer: offer, SID: sid, Prompt: l.prompt}, w.follow(l))
		default:
			w.event(transfer.Pressed{Offer: offer, SID: sid, Prompt: l.prompt, Keys: k}, w.follow(l))
		}
	}
}

// deliver hands over one callback: in any order, perhaps twice, perhaps never.
func (w *world) deliver(i int, faults bool) {
	m := w.mail[i]
	again := false
	if faults {
		_, turn := m.what.(transfer.CallerBack) // the carrier asks again until it is answered
		if !turn && w.oneIn(12, "lost") {
			for _, l := range w.legs {
				l.lossy = l.lossy || m.what == transfer.What(transfer.Rung{Offer: l.offer, SID: l.sid})
			}
			if _, ok := m.what.(transfer.Claimed); ok {
				w.lostClaim = true
			}
			w.mail = slices.Delete(w.mail, i, i+1)
			return
		}
		again = w.oneIn(8, "twice")
	}
	if !again {
		w.mail = slices.Delete(w.mail, i, i+1)
	}
	w.event(m.what, m.answer)
}

func (w *world) look() {
	var l transfer.Look
	for id, a := range w.agents {
		switch a.presence {
		case transfer.PresenceReady:
			l.Ready = append(l.Ready, id)
		case transfer.PresenceRinging, transfer.PresenceTalking, transfer.PresenceWrapUp:
			l.Busy = append(l.Busy, id)
		case transfer.PresenceUnknown, transfer.PresenceAway:
		}
	}
	slices.Sort(l.Ready)
	slices.Sort(l.Busy)
	w.event(l, nil)
}

// pass lets time go by: phones stop ringing by themselves, wrap-up ends.
func (w *world) pass(d time.Duration) {
	w.wait(d)
	for _, l := range w.live() {
		if !l.up && !w.at.Before(l.until) {
			w.end(l, transfer.LegNoAnswer)
		}
	}
	for _, id := range []string{"alex", "robin", "jo"} {
		if a := w.agents[id]; a != nil && a.presence == transfer.PresenceWrapUp {
			a.presence = transfer.PresenceReady
		}
	}
}

// caller has the caller come, go back to the queue, or leave.
func (w *world) caller() {
	switch {
	case w.gone:
	case w.invited:
		w.invited = false
		w.event(transfer.CallerIn{}, func(turn transfer.Turn) {
			if w.inRoom = turn.Then == transfer.ThenJoin; w.inRoom {
				w.room(transfer.RoomJoin, "CA-caller")
			}
		})
	case w.t.State == transfer.StateReturned && w.events < 300:
		w.event(transfer.Join{ID: "t1", Ticket: ticket(w.t.Ticket.Ask + 1), Head: true}, nil)
	case w.oneIn(30, "leave"):
		w.hangUp()
	}
}

func (w *world) hangUp() {
	w.gone, w.invited = true, false
	if w.inRoom { // the conference ends with the caller
		w.inRoom = false
		w.room(transfer.RoomLeave, "CA-caller")
		for _, l := range w.live() {
			if l.inRoom {
				l.inRoom = false
				w.room(transfer.RoomLeave, l.sid)
				w.send(transfer.AgentOut{Offer: l.offer, SID: l.sid}, w.follow(l))
			}
		}
	}
	w.event(transfer.CallerGone{}, nil)
}

func (w *world) deliverAll() {
	for len(w.mail) > 0 {
		w.deliver(0, false)
	}
}

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
		w.look()
	}
	if w.t.State != transfer.StateDone {
		w.rt.Fatalf("ends in %v", w.t.State)
	}
	for _, l := range w.live() {
		if !l.up || l.inRoom || l.prompt == 0 {
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

// Whatever agents, caller and carrier do: one owner, at most one bridge for an
// accept, every ring stops, and it ends.
func TestWorld(t *testing.T) {
	reached := map[transfer.State]int{}
	for range 20 { // a hundred each
		rapid.Check(t, func(rt *rapid.T) { walk(rt, reached) })
	}
	for _, s := range transfer.States() {
		if s != transfer.StateConsulting && s != transfer.StateHeld && s != transfer.StateThreeWay && reached[s] == 0 {
			t.Errorf("the walk never came to %v: it shows nothing", s)
		}
	}
}

func walk(rt *rapid.T, reached map[transfer.State]int) {
	w := newWorld(rt)
	for range rapid.IntRange(40, 160).Draw(rt, "steps") {
		live := w.live()
		switch step := rapid.SampledFrom([]string{"agent", "mail", "look", "agent", "caller", "mail"}).Draw(rt, "step"); {
		case step == "mail" && len(w.mail) > 0:
			w.deliver(rapid.IntRange(0, len(w.mail)-1).Draw(rt, "mail"), true)
		case step == "agent" && len(live) > 0:
			w.act(rapid.SampledFrom(live).Draw(rt, "leg"))
		case step == "caller":
			w.caller()
		default:
			w.pass(time.Duration(rapid.IntRange(0, 12).Draw(rt, "seconds")) * time.Second)
			w.look()
		}
		reached[w.t.State]++
		if w.gone && len(w.live()) == 0 {
			break
		}
	}
	w.finish()
}
