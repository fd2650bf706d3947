package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ringback/ivr/transfer"
)

// Reason is a reason to be away.
type Reason struct{ ID, Words string }

// AwayReasons are the reasons to be away that an agent can choose, the usual
// first.
func AwayReasons() []Reason {
	return []Reason{
		{"break", "Short break"}, {"lunch", "Lunch"}, {"meeting", "Meeting"}, {"paperwork", "Paperwork"}, {"training", "Training"}, {"done", "Done for today"},
	}
}

// The reasons that are the desk's own: nobody can choose them.
const (
	AwayPageGone = "page_gone" // no page of theirs was open
	AwayMissed   = "missed"    // they did not take a caller whom they were offered
)

// awayWords is why somebody is away; ok is false when no reason was given.
func awayWords(id string) (words string, ok bool) {
	switch id {
	case AwayPageGone:
		return "Page closed", true
	case AwayMissed:
		return "Missed a call", true
	}
	r, ok := awayReason(id)
	return r.Words, ok
}

func awayReason(id string) (Reason, bool) {
	for _, r := range AwayReasons() {
		if r.ID == id {
			return r, true
		}
	}
	return Reason{}, false
}

// mineView is an agent's own state: where they are, and the one thing to do next.
type mineView struct {
	Token   string
	Me      *AgentState // nil: takes no calls
	State   string
	Away    string // the reason, in words
	Hint    string // the next action
	Ready   bool   // may be set ready
	MayAway bool
	Reasons []Reason
	Card    *Card
	Talk    *talkView // nil: there is none
	Wrap    *wrapView // nil: there is no call to say something of
	Lead    bool
	Done    string // what was done by the form before
	Say     string // for a screen reader, when it changes
	Waiting int
}

// mineView reads what an agent sees of the floor, and the caller's card.
func (c *Console) mineView(ctx context.Context, who *person, floor Snapshot) (mineView, error) {
	v := mineView{Token: who.Token, Reasons: AwayReasons(), Lead: who.Role >= RoleLead}
	for _, l := range floor.Lines {
		v.Waiting += l.Waiting
	}
	for _, a := range floor.Agents {
		if a.ID == who.Agent && who.Agent != "" {
			v.Me = &a
		}
	}
	if v.Me == nil {
		return v, nil
	}
	v.describe()
	if v.Me.State == transfer.PresenceWrapUp {
		err := c.wrapUp(ctx, who, &v)
		return v, err
	}
	if v.Me.State != transfer.PresenceRinging && v.Me.State != transfer.PresenceTalking {
		return v, nil
	}
	err := c.onCall(ctx, who, &v)
	return v, err
}

// onCall adds the caller whom the agent is offered or has, and what can be done.
func (c *Console) onCall(ctx context.Context, who *person, v *mineView) error {
	id, ok, err := c.Floor.Holding(ctx, who.Agent)
	if err != nil {
		return fmt.Errorf("find caller: %w", err)
	}
	if !ok {
		return nil
	}
	card, ok, err := c.Cards.Card(ctx, id)
	if err != nil {
		return fmt.Errorf("read card: %w", err)
	}
	if ok {
		v.Card = &card
	}
	if v.Me.State == transfer.PresenceTalking {
		v.Wrap = &wrapView{Token: who.Token, Transfer: id, Outcomes: c.Outcomes}
	}
	if v.Talk, err = c.talkView(ctx, who); err != nil {
		return fmt.Errorf("read call: %w", err)
	}
	if v.Talk != nil {
		v.Hint = v.Talk.Hint
		v.Say = v.Talk.Title + ". " + v.Talk.Hint + " " + v.Talk.Asked
	}
	return nil
}

// wrapUp asks how the last call ended.
func (c *Console) wrapUp(ctx context.Context, who *person, v *mineView) error {
	id, ok, err := c.Tools.Last(ctx, who.Agent)
	if err != nil || !ok {
		return err //nolint:wrapcheck // it names itself
	}
	v.Wrap = &wrapView{Token: who.Token, Transfer: id, Outcomes: c.Outcomes, Over: true}
	card, ok, err := c.Cards.Card(ctx, id)
	if err != nil {
		return fmt.Errorf("read card: %w", err)
	}
	if ok {
		v.Wrap.Who = &card
	}
	return nil
}

