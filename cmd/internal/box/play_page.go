package box

import (
	"context"
	"strings"
	"time"

	"ringback/ivr/transfer"
)

// deeds are what agents do on their page, by what scripts call it.
func deeds() map[string]transfer.Deed {
	return map[string]transfer.Deed{
		"page accept": transfer.DeedAccept, "page decline": transfer.DeedDecline, "hold": transfer.DeedHold, "unhold": transfer.DeedResume,
		"consult": transfer.DeedConsult, "three-way": transfer.DeedJoin, "handover": transfer.DeedHandOver, "drop": transfer.DeedDrop, "end": transfer.DeedEnd,
	}
}

// deed presses a button on an agent's page, once it is there and the conference is
// as the last one wanted it.
func (p *player) deed(ctx context.Context, s Step, d transfer.Deed) error {
	do := transfer.Do{Agent: s.Words[0], Deed: d}
	if len(s.Words) > 2 {
		do.Colleague = s.Words[2]
	}
	deadline := p.w.Clock.Now().Add(hearLimit)
	for {
		ready, pickedUp, err := p.page(ctx, do.Agent)
		if err != nil {
			return p.fail(s, "%v", err)
		}
		answer := transfer.AnswerNotNow
		if do.PickedUp = pickedUp; ready {
			if answer, err = p.w.App.Desk().Do(ctx, do); err != nil {
				return p.fail(s, "%v", err)
			}
		}
		if answer == transfer.AnswerDone {
			p.note("", do.Agent, "on the page: "+strings.TrimSpace(strings.TrimPrefix(s.Words[1], "page ")+" "+do.Colleague))
			return nil
		}
		if !p.w.Clock.Now().Before(deadline) {
			return p.fail(s, "the page says %v", answer)
		}
		if err := p.w.Clock.Sleep(ctx, time.Second); err != nil {
			return err //nolint:wrapcheck // the context's cause
		}
	}
}

// page says whether an agent has a call, and nothing about it is under way; and
// whether the agent's phone was picked up, as the page tells.
func (p *player) page(ctx context.Context, agent string) (ready, pickedUp bool, err error) {
	k, ok, err := p.w.App.Desk().Talk(ctx, agent)
	return ok && k.Transfer.Planned == 0, k.PickedUp, err //nolint:wrapcheck // it names itself
}
