package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/desk"
	"ringback/ivr/desk/console"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
	"ringback/ivr/line"
	"ringback/ivr/outbox"
	"ringback/ivr/transfer"
	"ringback/ivr/twilio"
	"ringback/sessions"
)

// tools are what agents can do for a caller beside talking. Each asks the verdict
// of the moment, and is in the audit with who used it.
type tools struct {
	desk      *desk.Desk
	line      *line.Server
	carrier   *twilio.Client
	pusher    caller.Pusher
	directory caller.Directory
	books     deskBooks
	news      newsroom
	names     caller.Pseudonyms
	policy    ivr.Policy
	version   string // of the policy
	kept      sessions.Values
	windows   sessions.Windows
	notes     *outbox.Sealer
	clock     clock.Clock
	logger    *slog.Logger
	running   *sync.WaitGroup
	stopped   context.Context //nolint:containedctx // the service's: pushes are watched until it ends
}

var _ console.Tools = tools{}

func refusal(why string) error { return &console.Refusal{Why: why} }

// Use uses a tool.
func (t tools) Use(ctx context.Context, u console.Use) error {
	tr, call, err := t.caller(ctx, u)
	if err != nil {
		return err
	}
	switch u.Tool {
	case console.ToolResend, console.ToolFresh:
		return t.links(ctx, tr, call, u)
	case console.ToolLook:
		return t.line.AgentLook(ctx, tr.Ticket.CallSID) //nolint:wrapcheck // it names itself
	case console.ToolPush:
		return t.push(ctx, tr, call, u)
	case console.ToolAllow:
		return t.allow(ctx, call, u)
	case console.ToolFreeze:
		return t.freezeFor(ctx, call, u)
	case console.ToolSuspect:
		return t.suspect(ctx, tr, call, u)
	case console.ToolUnknown:
	}
	return fmt.Errorf("no tool %v", u.Tool)
}

// caller is whom the agent talks to now, or a refusal.
func (t tools) caller(ctx context.Context, u console.Use) (transfer.Transfer, ivr.Call, error) {
	tr, ok, err := t.desk.Transfer(ctx, u.Transfer)
	if err != nil {
		return tr, ivr.Call{}, err //nolint:wrapcheck // it names itself
	}
	second := tr.Second.Stage == transfer.StageIn && tr.Second.Agent == u.Agent
	if !ok || !tr.Talking() || tr.Gone || tr.Agent != u.Agent && !second {
		return tr, ivr.Call{}, refusal("not_on_line")
	}
	call, err := t.line.Call(ctx, tr.Ticket.CallSID)
	if err != nil {
		return tr, call, fmt.Errorf("read call: %w", err)
	}
	return tr, call, nil
}

// entry is what the audit says of a tool.
func (t tools) entry(call ivr.Call, u console.Use, action string) ledger.Entry {
	e := ledger.Entry{
		Phase: ledger.Outcome, Action: action, Actor: u.By, Reason: u.Reason, CallRef: call.Ref, PolicyVersion: t.version,
		Detail: map[string]string{"tool": u.Tool.String()},
	}
	if call.ID != "" {
		e.Subject = t.names.Subject(call.ID)
	}
	for _, p := range call.Passed {
		e.Factors = append(e.Factors, p.Factor.String())
	}
	return e
}

// audited writes the intent, does it, and writes the outcome. Without an intent
// nothing is done.
func (t tools) audited(ctx context.Context, e ledger.Entry, f func() error) error {
	e.Phase = ledger.Intent
	seq, err := t.books.Append(ctx, e)
	if err != nil {
		return err
	}
	done := f()
	e.Phase = ledger.Outcome
	e.Detail["intent"], e.Detail["result"] = strconv.FormatInt(seq, 10), "done"
	if r, ok := errors.AsType[*console.Refusal](done); ok {
		e.Detail["result"], e.Detail["why"] = "refused", r.Why
	} else if done != nil {
		e.Detail["result"] = "failed"
	}
	if _, err := t.books.Append(context.WithoutCancel(ctx), e); err != nil {
		t.logger.ErrorContext(ctx, "outcome of a tool not in the ledger", "intent", seq, "error", err.Error())
	}
	return done
}

