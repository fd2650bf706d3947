package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ringback/ivr/transfer"
	"ringback/sessions"
)

const (
	// group is where the agents of all lines are kept.
	group = "agents"
	// talkLease is the longest a call can last at the carrier.
	talkLease = 4 * time.Hour
	// claimGrace is for the time between a claim and its ring.
	claimGrace = 30 * time.Second
)

// ErrBusy says that an agent is on a call, or is being offered one.
var ErrBusy = errors.New("the agent is on a call")

// ErrNoAgent says that there is no agent of that id.
var ErrNoAgent = errors.New("no such agent")

// Presence sets an agent ready or away, on the agent's own word. Nobody becomes
// ready out of a call: that error wraps [ErrBusy]. Going away while being rung
// does not stop the ring, but keeps from the next.
func (d *Desk) Presence(ctx context.Context, agent string, to transfer.Presence) error {
	if _, ok := d.agents[agent]; !ok {
		return fmt.Errorf("set presence: %w", ErrNoAgent)
	}
	from := names(transfer.PresenceReady, transfer.PresenceWrapUp, transfer.PresenceAway)
	if to != transfer.PresenceReady && to != transfer.PresenceAway {
		return fmt.Errorf("set presence: an agent cannot choose %v", to)
	}
	if to == transfer.PresenceAway {
		from = append(from, transfer.PresenceRinging.String())
	}
	if _, err := d.present(ctx); err != nil {
		return fmt.Errorf("set presence: %w", err)
	}
	ok, err := d.Store.Presence().Set(ctx, group, agent, sessions.Move{From: from, To: to.String(), Lapse: to.String()})
	switch {
	case err != nil:
		return fmt.Errorf("set presence: %w", err)
	case !ok:
		return fmt.Errorf("set presence: %w", ErrBusy)
	case to == transfer.PresenceReady:
		d.agentReady(ctx, agent, 0)
	}
	return nil
}

// present is what the agents are doing. Those who were never seen become what
// the configuration says.
func (d *Desk) present(ctx context.Context) (map[string]sessions.Agent, error) {
	at := map[string]sessions.Agent{}
	for range 2 {
		list, err := d.Store.Presence().All(ctx, group)
		if err != nil {
			return nil, fmt.Errorf("read presence: %w", err)
		}
		for _, a := range list {
			at[a.ID] = a
		}
		fresh := false
		for _, a := range d.Agents {
			if _, seen := at[a.ID]; !seen {
				fresh = true
				if err := d.introduce(ctx, a); err != nil {
					return nil, err
				}
			}
		}
		if !fresh {
			break
		}
	}
	return at, nil
}

// introduce gives an agent a first presence. The lease keeps a second instance
// from doing so when the agent may have been claimed already.
func (d *Desk) introduce(ctx context.Context, a Agent) error {
	mine, err := d.Store.Leases().Acquire(ctx, "introduce."+a.ID, d.NewID(), time.Minute)
	if err != nil || !mine {
		return err //nolint:wrapcheck // it names the operation
	}
	to := transfer.PresenceReady
	if a.Away {
		to = transfer.PresenceAway
	}
	if _, err := d.Store.Presence().Set(ctx, group, a.ID, sessions.Move{To: to.String()}); err != nil {
		return fmt.Errorf("introduce agent: %w", err)
	}
	return nil
}

// holder names the offer that holds an agent.
func holder(id string, offer uint32) string { return id + "/" + strconv.FormatUint(uint64(offer), 10) }

// claim takes one agent for an offer, until told otherwise or the lease ends.
func (d *Desk) claim(ctx context.Context, t transfer.Transfer, a transfer.ClaimAgent) {
	agent, _, err := d.Store.Presence().Claim(ctx, group, a.Among, sessions.Move{
		From: names(transfer.PresenceReady), To: transfer.PresenceRinging.String(), Owner: holder(t.ID, a.Offer),
		Lease: claimGrace + d.rules.RingTimeout + d.rules.RingGrace + d.rules.BriefTimeout, Lapse: transfer.PresenceReady.String(),
	})
	if err != nil { // unknown whether somebody is claimed: the lease ends that
		d.try(ctx, t, "claim agent", err)
		return
	}
	d.follow(ctx, t, transfer.Claimed{Offer: a.Offer, Agent: agent})
}

func (d *Desk) busyAgent(ctx context.Context, t transfer.Transfer, a transfer.BusyAgent) error {
	own := holder(t.ID, a.Offer)
	_, err := d.Store.Presence().Set(ctx, group, a.Agent, sessions.Move{
		From: names(transfer.PresenceRinging), Holder: own, To: transfer.PresenceTalking.String(), Owner: own,
		Lease: talkLease, Lapse: transfer.PresenceReady.String(),
	})
	return err //nolint:wrapcheck // run names the operation
}

// freeAgent lets go of an agent whom the offer still holds.
func (d *Desk) freeAgent(ctx context.Context, t transfer.Transfer, a transfer.FreeAgent) error {
	m := sessions.Move{Holder: holder(t.ID, a.Offer), To: a.To.String(), Lapse: a.To.String()}
	switch {
	case a.To == transfer.PresenceWrapUp:
		m.Lease, m.Lapse = d.WrapUp, transfer.PresenceReady.String()
	case a.To == transfer.PresenceAway && d.MissedAway > 0:
		m.Lease, m.Lapse = d.MissedAway, transfer.PresenceReady.String()
	}
	ok, err := d.Store.Presence().Set(ctx, group, a.Agent, m)
	if err != nil || !ok {
		return err //nolint:wrapcheck // run names the operation
	}
	if a.To == transfer.PresenceWrapUp {
		err = d.Store.Values().Put(ctx, lastKind, a.Agent, lastLife, []byte(t.ID))
	}
	if a.To == transfer.PresenceAway {
		d.Missed(ctx, a.Agent)
	} else {
		d.agentReady(ctx, a.Agent, m.Lease)
	}
	return err //nolint:wrapcheck // as above
}

// agentReady offers an agent to those who wait, once ready.
func (d *Desk) agentReady(ctx context.Context, agent string, in time.Duration) {
	d.tasks.After(ctx, in, func(ctx context.Context) {
		for _, l := range d.Lines {
			if a := d.agents[agent]; len(a.Lines) > 0 && !slices.Contains(a.Lines, l.ID) {
				continue
			}
			if err := d.dispatch(ctx, l.ID); err != nil {
				d.Logger.WarnContext(ctx, "desk dispatch failed", "line", l.ID, "error", err.Error())
			}
		}
	})
}

func names(ps ...transfer.Presence) []string {
	all := make([]string, 0, len(ps)+1)
	for _, p := range ps {
		all = append(all, p.String())
	}
	return all
}
