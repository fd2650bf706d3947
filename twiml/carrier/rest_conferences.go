package carrier

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"ringback/twiml"
)

func (c *Carrier) conferenceJSON(r *room) map[string]any {
	var by any
	if r.endedBy != nil {
		by = r.endedBy.leg.sid
	}
	return map[string]any{
		"sid": r.sid, "account_sid": c.opts.AccountSID, "friendly_name": r.name, "status": r.status,
		"region": "us1", "api_version": apiVersion, "date_created": date(r.created), "date_updated": date(r.updated),
		"reason_conference_ended": optional(r.reason), "call_sid_ending_conference": by,
		"uri": c.uri("/Conferences/" + r.sid),
	}
}

func (c *Carrier) listConferences(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	var rooms []*room
	for _, rm := range newest(c.rooms) {
		if fits(form, "FriendlyName", rm.name) && fits(form, "Status", rm.status) {
			rooms = append(rooms, rm)
		}
	}
	return page(r, form, "conferences", rooms, c.conferenceJSON)
}

// roomOf finds the conference of a route by SID, or by the name of a live one.
func (c *Carrier) roomOf(r *http.Request) (*room, *restError) {
	key := r.PathValue("sid")
	for _, rm := range slices.Backward(c.rooms) {
		if rm.sid == key || (rm.name == key && rm.status != roomCompleted) {
			return rm, nil
		}
	}
	return nil, notFound(r)
}

func (c *Carrier) fetchConference(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	rm, err := c.roomOf(r)
	if err != nil {
		return answer{}, err
	}
	return ok(c.conferenceJSON(rm))
}

func (c *Carrier) updateConference(ctx context.Context, r *http.Request, form url.Values) (answer, *restError) {
	rm, err := c.roomOf(r)
	if err != nil {
		return answer{}, err
	}
	switch status := form.Get("Status"); status {
	case "":
	case roomCompleted:
		rm.end(ctx, "conference-ended-via-api", "conference_ended_via_api", nil)
	default:
		return answer{}, badRequest(codeInvalid, "Status must be completed")
	}
	if u := form.Get("AnnounceUrl"); u != "" && rm.status != roomCompleted {
		t := target{url: u, method: cmp.Or(form.Get("AnnounceMethod"), http.MethodPost)}
		if err := checkTarget(t, true); err != nil {
			return answer{}, err
		}
		for _, m := range rm.members {
			m.announce = &t
		}
		rm.wake()
	}
	return ok(c.conferenceJSON(rm))
}

func (c *Carrier) participantJSON(m *member) map[string]any {
	status := "connected"
	switch m.leg.status {
	case statusQueued, statusInitiated:
		status = statusQueued
	case statusRinging:
		status = statusRinging
	}
	return map[string]any{
		"account_sid": c.opts.AccountSID, "call_sid": m.leg.sid, "conference_sid": m.r.sid, "label": optional(m.label),
		"muted": m.muted, "hold": m.hold, "coaching": m.coach != "", "call_sid_to_coach": optional(m.coach),
		"start_conference_on_enter": m.starts, "end_conference_on_exit": m.ends, "status": status, "queue_time": "0",
		"date_created": date(m.joined), "date_updated": date(m.r.updated),
		"uri": c.uri("/Conferences/" + m.r.sid + "/Participants/" + m.leg.sid),
	}
}

func (c *Carrier) listParticipants(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	rm, err := c.roomOf(r)
	if err != nil {
		return answer{}, err
	}
	var list []*member
	for _, m := range rm.members {
		if fits(form, "Muted", strconv.FormatBool(m.muted)) && fits(form, "Hold", strconv.FormatBool(m.hold)) {
			list = append(list, m)
		}
	}
	return page(r, form, "participants", list, c.participantJSON)
}

// participantOf finds a participant by its call's SID or by its label.
func (c *Carrier) participantOf(r *http.Request) (*member, *restError) {
	rm, err := c.roomOf(r)
	if err != nil {
		return nil, err
	}
	key := r.PathValue("member")
	i := slices.IndexFunc(rm.members, func(m *member) bool { return m.leg.sid == key || (m.label != "" && m.label == key) })
	if i < 0 {
		return nil, notFound(r)
	}
	return rm.members[i], nil
}

