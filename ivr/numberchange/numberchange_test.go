package numberchange_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"

	nc "ringback/ivr/numberchange"
)

func TestWholeWay(t *testing.T) {
	p := inState(nc.StateDone)
	want(t, p, nc.StateDone, nc.RefusalNone)
	if !has[nc.Notify](p.last) || p.c.Reason != nc.ReasonDone || !p.c.OldGone() || p.c.Hint != "42" {
		t.Errorf("%s\n%+v", did(p.last), p.c)
	}
}

// An identity check needs no hold; a verdict does.
func TestIdentityCheckNeedsNoHold(t *testing.T) {
	p := inState(nc.StateDraft)
	p.by(p.agent(), checked())
	want(t, p, nc.StateDraft, nc.RefusalNone)
	p.by(p.lead(), confirmed())
	want(t, p, nc.StateEvidenced, nc.RefusalNone)
	for _, a := range p.last {
		if row, ok := a.(nc.Audit); ok && (!row.People || len(row.Seen) != 2) {
			t.Errorf("not audited as evidence that people made: %+v", row)
		}
	}
	p.by(p.agent(), given()).by(p.agent(), nc.CodeTried{Code: 1, OK: true}).by(p.peer(), nc.Approved{})
	want(t, p, nc.StateApplying, nc.RefusalNone)
	if !has[nc.FindOrCreatePhone](p.last) {
		t.Error(did(p.last))
	}
}

func TestConfirmerMayApproveIfTheRulesSaySo(t *testing.T) {
	p := inState(nc.StateAwaitingApproval)
	p.rules.ConfirmerApproves = true
	p.by(p.agent(), checked()).by(p.lead(), confirmed()).by(p.lead(), nc.Approved{})
	want(t, p, nc.StateApplying, nc.RefusalNone)
}

func TestNoHoldByConfig(t *testing.T) {
	p := inState(nc.StateAwaitingApproval)
	p.rules.Hold = -1
	p.by(p.lead(), nc.Approved{})
	want(t, p, nc.StateApplying, nc.RefusalNone)
}

func TestLocalAccountsInTheDemo(t *testing.T) {
	p := inState(nc.StateAwaitingApproval)
	p.rules.LocalMay = true
	a := p.lead()
	a.Local = true
	p.by(a, nc.Approved{})
	want(t, p, nc.StateHolding, nc.RefusalNone)
}

func TestStoppingNeedsNoGoodStanding(t *testing.T) {
	p := inState(nc.StateHolding)
	p.facts = nc.Facts{}
	p.by(nc.Actor{ID: "jo", Role: nc.RoleLead, Local: true, Subject: true}, nc.Cancelled{})
	want(t, p, nc.StateCancelled, nc.RefusalNone)
}

// The end of the hold waits for facts, and for a threat to pass; not for ever.
func TestHoldEndsOnlyWhenNothingStandsInItsWay(t *testing.T) {
	p := inState(nc.StateHolding).wait(24*time.Hour - time.Second).on(nc.Tick{})
	want(t, p, nc.StateHolding, nc.RefusalNone)
	p.facts = nc.Facts{}
	p.wait(time.Second).on(nc.Tick{})
	want(t, p, nc.StateHolding, nc.RefusalNone)
	if d := cmp.Diff("Wake{24h1m0s}", did(p.last)); d != "" {
		t.Error(d)
	}
	p.facts = nc.Facts{Read: true, Threat: true}
	p.wait(time.Minute).on(nc.Tick{})
	want(t, p, nc.StateHolding, nc.RefusalNone)
	again := *p
	p.facts.Threat = false
	p.wait(time.Minute).on(nc.Tick{})
	want(t, p, nc.StateApplying, nc.RefusalNone)
	again.wait(48 * time.Hour).on(nc.Tick{})
	want(t, &again, nc.StateExpired, nc.RefusalNone)
}

