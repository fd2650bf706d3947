// Package mail sends e-mail by SMTP: codes and notices, each to one recipient,
// as plain text in UTF-8, to which a recording may be attached. It is the only user of go-mail, and of that of its
// messages and of its SMTP commands.
//
// What is sent is worth protecting on its way, so that a connection is either
// TLS from its first byte ([Implicit]) or becomes it before anything is said
// ([StartTLS]); a server that does not offer STARTTLS, or whose certificate does
// not fit, gets nothing. [Plain] is for a server on this very machine.
//
// Nothing is retried here. An error tells what the caller may do:
//
//   - [ErrRefused]: the server said no to this message; so it will again.
//   - [ErrUnavailable]: certainly not accepted; try again later.
//     [ErrInsecure] and [ErrCredentials] are of this kind, and somebody has to
//     see to the configuration before it helps.
//   - [ErrUnclear]: the message had been sent when the connection was lost.
package mail
