package twiml_test

import (
	"testing"

	theirs "github.com/twilio/twilio-go/twiml"
)

// The same menu by Twilio's library.
func BenchmarkRenderMenuTwilioGo(b *testing.B) {
	verbs := theirMenu()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := theirs.Voice(verbs); err != nil {
			b.Fatal(err)
		}
	}
}

func theirMenu() []theirs.Element {
	g := &theirs.VoiceGather{Action: "/voice/turn?n=3#rc=1&rp=ct,rt,5xx&rt=5000", Method: "POST", NumDigits: "1", Timeout: "5", ActionOnEmptyResult: "true"}
	for _, s := range sentences {
		g.InnerElements = append(g.InnerElements, &theirs.VoiceSay{Voice: "Polly.Joanna", Language: "en-US", Message: s})
	}
	return []theirs.Element{g, &theirs.VoiceRedirect{Method: "POST", Url: "/voice/turn?n=3&silent=1"}}
}
