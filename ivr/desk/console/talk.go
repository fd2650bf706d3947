package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"ringback/ivr/transfer"
)

// Talks is what agents do about the call that they are offered or have.
type Talks interface {
	// Talk is that call; ok is false when there is none.
	Talk(ctx context.Context, agent string) (t Talk, ok bool, err error)
	// Do does what an agent asked for on a page that showed an offer. An error that
	// wraps [ErrNoColleague] is about whom they asked for.
	Do(ctx context.Context, agent string, d TalkDeed) (transfer.Answer, error)
}

// ErrNoColleague says that there is no agent of that id.
var ErrNoColleague = errors.New("no such colleague")

// Talk is a call as one of its agents sees it.
type Talk struct {
	State      transfer.State
	Stage      transfer.Stage  // how far asking a colleague has come
	Offer      uint32          // the agent's own; comes back with what they do
	Second     bool            // the agent was asked for help: the caller is somebody else's
	Other      string          // the name of the other agent, or ""
	Accepted   bool            // on the page
	PickedUp   bool            // the phone was, and nobody has pressed a key
	Settling   bool            // the carrier has not said yet that it has done what was asked
	May        []transfer.Deed // what may be asked for now
	Colleagues []AgentState    // whom the agent may ask for help
	Asked      TalkAsked
}

// TalkAsked is how the last request for help ended; the zero value is that there
// was none.
type TalkAsked struct {
	Name string // whom it was to; "" is anybody
	transfer.Ending
}

// TalkDeed is what an agent asks for.
type TalkDeed struct {
	Offer     uint32
	Deed      transfer.Deed
	Colleague string // of [transfer.DeedConsult]; "" is whoever is free
	PickedUp  bool   // of [transfer.DeedAccept]: the page said so
}

// talkView is the part of an agent's page that is about their call.
type talkView struct {
	Token string
	Talk
	Title, Hint string
	Asked       string // in words
	Buttons     []talkButton
	Ask         bool // a colleague can be asked
}

type talkButton struct {
	Deed    transfer.Deed
	Words   string
	Primary bool
}

// talkView reads the call of an agent; nil when there is none, or nobody to ask.
func (c *Console) talkView(ctx context.Context, who *person) (*talkView, error) {
	if c.Talks == nil {
		return nil, nil //nolint:nilnil // there is nothing to show, and nothing wrong
	}
	t, ok, err := c.Talks.Talk(ctx, who.Agent)
	if err != nil || !ok {
		return nil, err //nolint:wrapcheck // the caller names the operation
	}
	v := &talkView{Token: who.Token, Talk: t, Asked: askedWords(t.Asked)}
	v.Title, v.Hint = t.words()
	first := t.next()
	for _, d := range t.May {
		if d == transfer.DeedConsult {
			v.Ask = true
			continue
		}
		v.Buttons = append(v.Buttons, talkButton{Deed: d, Words: t.button(d), Primary: d == first})
	}
	return v, nil
}

// next is the one deed that suggests itself, if any.
func (t Talk) next() transfer.Deed {
	switch {
	case t.State == transfer.StateOffered, t.Second && t.Stage == transfer.StageOffered:
		return transfer.DeedAccept
	case t.State == transfer.StateHeld:
		return transfer.DeedResume
	case t.State == transfer.StateConsulting && t.Stage == transfer.StageIn:
		return transfer.DeedJoin
	case t.State == transfer.StateThreeWay && !t.Second:
		return transfer.DeedHandOver
	}
	return transfer.DeedUnknown
}

// button is what a deed is called in this call.
func (t Talk) button(d transfer.Deed) string {
	switch d {
	case transfer.DeedAccept:
		return "Accept"
	case transfer.DeedDecline:
		return "Decline"
	case transfer.DeedHold:
		if t.State == transfer.StateThreeWay {
			return "Talk apart"
		}
		return "Hold"
	case transfer.DeedResume:
		return "Resume"
	case transfer.DeedJoin:
		return "Bring the caller in"
	case transfer.DeedHandOver:
		return "Hand over to " + t.other()
	case transfer.DeedDrop:
		switch {
		case t.Second:
			return "Leave"
		case t.Stage == transfer.StageIn:
			return "Let " + t.other() + " go"
		}
		return "Ask no longer"
	case transfer.DeedEnd:
		return "End"
	case transfer.DeedUnknown, transfer.DeedConsult:
	}
	return ""
}

func (t Talk) other() string {
	if t.Other == "" {
		return "a colleague"
	}
	return t.Other
}

