package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Tool is something that an agent can do for, or about, the caller on the line.
type Tool uint8

// The tools.
const (
	ToolUnknown Tool = iota // no tool: the zero value
	ToolResend              // the links that live, once more
	ToolFresh               // a new set of links, to a phone on file
	ToolLook                // ask Duo whether it was activated
	ToolPush                // a Duo push, which proves nothing
	ToolAllow               // one more set today; a lead's
	ToolFreeze              // "this was not me"
	ToolSuspect             // end the call politely, and freeze
	toolEnd
)

// AllTools returns every tool but ToolUnknown.
func AllTools() []Tool {
	all := make([]Tool, 0, toolEnd)
	for t := ToolUnknown + 1; t < toolEnd; t++ {
		all = append(all, t)
	}
	return all
}

// String is the tool's name in paths, metrics and on the card.
func (t Tool) String() string {
	names := [...]string{"unknown", "resend", "fresh", "look", "push", "allow", "freeze", "suspect"}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("tool(%d)", t)
}

// need is who may use it at all.
func (t Tool) need() Role {
	if t == ToolAllow {
		return RoleLead
	}
	return RoleAgent
}

// reasoned reports whether it takes a reason.
func (t Tool) reasoned() bool { return t == ToolAllow || t == ToolFreeze }

// Use is the use of a tool.
type Use struct {
	Tool     Tool
	Transfer string // the caller's
	Agent    string // of the floor
	By       string // whom the audit names
	Phone    int    // of ToolFresh: the index on the card
	Reason   string // of those that take one
}

// Refusal is a tool that is not used, because the verdict does not cover it or the
// moment is wrong. Why is a constant.
type Refusal struct{ Why string }

// Error names the refusal.
func (r *Refusal) Error() string { return "refused: " + r.Why }

// WrapUp is what an agent says of a call.
type WrapUp struct {
	Transfer, Agent, By string
	Outcome             string // one of [Options.Outcomes]
	Note                string // "": none
}

// Tools are what agents can do beside talking. Whether it may be done is decided
// behind it, by the caller's verdict at that moment.
type Tools interface {
	// Use uses a tool for the caller whom the agent talks to. A *[Refusal] is one
	// that was not used.
	Use(ctx context.Context, u Use) error
	// Last is the transfer that an agent has had last; ok is false without one.
	Last(ctx context.Context, agent string) (transferID string, ok bool, err error)
	// WrapUp keeps what an agent says of a call that they have, or had last.
	WrapUp(ctx context.Context, w WrapUp) error
}

// CardLinks is how far the links of the call are.
type CardLinks struct {
	Last2             string
	Until             time.Time
	Live              bool
	Install, Activate string // statuses of the two texts
	By                string // the agent who had them made, or ""
	Failed            string // why the last set of an agent's was not made, or ""
	Making, Done      bool
}

// CardPush is the last push that an agent has sent to the caller.
type CardPush struct {
	Code   string // that the device shows, too: so that the caller knows whose push it is
	Result string // waiting, approve, deny, fraud, expired, unknown
	At     time.Time
}

// CardCall is an earlier call about the same person.
type CardCall struct {
	At                           time.Time
	Ref, Line, Request           string
	Result, Reason, Level        string
	Agent, Outcome, Note, NoteBy string
}

// MayTool says of a tool whether it may be used, as the card has it.
func (k *Card) MayTool(name string) bool {
	i := slices.IndexFunc(k.Rights, func(r CardRight) bool { return r.What == name })
	return i >= 0 && k.Rights[i].May
}

// useTool uses a tool for the caller on the agent's line.
func useTool(t Tool) func(*Console, *exchange) error {
	return func(c *Console, x *exchange) error {
		if x.who.Agent == "" {
			return refuse(outcomeForbidden, "You take no calls at this desk.")
		}
		u := Use{Tool: t, Transfer: x.form.Get("transfer"), Agent: x.who.Agent, By: x.who.Actor}
		if err := c.onLine(x, u.Transfer); err != nil {
			return err
		}
		var err error
		if t.reasoned() {
			if u.Reason, err = x.reason(); err != nil {
				return err
			}
		}
		if t == ToolFresh {
			if u.Phone, err = strconv.Atoi(x.form.Get("phone")); err != nil || u.Phone < 0 || u.Phone > 254 {
				return refuse(outcomeInvalid, "Choose the phone.")
			}
		}
		if err := toolFault(t, c.Tools.Use(x.ctx, u)); err != nil {
			return err
		}
		c.Logger.InfoContext(x.ctx, "desk tool used", "tool", t.String(), "actor", x.who.Actor)
		c.hub.poke()
		return x.Redirect(http.StatusSeeOther, pathCalls+"?done="+t.String()+"#done")
	}
}

// toolFault is what a tool that was not used answers.
func toolFault(t Tool, err error) error {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return refuse(outcomeForbidden, "Not done: "+word(r.Why)+".")
	}
	if err != nil {
		return unavailable(fmt.Errorf("tool %s: %w", t, err))
	}
	return nil
}

// onLine refuses a form of a caller who is not the one on the agent's line now.
func (c *Console) onLine(x *exchange, transfer string) error {
	id, ok, err := c.Floor.Holding(x.ctx, x.who.Agent)
	switch {
	case err != nil:
		return unavailable(fmt.Errorf("find caller: %w", err))
	case !ok || id != transfer:
		return refuse(outcomeConflict, "That caller is not on your line any more. Nothing was done.")
	}
	return nil
}

// doneWords are what a page says after a tool was used.
func doneWords(name string) string {
	return map[string]string{
		"resend":  "The links are on their way once more.",
		"fresh":   "A new set of links is being made. The card says how far it comes.",
		"look":    "Duo is being asked. The card shows its answer.",
		"push":    "The push is sent. The card shows the answer; it proves nothing.",
		"allow":   "One more set of links is allowed today.",
		"freeze":  "Phone recovery is frozen. The person and the leads are told.",
		"suspect": "The caller hears goodbye. If an ID was keyed in, its phone recovery is frozen.",
		"note":    "Noted.",
	}[name]
}
