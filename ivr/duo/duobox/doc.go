// Package duobox is a Duo in a box: a whole server that keeps people and phones,
// checks who asks the way Duo does, makes activation links, and activates a phone
// when its link is opened. It is for demos and tests, never for real people.
//
// A [Box] is an [http.Handler]. It serves the part of the Admin API that Ringback
// uses, with Duo's envelope, codes and traps (a code of its own for each way to be
// wrong, "push" among the capabilities of a phone that is not activated, times
// without a zone), and the pages that a person's phone opens:
//
//	GET  /activate/{code}  what the link is, with a button: a preview does nothing
//	POST /activate/{code}  activates the phone
//	GET  /install          stands for the app store
//	GET  /frame/qr?value=  the QR code's content, as text
//	GET  /device/{phone}   Duo Mobile on a phone (id or number): the pushes that wait, each with its code
//	POST /device/{phone}   approves, denies or reports one
//
// It must see requests as they were sent: paths and the Host are signed, so mount
// it at the root of a host. Nothing in it calls out, and it checks signatures with
// code of its own, so that a mistake of the client is not repeated here.
//
// # For tests
//
// [Box.Open] is a person tapping a link, [Box.PushOn] one looking at a device,
// [Box.Answer] one answering a push, [Box.SetActivated] gives one a second device,
// [Box.SetFault] makes Duo fail, and [Box.Log] and [Box.Counts] tell what was
// asked. Time is the clock's alone.
package duobox
