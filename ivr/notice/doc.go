// Package notice tells people what was done in their name: after links were
// sent, a number changed, a factor locked or unlocked, every other address on
// file gets a text or an e-mail that says what, when, on which line, and what to
// do if it was somebody else.
//
// Whoever does such a thing has [Worker.Compose] make the notices, hands them to
// the ledger in the same transaction as the deed, and calls [Worker.Kick]. The
// ledger keeps address and words sealed, bound to the event, and erases them once
// they are sent; the 8 digits by which a person can stop everything are kept as
// an HMAC only.
//
// The worker claims what is due under a lease, sends, and settles. What was
// certainly not taken is tried again with a growing pause for half a day; what
// may have been taken (the answer was lost, or the process died in between) is
// tried once more, so that a person may be told twice and never a third time;
// what is refused, or too old, is dead and stays for somebody to look at.
//
// On a virtual clock an idle worker has no timer: it is woken by Kick and by the
// retries that it knows of. Other instances' leftovers are looked for by
// [Worker.Run], in real time.
package notice
