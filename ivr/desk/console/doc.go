// Package console is the web desk: where agents see who is on their phone and
// what may be done, and where leads look after everybody. It is mounted at /desk
// on the host that the carrier calls.
//
// # Parts
//
//   - Signing in: by the institution's OIDC provider (oidc.go), or by local
//     accounts for trying out (accounts.go). Both end in a session (session.go),
//     which package sessions keeps.
//   - Every request goes through one door (door.go): headers, origin, size,
//     session, role, form token, in this order, as the table of routes
//     (routes.go) says. A handler is reached only by those who may.
//   - Pages are rendered here (render.go, templates); the script (assets/desk.js)
//     swaps pieces that the server has rendered and holds no template of its own.
//     Everything works without it, a little slower.
//   - What changes by itself comes by server-sent events (events.go).
//
// # What it needs
//
// The floor, the cards and the ledger arrive as the small interfaces of
// contracts.go. The console decides nothing about callers: what may be done is in
// the card, which the line's own verdict made.
//
// # Promises
//
// A GET changes nothing. A POST is answered only to our own pages, with the token
// of its session. Nothing is shown of a person but a pseudonym and two digits.
// Whatever a lead does has a reason and the lead's id in the audit.
package console
