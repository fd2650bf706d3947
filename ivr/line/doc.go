// Package line serves every route that the carrier calls: it turns a signed
// webhook into an [ivr.Event], takes the call through [ivr.Dialogue.Next], renders
// the [ivr.Turn] as TwiML, and runs the effects, whose results are events again.
//
// One turn is: limit the size, parse the form strictly, check the signature,
// load the call, decide, store, answer. All state is in the store, so any
// instance can take the next turn; see [Server.turn] for what makes turns
// idempotent, and effects.go for what happens when an effect is slow or its
// instance dies.
//
// New calls are turned away while the server drains or bears too much; calls that
// have begun never are (load.go).
//
// Whatever fails, a voice route answers valid TwiML: the last resort is an
// apology and a Dial to the line's own number (lastresort.go). Only a request
// that is not the carrier's gets an HTTP error.
package line
