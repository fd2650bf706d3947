package transfer_test

import (
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
	unsent    bool // nobody sends for the caller any more: see the package's guide
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
		w.unsent = lost
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