// links sends links, on the caller's evidence.
func (t tools) links(ctx context.Context, tr transfer.Transfer, call ivr.Call, u console.Use) error {
	return t.audited(ctx, t.entry(call, u, "agent_links"), func() error {
		why, err := t.line.AgentLinks(ctx, tr.Ticket.CallSID, ivr.AgentLinks{
			Fresh: u.Tool == console.ToolFresh, Phone: uint8(u.Phone), By: u.By, //nolint:gosec // bounded by the console
		})
		switch {
		case err != nil:
			return err //nolint:wrapcheck // it names itself
		case why != "":
			return refusal(why)
		}
		return nil
	})
}

// allow allows one more set of links today. It is the ledger's own row.
func (t tools) allow(ctx context.Context, call ivr.Call, u console.Use) error {
	if call.ID == "" {
		return refusal("no_id")
	}
	on, err := t.books.lead.On(call.Line)
	if err != nil {
		return err
	}
	_, err = behindGate(t.books, func() (string, error) { return on.AllowLinks(ctx, call.ID, u.By, u.Reason) })
	return err
}

// freezeFor stops the recovery of whom the call is about: it takes no proof to
// stop something.
func (t tools) freezeFor(ctx context.Context, call ivr.Call, u console.Use) error {
	if call.ID == "" {
		return refusal("no_id")
	}
	created, err := t.freeze(ctx, call, u.By, u.Reason, "desk")
	if err == nil && !created {
		return refusal("already")
	}
	return err
}

// freeze stops recovery and tells the person, the leads, and other systems.
func (t tools) freeze(ctx context.Context, call ivr.Call, by, reason, why string) (created bool, err error) {
	if err := t.books.gate(); err != nil {
		return false, err
	}
	subject := t.names.Subject(call.ID)
	p, _, err := t.directory.ByID(ctx, call.ID)
	if err != nil { // keeps nobody from being stopped
		t.logger.WarnContext(ctx, "nobody told of a freeze", "error", err.Error())
	}
	p.ID = call.ID
	owed, err := t.news.frozen(ctx, deed{line: call.Line, callRef: call.Ref}, subject, p, event.Freeze{By: by, Why: why})
	if err != nil {
		t.logger.ErrorContext(ctx, "people not told", "news", "frozen", "error", err.Error())
	}
	created, err = t.books.ledger.Freeze(ctx, ledger.Freeze{Subject: subject, By: by, Reason: reason, CallRef: call.Ref, At: t.clock.Now()}, owed...)
	if err == nil && created {
		t.news.kick()
	}
	return created, err //nolint:wrapcheck // it names itself
}

// suspect freezes first and then sends the caller away, in words that say nothing.
func (t tools) suspect(ctx context.Context, tr transfer.Transfer, call ivr.Call, u console.Use) error {
	return t.audited(ctx, t.entry(call, u, "agent_suspect"), func() error {
		if call.ID != "" {
			if _, err := t.freeze(ctx, call, u.By, "suspect", "suspect"); err != nil {
				return err
			}
		}
		if err := t.line.Dismiss(ctx, tr.Ticket.CallSID); err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		to, err := t.line.Move(ctx, tr.Ticket.CallSID, tr.ID, 0) // no offer has that number
		if err == nil {
			err = t.carrier.RedirectCall(ctx, tr.Ticket.CallSID, to)
		}
		if err != nil { // then without a goodbye
			t.logger.WarnContext(ctx, "caller not sent to goodbye", "call", call.Ref, "error", err.Error())
			err = t.carrier.EndCall(ctx, tr.Ticket.CallSID)
		}
		return err //nolint:wrapcheck // it names itself
	})
}

// openTools joins what agents' tools need. Pushes that are watched end with the
// service.
func (a *App) openTools(t tools, key []byte) error {
	var err error
	if t.notes, err = outbox.NewSealer(rand.Reader, noteKey(key), nil); err != nil {
		return fmt.Errorf("agents' notes: %w", err)
	}
	stopped, stop := context.WithCancel(context.Background())
	t.books = deskBooks{ledger: a.ledger, gate: a.o.Gate, lead: a.lead}
	t.policy, t.version = dialogueOf(a.o.Config).Policy, policyVersion(a.o.Config)
	t.kept, t.windows, t.clock, t.logger = a.store.Values(), a.store.Windows(), a.o.Clock, a.o.Logger
	t.running, t.stopped = new(sync.WaitGroup), stopped
	a.tools = t
	a.onStop("agents' tools", func(context.Context) error {
		stop()
		t.running.Wait()
		return nil
	})
	return nil
}
