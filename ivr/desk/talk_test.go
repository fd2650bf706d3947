package desk_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk"
	"ringback/ivr/transfer"
)

func arranged(c *carrier) []string { return c.arranged }

// talk has alex talk with a caller; robin is away.
func (r *rig) talk(call string) *call {
	r.t.Helper()
	r.join(call)
	calls := r.carrier.all()
	c := calls[len(calls)-1]
	r.answer(c)
	r.press(c, "1")
	r.joined(call, true)
	return c
}

func (r *rig) do(agent string, d transfer.Deed, colleague ...string) transfer.Answer {
	r.t.Helper()
	a, err := r.desks[0].Do(r.ctx, transfer.Do{Agent: agent, Deed: d, Colleague: strings.Join(colleague, "")})
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return a
}

// Hold is of the caller's call, after the agent may leave alone; and back the other
// way. Never is the conference's own SID named.
func TestHoldIsOfTheCallersCall(t *testing.T) {
	play(t, nil, func(r *rig) {
		c := r.talk("CA-1")
		r.do("alex", transfer.DeedHold)
		r.do("alex", transfer.DeedResume)
		want := []string{c.sid + " ends false", "CA-1 hold true", c.sid + " ends true", "CA-1 hold false"}
		if d := cmp.Diff(want, r.carrier.list(arranged)); d != "" {
			t.Error(d)
		}
	})
}

func TestColleagueTakesOver(t *testing.T) {
	play(t, nil, func(r *rig) {
		first := r.talk("CA-1")
		if a := r.do("alex", transfer.DeedConsult, "robin"); a != transfer.AnswerDone {
			t.Fatalf("answered %v", a)
		}
		second := r.rings(alexPhone, robinPhone)[1]
		r.agents("alex talking, robin ringing")
		turn := r.answer(second)
		if m := turn.Say[0]; m.ID != "agent_consult" || m.Args["agent"] != "Alex" {
			t.Errorf("the brief begins %+v", m)
		}
		if turn := r.press(second, "1"); turn.Then != transfer.ThenJoin || turn.Ends {
			t.Errorf("joins: %+v", turn)
		}
		r.agents("alex talking, robin talking")
		k, ok, err := r.desks[0].Talk(r.ctx, "robin")
		if err != nil || !ok || !k.Second || k.Other != "alex" {
			t.Errorf("robin sees %+v, %v, %v", k, ok, err)
		}
		r.do("alex", transfer.DeedHandOver)
		r.agents("alex wrap_up, robin talking")
		if got := r.carrier.list(told); !slices.Equal(got, []string{first.sid}) {
			t.Errorf("told %v", got)
		}
		if turn := r.answer(first); turn.Say[0].ID != "agent_handed_over" || turn.Say[0].Args["agent"] != "Robin" {
			t.Errorf("told %+v", turn.Say)
		}
		if got := r.carrier.list(arranged); got[len(got)-1] != "CA-1 hears of 2" {
			t.Errorf("set %v", got)
		}
		i, ok, err := r.desks[0].Introduce(r.ctx, second.transfer, 2)
		if err != nil || !ok || i.Agent != "Robin" || i.Line != "university" {
			t.Errorf("introduced %+v, %v, %v", i, ok, err)
		}
		if _, ok, _ := r.desks[0].Introduce(r.ctx, second.transfer, 1); ok {
			t.Error("who has left is introduced")
		}
		if n := r.counted("ringback_consults_total", "university", "completed", "handed_over"); n != 1 {
			t.Errorf("%v hand-overs counted", n)
		}
	})
}

// trail is the audit in memory.
type trail struct {
	mu   sync.Mutex
	kept []desk.Attempt
	err  error
}

func (k *trail) Ended(_ context.Context, a desk.Attempt) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, a)
	return k.err
}

// Every attempt is kept with its result and reason; an audit that is down keeps
// nobody from their caller.
func TestAttemptsAreKept(t *testing.T) {
	k := &trail{err: errDown}
	play(t, func(o *desk.Options) { o.Trail = k }, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "2")
		second := r.rings(alexPhone, robinPhone)[1]
		r.answer(second)
		r.press(second, "1")
		r.joined("CA-1", true)
		r.do("robin", transfer.DeedConsult, "alex")
		r.do("robin", transfer.DeedDrop)
		r.do("robin", transfer.DeedEnd)
		r.gone("CA-1")
		want := []desk.Attempt{
			{CallRef: "ref", Line: "university", Agent: "alex", Ending: transfer.ReasonKey.Ending()},
			{CallRef: "ref", Line: "university", Agent: "alex", Second: true, Ending: transfer.ReasonWithdrawn.Ending()},
			{CallRef: "ref", Line: "university", Agent: "robin", Ending: transfer.ReasonAgentLeft.Ending()},
		}
		if d := cmp.Diff(want, k.kept); d != "" {
			t.Error(d)
		}
	})
}

// Complaint: wrap-up cut short after an attended transfer. It lasts its whole time
// from the hand-over, whatever is heard late of the call, and is its agent's to end.
func TestWrapUpCutShort(t *testing.T) {
	play(t, func(o *desk.Options) { o.WrapUp = 30 * time.Second }, func(r *rig) {
		first := r.talk("CA-1")
		r.do("alex", transfer.DeedConsult, "robin")
		second := r.rings(alexPhone, robinPhone)[1]
		r.answer(second)
		r.press(second, "1")
		r.do("alex", transfer.DeedHandOver)
		r.pass(10 * time.Second)
		r.status(first, "completed") // late
		r.agent(first, desk.AgentEvent{Kind: desk.AgentLeft})
		r.join("CA-2") // somebody waits
		r.pass(19 * time.Second)
		r.agents("alex wrap_up, robin talking")
		r.rings(alexPhone, robinPhone)
		r.pass(2 * time.Second)
		r.agents("alex ringing, robin talking")
		r.status(second, "completed")
		r.agents("alex ringing, robin wrap_up")
		if err := r.desks[0].Presence(r.ctx, "robin", transfer.PresenceReady); err != nil {
			t.Errorf("ready now: %v", err)
		}
	})
}

