// These tests import Twilio's twiml package, which needs a module of its own
// (beevik/etree). What it renders is also kept in recorded_test.go.

package twiml_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	theirs "github.com/twilio/twilio-go/twiml"
	"pgregory.net/rapid"

	"ringback/twiml"
)

// What Twilio's library renders, ours reads as what was meant. The library
// cannot say everything: no empty attributes, and no SSML in order or in the
// right case, so that these are left out here.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want twiml.Response
		var elements []theirs.Element
		for _, v := range (gen{t}).response().Verbs {
			v = sayable(v).(twiml.Verb)
			want.Verbs = append(want.Verbs, v)
			elements = append(elements, element(v))
		}
		doc, err := theirs.Voice(elements)
		if err != nil {
			t.Fatal(err)
		}
		got, err := twiml.Parse([]byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", doc, diff)
		}
	})
}

func num[T ~int](n T) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func yes(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func opt[T any](o twiml.Optional[T]) string {
	if !o.Set {
		return ""
	}
	return fmt.Sprint(o.Value)
}

func join[T ~string](list []T, sep string) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, sep)
}

func element(v any) theirs.Element {
	switch v := v.(type) {
	case twiml.Say:
		s := ""
		if len(v.Parts) > 0 {
			s = string(v.Parts[0].(twiml.Text))
		}
		return &theirs.VoiceSay{Message: s, Voice: string(v.Voice), Language: v.Language, Loop: opt(v.Loop)}
	case twiml.Play:
		return &theirs.VoicePlay{Url: v.URL, Loop: opt(v.Loop), Digits: v.Digits}
	case twiml.Pause:
		return &theirs.VoicePause{Length: num(v.Length)}
	case twiml.Gather:
		return gatherElement(v)
	case twiml.Dial:
		return dialElement(v)
	case twiml.Enqueue:
		return &theirs.VoiceEnqueue{
			Name: v.Name, Action: v.Action, Method: string(v.Method), MaxQueueSize: num(v.MaxQueueSize),
			WaitUrl: opt(v.WaitURL), WaitUrlMethod: string(v.WaitURLMethod),
		}
	case twiml.Redirect:
		return &theirs.VoiceRedirect{Url: v.URL, Method: string(v.Method)}
	case twiml.Reject:
		return &theirs.VoiceReject{Reason: string(v.Reason)}
	case twiml.Record:
		return &theirs.VoiceRecord{
			Action: v.Action, Method: string(v.Method), Timeout: opt(v.Timeout), FinishOnKey: opt(v.FinishOnKey),
			MaxLength: num(v.MaxLength), PlayBeep: opt(v.PlayBeep), Trim: string(v.Trim),
			RecordingStatusCallback: v.RecordingStatusCallback, RecordingStatusCallbackMethod: string(v.RecordingStatusCallbackMethod),
			RecordingStatusCallbackEvent: join(v.RecordingStatusCallbackEvent, " "),
			Transcribe:                   yes(v.Transcribe), TranscribeCallback: v.TranscribeCallback,
		}
	case twiml.Leave:
		return &theirs.VoiceLeave{}
	case twiml.Hangup:
		return &theirs.VoiceHangup{}
	default:
		panic(fmt.Sprintf("no element for %T", v))
	}
}

func gatherElement(v twiml.Gather) theirs.Element {
	speech := num(v.SpeechTimeout)
	if v.SpeechTimeout == twiml.SpeechTimeoutAuto {
		speech = "auto"
	}
	e := &theirs.VoiceGather{
		Input: string(v.Input), Action: v.Action, Method: string(v.Method), Timeout: opt(v.Timeout), SpeechTimeout: speech,
		NumDigits: num(v.NumDigits), FinishOnKey: opt(v.FinishOnKey), ActionOnEmptyResult: yes(v.ActionOnEmptyResult),
		Language: v.Language, Hints: join(v.Hints, ","), SpeechModel: v.SpeechModel, ProfanityFilter: opt(v.ProfanityFilter),
		PartialResultCallback: v.PartialResultCallback, PartialResultCallbackMethod: string(v.PartialResultCallbackMethod),
	}
	for _, p := range v.Prompts {
		e.InnerElements = append(e.InnerElements, element(p))
	}
	return e
}

