package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"ringback/ivr/transfer"
	"ringback/sessions"
)

// Talk is a call as one of its agents sees it.
type Talk struct {
	Transfer transfer.Transfer
	Offer    uint32          // the agent's own
	Second   bool            // the agent was asked for help: the caller is somebody else's
	PickedUp bool            // the agent's phone was, and nobody has pressed a key
	May      []transfer.Deed // what the agent may ask for now
	// Other is the agent at the other seat, or who is to be; "": nobody.
	Other string
	// Colleagues are whom the agent could ask for help: those of the line, by what
	// they are doing.
	Colleagues []AgentSnapshot
}

// Talk is the call that an agent is offered or has; ok is false when there is none.
// It sees to what is overdue.
func (d *Desk) Talk(ctx context.Context, agent string) (k Talk, ok bool, err error) {
	t, ok, err := d.Holding(ctx, agent)
	if err != nil || !ok {
		return Talk{}, false, err
	}
	if t.Watched() { // the instance that should look may have died
		if t, err = d.look(ctx, t.ID); err != nil {
			return Talk{}, false, fmt.Errorf("look at a talk: %w", err)
		}
	}
	k = Talk{Transfer: t, May: t.May(agent), Offer: t.Offer, Other: cmp.Or(t.Second.Agent, t.Second.Want)}
	if k.Second = t.Second.Agent == agent; k.Second {
		k.Offer, k.Other = t.Second.Offer, t.Agent
	} else if t.Agent != agent {
		return Talk{}, false, nil
	}
	k.PickedUp = t.AwaitsKey(agent)
	if slices.Contains(k.May, transfer.DeedConsult) {
		k.Colleagues, err = d.colleagues(ctx, agent, t.Ticket.Line)
	}
	return k, err == nil, err
}

// colleagues are the other agents of a line.
func (d *Desk) colleagues(ctx context.Context, agent, line string) ([]AgentSnapshot, error) {
	at, err := d.present(ctx)
	if err != nil {
		return nil, fmt.Errorf("colleagues: %w", err)
	}
	var all []AgentSnapshot
	for _, a := range d.Agents {
		if a.ID == agent || len(a.Lines) > 0 && !slices.Contains(a.Lines, line) {
			continue
		}
		all = append(all, snapshotOf(a, at[a.ID]))
	}
	return all, nil
}

func snapshotOf(a Agent, at sessions.Agent) AgentSnapshot {
	p, _ := transfer.ParsePresence(at.State)
	return AgentSnapshot{ID: a.ID, Name: a.Name, State: p, Since: at.Since, Until: at.Until}
}

// Do does what an agent asks for about their call. An Offer of 0 is the present
// one; a page names the one that it showed.
func (d *Desk) Do(ctx context.Context, w transfer.Do) (transfer.Answer, error) {
	if _, known := d.agents[w.Colleague]; w.Colleague != "" && !known {
		return transfer.AnswerUnknown, fmt.Errorf("ask a colleague: %w", ErrNoAgent)
	}
	t, ok, err := d.Holding(ctx, w.Agent)
	if err != nil {
		return transfer.AnswerUnknown, err
	}
	answer := transfer.AnswerOver
	if ok {
		if w.Offer == 0 {
			if w.Offer = t.Offer; t.Second.Agent == w.Agent {
				w.Offer = t.Second.Offer
			}
		}
		_, turn, err := d.apply(ctx, t.ID, w)
		if err != nil {
			return transfer.AnswerUnknown, fmt.Errorf("%v a call: %w", w.Deed, err)
		}
		answer = turn.Answer
	}
	d.metrics.done(w.Deed, answer)
	return answer, nil
}

// OnHold is the tick of a caller who hears music in the conference: on hold, or
// because nobody else has come.
func (d *Desk) OnHold(ctx context.Context, transferID string) error {
	if _, err := d.lookAt(ctx, transferID, transfer.Look{Music: true}); err != nil {
		return fmt.Errorf("caller on hold: %w", err)
	}
	return nil
}

// Introduction is what a caller is told of an agent.
type Introduction struct {
	Agent string // the name, as spoken; "": it is not known
	Proof string // what the agent can say to show that it is them, or ""
	Line  string
	// Language is the caller's, BCP 47.
	Language string
}

// Introduce is what the caller hears of the agent of an offer; ok is false when
// that agent is not in the talk any more.
func (d *Desk) Introduce(ctx context.Context, transferID string, offer int) (i Introduction, ok bool, err error) {
	t, ok, err := d.Transfer(ctx, transferID)
	if err != nil || !ok {
		return Introduction{}, false, err
	}
	for _, c := range []transfer.Seat{t.Seat, t.Second.Seat} {
		if c.Agent != "" && int64(c.Offer) == int64(offer) {
			k := t.Ticket
			return Introduction{Agent: d.spoken(c.Agent), Proof: k.Proof, Line: k.Line, Language: k.Language}, true, nil
		}
	}
	return Introduction{}, false, nil
}

// spoken is an agent's name as it is said.
func (d *Desk) spoken(agent string) string {
	a := d.agents[agent]
	return cmp.Or(a.Spoken, a.Name)
}

// Name is what people read of an agent; "" of one who is not there.
func (d *Desk) Name(agent string) string { return d.agents[agent].Name }

// named puts names in the place of the ids of agents.
func (d *Desk) named(say []transfer.Message) {
	for _, m := range say {
		if id, ok := m.Args["agent"]; ok {
			m.Args["agent"] = cmp.Or(d.spoken(id), "A colleague")
		}
	}
}

func conference(t transfer.Transfer, room string) Conference {
	return Conference{Name: t.ID, SID: room, Line: t.Ticket.Line, Language: t.Ticket.Language}
}

// arrange sets how the conference is. One that has changed meanwhile is left to
// the later arrangement: two that overlap could undo each other.
func (d *Desk) arrange(ctx context.Context, t transfer.Transfer, a transfer.Arrange) {
	c := conference(t, a.Room)
	for _, s := range a.Settings {
		now, ok, err := d.records.load(ctx, t.ID)
		if err == nil && ok && now.Plan != a.Plan {
			return
		}
		if err := d.Mixer.Set(ctx, c, s); err != nil {
			if ctx.Err() == nil {
				d.try(ctx, t, "set "+s.Kind.String(), err)
				d.follow(ctx, t, transfer.Arranged{Plan: a.Plan, Gone: d.Gone(err)})
			}
			return
		}
	}
	d.follow(ctx, t, transfer.Arranged{Plan: a.Plan, OK: true})
}

// checkRoom asks who is in the conference.
func (d *Desk) checkRoom(ctx context.Context, t transfer.Transfer, a transfer.CheckRoom) {
	sids, err := d.Mixer.Members(ctx, conference(t, a.Room))
	if err != nil {
		d.try(ctx, t, "list conference", err)
		return
	}
	d.follow(ctx, t, transfer.Roster{SIDs: sids})
}

// announce has the caller hear who is with them now.
func (d *Desk) announce(ctx context.Context, t transfer.Transfer, a transfer.Announce) {
	d.try(ctx, t, "announce agent", d.Mixer.Announce(ctx, conference(t, t.Room), t.Ticket.CallSID, int(a.Offer)))
}
