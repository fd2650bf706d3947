package ledger

// OnStep tells f where each write stands: after it "locked" the chain, when it
// has "written" everything, and once it is "committed".
func (l *Ledger) OnStep(f func(op, step string)) { l.step = f }
