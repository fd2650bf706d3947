package numberchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	nc "ringback/ivr/numberchange"
)

// shown prints a card: the stages up to the one at which it is, and who does
// what, such as "agent code".
func shown(c nc.Card) string {
	var all []string
	for _, s := range c.Stages {
		if s.Mark != nc.MarkLater && s.Mark != nc.MarkDone {
			all = append(all, fmt.Sprintf("%v %v:", s.Stage, s.Mark))
		}
	}
	for _, n := range c.Next {
		if n.Do == nc.DoWait || n.Do == nc.DoNothing {
			continue
		}
		line := fmt.Sprintf("%v %v", n.Who, n.Do)
		if n.Why != nc.RefusalNone {
			line += " (" + n.Why.String() + ")"
		}
		all = append(all, line)
	}
	return strings.Join(all, " ")
}

func TestCard(t *testing.T) {
	stuck := func(p *play, s nc.Step) {
		for range 3 {
			p.on(p.result(s, nc.ResultFailed)).wait(2 * time.Minute).on(nc.Tick{})
		}
	}
	for _, c := range []struct {
		name  string
		state nc.State
		do    func(*play)
		want  string
	}{
		{"nothing there", nc.StateUnknown, nil, ""},
		{"opened", nc.StateDraft, nil, "identity now: agent verify"},
		{"a check to confirm", nc.StateDraft, func(p *play) { p.by(p.agent(), checked()) }, "identity now: lead confirm"},
		{"verified", nc.StateEvidenced, nil, "number now: agent number"},
		{"verified long ago", nc.StateEvidenced, func(p *play) { p.wait(10 * time.Minute) }, "number now: agent verify (lapsed)"},
		{"code on its way", nc.StateNumberGiven, nil, "code now: agent code"},
		{"code refused", nc.StateNumberGiven, func(p *play) {
			p.on(nc.CodeSent{Code: 1, Result: nc.ResultFailed})
		}, "code failed: agent resend (too_soon)"},
		{"code there", nc.StateCodeSent, nil, "code now: agent code"},
		{"code too old", nc.StateCodeSent, func(p *play) { p.wait(10 * time.Minute) }, "code failed: agent resend"},
		{"to approve", nc.StateAwaitingApproval, nil, "approval now: second approve"},
		{"to approve too late", nc.StateAwaitingApproval, func(p *play) {
			p.wait(10 * time.Minute)
		}, "approval now: agent verify (lapsed) second approve (lapsed)"},
		{"on hold", nc.StateHolding, nil, "hold waiting:"},
		{"finding", nc.StateApplying, nil, "phone waiting:"},
		{"stuck", nc.StateApplying, func(p *play) { stuck(p, nc.StepFind) }, "phone failed: agent resume lead resume"},
		{"awaiting activation", nc.StateAwaitingActivation, nil, "activation waiting:"},
		{"links lapsed", nc.StateAwaitingActivation, func(p *play) {
			p.wait(10 * time.Minute)
		}, "activation waiting: agent links lead links"},
		{"links used up", nc.StateAwaitingActivation, func(p *play) {
			p.by(p.agent(), nc.Resume{}).on(p.done(nc.StepLinks)).on(p.done(nc.StepSend)).wait(10 * time.Minute)
		}, "activation waiting: agent undo lead undo"},
		{"removing", nc.StateRemovingOld, nil, "old waiting:"},
		{"removing fails", nc.StateRemovingOld, func(p *play) {
			p.on(p.result(nc.StepRemove, nc.ResultFailed))
		}, "old failed: agent resume lead resume"},
		{"undoing", nc.StateUndoing, nil, "activation failed:"},
		{"done", nc.StateDone, nil, ""},
		{"denied", nc.StateDenied, nil, "approval failed:"},
		{"undone", nc.StateUndone, nil, "activation failed:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := inState(c.state)
			if c.do != nil {
				c.do(p)
			}
			card := p.rules.Card(p.c, p.at)
			if d := cmp.Diff(c.want, shown(card)); d != "" {
				t.Error(d)
			}
			if len(card.Stages) != len(nc.Stages()) || len(card.Next) != len(nc.Whos()) {
				t.Errorf("%d stages, %d parts", len(card.Stages), len(card.Next))
			}
		})
	}
}

func TestCardTellsUntilWhen(t *testing.T) {
	p := inState(nc.StateHolding)
	card := p.rules.Card(p.c, p.at)
	if !card.Hold.Equal(start.Add(24*time.Hour)) || card.Hint != "42" || card.OldGone {
		t.Errorf("%+v", card)
	}
	want := nc.Next{Who: nc.WhoAgent, Do: nc.DoWait, Why: nc.RefusalHold, At: card.Hold}
	if d := cmp.Diff(want, card.Next[0]); d != "" {
		t.Error(d)
	}
}
