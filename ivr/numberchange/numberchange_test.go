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

// What is unclear is read and never run again blindly; what a read saw too early
// does not count.
func TestUnclearIsRead(t *testing.T) {
	p := inState(nc.StateApplying).on(nc.Tick{})
	p.on(p.done(nc.StepFind)).on(p.result(nc.StepAssociate, nc.ResultUnclear))
	want(t, p, nc.StateApplying, nc.RefusalNone)
	p.wait(4 * time.Second).on(nc.Tick{})
	if len(p.last) != 0 {
		t.Fatalf("read too early: %s", did(p.last))
	}
	p.wait(time.Second).on(nc.Tick{})
	if !has[nc.ReadAccount](p.last) {
		t.Fatal(did(p.last))
	}
	first := p.c.Read
	p.wait(30 * time.Second).on(nc.Tick{}) // that read was lost
	if !has[nc.ReadAccount](p.last) || p.c.Read == first {
		t.Fatal(did(p.last))
	}
	p.on(nc.AccountRead{Try: first, Read: true, Phone: "DP-new"}) // and comes after all
	if p.c.Step(nc.StepAssociate).Status != nc.StatusUnclear {
		t.Fatal("an old read counts")
	}
	saw := *p
	p.on(nc.AccountRead{Try: p.c.Read, Read: true, Phone: "DP-new"})
	if p.c.Step(nc.StepAssociate).Status != nc.StatusFailed || has[nc.Associate](p.last) {
		t.Fatal(did(p.last))
	}
	p.wait(30 * time.Second).on(nc.Tick{})
	if !has[nc.Associate](p.last) {
		t.Fatal(did(p.last))
	}
	saw.on(nc.AccountRead{Try: saw.c.Read, Read: true, Phone: "DP-new", New: true})
	if !has[nc.MakeLinks](saw.last) {
		t.Fatal(did(saw.last))
	}
}

func TestStepThatFailsWaitsForAPerson(t *testing.T) {
	p := inState(nc.StateApplying)
	for n := range 3 {
		p.on(p.result(nc.StepFind, nc.ResultFailed))
		if has[nc.FindOrCreatePhone](p.last) {
			t.Fatal("at once")
		}
		p.wait(time.Duration(n+1) * 30 * time.Second).on(nc.Tick{})
	}
	if has[nc.FindOrCreatePhone](p.last) {
		t.Fatal("a fourth time")
	}
	p.by(p.agent(), nc.Resume{})
	if !has[nc.FindOrCreatePhone](p.last) {
		t.Fatal(did(p.last))
	}
}

// Links that lapsed before they could be texted are made anew.
func TestLinksThatLapsedUnsent(t *testing.T) {
	p := inState(nc.StateApplying)
	for s := nc.StepFind; s < nc.StepSend; s++ {
		p.on(p.done(s))
	}
	for range 3 {
		p.on(p.result(nc.StepSend, nc.ResultFailed)).wait(2 * time.Minute).on(nc.Tick{})
	}
	p.wait(10*time.Minute).by(p.agent(), nc.Resume{})
	if !has[nc.MakeLinks](p.last) {
		t.Fatal(did(p.last))
	}
}

// A phone that was active before fresh links were made is not active any more:
// the old one stays.
func TestActivatedBeforeFreshLinks(t *testing.T) {
	p := inState(nc.StateAwaitingActivation).wait(10 * time.Second).on(nc.Tick{})
	stale := nc.Activated{Try: p.c.Try, Phone: "DP-new"}
	p.by(p.agent(), nc.Resume{}).on(p.done(nc.StepLinks)).on(p.done(nc.StepSend))
	p.on(stale, nc.Activated{Try: p.c.Try + 1, Phone: "DP-new"})
	want(t, p, nc.StateAwaitingActivation, nc.RefusalNone)
	p.activate()
	want(t, p, nc.StateRemovingOld, nc.RefusalNone)
}

