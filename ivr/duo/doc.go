// Package duo is our client of Duo's Admin API: it finds people and their
// phones, makes activation links, sends verification pushes, and adds and removes
// phones.
//
// Requests are signed the v5 way (JSON bodies, HMAC-SHA512). Every try has its own
// deadline, its own body and its own signature, because the Date is part of what
// is signed.
//
// # What is tried again
//
// A 429 means that nothing was done, so any request is tried again after one, a
// few times within 8 s; somebody is waiting on the phone. Reads are also tried
// once more after a refused connection or a 5xx. Nothing else is: an activation
// voids the credentials that the phone has, so a second one is never sent because
// the answer to the first was lost. Such a request ends in [ErrUnclear], and the
// caller reads the phone to see what happened.
//
// # What is kept quiet
//
// The secret key, links, codes, numbers and names are in no error and no log line.
// [Link] and [Code] do not print, [User] and [Phone] print their ids only, and an
// [Error] is built from closed sets of words, never from what a server or a
// transport said.
package duo
