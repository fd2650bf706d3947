package twiml_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringback/twiml"
)

// What is rendered is read back as it was.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := gen{t}.response()
		doc := want.Append(nil)
		got, err := twiml.Parse(doc)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", doc, diff)
		}
		// Validate looks at all of it and must not fall over.
		_ = errors.Join(got.Validate(), got.ValidateHold(), got.ValidateWait())
	})
}

func FuzzParse(f *testing.F) {
	for _, tt := range golden {
		f.Add(head + tt.want + foot)
	}
	for _, tt := range refused {
		if len(tt.doc) < 4096 {
			f.Add(tt.doc)
		}
	}
	f.Fuzz(func(t *testing.T, doc string) {
		r, err := twiml.Parse([]byte(doc))
		if err != nil {
			var pe *twiml.ParseError
			if !errors.As(err, &pe) || pe.Line < 1 || pe.Offset < 0 || pe.Offset > int64(len(doc)) || pe.Reason == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		_ = r.Validate()
		out := r.Append(nil)
		if len(out) > twiml.MaxBytes {
			return
		}
		again, err := twiml.Parse(out)
		if err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("%q became %q (-want +got):\n%s", doc, out, diff)
		}
	})
}

func TestParseForgives(t *testing.T) {
	say := func(parts ...twiml.SayPart) []twiml.Verb { return []twiml.Verb{twiml.Say{Parts: parts}} }
	for _, tt := range []struct {
		name, doc string
		want      []twiml.Verb
	}{
		{"no XML declaration", `<Response><Hangup/></Response>`, []twiml.Verb{twiml.Hangup{}}},
		{"white space between verbs", "<Response>\n  <Hangup />\n\n</Response>\n", []twiml.Verb{twiml.Hangup{}}},
		{"comments", `<!-- a --><Response><!-- b --><Hangup><!-- c --></Hangup></Response><!-- d -->`, []twiml.Verb{twiml.Hangup{}}},
		{"white space around a URL", "<Response><Redirect>\n /a \n</Redirect></Response>", []twiml.Verb{twiml.Redirect{URL: "/a"}}},
		{"white space around a number", "<Response><Dial>\n +1 \n</Dial></Response>", []twiml.Verb{twiml.Dial{Number: "+1"}}},
		{"white space around nouns", "<Response><Dial>\n<Queue>q</Queue>\n</Dial></Response>", []twiml.Verb{twiml.Dial{Nouns: []twiml.Noun{twiml.Queue{Name: "q"}}}}},
		{"white space in a Say is kept", "<Response><Say> a\n b </Say></Response>", say(twiml.Text(" a\n b "))},
		{"CDATA", `<Response><Say>a <![CDATA[<b> & c]]> d</Say></Response>`, say(twiml.Text("a <b> & c d"))},
		{"a comment in text", `<Response><Say>a<!-- x -->b</Say></Response>`, say(twiml.Text("ab"))},
		{"references", `<Response><Say>&#65;&#x42;&apos;&#13;&#x85;</Say></Response>`, say(twiml.Text("AB'"))},
		{"single quotes", `<Response><Pause length='3'/></Response>`, []twiml.Verb{twiml.Pause{Length: 3}}},
		{"speech before keys", `<Response><Gather input="speech dtmf"/></Response>`, []twiml.Verb{twiml.Gather{Input: twiml.InputDTMFSpeech}}},
		{"hints without spaces", `<Response><Gather hints="a,b ,  c d"/></Response>`, []twiml.Verb{twiml.Gather{Hints: []string{"a", "b", "c d"}}}},
		{"a default that is stated", `<Response><Dial hangupOnStar="false">1</Dial></Response>`, []twiml.Verb{twiml.Dial{Number: "1"}}},
		{"a break in seconds with a fraction", `<Response><Say><break time="1.25s"/></Say></Response>`, say(twiml.Break{Time: 1250 * time.Millisecond})},
		{"a break of no length", `<Response><Say><break time="0ms" strength="strong"/></Say></Response>`, say(twiml.Break{Strength: twiml.StrengthNone})},
		{"verbs after one with an action", `<Response><Gather action="/a"/><Dial action="/b">+1</Dial><Hangup/></Response>`, []twiml.Verb{twiml.Gather{Action: "/a"}, twiml.Dial{Action: "/b", Number: "+1"}, twiml.Hangup{}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := twiml.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Verbs); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const malformed, schema = twiml.CodeMalformed, twiml.CodeSchema

// in is a document with one thing in its Response.
func in(s string) string { return "<Response>" + s + "</Response>" }

var refused = []struct {
	name, doc       string
	code            int
	element, attrib string
	line            int
}{
	{"nothing", "", malformed, "", "", 1},
	{"only white space", " \n", malformed, "", "", 2},
	{"no XML", "Hello", malformed, "", "", 1},
	{"a byte order mark", "\ufeff<Response/>", malformed, "", "", 1},
	{"space before the declaration", "\n" + `<?xml version="1.0"?><Response/>`, malformed, "", "", 2},
	{"another encoding", `<?xml version="1.0" encoding="ISO-8859-1"?><Response/>`, malformed, "", "", 1},
	{"another root", `<Reply/>`, malformed, "Reply", "", 1},
	{"root in lower case", `<response/>`, malformed, "response", "", 1},
	{"root in a name space", `<Response xmlns="urn:x"/>`, malformed, "urn:x:Response", "", 1},
	{"not closed", `<Response><Say>Hello`, malformed, "", "", 1},
	{"closed wrongly", `<Response><Say>Hello</Play></Response>`, malformed, "", "", 1},
	{"an ampersand alone", in(`<Redirect>/a?b=1&c=2</Redirect>`), malformed, "", "", 1},
	{"an entity", in(`<Say>&nbsp;</Say>`), malformed, "", "", 1},
	{"an attribute without quotes", in(`<Pause length=3/>`), malformed, "", "", 1},
	{"not UTF-8", in("<Say>\xff</Say>"), malformed, "", "", 1},
	{"a control character", in("<Say>\x01</Say>"), malformed, "", "", 1},
	{"a document type", `<!DOCTYPE Response><Response/>`, malformed, "", "", 1},
	{"a processing instruction", in(`<?php ?>`), malformed, "", "", 1},
	{"two roots", `<Response/><Response/>`, malformed, "", "", 1},
	{"text after the root", `<Response/>x`, malformed, "", "", 1},
	{"an attribute twice", in(`<Pause length="1" length="2"/>`), malformed, "Pause", "length", 1},
	{"too long", in(strings.Repeat(" ", twiml.MaxBytes)), twiml.CodeTooLarge, "", "", 1},
	{"an attribute of Response", `<Response version="1"/>`, schema, "Response", "version", 1},
	{"text in Response", in(`Hello`), schema, "Response", "", 1},
	{"an unknown verb", "<Response>\n<Dance/></Response>", schema, "Dance", "", 2},
	{"a verb in lower case", in(`<say>Hi</say>`), schema, "say", "", 1},
	{"a verb of Twilio's that is not modelled", in(`<Pay/>`), schema, "Pay", "", 1},
	{"a noun as a verb", in(`<Number>1</Number>`), schema, "Number", "", 1},
	{"a verb in a name space", in(`<x:Say xmlns:x="urn:x"/>`), schema, "urn:x:Say", "", 1},
	{"an unknown attribute", in(`<Say voise="man">Hi</Say>`), schema, "Say", "voise", 1},
	{"an attribute in the wrong case", in(`<Gather numdigits="1"/>`), schema, "Gather", "numdigits", 1},
	{"an attribute of another verb", in(`<Hangup length="1"/>`), schema, "Hangup", "length", 1},
	{"an empty attribute", in(`<Gather action=""/>`), schema, "Gather", "action", 1},
	{"an empty enumeration", in(`<Gather input=""/>`), schema, "Gather", "input", 1},
	{"an empty list", in(`<Dial recordingStatusCallbackEvent=" ">1</Dial>`), schema, "Dial", "recordingStatusCallbackEvent", 1},
	{"a number that is none", in(`<Gather timeout="five"/>`), schema, "Gather", "timeout", 1},
	{"a negative number", in(`<Gather timeout="-1"/>`), schema, "Gather", "timeout", 1},
	{"a number with a sign", in(`<Gather timeout="+1"/>`), schema, "Gather", "timeout", 1},
	{"a fraction", in(`<Pause length="1.5"/>`), schema, "Pause", "length", 1},
	{"zero where there must be one", in(`<Pause length="0"/>`), schema, "Pause", "length", 1},
	{"a number too large", in(`<Pause length="99999999999"/>`), schema, "Pause", "length", 1},
	{"a flag that is none", in(`<Gather actionOnEmptyResult="yes"/>`), schema, "Gather", "actionOnEmptyResult", 1},
	{"a flag in upper case", in(`<Record playBeep="True"/>`), schema, "Record", "playBeep", 1},
	{"an unknown method", in(`<Redirect method="PUT">/a</Redirect>`), schema, "Redirect", "method", 1},
	{"a method in lower case", in(`<Redirect method="post">/a</Redirect>`), schema, "Redirect", "method", 1},
	{"an unknown input", in(`<Gather input="fax"/>`), schema, "Gather", "input", 1},
	{"an unknown speech timeout", in(`<Gather speechTimeout="never"/>`), schema, "Gather", "speechTimeout", 1},
	{"an empty hint", in(`<Gather hints="a,,b"/>`), schema, "Gather", "hints", 1},
	{"an unknown voice", in(`<Say voice="Polly.">Hi</Say>`), schema, "Say", "voice", 1},
	{"an unknown reason", in(`<Reject reason="no"/>`), schema, "Reject", "reason", 1},
	{"an unknown trim", in(`<Record trim="yes"/>`), schema, "Record", "trim", 1},
	{"an unknown ring tone", in(`<Dial ringTone="xx">1</Dial>`), schema, "Dial", "ringTone", 1},
	{"an unknown recording", in(`<Dial record="always">1</Dial>`), schema, "Dial", "record", 1},
	{"an unknown event of a leg", in(`<Dial><Number statusCallbackEvent="ringing gone">1</Number></Dial>`), schema, "Number", "statusCallbackEvent", 1},
	{"an unknown event of a conference", in(`<Dial><Conference statusCallbackEvent="begin">r</Conference></Dial>`), schema, "Conference", "statusCallbackEvent", 1},
	{"an unknown beep", in(`<Dial><Conference beep="onenter">r</Conference></Dial>`), schema, "Conference", "beep", 1},
	{"an unknown jitter buffer", in(`<Dial><Conference jitterBufferSize="huge">r</Conference></Dial>`), schema, "Conference", "jitterBufferSize", 1},
	{"an unknown conference recording", in(`<Dial><Conference record="true">r</Conference></Dial>`), schema, "Conference", "record", 1},
	{"an unknown machine detection", in(`<Dial><Number machineDetection="true">1</Number></Dial>`), schema, "Number", "machineDetection", 1},
	{"Dial in Gather", in(`<Gather><Dial>1</Dial></Gather>`), schema, "Dial", "", 1},
	{"Redirect in Gather", in(`<Gather><Redirect/></Gather>`), schema, "Redirect", "", 1},
	{"text in Gather", in(`<Gather>Press 1</Gather>`), schema, "Gather", "", 1},
	{"Say in Dial", in(`<Dial><Say>Hi</Say></Dial>`), schema, "Say", "", 1},
	{"Say in Redirect", in(`<Redirect><Say>Hi</Say></Redirect>`), schema, "Say", "", 1},
	{"text in Hangup", in(`<Hangup>now</Hangup>`), schema, "Hangup", "", 1},
	{"text in Pause", in(`<Pause>now</Pause>`), schema, "Pause", "", 1},
	{"a verb in Say", in(`<Say><Hangup/></Say>`), schema, "Hangup", "", 1},
	{"SSML outside Say", in(`<break/>`), schema, "break", "", 1},
	{"SSML with a capital", in(`<Say><Break/></Say>`), schema, "Break", "", 1},
	{"SSML in say-as", in(`<Say><say-as interpret-as="digits">1<break/></say-as></Say>`), schema, "break", "", 1},
	{"an unknown interpretation", in(`<Say><say-as interpret-as="song">1</say-as></Say>`), schema, "say-as", "interpret-as", 1},
	{"an interpretation in camel case", in(`<Say><say-as interpretAs="digits">1</say-as></Say>`), schema, "say-as", "interpretAs", 1},
	{"an unknown strength", in(`<Say><break strength="2"/></Say>`), schema, "break", "strength", 1},
	{"an unknown emphasis", in(`<Say><emphasis level="none">a</emphasis></Say>`), schema, "emphasis", "level", 1},
	{"a break without a unit", in(`<Say><break time="2"/></Say>`), schema, "break", "time", 1},
	{"a break in minutes", in(`<Say><break time="1m"/></Say>`), schema, "break", "time", 1},
	{"a break below a millisecond", in(`<Say><break time="0.5ms"/></Say>`), schema, "break", "time", 1},
	{"a negative break", in(`<Say><break time="-1s"/></Say>`), schema, "break", "time", 1},
	{"a break of years", in(`<Say><break time="99999999999999s"/></Say>`), schema, "break", "time", 1},
	{"a break with two points", in(`<Say><break time="1.2.3s"/></Say>`), schema, "break", "time", 1},
	{"lang without its prefix", in(`<Say><lang lang="es">a</lang></Say>`), schema, "lang", "lang", 1},
	{"nested too deeply", in("<Say>" + strings.Repeat("<prosody>", 40) + strings.Repeat("</prosody>", 40) + "</Say>"), schema, "prosody", "", 1},
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			r, err := twiml.Parse([]byte(tt.doc))
			var pe *twiml.ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("parsed %v, error %v", r, err)
			}
			got := []any{pe.Code, pe.Element, pe.Attribute, pe.Line}
			if diff := cmp.Diff([]any{tt.code, tt.element, tt.attrib, tt.line}, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if len(r.Verbs) != 0 {
				t.Errorf("parsed %v beside the error", r)
			}
		})
	}
}

