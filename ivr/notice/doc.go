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
// The worker empties the ledger's outbox (package outbox): what was certainly not
// taken is tried again for half a day; what may have been taken is tried once
// more, so that a person may be told twice and never a third time; what is
// refused, or too old, is dead and stays for somebody to look at.
package notice