// words are the heading and the hint of a call.
func (t Talk) words() (title, hint string) {
	switch {
	case t.Second && t.Stage == transfer.StageOffered:
		return t.other() + " asks for help", t.offerHint("Answer your phone and press 1, or accept here.")
	case t.State == transfer.StateOffered:
		switch {
		case t.PickedUp:
			return "Picked up", t.offerHint("")
		case t.Accepted:
			return "Accepted", t.offerHint("")
		}
		return "A caller for you", t.offerHint("Answer your phone, listen to the brief, then press 1 to take the call or 2 to decline; or accept or decline here.")
	case t.State == transfer.StateAccepted:
		return "Connecting", "The caller is on the way to you."
	case t.State == transfer.StateConsulting:
		return t.consultWords()
	case t.State == transfer.StateHeld && !t.Settling:
		return "On hold", "The caller hears music, and not you."
	case t.State == transfer.StateThreeWay && !t.Settling:
		return "Three are talking", t.threeHint()
	case t.Settling:
		return t.settling()
	}
	return "On a call", "Do only what the card allows."
}

// offerHint is the hint of one whose phone rings.
func (t Talk) offerHint(otherwise string) string {
	if t.PickedUp {
		return "Your phone was picked up. If it was you, press 1 on it or accept here. If not, decline here."
	}
	if t.Accepted {
		return "Accepted. Pick up your phone and press 1."
	}
	return otherwise
}

func (t Talk) threeHint() string {
	if t.Second {
		return "The caller is " + t.other() + "’s. You may leave at any time."
	}
	return "Hand over, let " + t.other() + " go, or go on."
}

// settling is what the carrier is asked to do.
func (t Talk) settling() (title, hint string) {
	switch t.State {
	case transfer.StateHeld, transfer.StateConsulting:
		return "Putting the caller on hold", "The caller may hear you still."
	case transfer.StateThreeWay:
		return "Bringing the caller in", "One moment."
	case transfer.StateUnknown, transfer.StateQueued, transfer.StateOffered, transfer.StateAccepted, transfer.StateBridged,
		transfer.StateReturned, transfer.StateDone:
	}
	return "Taking the caller off hold", "One moment."
}

func (t Talk) consultWords() (title, hint string) {
	switch {
	case t.Stage == transfer.StageHolding:
		return "Putting the caller on hold", "Nobody is rung before the caller hears music."
	case t.Stage == transfer.StageSeeking:
		return "Looking for a colleague", "The caller is on hold."
	case t.Stage == transfer.StageOffered:
		return "Asking " + t.other(), "The caller is on hold. You go on with the caller if nobody can help."
	case t.Settling:
		return t.settling()
	case t.Second:
		return "Talking apart with " + t.other(), "The caller is on hold, and is " + t.other() + "’s."
	}
	return "Talking apart with " + t.other(), "The caller is on hold. Bring them in, hand over, or let " + t.other() + " go."
}

// askedWords tells how the last request for help ended.
func askedWords(a TalkAsked) string {
	name := a.Name
	if name == "" {
		name = "Nobody"
	}
	switch a.Result {
	case transfer.ResultDeclined:
		return name + " declined."
	case transfer.ResultNoAnswer:
		if a.Reason == transfer.ReasonNobody {
			if a.Name == "" {
				return "Nobody is free to help."
			}
			return name + " is not free."
		}
		return name + " did not answer."
	case transfer.ResultVoicemail:
		return name + "’s phone was answered, and nobody pressed a key."
	case transfer.ResultError:
		if a.Reason == transfer.ReasonHold {
			return "The caller could not be put on hold: the call goes on as before."
		}
		return name + "’s phone could not be reached."
	case transfer.ResultCompleted:
		if a.Reason == transfer.ReasonAgentLeft {
			return name + " has left."
		}
	case transfer.ResultUnknown, transfer.ResultCallerGone:
	}
	return ""
}

// doTalk does what an agent asked for about their call.
func (c *Console) doTalk(x *exchange) error {
	d, err := transfer.ParseDeed(x.form.Get("deed"))
	offer, oerr := strconv.ParseUint(x.form.Get("offer"), 10, 32)
	switch {
	case err != nil || oerr != nil || offer == 0:
		return refuse(outcomeInvalid, "Choose one of the buttons.")
	case x.who.Agent == "" || c.Talks == nil:
		return refuse(outcomeForbidden, "You take no calls at this desk.")
	}
	answer, err := c.Talks.Do(x.ctx, x.who.Agent, TalkDeed{Offer: uint32(offer), Deed: d, Colleague: x.form.Get("colleague"), PickedUp: x.form.Get("picked_up") == "yes"})
	switch {
	case errors.Is(err, ErrNoColleague):
		return refuse(outcomeInvalid, "Choose a colleague of the list.")
	case err != nil:
		return unavailable(fmt.Errorf("%v a call: %w", d, err))
	}
	c.hub.poke()
	switch answer {
	case transfer.AnswerOver:
		return refuse(outcomeConflict, "That call is not yours any more.")
	case transfer.AnswerNotNow:
		return refuse(outcomeConflict, "The call has changed meanwhile. Look at it again.")
	case transfer.AnswerDone, transfer.AnswerUnknown:
	}
	return x.Redirect(http.StatusSeeOther, pathCalls+"#now")
}
