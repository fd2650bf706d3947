// Package event tells other systems, a ticket system say, what has happened: a
// call ended, a number was changed, somebody's recovery was frozen, a callback
// fell due. Each event is JSON with a schema (docs/events.schema.json), posted to
// every hook that wants its type.
//
// Whoever does what an event tells of has [Sender.Compose] make it, and owes it to
// the ledger in the same transaction as the deed; what has no transaction is owed
// alone, by [Sender.Emit]. Both do nothing when no hook wants the type. It leaves
// by the outbox (package outbox) until the hook has taken it: at least once, in no
// order, with an id by which a receiver tells a repeat.
//
// An event has no name, number, address or code in it. Of a person it has the
// pseudonym; a hook may be given the unique ID, and what agents noted, by name
// ([Hook.Include]).
//
// A request is signed over its time and body ([Sign]); [Verify] is what a receiver
// does, and needs nothing but the standard library.
package event
