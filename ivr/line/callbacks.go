package line

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"ringback/ivr"
	"ringback/sessions"
	"ringback/twiml"
)

// wait serves the next wait document. It is not a turn: it has its own counter,
// and a repeat of it gets music and goes on.
func (s *Server) wait(ctx context.Context, w *webhook) (twiml.Response, error) {
	n, err := strconv.ParseUint(w.query.Get("w"), 10, 32)
	if err != nil {
		return twiml.Response{}, fmt.Errorf("wait number: %w", err)
	}
	place, err := s.place(ctx, w)
	if err != nil {
		return s.waitOn(n+1, ""), fmt.Errorf("place in the queue: %w", err)
	}
	var next ivr.Call
	var turn ivr.Turn
	rec, out, err := s.Records.Update(ctx, w.sid, sessions.Callback("wait", n+1), func(body []byte, _ sessions.Outcome) (sessions.Change, error) {
		var call ivr.Call
		if err := msgpack.Unmarshal(body, &call); err != nil {
			return sessions.Change{}, fmt.Errorf("decode call: %w", err)
		}
		before := call.Open
		next, turn = s.Dialogue.Next(call, ivr.Event{At: w.at, What: place})
		return s.change(before, &next, turn)
	})
	switch {
	case err != nil:
		return twiml.Response{}, fmt.Errorf("update call: %w", err)
	case out == sessions.Missing:
		return twiml.Response{}, errLost
	case out != sessions.Applied:
		return s.waitOn(n+1, ""), nil
	}
	s.pickUp(ctx, w.sid, state{call: next, turn: rec.Turn, version: rec.Version, open: rec.Effects})
	if turn.Then == ivr.ThenLeave {
		return twiml.Response{Verbs: []twiml.Verb{twiml.Leave{}}}, nil
	}
	says, err := s.says(&next, turn.Say)
	if err != nil {
		return twiml.Response{}, err
	}
	return s.waitOn(n+1, s.Music[int(n)%len(s.Music)], says...), nil
}

// callbackKey is the key of somebody who waits and wants to be called back instead.
const callbackKey = "1"

// place is where a caller waits, after what the caller has pressed was heeded.
func (s *Server) place(ctx context.Context, w *webhook) (ivr.Waiting, error) {
	if keys(w.Get("Digits")) == callbackKey {
		aside, err := s.Desk.StepAside(ctx, w.sid)
		if err != nil { // goes on waiting, which is better than an apology
			s.Logger.WarnContext(ctx, "caller not let aside", "error", err.Error())
		}
		if aside && err == nil {
			return ivr.Waiting{Leave: ivr.LeaveCallback}, nil
		}
	}
	return s.Desk.Waiting(ctx, w.sid) //nolint:wrapcheck // the caller names the operation
}

// waitOn is a wait document: what is said and music inside a Gather, so that a
// key can cut it short, and then the next one. (Twilio asks the same waitUrl
// again when a document runs out, so the count goes on by Redirect.)
func (s *Server) waitOn(n uint64, music string, says ...twiml.Prompt) twiml.Response {
	next := s.url("/voice/wait", "w", strconv.FormatUint(n, 10))
	g := twiml.Gather{Action: next, NumDigits: 1, FinishOnKey: twiml.Some(""), Timeout: twiml.Some(1), Prompts: says}
	if music != "" {
		g.Prompts = append(g.Prompts, twiml.Play{URL: music})
	} else {
		g.Prompts = append(g.Prompts, twiml.Pause{Length: 5})
	}
	return twiml.Response{Verbs: []twiml.Verb{g, twiml.Redirect{URL: next}}}
}

// status is the carrier's word on a call that it placed with us. Only the end
// matters, and it comes once.
func (s *Server) status(ctx context.Context, w *webhook) (twiml.Response, error) {
	switch w.Get("CallStatus") {
	case "completed", "busy", "failed", "no-answer", "canceled":
	default:
		return twiml.Response{}, nil
	}
	st, out, err := s.update(ctx, w.sid, sessions.Callback("end", 1), ivr.Event{At: w.at, What: ivr.Hangup{}})
	if err != nil {
		return twiml.Response{}, err
	}
	if out == sessions.Applied {
		s.ended(ctx, w.sid, st.call, w.at)
	}
	return twiml.Response{}, nil
}

// ended is the call's last line in log and metrics.
func (s *Server) ended(ctx context.Context, sid string, call ivr.Call, at time.Time) {
	took := at.Sub(time.Unix(call.Started, 0))
	s.metrics.ended(call, took)
	s.Logger.LogAttrs(ctx, levelOf(200), "call ended",
		attr("call", call.Ref), attr("line", call.Line), attr("request", call.Request.String()),
		attr("result", call.Ending.Result.String()), attr("reason", call.Ending.Reason))
	s.background(ctx, func(ctx context.Context) { s.Runner.Ended(ctx, sid, call) })
}

// textStatus is a text's delivery callback. The signed URL says which call, which
// text and which sending of it; order is kept by the rank of the status.
func (s *Server) textStatus(ctx context.Context, w *webhook) (twiml.Response, error) {
	sid, message := w.query.Get("c"), w.Get("MessageSid")
	text, status := textNamed(w.query.Get("x")), textStatusOf(w.Get("MessageStatus"), w.Get("ErrorCode"))
	if !isSID(sid, "CA") || text == ivr.TextNone || status == ivr.TextUnknown {
		return twiml.Response{}, nil
	}
	send, err := strconv.ParseUint(cmp.Or(w.query.Get("n"), "0"), 10, 8)
	if err != nil {
		return twiml.Response{}, nil //nolint:nilerr // not a URL of ours, and trying again will not make it one
	}
	what := ivr.Texted{Text: text, Send: uint8(send), Status: status}
	_, out, err := s.update(ctx, sid, sessions.Callback("text/"+message, uint64(status)), ivr.Event{At: w.at, What: what})
	if err != nil {
		return twiml.Response{}, err
	}
	if out == sessions.Applied {
		s.metrics.text(text, status)
	}
	return twiml.Response{}, nil
}

func textNamed(name string) ivr.Text {
	for _, t := range []ivr.Text{ivr.TextInstall, ivr.TextActivate, ivr.TextCode, ivr.TextWeb} {
		if t.String() == name {
			return t
		}
	}
	return ivr.TextNone
}

// textStatusOf maps Twilio's status and error code.
func textStatusOf(status, code string) ivr.TextStatus {
	switch status {
	case "accepted", "scheduled", "queued", "sending":
		return ivr.TextQueued
	case "sent":
		return ivr.TextSent
	case "delivered", "read":
		return ivr.TextDelivered
	case "failed", "undelivered", "canceled":
		switch code {
		case "21610":
			return ivr.TextOptedOut
		case "30006", "21614", "21635":
			return ivr.TextLandline
		}
		return ivr.TextUndelivered
	}
	return ivr.TextUnknown
}

// textIncoming is a text that somebody sent to us. Twilio answers STOP and HELP
// itself; we answer nothing, so that no two machines talk to each other.
func (s *Server) textIncoming(context.Context, *webhook) (twiml.Response, error) {
	return twiml.Response{}, nil
}
