package line

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"ringback/ivr"
	"ringback/sessions"
	"ringback/twiml"
)

// errLost says that a call's record is gone: it expired, or Redis lost it.
var errLost = errors.New("the call is not known (any more)")

// voice is turn 0.
func (s *Server) voice(ctx context.Context, w *webhook) (twiml.Response, error) {
	if doc, shed, err := s.shed(ctx, w); shed {
		return doc, err
	}
	verstat := twiml.ParseVerstat(w.Get("StirVerstat"))
	doc, err := s.turn(ctx, w, sessions.Create(), ivr.Ring{To: w.Get("To"), From: e164(w.Get("From")), Suspect: verstat.Failed()})
	if err == nil { // not for a repeat
		s.metrics.verstats.WithLabelValues(verstat.String()).Inc()
	}
	return doc, err
}

// e164 is a caller's number, or "" when it is withheld or no number at all.
func e164(from string) string {
	digits, ok := strings.CutPrefix(from, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" || withheld(from) {
		return ""
	}
	return from
}

// withheld are the numbers that Twilio gives to callers without one: they spell
// ANONYMOUS, RESTRICTED, UNKNOWN and the like on a keypad.
func withheld(from string) bool {
	switch from {
	case "+266696687", "+86282452253", "+464", "+7378742833", "+2562533", "+8656696", "+865669629":
		return true
	}
	return false
}

// nextTurn is every later turn. Which event it is stands in the signed URL: e is
// g (Gather), q (Enqueue), d (Dial), j (jump), or absent (Redirect).
func (s *Server) nextTurn(ctx context.Context, w *webhook) (twiml.Response, error) {
	switch w.query.Get("e") {
	case "g":
		return s.turnN(ctx, w, ivr.Input{Keys: keys(w.Get("Digits")), Pound: w.Get("FinishedOnKey") == "#"})
	case "q":
		r := w.Get("QueueResult")
		if strings.HasPrefix(r, "redirected") || r == "hangup" || strings.HasPrefix(r, "bridg") {
			return twiml.Response{}, nil // a callback: somebody else leads the call now
		}
		return s.turnN(ctx, w, ivr.Left{Result: r})
	case "d":
		status := w.Get("DialCallStatus")
		doc, err := s.turnN(ctx, w, ivr.Dialled{Answered: status == "completed" || status == "answered"})
		if err == nil { // not for a repeat: the caller may be queued again by then
			if _, _, err := s.Desk.Caller(ctx, w.sid, true); err != nil {
				s.Logger.WarnContext(ctx, "desk not told that the caller is back", "error", err.Error())
			}
		}
		return doc, err
	case "j":
		id := w.query.Get("j")
		transfer, _, _ := strings.Cut(id, ".")
		meets, agent, err := s.Desk.Caller(ctx, w.sid, false)
		if err != nil {
			return twiml.Response{}, fmt.Errorf("meet the agent: %w", err)
		}
		if !meets {
			transfer = ""
		}
		return s.turn(ctx, w, sessions.Jump(id), ivr.Jump{Transfer: transfer, Agent: agent})
	default:
		return s.turnN(ctx, w, ivr.Continue{})
	}
}

// keys takes what is no key out of Digits.
func keys(digits string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '*' || r == '#' {
			return r
		}
		return -1
	}, digits[:min(len(digits), 64)])
}

func (s *Server) turnN(ctx context.Context, w *webhook, what ivr.What) (twiml.Response, error) {
	n, err := strconv.ParseUint(w.query.Get("t"), 10, 32)
	if err != nil {
		return twiml.Response{}, fmt.Errorf("turn number: %w", err)
	}
	return s.turn(ctx, w, sessions.Turn(uint32(n)), what)
}

// turn takes the call one turn further and answers. Its guard admits each turn
// once: a repeat of the last one gets the same answer, also while that one is
// still being made; anything older or foreign gets the current prompt. So a
// retry of the carrier's changes nothing, and neither does a replay.
func (s *Server) turn(ctx context.Context, w *webhook, g sessions.Guard, what ivr.What) (twiml.Response, error) {
	inbox := s.inboxes.open(w.sid)
	defer inbox.close()
	seed := uint64(0)
	if _, ok := what.(ivr.Ring); ok {
		seed = s.Seed()
	}
	st, out, err := s.update(ctx, w.sid, g, ivr.Event{At: w.at, Seed: seed, What: what})
	if err != nil {
		return twiml.Response{}, err
	}
	switch out {
	case sessions.Applied:
		s.pickUp(ctx, w.sid, st)
		if _, ok := what.(ivr.Ring); ok {
			s.metrics.started(st.call.Line)
		}
		return s.finish(ctx, w.sid, inbox, st)
	case sessions.Missing:
		return twiml.Response{}, errLost
	default:
		doc, err := s.finish(ctx, w.sid, inbox, st)
		if err != nil {
			return doc, err
		}
		return doc, &repeatError{doc: doc, kind: out.String()}
	}
}

// state is a call as it stands in the store.
type state struct {
	call    ivr.Call
	turn    uint32 // the next one
	version uint64 // counts the writes
	open    []sessions.OpenEffect
}

