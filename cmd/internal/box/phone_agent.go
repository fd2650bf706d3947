package box

import (
	"errors"
	"net/http"
	"slices"

	"ringback/cmd/internal/config"
	"ringback/ivr/desk"
	"ringback/ivr/transfer"
	"ringback/twiml/carrier"
)

// agentPhone is an agent's phone, by the agent's id.
func (p *webPhone) agentPhone(id string) (*carrier.Phone, bool) {
	agents := p.w.Config.Desk.Agents
	i := slices.IndexFunc(agents, func(a config.Agent) bool { return a.ID == id })
	if i < 0 {
		return nil, false
	}
	return p.w.Carrier.Phone(string(agents[i].Phone)), true
}

// leg is the call on an agent's phone, or the last one that was; nil before the
// first.
func (p *webPhone) leg(id string, ph *carrier.Phone) *carrier.Leg {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := ph.Incoming(); l != nil {
		p.rung[id] = l
	}
	return p.rung[id]
}

// agent is everything that the page of an agent shows.
func (p *webPhone) agent(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("agent")
	ph, ok := p.agentPhone(id)
	if !ok {
		refuse(rw, http.StatusNotFound, "there is no such agent")
		return
	}
	snap, err := p.w.App.Desk().Snapshot(r.Context())
	if err != nil {
		refuse(rw, http.StatusServiceUnavailable, "the desk does not answer")
		return
	}
	state := struct {
		Presence string     `json:"presence"`
		Waiting  int        `json:"waiting"`
		Call     *callState `json:"call"`
	}{}
	for _, a := range snap.Agents {
		if a.ID == id {
			state.Presence = a.State.String()
		}
	}
	for _, l := range snap.Lines {
		state.Waiting += l.Waiting
	}
	if l := p.leg(id, ph); l != nil {
		s := p.state(l)
		s.From = spaced(l.From())
		s.Bridged = state.Presence == transfer.PresenceTalking.String() && !s.Listening
		state.Call = &s
	}
	answer(rw, http.StatusOK, state)
}

// agentActs is what an agent does: presence, and the phone.
func (p *webPhone) agentActs(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("agent")
	ph, ok := p.agentPhone(id)
	if !ok {
		refuse(rw, http.StatusNotFound, "there is no such agent")
		return
	}
	switch r.PathValue("do") {
	case "ready":
		p.present(rw, r, id, transfer.PresenceReady)
		return
	case "away":
		p.present(rw, r, id, transfer.PresenceAway)
		return
	}
	l := p.leg(id, ph)
	if l == nil {
		refuse(rw, http.StatusConflict, "the phone does not ring")
		return
	}
	if r.PathValue("do") == "answer" {
		if err := read(rw, r, &struct{}{}); err != nil {
			refuse(rw, http.StatusBadRequest, err.Error())
			return
		}
		l.Answer()
		answer(rw, http.StatusOK, struct{}{})
		return
	}
	do(rw, r, l)
}

// present sets an agent ready or away.
func (p *webPhone) present(rw http.ResponseWriter, r *http.Request, id string, to transfer.Presence) {
	if err := read(rw, r, &struct{}{}); err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	switch err := p.w.App.Desk().Presence(r.Context(), id, to); {
	case errors.Is(err, desk.ErrBusy):
		refuse(rw, http.StatusConflict, "not while there is a call")
	case err != nil:
		refuse(rw, http.StatusServiceUnavailable, "the desk does not answer")
	default:
		answer(rw, http.StatusOK, struct{}{})
	}
}
