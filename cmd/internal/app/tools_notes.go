package app

import (
	"context"
	"encoding/base64"
	"strconv"

	"ringback/ivr"
	"ringback/ivr/desk/console"
	"ringback/ivr/event"
)

// Last is the transfer that an agent is done with.
func (t tools) Last(ctx context.Context, agent string) (string, bool, error) {
	tr, ok, err := t.desk.Last(ctx, agent)
	return tr.ID, ok, err //nolint:wrapcheck // it names itself
}

// WrapUp keeps what an agent says, sealed where it is free text, and tells other
// systems.
func (t tools) WrapUp(ctx context.Context, w console.WrapUp) error {
	tr, ok, err := t.desk.Transfer(ctx, w.Transfer)
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	if !ok {
		return refusal("not_on_line")
	}
	call, err := t.line.Call(ctx, tr.Ticket.CallSID)
	if err != nil { // over for hours: what the ticket says is left
		call = ivr.Call{Ref: tr.Ticket.CallRef, Line: tr.Ticket.Line}
	}
	e := t.entry(call, console.Use{By: w.By, Reason: w.Outcome}, "wrap_up")
	e.Detail = map[string]string{"outcome": w.Outcome}
	if w.Note != "" {
		sealed, err := t.notes.Seal(noteName(call.Ref), []byte(w.Note))
		if err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		e.Detail["note"] = base64.StdEncoding.EncodeToString(sealed)
	}
	owed := t.news.announce(ctx, deed{
		id: call.ID, line: call.Line, callRef: call.Ref, key: call.Ref + "/" + strconv.FormatInt(t.clock.Now().UnixMilli(), 10),
	}, event.Note{By: w.By, Outcome: w.Outcome, Text: w.Note})
	_, err = behindGate(t.books, func() (struct{}, error) { return struct{}{}, t.books.ledger.AppendOwing(ctx, e, owed...) })
	if err == nil {
		t.news.kick()
	}
	return err
}

// noteName is what a note is sealed under.
func noteName(ref string) string { return "note/" + ref }
