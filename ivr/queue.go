package ivr

import (
	"strconv"
	"time"
)

// person puts the caller through to the desk, or says the hours when it is closed.
func (t *talk) person(why string) {
	c := t.c
	c.Queue = Queue{Why: why, Again: c.Queue.Again, Bridged: c.Queue.Bridged, Proof: c.Queue.Proof}
	if c.Request == RequestUnknown {
		c.Request = RequestPerson
	}
	if open, reason, next := t.open(); !open {
		t.sayClosed(reason, next)
		if t.callsBack() && !next.IsZero() {
			t.offerCallback(true, why)
			return
		}
		if why == "asked" && !c.Shut { // what needs no person goes on
			c.Shut = true
			t.again()
			return
		}
		t.goodbye(ResultClosed, why)
		return
	}
	c.Step = StepQueue
	if c.Queue.Proof == "" {
		c.Queue.Proof = proof(c.Salt, c.Effects+1)
	}
	t.await(EffectJoinQueue, 0)
}

// proof is four digits of the call's salt that say nothing about it: they are the
// rest of a number that is not kept. Codes are keyed by a pepper besides.
func proof(salt uint64, effect uint32) string {
	n := strconv.FormatUint(mix(mix(salt^uint64(effect)))%10_000, 10)
	return "0000"[len(n):] + n
}

// sayClosed says that the desk is closed, why, and when it opens.
func (t *talk) sayClosed(reason string, next time.Time) {
	if reason != "" {
		t.say("closed_reason", "reason", reason)
	} else {
		t.say("closed")
	}
	if !next.IsZero() {
		t.say("opens", "next", next.Format(time.RFC3339))
	}
	t.say("closed_web")
}

// queued has the caller wait. Without a queue the call is dialled on.
func (t *talk) queued(w Queued) {
	switch {
	case w.Why == QueueClosed:
		t.shut(w.Closures)
		return
	case w.Why == QueueFull:
		t.turnedAway()
		return
	case w.Why == QueueEmpty:
		t.say("nobody_here")
		t.fallback()
		return
	case w.Outcome != OutcomeOK:
		t.fallback()
		return
	}
	t.c.Queue.Transfer = w.Transfer
	t.say("connecting")
	t.sayClosing()
	t.enqueue()
}

// shut is a caller who asked for a person after a lead has closed the desk.
func (t *talk) shut(closures []Closure) {
	c := t.c
	c.Closures, c.Step = closures, StepMenu
	if open, _, _ := t.open(); open { // over again
		t.fallback()
		return
	}
	t.person(c.Queue.Why)
}

// turnedAway is a caller for whom there is no room in the queue. What needs no
// person goes on; who asked for one twice, or can do nothing without, has to call
// again.
func (t *talk) turnedAway() {
	t.say("queue_full")
	if t.line().Web {
		t.say("closed_web")
	}
	if t.callsBack() {
		t.offerCallback(false, "queue_full")
		return
	}
	t.fullStill()
}

// fullStill goes on without a person, for whom there is no room.
func (t *talk) fullStill() {
	c := t.c
	if c.Queue.Why == "asked" && !c.Shut {
		c.Shut, c.Step = true, StepMenu
		t.again()
		return
	}
	t.say("queue_full_later")
	t.goodbye(ResultFailed, "queue_full")
}

func (t *talk) enqueue() {
	t.c.Step = StepQueue
	t.then(ThenEnqueue)
}

// waiting is the next wait document: the place in the queue when it is better
// than what was said, music in between.
func (t *talk) waiting(w Waiting) {
	c := t.c
	c.Waits++
	if w.Leave != "" {
		c.Queue.Leave, c.Closures = w.Leave, w.Closures
		t.then(ThenLeave)
		return
	}
	switch p := w.Position; {
	case p > 0 && (c.Queue.Spoken == 0 || p < c.Queue.Spoken):
		c.Queue.Spoken = p
		if p == 1 {
			t.say("next_in_line")
		} else {
			t.say("position", "position", itoa(p))
		}
		if w.Expected > 0 {
			t.say("expected_wait", "minutes", itoa(int((w.Expected+time.Minute-1)/time.Minute)))
		} else {
			t.say("expected_unknown")
		}
		if t.callsBack() {
			t.say("callback_hint")
		}
	case c.Waits%4 == 0:
		t.say("wait_hint")
		if t.callsBack() {
			t.say("callback_hint")
		}
	}
	t.then(ThenWait)
}

// left is the turn of a caller who is out of the queue without an agent.
func (t *talk) left(w Left) {
	c := t.c
	switch {
	case c.Queue.Leave == LeaveCallback:
		t.offerCallback(false, "")
	case c.Queue.Leave == "no_agents":
		t.say("nobody_came")
		if open, reason, next := t.open(); !open {
			t.sayClosed(reason, next)
			t.endWait(ResultClosed, "closed_while_waiting")
			return
		}
		t.endWait(ResultFailed, "no_agents")
	case w.Result == "leave" && c.Queue.Leave == "closed":
		_, reason, next := t.open()
		t.sayClosed(reason, next)
		t.endWait(ResultClosed, "closed_while_waiting")
	default:
		t.fallback()
	}
}