func dialElement(v twiml.Dial) theirs.Element {
	e := &theirs.VoiceDial{
		Number: v.Number, Action: v.Action, Method: string(v.Method), Timeout: num(v.Timeout), TimeLimit: num(v.TimeLimit),
		CallerId: v.CallerID, HangupOnStar: yes(v.HangupOnStar), AnswerOnBridge: yes(v.AnswerOnBridge),
		RingTone: string(v.RingTone), Sequential: yes(v.Sequential), Record: string(v.Record), Trim: string(v.Trim),
		RecordingStatusCallback: v.RecordingStatusCallback, RecordingStatusCallbackMethod: string(v.RecordingStatusCallbackMethod),
		RecordingStatusCallbackEvent: join(v.RecordingStatusCallbackEvent, " "),
	}
	for _, n := range v.Nouns {
		e.InnerElements = append(e.InnerElements, nounElement(n))
	}
	return e
}

func nounElement(n twiml.Noun) theirs.Element {
	switch n := n.(type) {
	case twiml.Number:
		return &theirs.VoiceNumber{
			PhoneNumber: n.Number, Url: n.URL, Method: string(n.Method), SendDigits: n.SendDigits,
			StatusCallback: n.StatusCallback, StatusCallbackMethod: string(n.StatusCallbackMethod),
			StatusCallbackEvent: join(n.StatusCallbackEvent, " "), MachineDetection: string(n.MachineDetection),
			MachineDetectionTimeout: num(n.MachineDetectionTimeout),
			AmdStatusCallback:       n.AMDStatusCallback, AmdStatusCallbackMethod: string(n.AMDStatusCallbackMethod),
		}
	case twiml.Client:
		return &theirs.VoiceClient{
			Identity: n.Identity, Url: n.URL, Method: string(n.Method), StatusCallback: n.StatusCallback,
			StatusCallbackMethod: string(n.StatusCallbackMethod), StatusCallbackEvent: join(n.StatusCallbackEvent, " "),
		}
	case twiml.Queue:
		return &theirs.VoiceQueue{Name: n.Name, Url: n.URL, Method: string(n.Method)}
	case twiml.Conference:
		return &theirs.VoiceConference{
			Name: n.Name, Muted: yes(n.Muted), Beep: string(n.Beep), StartConferenceOnEnter: opt(n.StartConferenceOnEnter),
			EndConferenceOnExit: yes(n.EndConferenceOnExit), ParticipantLabel: n.ParticipantLabel,
			JitterBufferSize: string(n.JitterBufferSize), WaitUrl: opt(n.WaitURL), WaitMethod: string(n.WaitMethod),
			MaxParticipants: num(n.MaxParticipants), Record: string(n.Record), Region: n.Region, Trim: string(n.Trim), Coach: n.Coach,
			StatusCallback: n.StatusCallback, StatusCallbackMethod: string(n.StatusCallbackMethod),
			StatusCallbackEvent:     join(n.StatusCallbackEvent, " "),
			RecordingStatusCallback: n.RecordingStatusCallback, RecordingStatusCallbackMethod: string(n.RecordingStatusCallbackMethod),
			RecordingStatusCallbackEvent: join(n.RecordingStatusCallbackEvent, " "),
		}
	default:
		panic(fmt.Sprintf("no element for %T", n))
	}
}

// The library's SSML is in the wrong case, at which Twilio warns and we refuse.
func TestOracleSSML(t *testing.T) {
	doc, err := theirs.Voice([]theirs.Element{&theirs.VoiceSay{InnerElements: []theirs.Element{&theirs.VoiceBreak{Strength: "weak"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := twiml.Parse([]byte(doc)); err == nil {
		t.Errorf("%s: parsed %v", doc, r)
	}
}
