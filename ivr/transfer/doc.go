// Package transfer is the warm transfer: how one caller gets to one agent, as a
// pure function. [Rules.Next] takes a transfer through one event and returns it
// changed, with what the agent hears and what is to be done. It does no I/O,
// reads no clock and rolls no dice, so that any instance can take the next
// event from the stored [Transfer].
//
// # The way of a caller
//
// A transfer starts queued. When an agent may be free ([Look]) it asks for one
// ([ClaimAgent]) and, once it has one ([Claimed]), has the agent's phone rung:
// offered. The agent hears a brief. 1 accepts: the agent joins the conference
// that is named by the transfer and the caller is moved there ([MoveCaller]);
// the two are bridged when the caller has come ([CallerIn]). Only an accept
// bridges, so that a voicemail never gets a call. When the agent leaves first
// the transfer is returned: the caller hangs up, or joins again at the head of
// the queue. Everything ends in done.
//
// # Offers
//
// Each claim has a number, and every event of an agent's phone carries the
// number that it is about. An event of an old offer changes nothing: a phone
// that still rings is stopped, and an agent who still listens is told. So
// repeated, late and lost callbacks, and two instances that see the same one,
// do no harm.
//
// # A second agent
//
// An agent who has the caller can put them on hold and ask a colleague ([Do]). The
// second seat ([Second]) is claimed, rung and briefed like the first, but the caller
// is not theirs: the two agents talk apart, or all three talk, until the caller is
// handed over, in one step, or the second agent leaves. A first agent who leaves has
// handed over. So at every moment one agent has the caller, whoever is lost.
//
// Who hears whom is the carrier's to do: [Arrange] says how the conference has to be
// for the state, and is asked for again until the carrier has said yes. Nobody is
// rung for help before the caller is on hold. While they are, nobody would hear an
// agent leave: so it is looked who is there ([CheckRoom]).
//
// # The conference
//
// The legs' own webhooks say who comes and goes. The carrier's callbacks about the
// conference ([Room]) say the same: they bridge when the caller's webhook was lost,
// and end a talk of which no leg's webhook tells within [Rules.JoinTimeout]. They
// are never needed, and one that is lost ends nothing. A caller whose agent left
// before the two could meet would enter an empty conference, and is sent for.
//
// # What may be lost
//
// An action can be lost with the instance that should have run it. [Look] finds
// whatever is overdue, and it comes often: with every wait document, with every
// free agent, and when a [Wake] says so.
//
// One thing it cannot find: a caller who is alone in a conference that the agent's
// leaving did not end (see [Arrange]), when the instance dies that was to send for
// them and no callback about the talk comes any more. They hear nothing until they
// hang up.
package transfer
