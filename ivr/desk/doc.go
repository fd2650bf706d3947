// Package desk brings callers who need a person to the agents of their line:
// it keeps the queue and who is present, rings agents, and has caller and agent
// meet. What is to happen is decided by package transfer, a pure function; the
// desk stores its state, gives it events, and does what it asks for.
//
// # Who calls what
//
// The line calls the desk:
//
//   - [Desk.Join] when the dialogue needs a person, also when the caller comes
//     back to the queue after a talk;
//   - [Desk.Waiting] for every wait document: it is also the tick that keeps a
//     transfer going when the instance that rang has died;
//   - [Desk.CallerJoined] when the caller, moved by [Mover], asks for the next
//     document: only if it says so may that be the conference;
//   - [Desk.CallerBack] when the caller is out of the conference, and
//     [Desk.CallerGone] when the call is over, however it ended;
//   - [Desk.Agent] for every webhook and callback of an agent's leg;
//   - [Desk.Room] for every callback about a conference: it makes up for webhooks
//     of the legs that are lost;
//   - [Desk.OnHold] for every document that a caller in the conference hears alone:
//     the tick there; [Desk.Introduce] for who has come to them.
//
// The console calls [Desk.Talk] for what an agent's page shows of their call, and
// [Desk.Do] for what the agent asks for there: holding, a colleague's help, handing
// over. [Mixer] has the carrier do it.
//
// Each of them may be called twice, late, and by any instance.
//
// # State
//
// Everything is in the store: a record for each transfer, the queue of each
// line, the presence of agents. An agent who is rung is held by a lease, in the
// name of one offer; when the instance that should let go has died the agent is
// ready again by itself. Only timers live in the process, and only to be early:
// whatever they would have found is found by the next tick.
//
// # What runs when
//
// Store operations of an event are done when the method returns. Calls to the
// carrier run after it, on the clock, one after another for each event;
// [Desk.Close] waits for them.
package desk