// Complaint: orphan ring. The answer about a ring for help comes after the caller has
// gone: it is stopped as soon as it is heard of.
func TestOrphanRingForHelp(t *testing.T) {
	play(t, nil, func(r *rig) {
		r.talk("CA-1")
		r.carrier.set(func(c *carrier) { c.slow = 3 * time.Second })
		r.do("alex", transfer.DeedConsult, "robin")
		r.rings(alexPhone, robinPhone)
		r.gone("CA-1")
		r.pass(4 * time.Second)
		if got := r.carrier.list(ended); !slices.Contains(got, "CA-agent-2") {
			t.Errorf("ended %v", got)
		}
	})
}

// The instance that should have put the caller on hold dies: the page of the agent
// has another one do it.
func TestInstanceDiesDuringAHold(t *testing.T) {
	play(t, nil, func(r *rig) {
		c := r.talk("CA-1")
		other := r.add(nil)
		r.carrier.set(func(c *carrier) { c.setErr = errDown })
		if _, err := r.desks[0].Do(r.ctx, transfer.Do{Agent: "alex", Deed: transfer.DeedHold}); err != nil {
			t.Fatal(err)
		}
		if err := r.desks[0].Close(r.ctx); err != nil {
			t.Error(err)
		}
		r.carrier.set(func(c *carrier) { c.setErr = nil })
		r.pass(6 * time.Second)
		k, ok, err := other.Talk(r.ctx, "alex")
		if err != nil || !ok || k.Transfer.State != transfer.StateHeld {
			t.Fatalf("%+v, %v, %v", k.Transfer.State, ok, err)
		}
		r.settle()
		if d := cmp.Diff([]string{c.sid + " ends false", "CA-1 hold true"}, r.carrier.list(arranged)); d != "" {
			t.Error(d)
		}
	})
}

// On hold nobody hears an agent leave: the carrier is asked who is there.
func TestAgentLeavesUnheard(t *testing.T) {
	play(t, nil, func(r *rig) {
		c := r.talk("CA-1")
		r.pass(20 * time.Second)
		r.do("alex", transfer.DeedHold)
		r.carrier.set(func(c *carrier) { c.members = []string{"CA-1"} })
		r.pass(16 * time.Second)
		if err := r.desks[0].OnHold(r.ctx, c.transfer); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.agents("alex wrap_up, robin ready")
		if got := r.carrier.list(moved); len(got) != 2 {
			t.Errorf("the caller was sent for %d times", len(got)-1)
		}
	})
}

func TestDoRefuses(t *testing.T) {
	play(t, nil, func(r *rig) {
		if a := r.do("alex", transfer.DeedHold); a != transfer.AnswerOver {
			t.Errorf("without a call: %v", a)
		}
		c := r.talk("CA-1")
		if _, err := r.desks[0].Do(r.ctx, transfer.Do{Agent: "alex", Deed: transfer.DeedConsult, Colleague: "nobody"}); !errors.Is(err, desk.ErrNoAgent) {
			t.Errorf("asked nobody: %v", err)
		}
		if a := r.do("robin", transfer.DeedHold); a != transfer.AnswerOver {
			t.Errorf("another agent's call: %v", a)
		}
		if a, err := r.desks[0].Do(r.ctx, transfer.Do{Agent: "alex", Offer: uint32(c.offer) + 7, Deed: transfer.DeedHold}); a != transfer.AnswerOver || err != nil {
			t.Errorf("an old page: %v, %v", a, err)
		}
		if n := r.counted("ringback_desk_deeds_total", "hold", "over"); n != 3 {
			t.Errorf("%v refusals counted", n)
		}
	})
}

// Only colleagues of the caller's line can be asked.
func TestColleaguesServeTheLine(t *testing.T) {
	play(t, func(o *desk.Options) {
		o.Agents = append(o.Agents, desk.Agent{ID: "jo", Name: "Jo", Phone: joPhone, Lines: []string{"health"}})
	}, func(r *rig) {
		r.talk("CA-1")
		k, _, err := r.desks[0].Talk(r.ctx, "alex")
		if err != nil || len(k.Colleagues) != 1 || k.Colleagues[0].ID != "robin" {
			t.Errorf("%+v, %v", k.Colleagues, err)
		}
		r.do("alex", transfer.DeedConsult, "jo")
		r.rings(alexPhone)
		k, _, err = r.desks[0].Talk(r.ctx, "alex")
		if a := k.Transfer.Asked; err != nil || a.Agent != "jo" || a.Reason != transfer.ReasonNobody {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// Names are said where the transfer has ids.
func TestNamesAreSpoken(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents[0].Spoken = "Alexandra" }, func(r *rig) {
		r.join("CA-1")
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.press(c, "1")
		if meets, name, err := r.desks[0].CallerJoined(r.ctx, "CA-1"); !meets || name != "Alexandra" || err != nil {
			t.Errorf("meets %v %q, %v", meets, name, err)
		}
		if got := r.desks[0].Name("alex"); got != "Alex" {
			t.Errorf("people read %q", got)
		}
	})
}
