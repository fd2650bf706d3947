package numberchange

import "time"

// Due is when a change next needs a [Tick], or the zero time when it waits for a
// person alone. It follows from the stored change, so that an instance that
// starts can set its wakes anew.
func (r Rules) Due(c Change) time.Time {
	r = r.WithDefaults()
	switch {
	case c.open():
		due := millis(c.Opened).Add(r.OpenFor)
		if c.coding() && c.Code > uint32(r.Resends) {
			due = earlier(due, millis(c.CodeAt).Add(r.CodeLife))
		}
		return due
	case c.State == StateHolding && c.Looked != 0:
		return earlier(millis(c.Looked).Add(holdGap), millis(c.Hold).Add(r.HoldLimit))
	case c.State == StateHolding:
		return millis(c.Hold)
	case c.State == StateApplying:
		return earlier(millis(c.Since).Add(r.ActivateIn), r.stepDue(c))
	case c.State == StateAwaitingActivation:
		return earlier(millis(c.Since).Add(r.ActivateIn), millis(c.Watch).Add(r.watchEvery(c)))
	case c.State == StateRemovingOld, c.State == StateUndoing:
		return r.stepDue(c)
	}
	return time.Time{}
}

// stepDue is when the step that a change is at needs to be seen to.
func (r Rules) stepDue(c Change) time.Time {
	d := r.current(c)
	if d == StepUnknown || r.stuck(c, d) {
		return time.Time{}
	}
	switch p := c.Step(d); p.Status {
	case StatusRunning:
		return millis(p.At).Add(r.StepTimeout)
	case StatusUnclear:
		return r.readDue(c, p)
	case StatusFailed:
		return millis(p.At).Add(r.backOff(p))
	case StatusTodo, StatusOK:
	}
	return time.Time{}
}

// earlier is the earlier of two times, of which b may be zero.
func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
