package transfer_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"ringback/ivr/transfer"
)

type agent struct {
	presence transfer.Presence
	offer    uint32 // that holds the agent
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
	do := transfer.Do{Agent: id, Offer: w.t.Claims, PickedUp: w.t.AwaitsKey(id), Deed: rapid.SampledFrom(transfer.Deeds()).Draw(w.rt, "deed")}
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
	if m == nil || people || w.unsent && w.t.State == transfer.StateReturned {
		w.alone = 0
	} else if w.alone += time.Second; w.alone > 90*time.Second {
		w.rt.Fatalf("the caller has been alone for %v, in %v with %+v", w.alone, w.t.State, w.t)
	}
	if m == nil || m.hold || people || !w.started || w.unsent && w.t.State == transfer.StateReturned {
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
