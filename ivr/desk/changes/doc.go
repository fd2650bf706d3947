// Package changes carries number changes out: it keeps the state of package
// numberchange in the ledger, gives it events with the facts of the moment, and
// runs what it asks for: codes and links by text, steps in Duo, notices.
//
// # Who calls what
//
// The console calls [Service.Open] for an agent, [Service.Do] for whatever people
// do to a change, [Service.View] and [Service.List] for what they see, and
// [Service.OpenCase] for a lead who has somebody before them. [Service.Kick] has
// the service look at once at what is due, also after a freeze; [Service.Run] looks
// from time to time for what other instances left behind.
//
// # State
//
// A change is one sealed row of the ledger with a version. Each event reads it,
// asks the facts anew, and writes the next version with the rows of the audit and
// the notices that belong to it, in one transaction; whoever loses that race reads
// again. What is to be done in the world follows only then: an intent is always
// there first. What is lost with an instance is found by the clock: the row says
// when it wants to be looked at, and any instance does.
//
// # What is kept
//
// The row is sealed under the change's name and version, so that nobody can put an
// older one, or another's, in its place unnoticed. Codes are kept nowhere: they are
// made anew from a key whenever one is sent or compared. Activation links are kept
// in the row from when Duo made them until both were texted.
package changes
