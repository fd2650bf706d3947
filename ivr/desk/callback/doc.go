// Package callback is who is to be called back, from the caller's wish to the talk
// or the end of trying. Make a [Service] with [New].
//
// The ledger keeps every callback, so that the loss of Redis costs nobody theirs;
// the number is sealed and known only to whoever is about to dial it. What can be
// dialled at a stranger's wish costs money, so it is bounded: numbers of the
// configured countries alone and of ordinary phones ([Service.Check]); one open
// callback for a number, and so many for a number, a prefix and a line, counted by
// the ledger in the transaction that takes it ([Service.Take]).
//
// A callback that is due gets a place in the queue of its line, like a caller. An
// agent is found first. Only when one has accepted is the attempt claimed, by the
// callback's version ([Service.Begin]), and then dialled: so nobody is called
// twice at once, nor more often than [Options.Attempts] says, whatever dies in
// between. How it ended comes back by [Service.Settle]; what never comes back the
// worker asks the desk for.
//
// The worker ([Service.Run]) may run on every instance: a lease has one of them
// look, and two that look do no harm.
package callback
