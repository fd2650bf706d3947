package numberchange_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	nc "ringback/ivr/numberchange"
)

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

// The same word twice is one failure; an ok counts even after a failure.
func TestWordOfAStepTwice(t *testing.T) {
	p := inState(nc.StateApplying)
	failed, ok := p.result(nc.StepFind, nc.ResultFailed), p.done(nc.StepFind)
	p.on(failed, failed, failed)
	if got := p.c.Step(nc.StepFind).Failures; got != 1 {
		t.Errorf("%d failures", got)
	}
	p.on(ok)
	if !has[nc.Associate](p.last) {
		t.Error(did(p.last))
	}
}

// What makes things safer is tried for ever, ever more slowly.
func TestTakingOffIsTriedForEver(t *testing.T) {
	for s, state := range map[nc.Step]nc.State{nc.StepRemove: nc.StateRemovingOld, nc.StepDissociate: nc.StateUndoing} {
		p := inState(state)
		for range 50 {
			p.on(p.result(s, nc.ResultFailed))
			gap := p.rules.Due(p.c).Sub(p.at)
			if gap <= 0 || gap > 10*time.Minute {
				t.Fatalf("%v: next try in %v", s, gap)
			}
			p.wait(gap).on(nc.Tick{})
			if !has[nc.RemoveOld](p.last) && !has[nc.Dissociate](p.last) {
				t.Fatalf("%v: %s", s, did(p.last))
			}
		}
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
	p.wait(10*time.Minute).on(nc.Frozen{}).by(p.lead(), nc.Resume{})
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

// What makes no sense is not believed.
func TestWordThatMakesNoSense(t *testing.T) {
	p := inState(nc.StateApplying)
	before := p.c
	p.on(nc.DuoDone{Step: 99, Try: 1, Result: nc.ResultOK}, nc.DuoDone{Try: 1, Result: nc.ResultOK})
	if d := cmp.Diff(before, p.c); d != "" {
		t.Errorf("an unknown step changed something:\n%s", d)
	}
	p.on(nc.DuoDone{Step: nc.StepFind, Try: 1, Result: nc.ResultOK}) // which phone?
	if got := p.c.Step(nc.StepFind).Status; got != nc.StatusUnclear {
		t.Errorf("found no phone: %v", got)
	}
	p = inState(nc.StateDone).on(nc.DuoDone{Step: 99, Result: nc.ResultOK})
	if len(p.last) != 0 {
		t.Error(did(p.last))
	}
}