// What is being undone is not begun again, whatever it was stuck at.
func TestNothingIsResumedOutOfAnUndo(t *testing.T) {
	p := inState(nc.StateApplying)
	for s := nc.StepFind; s < nc.StepSend; s++ {
		p.on(p.done(s))
	}
	for range 3 {
		p.on(p.result(nc.StepSend, nc.ResultFailed)).wait(2 * time.Minute).on(nc.Tick{})
	}
	p.wait(10 * time.Minute).on(nc.Frozen{}).by(p.lead(), nc.Resume{})
	want(t, p, nc.StateUndoing, nc.RefusalBusy)
}

// A freeze while the old phone goes takes the new one all the same, and the end
// says whether the old one is left.
func TestFreezeWhileTheOldPhoneGoes(t *testing.T) {
	for _, r := range []nc.Result{nc.ResultOK, nc.ResultFailed} {
		p := inState(nc.StateRemovingOld)
		p.on(nc.Frozen{})
		want(t, p, nc.StateUndoing, nc.RefusalNone)
		p.on(p.done(nc.StepDissociate))
		want(t, p, nc.StateUndoing, nc.RefusalNone) // the removal is not heard of yet
		p.on(p.result(nc.StepRemove, r))
		want(t, p, nc.StateUndone, nc.RefusalNone)
		if p.c.OldGone() != (r == nc.ResultOK) || p.c.Reason != nc.ReasonFrozen {
			t.Errorf("%v: old gone %v, reason %v", r, p.c.OldGone(), p.c.Reason)
		}
	}
}

// Nothing is taken off while it may still be put on.
func TestFreezeWhileTheNewPhoneComes(t *testing.T) {
	p := inState(nc.StateApplying)
	p.on(p.done(nc.StepFind)).on(nc.Frozen{})
	want(t, p, nc.StateUndoing, nc.RefusalNone)
	if has[nc.Dissociate](p.last) {
		t.Fatal(did(p.last))
	}
	failed := *p
	p.on(p.done(nc.StepAssociate))
	if !has[nc.Dissociate](p.last) {
		t.Fatal(did(p.last))
	}
	failed.on(failed.result(nc.StepAssociate, nc.ResultFailed))
	want(t, &failed, nc.StateCancelled, nc.RefusalNone)
}

func TestNobodyActivates(t *testing.T) {
	p := inState(nc.StateAwaitingActivation).wait(24 * time.Hour).on(nc.Tick{})
	want(t, p, nc.StateUndoing, nc.RefusalNone)
	p.on(p.done(nc.StepDissociate))
	want(t, p, nc.StateUndone, nc.RefusalNone)
	if p.c.Reason != nc.ReasonNotActivated || p.c.OldGone() {
		t.Errorf("%v, old gone %v", p.c.Reason, p.c.OldGone())
	}
}

func TestWatchSlowsDown(t *testing.T) {
	p := inState(nc.StateAwaitingActivation)
	for _, c := range []struct{ wait, due time.Duration }{{10 * time.Second, 10 * time.Second}, {10 * time.Minute, 5 * time.Minute}} {
		p.wait(c.wait).on(nc.Tick{})
		if got := p.rules.Due(p.c).Sub(p.at); !has[nc.ReadPhone](p.last) || got != c.due {
			t.Errorf("next look in %v: %s", got, did(p.last))
		}
	}
}

func TestNoOldPhone(t *testing.T) {
	p := inState(nc.StateEvidenced)
	w := given()
	w.Replaces = ""
	p.by(p.agent(), w).by(p.agent(), nc.CodeTried{Code: 1, OK: true}).by(p.lead(), nc.Approved{})
	p.wait(24 * time.Hour).on(nc.Tick{})
	for s := nc.StepFind; s <= nc.StepSend; s++ {
		p.on(p.done(s))
	}
	p.activate()
	want(t, p, nc.StateDone, nc.RefusalNone)
	if p.c.OldGone() {
		t.Error("a phone that was not there is gone")
	}
}

// Word of a step that comes after the end is written down: somebody has to look.
func TestLateWord(t *testing.T) {
	p := inState(nc.StateApplying)
	late := p.done(nc.StepFind)
	p.by(p.agent(), nc.Undo{}).on(late)
	if d := cmp.Diff("outcome(late find ok)", did(p.last)); d != "" {
		t.Error(d)
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
