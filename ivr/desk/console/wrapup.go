package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultOutcomes are the outcomes of a call that an agent chooses from, unless
// others are configured.
func DefaultOutcomes() []string {
	return []string{"reconnected", "number_changed", "referred", "suspect", "no_show", "other"}
}

// wrapView is the form in which an agent says how a call ended.
type wrapView struct {
	Token, Transfer string
	Outcomes        []string
	Over            bool // the call is
	Who             *Card
}

const (
	maxNote = 500
	// maxDigits is the longest run of digits that a note may have: a code has six.
	maxDigits = 5
)

// note keeps what an agent says of the call on the line, or of the last one.
func (c *Console) note(x *exchange) error {
	if x.who.Agent == "" {
		return refuse(outcomeForbidden, "You take no calls at this desk.")
	}
	w := WrapUp{Transfer: x.form.Get("transfer"), Agent: x.who.Agent, By: x.who.Actor, Outcome: x.form.Get("outcome")}
	if err := c.ownCall(x, w.Transfer); err != nil {
		return err
	}
	if !slices.Contains(c.Outcomes, w.Outcome) {
		return refuse(outcomeInvalid, "Choose how the call ended.")
	}
	var err error
	if w.Note, err = cleanNote(x.form.Get("note")); err != nil {
		return err
	}
	if err := toolFault(ToolUnknown, c.Tools.WrapUp(x.ctx, w)); err != nil {
		return err
	}
	c.Logger.InfoContext(x.ctx, "desk call wrapped up", "actor", x.who.Actor)
	c.hub.poke()
	return x.Redirect(http.StatusSeeOther, pathCalls+"?done=note#done")
}

// ownCall refuses a note on a call that the agent neither has nor had last.
func (c *Console) ownCall(x *exchange, transfer string) error {
	for _, find := range []func() (string, bool, error){
		func() (string, bool, error) { return c.Floor.Holding(x.ctx, x.who.Agent) },
		func() (string, bool, error) { return c.Tools.Last(x.ctx, x.who.Agent) },
	} {
		id, ok, err := find()
		if err != nil {
			return unavailable(fmt.Errorf("find call: %w", err))
		}
		if ok && id == transfer {
			return nil
		}
	}
	return refuse(outcomeConflict, "That is not your last call any more. Nothing was noted.")
}

// cleanNote takes a short text without codes and numbers.
func cleanNote(text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	odd := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == utf8.RuneError })
	if utf8.RuneCountInString(text) > maxNote || odd {
		return "", refuse(outcomeInvalid, "A note has at most 500 characters.")
	}
	run := 0
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			if run++; run > maxDigits {
				return "", refuse(outcomeInvalid, "A note has no codes, PINs, IDs or numbers in it: leave out long runs of digits. Nothing was noted.")
			}
		case r == ' ' || r == '-' || r == '.':
		default:
			run = 0
		}
	}
	return text, nil
}
