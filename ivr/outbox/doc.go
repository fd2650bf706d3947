// Package outbox empties the ledger's outbox: it claims what is due under a lease,
// has it sent, and settles. What may be sent, and how, is its users' business:
// package notice tells people, package event tells other systems.
//
// What was certainly not taken is tried again with a growing pause; what may have
// been taken (the answer was lost, or the process died in between) is tried again
// only as often as [Options.AtMost] says; what is refused, cannot be read, or is
// too old is dead and stays for somebody to look at.
//
// On a virtual clock an idle worker has no timer: it is woken by [Worker.Kick] and
// by the retries that it knows of. Other instances' leftovers are looked for by
// [Worker.Run], in real time.
//
// A [Sealer] keeps what is owed from whoever reads the database.
package outbox
