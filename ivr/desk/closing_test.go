package desk_test

import (
	"testing"
	"time"

	"ringback/ivr/desk"
	"ringback/ivr/transfer"
)

// closesAt is a line that closes after a while and stays so.
func closesAt(after time.Duration) func(*desk.Options) {
	return func(o *desk.Options) {
		o.MaxWait = time.Hour
		o.Open = func(line string, at time.Time) bool { return line != "university" || at.Before(start.Add(after)) }
	}
}

func (r *rig) away(agents ...string) {
	r.t.Helper()
	for _, a := range agents {
		if err := r.desks[0].Presence(r.ctx, a, transfer.PresenceAway); err != nil {
			r.t.Fatal(err)
		}
	}
	r.settle()
}

// Who waits when the line closes is served as long as somebody of the desk is
// there, and told so then.
func TestClosingWithoutAgents(t *testing.T) {
	play(t, closesAt(time.Minute), func(r *rig) {
		r.away("robin")
		r.join("CA-1")
		r.answer(r.rings(alexPhone)[0])
		r.press(r.carrier.all()[0], "1")
		r.joined("CA-1", true)
		r.join("CA-2") // waits for alex, who talks
		r.pass(2 * time.Minute)
		if s := r.waiting("CA-2"); s.Leave != "" || s.Position != 1 {
			t.Errorf("while alex talks: %+v", s)
		}
		r.status(r.carrier.all()[0], "completed") // to wrap-up, and away
		r.away("alex")
		if s := r.waiting("CA-2"); s.Leave != transfer.LeaveClosed {
			t.Errorf("after alex left: %+v", s)
		}
		r.results(map[transfer.Result]int{transfer.ResultCompleted: 1, transfer.ResultNoAnswer: 1})
	})
}

// It is not for ever.
func TestClosingWithBusyAgents(t *testing.T) {
	play(t, closesAt(time.Minute), func(r *rig) {
		r.away("robin")
		r.join("CA-1")
		r.answer(r.rings(alexPhone)[0])
		r.press(r.carrier.all()[0], "1")
		r.joined("CA-1", true)
		r.join("CA-2")
		r.pass(15 * time.Minute)
		if s := r.waiting("CA-2"); s.Leave != "" {
			t.Errorf("within a quarter of an hour: %+v", s)
		}
		r.pass(time.Minute)
		if s := r.waiting("CA-2"); s.Leave != transfer.LeaveClosed {
			t.Errorf("after it: %+v", s)
		}
	})
}

// An open line lets nobody go.
func TestOpenLineIsNotClosed(t *testing.T) {
	play(t, closesAt(time.Hour), func(r *rig) {
		r.join("CA-1")
		r.away("alex", "robin")
		if s := r.waiting("CA-1"); s.Leave == transfer.LeaveClosed {
			t.Errorf("%+v", s)
		}
	})
}

// An agent is spoken to in the words of the caller's line and in the agent's own
// first language, to the end of the leg.
func TestAgentsLanguage(t *testing.T) {
	edit := func(o *desk.Options) { o.Agents[0].Languages = []string{"es-US", "en-US"}; o.Agents = o.Agents[:1] }
	play(t, edit, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		for _, turn := range []transfer.Turn{r.answer(c), r.press(c, "5"), r.press(c, "2")} {
			if turn.Line != "university" || turn.Language != "es-US" {
				t.Errorf("%v said in %q for %q", turn.Say, turn.Language, turn.Line)
			}
		}
	})
	play(t, nil, func(r *rig) { // all languages: the line's first
		r.join("CA-1")
		if turn := r.answer(r.rings(alexPhone)[0]); turn.Line != "university" || turn.Language != "" {
			t.Errorf("said in %q for %q", turn.Language, turn.Line)
		}
	})
}

// The end of a talk of which no leg's webhook tells is known from its conference.
func TestConferenceTellsOfTheEnd(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.away("robin")
		id := r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "1")
		r.joined("CA-1", true)
		tell := func(kind transfer.RoomKind, sid string, n uint32) {
			t.Helper()
			if err := r.desks[0].Room(r.ctx, id, transfer.Room{Room: "CF-1", Kind: kind, SID: sid, Sequence: n}); err != nil {
				t.Fatal(err)
			}
		}
		tell(transfer.RoomJoin, c.sid, 1)
		tell(transfer.RoomJoin, "CA-1", 2)
		tell(transfer.RoomUnknown, "CA-1", 3)
		r.agents("alex talking, robin away")
		tell(transfer.RoomLeave, c.sid, 3)
		tell(transfer.RoomEnd, "", 4)
		r.pass(4 * time.Second)
		r.agents("alex talking, robin away")
		r.pass(7 * time.Second) // the five, and wrap-up
		r.agents("alex ready, robin away")
		r.results(map[transfer.Result]int{transfer.ResultCompleted: 1})
	})
	play(t, nil, func(r *rig) {
		if err := r.desks[0].Room(r.ctx, "unknown", transfer.Room{Room: "CF-1", Kind: transfer.RoomEnd, Sequence: 1}); err != nil {
			t.Error(err)
		}
	})
}
