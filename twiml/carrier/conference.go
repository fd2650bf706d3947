package carrier

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ringback/twiml"
)

// The states of a conference, as Twilio names them.
const (
	roomInit       = "init"
	roomInProgress = "in-progress"
	roomCompleted  = "completed"
)

// room is one conference. Its name is free again once it has ended.
type room struct {
	c        *Carrier
	sid      string
	name     string
	status   string
	created  time.Time
	updated  time.Time
	members  []*member
	callback statusCallback // of the first participant
	reason   string         // why it ended
	endedBy  *member
}

// member is a leg in a room.
type member struct {
	r              *room
	leg            *Leg
	label          string
	muted, hold    bool
	starts, ends   bool // startConferenceOnEnter, endConferenceOnExit
	beep           twiml.Beep
	coach          string
	waitURL        *target // nil is music, an empty one silence
	holdURL        *target
	announce       *target
	beepOnExit     bool
	waited         bool // the wait document has been played
	out            bool // must leave
	why            string
	heardEachOther bool
	joined         time.Time
}

// roomNamed is the live room of that name, made when there is none.
func (c *Carrier) roomNamed(name string) *room {
	for _, r := range c.rooms {
		if r.name == name && r.status != roomCompleted {
			return r
		}
	}
	now := c.now()
	r := &room{c: c, sid: c.sid(sidConference), name: name, status: roomInit, created: now, updated: now}
	c.rooms = append(c.rooms, r)
	return r
}

// dialConference is a Dial with a Conference.
func (l *Leg) dialConference(ctx context.Context, doc *document, pl place, d twiml.Dial, n twiml.Conference) step {
	m, ok := l.memberOf(doc, n)
	if ok {
		ok = l.confer(ctx, m, cmp.Or(n.MaxParticipants, twiml.MaxConferenceParticipants))
	}
	params := url.Values{"DialCallStatus": {"answered"}, "DialBridged": {"false"}}
	switch {
	case !ok:
		params.Set("DialCallStatus", statusFailed)
	case m.heardEachOther:
		params.Set("DialBridged", "true")
	}
	return l.after(ctx, doc, pl, d.Action, d.Method, params)
}

// memberOf makes a member, not yet joined, from the attributes of a Conference.
func (l *Leg) memberOf(doc *document, n twiml.Conference) (*member, bool) {
	m := &member{
		r: l.c.roomNamed(n.Name), leg: l, label: n.ParticipantLabel, muted: n.Muted, beep: n.Beep,
		starts: n.StartConferenceOnEnter.Or(true), ends: n.EndConferenceOnExit, coach: n.Coach,
	}
	if n.WaitURL.Set {
		m.waitURL = &target{}
		if n.WaitURL.Value != "" {
			t, ok := l.refer(doc, n.WaitURL.Value, n.WaitMethod)
			if !ok {
				return nil, false
			}
			*m.waitURL = t
		}
	}
	if n.StatusCallback != "" && m.r.callback.url == "" && len(m.r.members) == 0 {
		t, ok := l.refer(doc, n.StatusCallback, n.StatusCallbackMethod)
		if !ok {
			return nil, false
		}
		m.r.callback = statusCallback{url: t.url, method: t.method}
		for _, e := range n.StatusCallbackEvent {
			m.r.callback.events = append(m.r.callback.events, string(e))
		}
	}
	return m, true
}

// confer joins, stays until something takes the leg away, and leaves. It is
// false when the leg could not join.
func (l *Leg) confer(ctx context.Context, m *member, limit int) bool {
	if code, text := m.r.refusal(m, limit); code != 0 {
		l.c.problem(l.sid, code, "", text)
		m.r.settle(ctx)
		return false
	}
	m.join(ctx)
	ok := true
	for ok && !m.out && !l.cut() {
		mode := m.mode()
		l.while(func() bool { return m.out || m.mode() != mode }, func() { ok = l.sit(ctx, m, mode) })
	}
	if !ok {
		m.why = cmp.Or(m.why, "participant_add_failed")
	}
	m.depart(ctx)
	return ok
}

// refusal is why a member may not join, or 0.
func (r *room) refusal(m *member, limit int) (code int, text string) {
	taken := func(o *member) bool { return m.label != "" && o.label == m.label }
	coached := func(o *member) bool { return o.leg.sid == m.coach }
	switch {
	case slices.ContainsFunc(r.members, taken):
		return CodeLabel, "the participant label is taken"
	case len(r.members) >= limit:
		return CodeRoomFull, "the conference is full"
	case m.coach != "" && !slices.ContainsFunc(r.members, coached):
		return CodeCoach, "the call to coach is not in the conference"
	}
	return 0, ""
}

// mode is what a member hears.
type mode int

const (
	talking mode = iota
	waiting
	held
	announced
)

func (m *member) mode() mode {
	switch {
	case m.announce != nil:
		return announced
	case m.hold:
		return held
	case m.r.status == roomInit:
		return waiting
	}
	return talking
}

// sit lets a member hear what its mode says until that changes. It is false when
// a wait document failed, which Twilio takes for a conference that was not
// established.
func (l *Leg) sit(ctx context.Context, m *member, mode mode) bool {
	pl := place{check: twiml.Response.ValidateHold}
	switch mode {
	case announced:
		t := m.announce
		if doc := l.load(ctx, pl, *t, nil, false); doc != nil {
			l.play(ctx, doc, pl)
		}
		if m.announce == t {
			m.announce = nil
		}
	case held:
		return l.background(ctx, pl, m.holdURL)
	case waiting:
		if m.waited {
			l.wait(ctx, forever, l.cut)
			return true
		}
		m.waited = true
		return l.background(ctx, pl, m.waitURL)
	case talking:
		l.wait(ctx, forever, l.cut)
	}
	return true
}

