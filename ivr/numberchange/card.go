package numberchange

import "time"

// Card is what the console shows of a change, the same for everybody.
type Card struct {
	State   State
	Reason  Reason
	Hint    string    // the last two digits of the new number
	Hold    time.Time // when the hold is over; zero before the approval
	OldGone bool      // the old phone is gone, or may be
	Stages  []Staged  // all of them, in their order
	Next    []Next    // one for each of [Whos]
}

// Staged is how a stage stands.
type Staged struct {
	Stage Stage
	Mark  Mark
}

// Next is the one thing that somebody should do.
type Next struct {
	Who Who
	Do  Do
	Why Refusal   // why that is not possible yet, or not any more
	At  time.Time // from when it is; zero is unknown
}

// Card is what there is to be seen of a change at a time.
func (r Rules) Card(c Change, at time.Time) Card {
	r = r.WithDefaults()
	card := Card{State: c.State, Reason: c.Reason, Hint: c.Hint, OldGone: c.OldGone()}
	if c.Hold != 0 {
		card.Hold = millis(c.Hold)
	}
	for _, s := range Stages() {
		card.Stages = append(card.Stages, Staged{s, c.mark(s)})
	}
	next := r.next(c, at)
	for _, w := range Whos() {
		n, ok := next[w]
		if !ok {
			n = Next{Do: DoWait}
			if c.State.Over() || c.State == StateUnknown {
				n.Do = DoNothing
			}
		}
		n.Who = w
		card.Next = append(card.Next, n)
	}
	if now := r.now(c, at); now != MarkLater {
		for i, s := range card.Stages {
			if s.Mark == MarkNow {
				card.Stages[i].Mark = now
			}
		}
	}
	return card
}

// stageDone reports whether a stage is behind a change.
func (c *Change) stageDone(s Stage) bool {
	switch s {
	case StageIdentity:
		return c.Proof.Until != 0 || c.Proof.ConfirmedBy != ""
	case StageNumber:
		return c.Code > 0
	case StageCode:
		return c.Confirmed != 0
	case StageApproval:
		return c.Approved != 0
	case StageHold:
		return c.Step(StepFind).Status != StatusTodo
	case StagePhone:
		return c.Step(StepFind).Status == StatusOK && c.Step(StepAssociate).Status == StatusOK
	case StageLinks:
		return c.Step(StepSend).Status == StatusOK
	case StageActivation:
		return c.Active != 0
	case StageOld:
		return c.State == StateDone || c.Step(StepRemove).Status == StatusOK
	case StageUnknown:
	}
	return false
}

// mark is how a stage stands; the first that is not done is the one at which a
// change is, or was stopped.
func (c *Change) mark(s Stage) Mark {
	for _, before := range Stages() {
		switch {
		case c.State == StateUnknown:
			return MarkLater
		case c.stageDone(before):
			if before == s {
				return MarkDone
			}
		case before != s:
			return MarkLater
		case c.State.Over(), c.State == StateUndoing:
			return MarkFailed
		default:
			return MarkNow
		}
	}
	return MarkLater
}

// now is what the stage at which a change is really looks like: somebody's turn,
// a wait, or a failure.
func (r Rules) now(c Change, at time.Time) Mark {
	switch c.State {
	case StateApplying:
		if d := r.current(c); r.stuck(c, d) {
			return MarkFailed
		}
		return MarkWaiting
	case StateHolding, StateAwaitingActivation:
		return MarkWaiting
	case StateRemovingOld:
		if c.Step(StepRemove).Status == StatusFailed {
			return MarkFailed
		}
		return MarkWaiting
	case StateNumberGiven, StateCodeSent:
		if c.CodeFailed || r.codeDead(c, at) {
			return MarkFailed
		}
	default:
	}
	return MarkNow
}

// codeDead reports whether the last code confirms nothing any more.
func (r Rules) codeDead(c Change, at time.Time) bool {
	return c.Tries >= r.CodeTries || at.Sub(millis(c.CodeAt)) >= r.CodeLife
}

// next is what each part has to do; who is not in it waits.
func (r Rules) next(c Change, at time.Time) map[Who]Next {
	next := map[Who]Next{}
	if (c.open() || c.State == StateHolding) && c.Proof.ConfirmedBy == "" && r.fresh(c.Proof, at) {
		next[WhoLead] = Next{Do: DoConfirm}
	}
	switch c.State {
	case StateDraft, StateEvidenced:
		next[WhoAgent] = r.beforeNumber(c, at, next)
	case StateNumberGiven, StateCodeSent:
		next[WhoAgent] = r.coding(c, at)
	case StateAwaitingApproval:
		next[WhoSecond] = Next{Do: DoApprove}
		if !r.verified(c.Proof, at) {
			next[WhoSecond] = Next{Do: DoApprove, Why: RefusalLapsed}
			next[WhoAgent] = Next{Do: DoVerify, Why: RefusalLapsed}
		}
	case StateHolding:
		next[WhoAgent] = Next{Do: DoWait, Why: RefusalHold, At: millis(c.Hold)}
	case StateApplying, StateAwaitingActivation, StateRemovingOld, StateUndoing:
		if n := r.helping(c, at); n.Do != DoWait {
			next[WhoAgent], next[WhoLead] = n, n
		}
	default:
	}
	return next
}

func (r Rules) beforeNumber(c Change, at time.Time, next map[Who]Next) Next {
	_, confirming := next[WhoLead]
	switch {
	case r.verified(c.Proof, at):
		return Next{Do: DoNumber}
	case confirming:
		return Next{Do: DoWait}
	case c.State == StateEvidenced:
		return Next{Do: DoVerify, Why: RefusalLapsed}
	}
	return Next{Do: DoVerify}
}

func (r Rules) coding(c Change, at time.Time) Next {
	if !c.CodeFailed && !r.codeDead(c, at) {
		return Next{Do: DoCode}
	}
	n := Next{Do: DoResend}
	if from := millis(c.CodeAt).Add(r.CodeGap); at.Before(from) {
		n.Why, n.At = RefusalTooSoon, from
	}
	if c.Code > uint32(r.Resends) {
		n = Next{Do: DoResend, Why: RefusalSends}
	}
	return n
}

// helping is what the agent or a lead can do about Duo.
func (r Rules) helping(c Change, at time.Time) Next {
	d := r.current(c)
	switch {
	case c.State == StateAwaitingActivation && !r.linksLapsed(c, at):
	case r.renews(c, at) && c.Sets < r.LinkSets:
		return Next{Do: DoLinks}
	case r.renews(c, at):
		return Next{Do: DoUndo}
	case d != StepUnknown && c.Step(d).Status == StatusFailed:
		return Next{Do: DoResume}
	}
	return Next{Do: DoWait}
}