// describe says the state and what to do in it.
func (v *mineView) describe() {
	v.State = v.Me.State.String()
	switch v.Me.State {
	case transfer.PresenceReady:
		v.Hint, v.MayAway = "Your phone rings when somebody needs you.", true
	case transfer.PresenceRinging:
		v.Hint = "Answer your phone, listen to the brief, then press 1 to take the call or 2 to decline."
		v.MayAway = true
	case transfer.PresenceTalking:
		v.Hint = "Do only what the card allows. Hang up your phone to end the call."
	case transfer.PresenceWrapUp:
		v.Hint, v.Ready, v.MayAway = "Finish your notes. You are ready again by yourself, or now.", true, true
	case transfer.PresenceAway:
		v.Hint, v.Ready = "Nobody is put through to you.", true
		if words, ok := awayWords(v.Me.Reason); ok {
			v.Away = words
		}
		if v.Me.Reason == AwayMissed {
			v.Hint = "You were offered a caller, and did not take the call in time. " + v.Hint
			if !v.Me.Until.IsZero() {
				v.Hint += " You are ready again by yourself, or now."
			}
		}
	case transfer.PresenceUnknown:
		v.Hint, v.Ready, v.MayAway = "Say whether you take calls.", true, true
	}
	v.Say = "You are " + word(v.State) + ". " + v.Hint
}

// callsPage is the agent's own page.
func (c *Console) callsPage(x *exchange) error {
	floor, err := c.Floor.Snapshot(x.ctx)
	if err != nil {
		return unavailable(fmt.Errorf("read floor: %w", err))
	}
	v, err := c.mineView(x.ctx, x.who, floor)
	if err != nil {
		return unavailable(err)
	}
	v.Done = doneWords(x.QueryParam("done"))
	return c.render(x, http.StatusOK, "calls", page{Title: "My calls", Path: pathCalls, Live: true, Watch: pathCalls, Data: v})
}

// setPresence makes the agent ready, or away.
func (c *Console) setPresence(x *exchange) error {
	if x.who.Agent == "" {
		return refuse(outcomeForbidden, "You take no calls at this desk.")
	}
	ready := x.form.Get("state") == "ready"
	reason := ""
	if !ready {
		r, ok := awayReason(x.form.Get("reason"))
		if x.form.Get("state") != "away" || !ok {
			return refuse(outcomeInvalid, "Choose ready, or away with a reason.")
		}
		reason = r.ID
	}
	err := c.Floor.SetPresence(x.ctx, x.who.Agent, ready, reason)
	switch {
	case errors.Is(err, ErrBusy):
		return refuse(outcomeConflict, "You are on a call, or one is being put through. Finish it first.")
	case err != nil:
		return unavailable(fmt.Errorf("set presence: %w", err))
	}
	c.hub.poke()
	return x.Redirect(http.StatusSeeOther, pathCalls+"#now")
}

// wallView is the wallboard.
type wallView struct {
	At     time.Time
	Lines  []lineView
	Agents []agentView
	Counts []countView
	Total  int // agents
	Free   int
	Say    string
}

type lineView struct {
	LineState
	Mood string // calm, busy, late: for the eye; the words say the same
	Dots []dot
	More int // callers beyond the dots

	Percent, Level int // the service level of today, and the width of its bar
}

type dot struct{ X int }

type agentView struct {
	AgentState
	Away string
}

type countView struct {
	State string
	N     int
	X, W  int // of the bar, of 300
}

const (
	maxDots  = 12
	barWidth = 300
	late     = 5 * time.Minute
)

// wallView draws the floor.
func (c *Console) wallView(s Snapshot) wallView {
	v := wallView{At: s.At, Total: len(s.Agents)}
	waiting := 0
	for _, l := range s.Lines {
		waiting += l.Waiting
		one := lineView{LineState: l, Mood: "calm"}
		switch {
		case l.Longest >= late:
			one.Mood = "late"
		case l.Waiting > 0:
			one.Mood = "busy"
		}
		for i := range min(l.Waiting, maxDots) {
			one.Dots = append(one.Dots, dot{X: 12 + i*24})
		}
		one.More = max(0, l.Waiting-maxDots)
		one.Percent = int(l.Today.Level*100 + 0.5)
		one.Level = one.Percent * barWidth / 100
		v.Lines = append(v.Lines, one)
	}
	count := map[transfer.Presence]int{}
	for _, a := range s.Agents {
		count[a.State]++
		one := agentView{AgentState: a}
		if words, ok := awayWords(a.Reason); ok && a.State == transfer.PresenceAway {
			one.Away = words
		}
		v.Agents = append(v.Agents, one)
	}
	v.Free = count[transfer.PresenceReady]
	at := 0
	for _, p := range transfer.Presences() {
		n := count[p]
		w := 0
		if v.Total > 0 {
			w = n * barWidth / v.Total
		}
		v.Counts = append(v.Counts, countView{State: p.String(), N: n, X: at, W: w})
		at += w
	}
	v.Say = fmt.Sprintf("%d waiting, %d ready.", waiting, v.Free)
	return v
}

// wallPage is the floor at a glance.
func (c *Console) wallPage(x *exchange) error {
	floor, err := c.Floor.Snapshot(x.ctx)
	if err != nil {
		return unavailable(fmt.Errorf("read floor: %w", err))
	}
	return c.render(x, http.StatusOK, "wall", page{Title: "Wallboard", Path: pathWall, Live: true, Watch: pathWall, Data: c.wallView(floor)})
}
