package app

import (
	"context"
	"errors"
	"fmt"

	"ringback/ivr/desk"
	"ringback/ivr/desk/console"
	"ringback/ivr/transfer"
)

// talks is the calls of agents as the console wants them.
type talks struct{ desk *desk.Desk }

var _ console.Talks = talks{}

// Talk is the call that an agent is offered or has.
func (k talks) Talk(ctx context.Context, agent string) (console.Talk, bool, error) {
	t, ok, err := k.desk.Talk(ctx, agent)
	if err != nil || !ok {
		return console.Talk{}, false, err //nolint:wrapcheck // it names itself
	}
	out := console.Talk{
		State: t.Transfer.State, Stage: t.Transfer.Second.Stage, Offer: t.Offer, Second: t.Second, Other: k.desk.Name(t.Other),
		Accepted: t.Transfer.Accepted, PickedUp: t.PickedUp, Settling: t.Transfer.Planned != 0, May: t.May,
	}
	if t.Second {
		out.Accepted = t.Transfer.Second.Accepted
	} else {
		a := t.Transfer.Asked
		out.Asked = console.TalkAsked{Name: k.desk.Name(a.Agent), Ending: transfer.Ending{Result: a.Result, Reason: a.Reason}}
	}
	for _, c := range t.Colleagues {
		out.Colleagues = append(out.Colleagues, console.AgentState{ID: c.ID, Name: c.Name, State: c.State, Since: c.Since, Until: c.Until})
	}
	return out, true, nil
}

// Do does what an agent asked for on their page.
func (k talks) Do(ctx context.Context, agent string, d console.TalkDeed) (transfer.Answer, error) {
	answer, err := k.desk.Do(ctx, transfer.Do{Agent: agent, Offer: d.Offer, Deed: d.Deed, Colleague: d.Colleague, PickedUp: d.PickedUp})
	if errors.Is(err, desk.ErrNoAgent) {
		err = fmt.Errorf("%w: %w", console.ErrNoColleague, err)
	}
	return answer, err //nolint:wrapcheck // it names itself
}
