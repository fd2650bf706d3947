// Package twiml is TwiML, the XML that tells Twilio what to do with a call, in
// both directions.
//
// A document is a [Response]: a list of verbs, each a plain struct whose fields
// are the attributes as Go types. [Response.Append] renders it with a fixed
// order of attributes, so equal values give equal bytes; [Parse] reads a
// document back into the same types; [Response.Validate] reports everything
// that Twilio would refuse, warn about, or quietly misread.
//
//	r := twiml.Response{Verbs: []twiml.Verb{
//		twiml.Gather{
//			Action:    "/voice/turn?n=1",
//			NumDigits: 1,
//			Prompts:   []twiml.Prompt{twiml.SayText("If your number is the same, press 1.")},
//		},
//		twiml.Redirect{URL: "/voice/turn?n=1&silent=1"},
//	}}
//	body := r.Append(nil)
//
// # Unset, empty and zero
//
// The zero value of a field leaves the attribute out, and Twilio's default,
// which the field's comment names, applies. Where an empty string, a zero or a
// false means something else than leaving the attribute out, the field is an
// [Optional]: FinishOnKey: Some("") renders finishOnKey="", which turns the
// finish key off.
//
// # Nesting
//
// What may stand inside what is mostly a matter of types: [Verb] inside a
// Response, [Prompt] inside a [Gather], [Noun] inside a [Dial], [SayPart]
// inside a [Say]. Documents for places where Twilio allows fewer verbs have
// checks of their own: [Response.ValidateWait] and [Response.ValidateHold].
//
// # What is left out
//
// Verbs and attributes that a phone menu does not need (payments, media
// streams, virtual agents, TaskRouter) are not modelled, and Parse refuses
// them as it refuses misspelt ones.
//
// The element and attribute names, defaults and limits are those of Twilio's
// TwiML reference for voice as of November 2026.
package twiml
