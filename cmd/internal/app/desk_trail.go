package app

import (
	"context"
	"fmt"

	"ringback/ivr/desk"
	"ringback/ivr/ledger"
)

// deskTrail is the audit as the desk wants it.
type deskTrail struct {
	ledger *ledger.Ledger
	gate   func() error
}

var _ desk.Trail = deskTrail{}

// Ended keeps how an attempt ended.
func (d deskTrail) Ended(ctx context.Context, a desk.Attempt) error {
	if err := d.gate(); err != nil {
		return err
	}
	action := "transfer"
	if a.Second {
		action = "consult"
	}
	_, err := d.ledger.Append(ctx, ledger.Entry{
		Phase: ledger.Outcome, Action: action, Actor: a.Agent, Reason: a.Reason.String(), CallRef: a.CallRef,
		Detail: map[string]string{"line": a.Line, "result": a.Result.String()},
	})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}
