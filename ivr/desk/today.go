package desk

import (
	"context"
	"fmt"
	"time"

	"ringback/ivr/transfer"
)

// Today is how a line's callers have fared since midnight in its zone: every wait
// for an agent counts, also that of one who comes back after a talk. Callbacks do
// not, and who asks for one while waiting is offered and has not abandoned.
type Today struct {
	Offered   int           // waits that began
	Answered  int           // of them, those that ended in a talk
	InTime    int           // of those, within Options.AnswerWithin
	Abandoned int           // ended by a hang-up
	Short     int           // of those, within Options.ShortAbandon: a wrong number, a change of mind
	Waited    time.Duration // of those answered, in all
}

// ServiceLevel is the share of those offered who were answered in time, those left
// out who hung up at once; ok is false while there is nobody to judge by.
func (t Today) ServiceLevel() (share float64, ok bool) {
	n := t.Offered - t.Short
	if n <= 0 {
		return 0, false
	}
	return min(float64(t.InTime)/float64(n), 1), true
}

// AverageWait is how long those waited who were answered.
func (t Today) AverageWait() time.Duration {
	if t.Answered == 0 {
		return 0
	}
	return t.Waited / time.Duration(t.Answered)
}

// The fields of a line's tally.
const (
	tallyOffered   = "offered"
	tallyAnswered  = "answered"
	tallyInTime    = "in_time"
	tallyAbandoned = "abandoned"
	tallyShort     = "short"
	tallyWaited    = "waited_ms"
)

// day is the day that it is on a line.
func (d *Desk) day(line string) string {
	at := d.Clock.Now()
	if z := d.lines[line].Zone; z != nil {
		at = at.In(z)
	}
	return at.Format(time.DateOnly)
}

func (d *Desk) tally(ctx context.Context, t transfer.Transfer, counts map[string]int64) {
	line := t.Ticket.Line
	if _, ok := d.lines[line]; ok {
		d.try(ctx, t, "count", d.Store.Tally().Add(ctx, line, d.day(line), counts))
	}
}

// offered counts a wait that begins; a place that is given back is none.
func (d *Desk) offered(ctx context.Context, t transfer.Transfer) {
	if t.State != transfer.StateQueued || t.Since != t.Queued || t.Ticket.Callback != "" {
		return
	}
	d.metrics.offered.WithLabelValues(t.Ticket.Line).Inc()
	d.tally(ctx, t, map[string]int64{tallyOffered: 1})
}

// answered counts a wait that ends in a talk.
func (d *Desk) answered(ctx context.Context, t transfer.Transfer, waited time.Duration) {
	if t.Ticket.Callback != "" {
		return
	}
	counts := map[string]int64{tallyAnswered: 1, tallyWaited: waited.Milliseconds()}
	if waited <= d.AnswerWithin {
		counts[tallyInTime] = 1
	}
	d.tally(ctx, t, counts)
	d.judge(ctx, t, waited)
}

// abandoned counts a wait that the caller ends.
func (d *Desk) abandoned(ctx context.Context, t transfer.Transfer, a transfer.Report) {
	switch a.Ending.Reason {
	case transfer.ReasonInQueue, transfer.ReasonRinging, transfer.ReasonBrief, transfer.ReasonJoining:
	default:
		return
	}
	if a.Second || t.Ticket.Callback != "" {
		return
	}
	waited := d.Clock.Now().Sub(time.UnixMilli(t.Queued))
	d.metrics.abandoned.WithLabelValues(t.Ticket.Line).Observe(waited.Seconds())
	counts := map[string]int64{tallyAbandoned: 1}
	if waited <= d.ShortAbandon {
		counts[tallyShort] = 1
	}
	d.tally(ctx, t, counts)
}

// Today reads how a line's callers have fared.
func (d *Desk) Today(ctx context.Context, line string) (Today, error) {
	c, err := d.Store.Tally().Of(ctx, line, d.day(line))
	if err != nil {
		return Today{}, fmt.Errorf("counts of today: %w", err)
	}
	return Today{
		Offered: int(c[tallyOffered]), Answered: int(c[tallyAnswered]), InTime: int(c[tallyInTime]), Abandoned: int(c[tallyAbandoned]),
		Short: int(c[tallyShort]), Waited: time.Duration(c[tallyWaited]) * time.Millisecond,
	}, nil
}

// estimateKind is the kind of the value that keeps how long a wait was said to take.
const estimateKind = "estimate"

// promise keeps the first estimate of a wait, from its beginning, to judge it by.
func (d *Desk) promise(ctx context.Context, t transfer.Transfer, total time.Duration) {
	_, err := d.Store.Values().PutOnce(ctx, estimateKind, t.ID, recordLife, []byte(total.Round(time.Second).String()))
	d.try(ctx, t, "keep estimate", err)
}

// judge measures how far off the estimate of a wait was.
func (d *Desk) judge(ctx context.Context, t transfer.Transfer, waited time.Duration) {
	b, ok, err := d.Store.Values().Take(ctx, estimateKind, t.ID)
	if err != nil || !ok {
		d.try(ctx, t, "read estimate", err)
		return
	}
	if said, err := time.ParseDuration(string(b)); err == nil {
		d.metrics.estimate.WithLabelValues(t.Ticket.Line).Observe((waited - said).Seconds())
	}
}
