package transfer_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringback/ivr/transfer"
)

// world is agents with phones and pages, a caller, instances that die, and a carrier
// that loses, repeats and reorders what it sends. Its truth is kept apart from what
// the transfer knows.
type world struct {
	*play
	rt     *rapid.T
	agents map[string]*agent
	legs   []*leg
	mail   []mail // callbacks and reports under way
	wakes  []time.Time
	gone   bool
	// lostClaim says that a claim's answer was lost: only the lease on the agent
	// ends that.
	lostClaim bool
	invited   bool // a REST redirect of the caller is under way
	since     time.Time

	room    map[string]*member // by SID; the caller's is "CA-caller"
	started bool               // two have met in it
	rooms   int                // conferences so far
	seq     uint32             // events of the present one; 0 is none
	silent  time.Duration      // for how long the caller has heard nothing
	alone   time.Duration      // for how long nobody was with the caller in the conference
	ticked  time.Time          // when a document of the caller's was last asked for

	loss                     int // one callback in so many never comes
	accepts, bridges, events int
	seen                     map[string]int // what came about, for the test to show something
}

type agent struct {
	presence transfer.Presence
	offer    uint32 // that holds the agent
}

// member is a leg in the conference.
type member struct{ hold, ends bool }

type leg struct {
	sid, agent string
	offer      uint32
	up, out    bool
	told       bool // sent back to its first URL
	lossy      bool // something about it was lost, so that it may ring for its whole time
	prompt     uint32
	until      time.Time // rings no longer
}

type mail struct {
	what   transfer.What
	answer func(transfer.Turn)
	at     time.Time
}

const callerSID = "CA-caller"

func newWorld(rt *rapid.T) *world {
	w := &world{play: newPlay(), rt: rt, agents: map[string]*agent{}, room: map[string]*member{}, seen: map[string]int{}}
	w.ticked = w.at
	w.loss = rapid.SampledFrom([]int{12, 12, 2}).Draw(rt, "loss")
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
	if w.events++; w.events > 6000 {
		w.rt.Fatal("no end")
	}
	before := w.t.State
	w.on(what)
	if before != transfer.StateBridged && before == transfer.StateAccepted && w.t.State == transfer.StateBridged {
		w.bridges++
	}
	if before == transfer.StateOffered && w.t.State == transfer.StateAccepted {
		w.accepts++
	}
	w.seen[w.t.State.String()]++
	w.seen["second "+w.t.Second.Stage.String()]++
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
		switch {
		case lost:
			w.send(transfer.NotMoved{Offer: a.Offer, Down: rapid.Bool().Draw(w.rt, "down")}, nil)
		case !w.gone:
			w.leaveRoom(callerSID) // a redirect takes the leg out of the conference
			w.invited, w.since = true, w.at
		}
	case transfer.StopRing:
		if l := w.leg(a.SID); l != nil {
			if l.lossy = l.lossy || lost; !lost {
				w.end(l, transfer.LegCompleted)
			}
		}
	case transfer.TellAgent: // what cannot be told is ended
		if l := w.leg(a.SID); l != nil {
			w.leaveRoom(l.sid)
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
	case transfer.Arrange:
		if !lost {
			w.arrange(a)
		}
	case transfer.CheckRoom:
		if !lost {
			w.send(transfer.Roster{SIDs: w.members()}, nil)
		}
	case transfer.Wake:
		if !lost {
			w.wakes = append(w.wakes, w.at.Add(a.After))
		}
	case transfer.Report:
		w.seen[a.Ending.Result.String()+" "+a.Ending.Reason.String()]++
	case transfer.Requeue, transfer.LeaveQueue, transfer.ReportWait, transfer.Announce:
	default:
		w.rt.Fatalf("action %T", a)
	}
}

func (w *world) members() []string {
	var sids []string
	for sid := range w.room {
		sids = append(sids, sid)
	}
	slices.Sort(sids)
	return sids
}

