// Package sessions keeps everything that Ringback has in Redis: one sealed
// record for each call, rate windows, leases, the queue, the presence of
// agents and small sealed values. It knows no dialogue. It stores ids, scores
// and opaque bytes, and it is the only package that talks to Redis.
//
// # Which part for which case
//
//   - A call or a transfer changes: [Store.Update], with a [Guard] that says
//     what the change answers. One round trip when the call stayed on its
//     instance, two when it moved.
//   - An instance takes over work that another one left: [Store.Claim].
//   - Only reading: [Store.Load].
//   - Limits and caps: [Store.Windows]. One owner at a time: [Store.Leases].
//   - Whether somebody tries many doors: [Store.Meter].
//   - People who wait: [Store.Queue]. People who answer: [Store.Presence].
//   - A secret that lives for minutes (a code, a link): [Store.Values].
//   - Who is signed in at the web desk: [Store.Desk].
//
// # Loss denies
//
// Redis may forget acknowledged writes after a failover, and any record may
// be gone. Nothing here may therefore be read as "allowed because absent": a
// verdict is a positive record that expires. What must survive belongs in the
// ledger.
//
// # Keys and sealing
//
// Bodies are sealed with XChaCha20-Poly1305; the Redis key and the version of
// the record are associated data, so a value copied to another key does not
// open. Names in keys are stored as given: callers pass ids that say nothing
// about a person (an HMAC, never a phone number or a user name). Times inside
// values come from [Options.Now]; the expiry of a Redis key is only the
// collector of what is already void.
//
// # When Redis is down
//
// Every operation is bounded by [Options.Timeout] per exchange and twice that
// in total, and fails with an error that wraps [ErrUnavailable]. Nothing is
// sent twice by the client library. An operation that failed so may still
// have happened: records then answer [Repeat] to the next try, and reserved
// limits stay reserved.
package sessions
