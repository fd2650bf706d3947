package desk

import (
	"context"
	"fmt"

	"ringback/ivr/transfer"
)

// room refuses a caller for whom waiting makes no sense: too many wait already, or
// nobody of the line is there. Who has talked to an agent, or comes before others
// ([transfer.Ticket.Priority]), is never turned away, and neither is the repeat of
// a request that was let in. Of several at the same moment one or two may get in
// above the limit: it keeps a queue short, and protects nothing.
func (d *Desk) room(ctx context.Context, id string, k transfer.Ticket, again bool) error {
	if again || k.Priority > 0 {
		return nil
	}
	t, ok, err := d.records.load(ctx, id)
	if err != nil {
		return err
	}
	if ok && t.Ticket.Ask == k.Ask {
		return nil
	}
	if err := d.sweep(ctx); err != nil {
		return err
	}
	at, err := d.present(ctx)
	if err != nil {
		return err
	}
	if ready, busy := d.eligible(at, k.Line, ""); len(ready)+len(busy) == 0 {
		return ErrNobody
	}
	_, size, err := d.Store.Queue().Position(ctx, k.Line, id)
	if err != nil {
		return fmt.Errorf("size of the queue: %w", err)
	}
	if size >= d.MaxWaiting {
		return ErrFull
	}
	return nil
}