// arrange sets how the conference is, until something fails. For somebody on hold
// the carrier says yes to a change of who ends it, and ignores it.
func (w *world) arrange(a transfer.Arrange) {
	for _, s := range a.Settings {
		m := w.room[s.SID]
		switch {
		case m == nil:
			w.send(transfer.Arranged{Plan: a.Plan, Gone: true}, nil)
			return
		case w.oneIn(12, "not set"):
			w.send(transfer.Arranged{Plan: a.Plan}, nil)
			return
		case s.Kind == transfer.SettingHold:
			m.hold = s.On
			w.ticked = w.at
		case s.Kind == transfer.SettingEnds && !m.hold:
			m.ends = s.On
		}
	}
	w.send(transfer.Arranged{Plan: a.Plan, OK: true}, nil)
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

// send puts a callback or a report under way.
func (w *world) send(what transfer.What, answer func(transfer.Turn)) {
	w.mail = append(w.mail, mail{what, answer, w.at})
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

// end hangs up an agent's leg.
func (w *world) end(l *leg, s transfer.LegStatus) {
	l.out = true
	w.leaveRoom(l.sid)
	w.status(l, s)
}

// enter joins the conference, which starts when two are in it.
func (w *world) enter(sid string, ends bool) {
	if w.room[sid] != nil {
		return
	}
	if w.seq == 0 {
		w.rooms++
		w.started = false
	}
	w.room[sid] = &member{ends: ends}
	w.started = w.started || len(w.room) > 1
	w.ticked = w.at
	w.tell(transfer.RoomJoin, sid)
}

// leaveRoom takes a leg out of the conference, and ends that if it has to.
func (w *world) leaveRoom(sid string) {
	m := w.room[sid]
	if m == nil {
		return
	}
	delete(w.room, sid)
	w.tell(transfer.RoomLeave, sid)
	if !m.ends && len(w.room) > 0 {
		return
	}
	for _, other := range w.members() { // whoever is in asks what comes next
		delete(w.room, other)
		w.tell(transfer.RoomLeave, other)
		if other == callerSID {
			w.send(transfer.CallerBack{}, nil)
			continue
		}
		if l := w.leg(other); l != nil {
			w.send(transfer.AgentOut{Offer: l.offer, SID: l.sid}, w.follow(l))
		}
	}
	w.tell(transfer.RoomEnd, "")
	w.seq, w.started = 0, false
}

func (w *world) tell(kind transfer.RoomKind, sid string) {
	w.seq++
	w.send(transfer.Room{Room: fmt.Sprintf("CF-%d", w.rooms), Kind: kind, SID: sid, Sequence: w.seq}, nil)
}

// follow has a leg do what its webhook was answered with.
func (w *world) follow(l *leg) func(transfer.Turn) {
	return func(turn transfer.Turn) {
		if l.out {
			return
		}
		switch turn.Then {
		case transfer.ThenJoin:
			w.enter(l.sid, turn.Ends)
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
	case w.room[sid] != nil:
		if w.oneIn(12, "hang up in the talk") {
			w.end(l, transfer.LegCompleted)
		}
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

// page has an agent press a button: one that is there, or one of a page that is old.
func (w *world) page() {
	id := rapid.SampledFrom([]string{"alex", "robin", "jo"}).Draw(w.rt, "whose page")
	do := transfer.Do{Agent: id, Offer: w.t.Claims, Deed: rapid.SampledFrom(transfer.Deeds()).Draw(w.rt, "deed")}
	if g := w.agents[id]; g != nil && g.offer != 0 {
		do.Offer = g.offer
	}
	if may := w.t.May(id); len(may) > 0 && !w.oneIn(6, "old page") {
		if len(may) > 1 && !w.oneIn(6, "end") { // or it would be over too soon
			may = slices.DeleteFunc(may, func(d transfer.Deed) bool { return d == transfer.DeedEnd })
		}
		do.Deed = rapid.SampledFrom(may).Draw(w.rt, "button")
	}
	if do.Deed == transfer.DeedConsult {
		do.Colleague = rapid.SampledFrom([]string{"", "", "alex", "robin", "jo"}).Draw(w.rt, "colleague")
	}
	fits := slices.Contains(w.t.May(id), do.Deed) && do.Colleague != id
	w.event(do, func(turn transfer.Turn) {
		if fits != (turn.Answer == transfer.AnswerDone) && (fits || len(turn.Actions) > 0) {
			w.rt.Fatalf("%+v fits %v, and is answered %v with %s", do, fits, turn.Answer, actions(turn))
		}
	})
}

// deliver hands over one callback: in any order, perhaps twice, perhaps never.
func (w *world) deliver(i int, faults bool) {
	m := w.mail[i]
	again := false
	if faults && !sure(m.what) {
		if !turn(m.what) && w.oneIn(w.loss, "lost") {
			w.lose(m.what)
			w.mail = slices.Delete(w.mail, i, i+1)
			return
		}
		again = w.oneIn(8, "twice")
	}
	if !again {
		w.mail = slices.Delete(w.mail, i, i+1)
	}
	if _, back := m.what.(transfer.CallerBack); back && w.gone {
		return // who has hung up asks for nothing
	}
	w.event(m.what, m.answer)
}

// turn tells whether the carrier asks again until it is answered.
func turn(what transfer.What) bool {
	switch what.(type) {
	case transfer.CallerBack, transfer.AgentOut:
		return true
	}
	return false
}

// sure tells whether only the death of an instance loses a report.
func sure(what transfer.What) bool {
	switch what.(type) {
	case transfer.Arranged, transfer.Roster:
		return true
	}
	return false
}

func (w *world) lose(what transfer.What) {
	for _, l := range w.legs {
		l.lossy = l.lossy || what == transfer.What(transfer.Rung{Offer: l.offer, SID: l.sid})
	}
	if _, ok := what.(transfer.Claimed); ok {
		w.lostClaim = true
	}
}

// die is the end of the instance that keeps the timers and awaits the reports.
func (w *world) die() {
	w.wakes = nil
	w.mail = slices.DeleteFunc(w.mail, func(m mail) bool {
		switch m.what.(type) {
		case transfer.Claimed, transfer.Rung, transfer.NotRung, transfer.NotMoved, transfer.Arranged, transfer.Roster:
			w.lose(m.what)
			return true
		}
		return false
	})
}

func (w *world) look(music bool) {
	l := transfer.Look{Music: music}
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

// pass lets time go by, second by second: timers fire, documents are asked for,
// pages look, phones stop ringing by themselves, wrap-up ends.
func (w *world) pass(d time.Duration) {
	for range int(d / time.Second) {
		w.wait(time.Second)
		w.punctual()
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
		due := slices.ContainsFunc(w.wakes, func(at time.Time) bool { return !at.After(w.at) })
		w.wakes = slices.DeleteFunc(w.wakes, func(at time.Time) bool { return !at.After(w.at) })
		if due || w.watched() {
			w.look(false)
		}
		if w.tick() {
			w.look(w.room[callerSID] != nil)
		}
		w.listen()
	}
}

// late is how long what a person waits for can take: a webhook's answer, a report of
// our own. The carrier's callbacks may take for ever.
const late = 6 * time.Second

// punctual has happen what cannot be later.
func (w *world) punctual() {
	if w.invited && w.at.Sub(w.since) >= late {
		w.caller()
	}
	for i := 0; i < len(w.mail); i++ {
		switch m := w.mail[i]; m.what.(type) {
		case transfer.Status, transfer.Room:
		default:
			if w.at.Sub(m.at) >= late {
				w.deliver(i, true)
				i = -1
			}
		}
	}
}

// tick is a document that the caller asks for: of the queue, on hold, or alone in
// a conference that has not begun.
func (w *world) tick() bool {
	m := w.room[callerSID]
	waits := m == nil && (w.t.State == transfer.StateQueued || w.t.State == transfer.StateOffered) || m != nil && (m.hold || !w.started)
	if w.gone || w.invited || !waits || w.at.Sub(w.ticked) < 20*time.Second {
		return false
	}
	w.ticked = w.at
	return true
}

// watched is the page of an agent who has the call, as the desk thinks: it has the
// desk look at what is under way.
func (w *world) watched() bool {
	return w.t.Agent != "" && w.t.Watched() && w.at.Second()%5 == 0
}

// listen is what the caller hears: in the conference, a person or music; and no
// music for ever, with nobody there.
func (w *world) listen() {
	m := w.room[callerSID]
	people := slices.ContainsFunc(w.live(), func(l *leg) bool { return w.room[l.sid] != nil })
	if m == nil || people {
		w.alone = 0
	} else if w.alone += time.Second; w.alone > 90*time.Second {
		w.rt.Fatalf("the caller has been alone for %v, in %v with %+v", w.alone, w.t.State, w.t)
	}
	if m == nil || m.hold || people || !w.started {
		w.silent = 0
	} else if w.silent += time.Second; w.silent > 30*time.Second {
		w.rt.Fatalf("the caller has heard nothing for %v, in %v with %+v", w.silent, w.t.State, w.t)
	}
}

// caller has the caller come, go back to the queue, or leave.
func (w *world) caller() {
	switch {
	case w.gone:
	case w.invited:
		w.invited = false
		w.event(transfer.CallerIn{}, func(turn transfer.Turn) {
			if turn.Then == transfer.ThenJoin {
				w.enter(callerSID, true)
			}
		})
	case w.t.State == transfer.StateReturned && w.room[callerSID] == nil && w.events < 300:
		w.event(transfer.Join{ID: "t1", Ticket: ticket(w.t.Ticket.Ask + 1), Head: true}, nil)
	case w.oneIn(60, "leave"):
		w.hangUp()
	}
}

func (w *world) hangUp() {
	w.gone, w.invited = true, false
	w.leaveRoom(callerSID) // the conference ends with the caller
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