func (c *Carrier) fetchParticipant(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	m, err := c.participantOf(r)
	if err != nil {
		return answer{}, err
	}
	return ok(c.participantJSON(m))
}

// createParticipant calls somebody into a conference, which is made when there
// is none of that name.
func (c *Carrier) createParticipant(ctx context.Context, r *http.Request, form url.Values) (answer, *restError) {
	rm, rerr := c.roomOf(r)
	if rerr != nil {
		if key := r.PathValue("sid"); len(key) == 34 && key[:2] == sidConference {
			return answer{}, rerr
		}
	} else if rm.status == roomCompleted {
		return answer{}, notFound(r)
	}
	l, err := c.newAPICall(form)
	if err != nil {
		return answer{}, err
	}
	if rm == nil {
		rm = c.roomNamed(r.PathValue("sid"))
	}
	m := &member{
		r: rm, leg: l, label: form.Get("Label"), muted: truth(form.Get("Muted")), beep: twiml.Beep(form.Get("Beep")),
		starts: form.Get("StartConferenceOnEnter") == "" || truth(form.Get("StartConferenceOnEnter")),
		ends:   truth(form.Get("EndConferenceOnExit")), coach: form.Get("CallSidToCoach"),
	}
	if form.Has("WaitUrl") {
		m.waitURL = &target{url: form.Get("WaitUrl"), method: form.Get("WaitMethod")}
	}
	if u := form.Get("ConferenceStatusCallback"); u != "" && rm.callback.url == "" && len(rm.members) == 0 {
		rm.callback = statusCallback{
			url: u, method: form.Get("ConferenceStatusCallbackMethod"),
			events: eventsOf(form, "ConferenceStatusCallbackEvent"),
		}
	}
	limit, aerr := strconv.Atoi(form.Get("MaxParticipants"))
	if aerr != nil {
		limit = twiml.MaxConferenceParticipants
	}
	c.place(ctx, l, ringTimeout(form), func(ctx context.Context) { c.enter(ctx, m, limit) })
	return created(c.participantJSON(m))
}

// enter is what a participant does that was called by REST.
func (c *Carrier) enter(ctx context.Context, m *member, limit int) {
	l := m.leg
	l.confer(ctx, m, limit)
	if l.jump != nil && !l.over() {
		t := l.jump
		l.jump = nil
		l.program(ctx, t)
	}
	l.end(statusCompleted, "left the conference")
}

// updateParticipant mutes, holds, announces. EndConferenceOnExit of somebody on
// hold is ignored without a word, as at Twilio.
func (c *Carrier) updateParticipant(ctx context.Context, r *http.Request, form url.Values) (answer, *restError) {
	m, err := c.participantOf(r)
	if err != nil {
		return answer{}, err
	}
	if form.Has("EndConferenceOnExit") && !m.hold {
		m.ends = truth(form.Get("EndConferenceOnExit"))
		m.r.event(ctx, "modify", "participant-modify", m, nil)
	}
	if form.Has("BeepOnExit") {
		m.beepOnExit = truth(form.Get("BeepOnExit"))
	}
	if muted := truth(form.Get("Muted")); form.Has("Muted") && muted != m.muted {
		m.muted = muted
		m.r.event(ctx, "mute", map[bool]string{true: "participant-mute", false: "participant-unmute"}[muted], m, nil)
	}
	if hold := truth(form.Get("Hold")); form.Has("Hold") && hold != m.hold {
		m.hold = hold
		m.holdURL = nil
		if u := form.Get("HoldUrl"); hold && u != "" {
			m.holdURL = &target{url: u, method: cmp.Or(form.Get("HoldMethod"), http.MethodGet)}
		}
		m.r.event(ctx, "hold", map[bool]string{true: "participant-hold", false: "participant-unhold"}[hold], m, nil)
	}
	if u := form.Get("AnnounceUrl"); u != "" {
		m.announce = &target{url: u, method: cmp.Or(form.Get("AnnounceMethod"), http.MethodPost)}
	}
	m.leg.ring()
	return ok(c.participantJSON(m))
}

// deleteParticipant sends somebody out of the conference; the call goes on after
// its Dial.
func (c *Carrier) deleteParticipant(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	m, err := c.participantOf(r)
	if err != nil {
		return answer{}, err
	}
	m.out, m.why = true, "participant_removed_via_api"
	m.leg.ring()
	return answer{http.StatusNoContent, nil}, nil
}