func TestCodesRunOut(t *testing.T) {
	last := func() *play {
		p := inState(nc.StateCodeSent)
		for range 3 {
			p.wait(31*time.Second).by(p.agent(), nc.CodeResend{})
			want(t, p, nc.StateNumberGiven, nc.RefusalNone)
		}
		return p
	}
	for name, do := range map[string]func(*play){
		"tries": func(p *play) {
			for range 3 {
				p.by(p.agent(), nc.CodeTried{Code: 4})
			}
		},
		"time":     func(p *play) { p.wait(10 * time.Minute).on(nc.Tick{}) },
		"not sent": func(p *play) { p.on(nc.CodeSent{Code: 4, Result: nc.ResultFailed}) },
	} {
		p := last()
		if do(p); p.c.State != nc.StateFailed || p.c.Reason != nc.ReasonCodes {
			t.Errorf("%s: %v, %v", name, p.c.State, p.c.Reason)
		}
	}
	if p := last(); !p.rules.Due(p.c).Equal(p.at.Add(10 * time.Minute)) {
		t.Errorf("due %v", p.rules.Due(p.c))
	}
}

func TestNames(t *testing.T) {
	for _, s := range nc.States() {
		if got, err := nc.ParseState(s.String()); got != s || err != nil {
			t.Errorf("state %v: %v, %v", s, got, err)
		}
	}
	for _, r := range nc.Refusals() {
		if got, err := nc.ParseRefusal(r.String()); got != r || err != nil {
			t.Errorf("refusal %v: %v, %v", r, got, err)
		}
	}
	for _, bad := range []string{"", "unknown", "none", "Draft", "state(9)"} {
		if _, err := nc.ParseState(bad); err == nil {
			t.Errorf("state %q passed", bad)
		}
		if _, err := nc.ParseRefusal(bad); err == nil {
			t.Errorf("refusal %q passed", bad)
		}
	}
	var names []string
	add := func(name string) { names = append(names, name) }
	for _, x := range nc.Reasons() {
		add("reason " + x.String())
	}
	for _, x := range nc.Steps() {
		add("step " + x.String())
	}
	for _, x := range nc.Notices() {
		add("notice " + x.String())
	}
	for _, x := range nc.AllSeen() {
		add("seen " + x.String())
	}
	for _, x := range nc.Stages() {
		add("stage " + x.String())
	}
	for _, x := range nc.Whos() {
		add("who " + x.String())
	}
	for x := range nc.DoUndo + 1 {
		add("do " + x.String())
	}
	for x := range nc.MarkFailed + 1 {
		add("mark " + x.String())
	}
	for x := range nc.StatusUnclear + 1 {
		add("status " + x.String())
	}
	for x := range nc.ResultUnclear + 1 {
		add("result " + x.String())
	}
	for x := range nc.CheckInPerson + 1 {
		add("check " + x.String())
	}
	for x := range nc.RoleLead + 1 {
		add("role " + x.String())
	}
	slices.Sort(names)
	if all := len(names); len(slices.Compact(names)) != all {
		t.Error("a name is used twice")
	}
	if got := nc.State(99).String(); got != "state(99)" {
		t.Errorf("State(99) = %q", got)
	}
}

// What is stored is small, and comes back as it was.
func TestStored(t *testing.T) {
	for _, r := range rows(t) {
		p := newPlay()
		r.play(p)
		b, err := msgpack.Marshal(&p.c)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 400 {
			t.Errorf("%s: %d bytes", r.name, len(b))
		}
		var after nc.Change
		if err := msgpack.Unmarshal(b, &after); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p.c, after); d != "" {
			t.Errorf("%s:\n%s", r.name, d)
		}
	}
}

// Every row that is written has a name that is listed.
func TestAuditNames(t *testing.T) {
	names := nc.AuditNames()
	used := map[string]bool{}
	for _, r := range rows(t) {
		for _, k := range kinds() {
			p := newPlay()
			r.play(p)
			k.play(p)
			for _, a := range p.last {
				if row, ok := a.(nc.Audit); ok {
					used[row.Name] = true
					if !slices.Contains(names, row.Name) {
						t.Errorf("%q is not listed", row.Name)
					}
				}
			}
		}
	}
	for _, n := range names {
		if !used[n] {
			t.Errorf("%q is never written", n)
		}
	}
}
