package twiml_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/twiml"
)

// recorded is what Twilio's library, twilio-go v1.31.0, renders for what the
// golden documents of the same names say, as far as it can say it, and for a
// few others. It puts attributes in random order.
var recorded = []struct{ name, doc string }{
	{"say", `<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="Polly.Joanna" loop="0" language="en-US">Hello</Say></Response>`},
	{"play and pause", `<?xml version="1.0" encoding="UTF-8"?><Response><Play loop="3">https://a.example/music.wav</Play><Play digits="ww12#"/><Pause/><Pause length="2"/></Response>`},
	{"gather", `<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="/turn?a=1&amp;n=2" timeout="0" speechTimeout="auto" partialResultCallback="/partial" partialResultCallbackMethod="POST" profanityFilter="false" language="en-US" speechModel="phone_call" input="dtmf speech" method="POST" numDigits="7" hints="one,two words" actionOnEmptyResult="true"><Say>Press</Say><Play>/a.wav</Play><Pause/></Gather><Gather speechTimeout="3" finishOnKey="*"/></Response>`},
	{"dial a number", `<?xml version="1.0" encoding="UTF-8"?><Response><Dial callerId="+19196842200" recordingStatusCallback="/rec" sequential="true" action="/done" method="GET" timeout="20" recordingStatusCallbackMethod="POST" hangupOnStar="true" timeLimit="600" record="record-from-answer-dual" trim="do-not-trim" answerOnBridge="true" ringTone="us" recordingStatusCallbackEvent="in-progress completed">+19195550101</Dial></Response>`},
	{"dial nouns", `<?xml version="1.0" encoding="UTF-8"?><Response><Dial><Number machineDetectionTimeout="10" sendDigits="w1" url="/whisper" amdStatusCallbackMethod="POST" amdStatusCallback="/amd" method="POST" statusCallbackEvent="initiated answered" statusCallback="/status" statusCallbackMethod="POST" machineDetection="Enable">+19195550101</Number><Client url="/whisper" method="POST" statusCallbackEvent="completed" statusCallback="/status" statusCallbackMethod="POST">alex</Client></Dial><Dial><Queue url="/about" method="POST">support</Queue></Dial></Response>`},
	{"conference", `<?xml version="1.0" encoding="UTF-8"?><Response><Dial><Conference trim="trim-silence" statusCallbackEvent="start join" participantLabel="caller" statusCallbackMethod="POST" recordingStatusCallbackEvent="absent" beep="onEnter" endConferenceOnExit="true" waitMethod="GET" maxParticipants="3" coach="CA0123456789abcdef0123456789abcdef" jitterBufferSize="small" muted="true" record="record-from-start" statusCallback="/conf" recordingStatusCallback="/rec" recordingStatusCallbackMethod="POST" startConferenceOnEnter="false" region="us1">room 7f</Conference></Dial></Response>`},
	{"enqueue and leave", `<?xml version="1.0" encoding="UTF-8"?><Response><Enqueue action="/left" maxQueueSize="50" method="POST" waitUrl="/wait?w=0" waitUrlMethod="POST">university</Enqueue><Enqueue>silent</Enqueue><Leave/></Response>`},
	{"redirect and the ends", `<?xml version="1.0" encoding="UTF-8"?><Response><Redirect method="POST">https://a.example/turn?n=3#rc=1</Redirect><Redirect/><Hangup/><Reject reason="busy"/><Reject/></Response>`},
	{"record", `<?xml version="1.0" encoding="UTF-8"?><Response><Record trim="do-not-trim" recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed" transcribe="true" transcribeCallback="/text" method="POST" timeout="0" finishOnKey="1#" maxLength="120" playBeep="false" recordingStatusCallback="/rec" action="/msg"/><Record/></Response>`},
	{"menu", `<?xml version="1.0" encoding="UTF-8"?><Response><Gather timeout="5" method="POST" numDigits="1" actionOnEmptyResult="true" action="/voice/turn?n=3#rc=1&amp;rp=ct,rt,5xx&amp;rt=5000"><Say voice="Polly.Joanna" language="en-US">If your number is the same, and you have a new phone or deleted the app, press 1.</Say><Say voice="Polly.Joanna" language="en-US">If your number or SIM changed, press 2.</Say><Say language="en-US" voice="Polly.Joanna">To hear how to do it yourself on the web, press 3.</Say><Say voice="Polly.Joanna" language="en-US">If you have the texts but it failed, press 4.</Say><Say voice="Polly.Joanna" language="en-US">To hear this again, press 9.</Say><Say voice="Polly.Joanna" language="en-US">For a person, press 0.</Say></Gather><Redirect method="POST">/voice/turn?n=3&amp;silent=1</Redirect></Response>`},
	{"escaping", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos; é日\tx\ny</Say><Redirect>/a?b=1&amp;c=&apos;2&apos;</Redirect><Gather action=\"/a?b=1&amp;c=&apos;2&apos;&lt;&quot;&gt;\"/></Response>"},
	{"empty", `<?xml version="1.0" encoding="UTF-8"?><Response/>`},
}

func TestRecordedFromTwilio(t *testing.T) {
	meant := map[string][]twiml.Verb{
		"menu": menu().Verbs,
		"escaping": {
			twiml.SayText("<a> & \"b\" 'c' é日\tx\ny"),
			twiml.Redirect{URL: "/a?b=1&c='2'"},
			twiml.Gather{Action: "/a?b=1&c='2'<\">"},
		},
		"empty": nil,
	}
	for _, tt := range golden {
		meant[tt.name] = unempty(tt.verbs)
	}
	for _, tt := range recorded {
		t.Run(tt.name, func(t *testing.T) {
			want, ok := meant[tt.name]
			if !ok {
				t.Fatal("nothing says what this document means")
			}
			got, err := twiml.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Verbs); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// unempty is verbs without the empty attributes, which Twilio's library drops.
func unempty(verbs []twiml.Verb) []twiml.Verb {
	out := make([]twiml.Verb, len(verbs))
	for i, v := range verbs {
		out[i] = sayable(v).(twiml.Verb)
	}
	return out
}

// sayable takes from a verb or noun what Twilio's library cannot say.
func sayable(v any) any {
	full := func(o *twiml.Optional[string]) {
		if o.Value == "" {
			*o = twiml.Optional[string]{}
		}
	}
	switch v := v.(type) {
	case twiml.Say:
		var s string
		for _, p := range v.Parts {
			if t, ok := p.(twiml.Text); ok {
				s += string(t)
			}
		}
		if v.Parts = nil; s != "" {
			v.Parts = []twiml.SayPart{twiml.Text(s)}
		}
		return v
	case twiml.Gather:
		full(&v.FinishOnKey)
		v.Prompts = slices.Clone(v.Prompts)
		for i, p := range v.Prompts {
			v.Prompts[i] = sayable(p).(twiml.Prompt)
		}
		return v
	case twiml.Record:
		full(&v.FinishOnKey)
		return v
	case twiml.Enqueue:
		full(&v.WaitURL)
		return v
	case twiml.Dial:
		v.Nouns = slices.Clone(v.Nouns)
		for i, n := range v.Nouns {
			v.Nouns[i] = sayable(n).(twiml.Noun)
		}
		return v
	case twiml.Conference:
		full(&v.WaitURL)
		return v
	default:
		return v
	}
}