// update takes the call through one event, if the guard admits it, and starts
// the effects that the event asked for.
func (s *Server) update(ctx context.Context, sid string, g sessions.Guard, e ivr.Event) (state, sessions.Outcome, error) {
	var next ivr.Call
	var turn ivr.Turn
	rec, out, err := s.Records.Update(ctx, sid, g, func(body []byte, _ sessions.Outcome) (sessions.Change, error) {
		var call ivr.Call
		if body != nil {
			if err := msgpack.Unmarshal(body, &call); err != nil {
				return sessions.Change{}, fmt.Errorf("decode call: %w", err)
			}
		}
		before := call.Open
		next, turn = s.Dialogue.Next(call, e)
		return s.change(before, &next, turn)
	})
	if err != nil {
		return state{}, out, fmt.Errorf("update call: %w", err)
	}
	if out != sessions.Applied {
		st, err := decode(rec)
		return st, out, err
	}
	st := state{call: next, turn: rec.Turn, version: rec.Version, open: rec.Effects}
	s.inboxes.publish(sid, st)
	for _, eff := range turn.Effects {
		s.start(ctx, sid, next, eff, 1)
	}
	return st, out, nil
}

// change is the call as it is to be stored.
func (s *Server) change(before []ivr.Open, next *ivr.Call, turn ivr.Turn) (sessions.Change, error) {
	body, err := encode(next)
	if err != nil {
		return sessions.Change{}, err
	}
	c := sessions.Change{Body: body, Lease: s.Lease}
	for _, e := range turn.Effects {
		c.Open = append(c.Open, e.Num())
	}
	for _, o := range before { // those that the dialogue gave up on
		if !isOpen(next.Open, o.ID) {
			c.Close = append(c.Close, o.ID)
		}
	}
	return c, nil
}

func isOpen(open []ivr.Open, id uint32) bool {
	for _, o := range open {
		if o.ID == id {
			return true
		}
	}
	return false
}

func decode(rec sessions.Record) (state, error) {
	st := state{turn: rec.Turn, version: rec.Version, open: rec.Effects}
	if rec.Version == 0 {
		return st, nil
	}
	if err := msgpack.Unmarshal(rec.Body, &st.call); err != nil {
		return st, fmt.Errorf("decode call: %w", err)
	}
	return st, nil
}

func encode(call *ivr.Call) ([]byte, error) {
	body, err := msgpack.Marshal(call)
	if err != nil {
		return nil, fmt.Errorf("encode call: %w", err)
	}
	return body, nil
}

// finish renders the answer, after waiting for it as long as the budget allows.
// Then it says "one moment", and the next turn goes on waiting.
func (s *Server) finish(ctx context.Context, sid string, inbox *reader, st state) (twiml.Response, error) {
	deadline := s.Clock.Now().Add(s.Budget)
	for st.call.Answer == nil {
		left := deadline.Sub(s.Clock.Now())
		if left <= 0 {
			var out sessions.Outcome
			var err error
			st, out, err = s.update(ctx, sid, sessions.Any(), ivr.Event{At: s.Clock.Now(), What: ivr.Waited{}})
			if err != nil || out != sessions.Applied {
				return twiml.Response{}, errors.Join(err, errNotApplied(out))
			}
			deadline = s.Clock.Now().Add(s.Budget / 2) // an effect that was given up on may start another
			continue
		}
		var err error
		if st, err = s.await(ctx, sid, inbox, st.version, min(left, pollEvery)); err != nil {
			return twiml.Response{}, err
		}
	}
	return s.render(sid, st)
}

func errNotApplied(out sessions.Outcome) error {
	if out == sessions.Applied {
		return nil
	}
	return fmt.Errorf("call is %v", out)
}

// pollEvery is how often a waiting turn looks for what another instance stored.
const pollEvery = 250 * time.Millisecond

// await waits for the next change of a call after that version, made here or by
// another instance. What this instance wrote before another one took the turn may
// be told late: it is no answer to that turn.
func (s *Server) await(ctx context.Context, sid string, inbox *reader, after uint64, d time.Duration) (st state, err error) {
	if got, ok := inbox.wait(ctx, d); ok && got.version > after {
		return got, nil
	}
	if err := ctx.Err(); err != nil {
		return st, fmt.Errorf("await answer: %w", context.Cause(ctx))
	}
	rec, ok, err := s.Records.Load(ctx, sid)
	if err != nil {
		return st, fmt.Errorf("load call: %w", err)
	}
	if !ok {
		return st, errLost
	}
	now, err := decode(rec)
	if err != nil {
		return st, err
	}
	s.pickUp(ctx, sid, now)
	return now, nil
}

// Call is a call as it is stored; for tools and pages, not for turns.
func (s *Server) Call(ctx context.Context, sid string) (ivr.Call, error) {
	rec, ok, err := s.Records.Load(ctx, sid)
	if err != nil {
		return ivr.Call{}, fmt.Errorf("load call: %w", err)
	}
	if !ok {
		return ivr.Call{}, errLost
	}
	st, err := decode(rec)
	return st.call, err
}
