// Package carrier is a telephone company in a box: it behaves as Twilio does
// towards an application, over real HTTP, without a telephone in the world.
//
// A [Carrier] serves Twilio's REST API ([Carrier.Handler], what twilio-go's
// rest/api/v2010 talks to), sends signed webhooks to the numbers that the
// application owns ([Carrier.SetNumber]), and plays the TwiML that comes back:
// speech takes time, keys are awaited, queues fill, conferences meet. The people
// on the phones are driven from Go:
//
//	cr, err := carrier.New(carrier.Options{AccountSID: sid, AuthToken: token, Clock: c, HTTPClient: client})
//	err = cr.SetNumber("+19195550000", carrier.NumberConfig{VoiceURL: app.URL + "/voice"})
//	leg := cr.Phone("+19195550101").Call(ctx, "+19195550000")
//	err = leg.Hear(ctx, time.Minute, (*carrier.Leg).Awaiting) // until keys are awaited
//	fmt.Println(leg.SpokenSinceKey())
//	leg.Press("1")
//
// # Time
//
// Everything waits on the injected clock. On a virtual clock a call with a 40 s
// pause plays in milliseconds and plays the same each time: each leg is a task,
// and tasks that wake at the same moment take turns in a fixed order, a few
// nanoseconds apart. For that the [Carrier.Handler] must be served through the
// clock's Handler, the HTTP client must use the clock's Transport, and whoever
// calls [Leg.Hear] and the like must do so in a task of the clock.
//
// # Where Twilio would complain
//
// A document that Twilio would refuse, a webhook that failed, a play that could
// not be fetched: each becomes a [Problem] with Twilio's error code, listed by
// [Carrier.Errors], and the call goes on as it would there: to the fallback
// URL, to the next verb, or to "an application error has occurred".
//
// # What is simpler than the real thing
//
// Sounds are never fetched: a sound has a length that depends on its URL alone.
// Speech is understood perfectly. Answering-machine detection, recordings'
// audio, media streams, SIP and TaskRouter are not there. A document as
// text/plain, which Twilio reads out, is refused. Keys pressed while nothing
// gathers them are lost.
package carrier