// LeaveCallback is the [Waiting.Leave] of a caller who wants to be called back.
const LeaveCallback = "callback"

// endWait is the end of a wait for nobody: a callback, or goodbye.
func (t *talk) endWait(r Result, reason string) {
	if t.callsBack() {
		t.offerCallback(r == ResultClosed, reason)
		return
	}
	t.goodbye(r, reason)
}

// jump is the turn in which the caller meets the agent.
func (t *talk) jump(w Jump) {
	switch {
	case t.c.Queue.Dismissed: // neutral words: whoever it is learns nothing
		t.goodbye(ResultRefused, "dismissed")
		return
	case w.Transfer == "" && (t.c.Step == StepBridged || t.c.Step == StepReturned): // sent for, see package transfer
		t.c.Step = StepReturned
		t.askReturned()
		return
	case w.Transfer == "":
		t.say("connecting")
		t.enqueue()
		return
	}
	t.c.Queue.Transfer = w.Transfer
	switch c := t.c; {
	case c.Queue.Proof == "": // queued by a release that had none
		t.say("connecting")
	case w.Agent == "":
		t.say("agent_joins", "proof", c.Queue.Proof)
	default:
		t.say("agent_joins_by_name", "agent", w.Agent, "proof", c.Queue.Proof)
	}
	t.conference()
}

func (t *talk) conference() {
	t.c.Step = StepBridged
	t.c.Queue.Bridged = true
	t.turn.To = t.c.Queue.Transfer
	t.then(ThenConference)
}

// fallback dials the desk's own number: no queue and no REST is needed for it.
func (t *talk) fallback() {
	t.c.Step = StepFallback
	if t.line().Fallback == "" {
		t.say("desk_unreachable")
		t.goodbye(ResultFailed, "desk_unreachable")
		return
	}
	t.say("dialling_desk")
	t.turn.To = t.line().Fallback
	t.then(ThenDial)
}

// dialled is the turn after a conference or a dialled number.
func (t *talk) dialled(w Dialled) {
	switch {
	case t.c.Queue.Dismissed:
		t.goodbye(ResultRefused, "dismissed")
	case t.c.Step == StepFallback && w.Answered:
		t.goodbye(ResultTransferred, "fallback")
	case t.c.Step == StepFallback:
		t.say("desk_unreachable")
		t.goodbye(ResultFailed, "desk_unreachable")
	case t.c.Step == StepBridged:
		t.c.Step = StepReturned
		t.askReturned()
	default:
		t.again()
	}
}

// askReturned is what a caller hears whose agent has left.
func (t *talk) askReturned() {
	t.say("agent_left")
	t.ask(StepReturned)
}

func (t *talk) returnedMenu() menu {
	return menu{seconds: 10, end: func(t *talk) { t.goodbye(ResultTransferred, "bridged") }, options: []option{
		{key: '1', say: "returned_again", do: func(t *talk) {
			t.c.Queue.Again = true
			t.person("returned")
		}},
		{key: '2', say: "returned_goodbye", do: func(t *talk) { t.goodbye(ResultTransferred, "bridged") }},
	}}
}

// goodbye ends the call.
func (t *talk) goodbye(r Result, reason string) {
	t.say("goodbye", "line", t.line().Name)
	t.finish(r, reason)
}

// finish hangs up.
func (t *talk) finish(r Result, reason string) {
	t.c.Step = StepDone
	if t.c.Ending.Result == ResultUnknown {
		t.c.Ending = Ending{Result: r, Reason: reason}
	}
	t.then(ThenHangup)
}

// sayGoodbye answers a webhook that comes after the end.
func (t *talk) sayGoodbye() {
	t.say("goodbye", "line", t.line().Name)
	t.then(ThenHangup)
}

// hangup is the end, whoever hung up.
func (t *talk) hangup() {
	c := t.c
	if c.Ending.Result != ResultUnknown {
		return
	}
	switch {
	case c.Queue.Dismissed:
		c.Ending = Ending{ResultRefused, "dismissed"}
	case c.Queue.Bridged:
		c.Ending = Ending{ResultTransferred, "bridged"}
	case c.Links.Done:
		c.Ending = Ending{ResultCompleted, "activated"}
	case c.Links.sent():
		c.Ending = Ending{ResultCompleted, "links_sent"}
	case c.Step == StepRefused:
		c.Ending = Ending{ResultRefused, "privileged"}
	default:
		c.Ending = Ending{ResultAbandoned, c.Step.String()}
	}
	c.Step = StepDone
}
