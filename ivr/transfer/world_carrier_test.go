package transfer_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"ringback/ivr/transfer"
)

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
	w.unsent = w.unsent || w.t.State == transfer.StateReturned && !w.t.Back
	w.mail = slices.DeleteFunc(w.mail, func(m mail) bool {
		switch m.what.(type) {
		case transfer.Claimed, transfer.Rung, transfer.NotRung, transfer.NotMoved, transfer.Arranged, transfer.Roster:
			w.lose(m.what)
			return true
		}
		return false
	})
}

func (w *world) deliverAll() {
	for len(w.mail) > 0 {
		w.deliver(0, false)
	}
}