func TestParseErrorText(t *testing.T) {
	for _, tt := range []struct{ name, doc, want string }{
		{"attribute", "<Response>\n <Gather timeout=\"x\"/></Response>", "twiml: line 2, byte 12: attribute timeout of <Gather>: must be a whole number from 0"},
		{"element", in("<Dance/>"), "twiml: line 1, byte 10: <Dance>: unknown, or not allowed in <Response>"},
		{"neither", "<Response", "twiml: line 1, byte 0: not well-formed XML"},
		{"a name without end", in("<" + strings.Repeat("A", 100) + "/>"), "twiml: line 1, byte 10: <" + strings.Repeat("A", 40) + "...>: unknown, or not allowed in <Response>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := twiml.Parse([]byte(tt.doc))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// Values may be codes, numbers and tokens in a URL; no error repeats them.
func TestParseErrorsKeepValuesToThemselves(t *testing.T) {
	const secret = "hunter2"
	for _, doc := range []string{
		in(`<Redirect>/a?code=1&hunter2=2</Redirect>`),
		in(`<Gather timeout="hunter2"/>`),
		in(`<Gather method="hunter2"/>`),
		in(`<Dial statusCallbackEvent="hunter2">hunter2</Dial>`),
		in(`<Say><break time="hunter2"/></Say>`),
		in(`<Hangup>hunter2</Hangup>`),
		`<Response/>hunter2`,
		in(`<Say>&hunter2;</Say>`),
	} {
		_, err := twiml.Parse([]byte(doc))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", doc, err)
		}
	}
}