// background plays what a wait or hold URL gives, then silence, until a cut.
func (l *Leg) background(ctx context.Context, pl place, t *target) bool {
	switch {
	case t == nil:
		l.music(ctx)
	case t.url == "":
		l.wait(ctx, forever, l.cut)
	default:
		doc := l.load(ctx, pl, *t, nil, false)
		if doc == nil {
			return l.cut()
		}
		if l.play(ctx, doc, pl) == failed {
			return false
		}
		l.wait(ctx, forever, l.cut)
	}
	return true
}

// join adds the member and starts the conference when it is the one that was
// waited for, and not alone.
func (m *member) join(ctx context.Context) {
	r, l := m.r, m.leg
	if m.beep.OnEnter() {
		r.beep(nil)
	}
	r.members = append(r.members, m)
	l.member = m
	m.joined = r.c.now()
	r.updated = m.joined
	r.event(ctx, "join", "participant-join", m, nil)
	starts := slices.ContainsFunc(r.members, func(o *member) bool { return o.starts })
	if r.status == roomInit && starts && len(r.members) > 1 {
		r.status = roomInProgress
		r.event(ctx, "start", "conference-start", nil, nil)
	}
	if r.status == roomInProgress && len(r.members) > 1 {
		for _, o := range r.members {
			o.heardEachOther = true
		}
	}
	r.wake()
}

// depart removes the member, and ends the conference when it was the last or its
// leaving ends it.
func (m *member) depart(ctx context.Context) {
	r := m.r
	r.members = slices.DeleteFunc(r.members, func(o *member) bool { return o == m })
	m.leg.member = nil
	r.updated = r.c.now()
	why := m.why
	switch {
	case why != "":
	case m.leg.over():
		why = "participant_hung_up"
	case m.leg.jump != nil:
		why = "participant_updated_via_api"
	default:
		why = "participant_hung_up"
	}
	r.event(ctx, "leave", "participant-leave", m, url.Values{
		"ParticipantCallStatus": {m.leg.status}, "ReasonParticipantLeft": {why},
	})
	if m.beep.OnExit() || m.beepOnExit {
		r.beep(nil)
	}
	kicked := why == "participant_removed_via_api"
	switch {
	case r.status == roomCompleted:
	case m.ends && kicked:
		r.end(ctx, "participant-with-end-conference-on-exit-kicked", "moderator_ended_conference", m)
	case m.ends:
		r.end(ctx, "participant-with-end-conference-on-exit-left", "moderator_ended_conference", m)
	case len(r.members) == 0 && kicked:
		r.end(ctx, "last-participant-kicked", "", m)
	case len(r.members) == 0:
		r.end(ctx, "last-participant-left", "", m)
	}
	r.wake()
}

// end completes the conference and sends everybody out of it.
func (r *room) end(ctx context.Context, reason, why string, by *member) {
	if r.status == roomCompleted {
		return
	}
	r.status, r.reason, r.endedBy, r.updated = roomCompleted, reason, by, r.c.now()
	for _, m := range r.members {
		m.out, m.why = true, why
	}
	params := url.Values{"ReasonConferenceEnded": {reason}, "Reason": {"Conference ended: " + reason}}
	if by != nil {
		params.Set("CallSidEndingConference", by.leg.sid)
		if by.label != "" {
			params.Set("ParticipantLabelEndingConference", by.label)
		}
	}
	r.event(ctx, "end", "conference-end", nil, params)
	r.wake()
}

// settle ends a room that was made for somebody who then could not join.
func (r *room) settle(ctx context.Context) {
	if len(r.members) == 0 {
		r.end(ctx, "last-participant-left", "", nil)
	}
}

// wake lets every member look around.
func (r *room) wake() {
	for _, m := range r.members {
		m.leg.ring()
	}
}

// beep is heard by all members who can hear the conference.
func (r *room) beep(except *member) {
	for _, m := range r.members {
		if m != except && m.mode() == talking {
			m.leg.heard(KindBeep, "")
		}
	}
}

// tell lets the others hear what somebody says, or the keys that they press. It
// works on nil.
func (m *member) tell(k Kind, text string) {
	if m == nil || m.muted || m.mode() != talking {
		return
	}
	for _, o := range m.r.members {
		if o == m || o.mode() != talking || (m.coach != "" && o.leg.sid != m.coach) {
			continue
		}
		o.leg.heard(k, text)
		o.leg.ring()
	}
}

// event reports to the first participant's callback, if it asked for that kind.
func (r *room) event(ctx context.Context, kind, name string, m *member, extra url.Values) {
	cb := &r.callback
	if cb.url == "" || !slices.Contains(cb.events, kind) {
		return
	}
	cb.sequence++
	form := url.Values{
		"ConferenceSid": {r.sid}, "FriendlyName": {r.name}, "AccountSid": {r.c.opts.AccountSID},
		"SequenceNumber": {strconv.Itoa(cb.sequence)}, "Timestamp": {stamp(r.c.now())},
		"StatusCallbackEvent": {name},
	}
	if m != nil {
		form.Set("CallSid", m.leg.sid)
		form.Set("Muted", strconv.FormatBool(m.muted))
		form.Set("Hold", strconv.FormatBool(m.hold))
		form.Set("Coaching", strconv.FormatBool(m.coach != ""))
		form.Set("StartConferenceOnEnter", strconv.FormatBool(m.starts))
		form.Set("EndConferenceOnExit", strconv.FormatBool(m.ends))
		if m.label != "" {
			form.Set("ParticipantLabel", m.label)
		}
	}
	maps.Copy(form, extra)
	r.c.callback(ctx, hook{url: cb.url, method: cb.method, form: form, sid: r.sid})
}
