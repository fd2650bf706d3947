package twiml_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/twiml"
)

// problems are the texts of all problems in an error, and their codes.
func problems(t *testing.T, err error) (texts []string, codes []int) {
	t.Helper()
	if err == nil {
		return nil, nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("not joined: %v", err)
	}
	for _, e := range joined.Unwrap() {
		var p *twiml.Problem
		if !errors.As(e, &p) {
			t.Fatalf("not a Problem: %v", e)
		}
		texts = append(texts, p.Path+": "+p.Reason)
		codes = append(codes, p.Code)
	}
	return texts, codes
}

// The golden documents use every attribute, and nothing in them is wrong but
// what this says.
func TestGoldenDocumentsAreValid(t *testing.T) {
	expected := map[string][]string{
		"ssml in order":         {"Response/Say[0]/break[1]: SSML needs a Polly or Google voice"},
		"gather":                {"Response/Gather[0]: speechModel needs a speechTimeout in seconds"},
		"redirect and the ends": {"Response/Reject[3]: turns a call away only as the first verb", "Response/Reject[4]: turns a call away only as the first verb"},
	}
	for _, tt := range golden {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := problems(t, twiml.Response{Verbs: tt.verbs}.Validate())
			if diff := cmp.Diff(expected[tt.name], got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func dial(nouns ...twiml.Noun) twiml.Dial { return twiml.Dial{Nouns: nouns} }

func conference(c twiml.Conference) twiml.Dial {
	c.Name = "room"
	return dial(c)
}

// speak is a Say with a voice that knows all SSML.
func speak(parts ...twiml.SayPart) twiml.Say {
	return twiml.Say{Voice: "Polly.Joanna", Parts: append([]twiml.SayPart{twiml.Text("Well, ")}, parts...)}
}

func words(n int) []twiml.SayPart { return []twiml.SayPart{twiml.Text(strings.Repeat("a", n))} }

func txt(s string) []twiml.SayPart { return []twiml.SayPart{twiml.Text(s)} }

var invalid = []struct {
	name string
	verb twiml.Verb
	code int
	want string // path below Response, and reason
}{
	{"action of another scheme", twiml.Gather{Action: "ftp://a.example/x"}, schema, "Gather[0]: action must be http or https"},
	{"action without a host", twiml.Gather{Action: "https:///x"}, schema, "Gather[0]: action has no host"},
	{"action that is no URL", twiml.Gather{Action: "https://a.example/%zz"}, schema, "Gather[0]: action is not a URL"},
	{"action with a space", twiml.Gather{Action: "/a b"}, schema, "Gather[0]: action is not a URL"},
	{"gather method", twiml.Gather{Method: "PUT"}, schema, "Gather[0]: method is not one of the values that are allowed"},
	{"gather input", twiml.Gather{Input: "fax"}, schema, "Gather[0]: input is not one of the values that are allowed"},
	{"gather timeout", twiml.Gather{Timeout: twiml.Some(-1)}, schema, "Gather[0]: timeout must not be negative"},
	{"gather numDigits", twiml.Gather{NumDigits: -1}, schema, "Gather[0]: numDigits must not be negative"},
	{"gather speechTimeout", twiml.Gather{SpeechTimeout: -2}, schema, "Gather[0]: speechTimeout must not be negative"},
	{"gather model without a timeout", twiml.Gather{SpeechModel: "phone_call"}, schema, "Gather[0]: speechModel needs a speechTimeout in seconds"},
	{"gather model with auto", twiml.Gather{SpeechModel: "phone_call", SpeechTimeout: twiml.SpeechTimeoutAuto}, schema, "Gather[0]: speechModel needs a speechTimeout in seconds"},
	{"gather finishOnKey letter", twiml.Gather{FinishOnKey: twiml.Some("a")}, schema, "Gather[0]: finishOnKey must be keys out of 0123456789*#"},
	{"gather finishOnKey two keys", twiml.Gather{FinishOnKey: twiml.Some("*#")}, schema, "Gather[0]: finishOnKey must be at most 1 key"},
	{"gather language", twiml.Gather{Language: "english!"}, schema, "Gather[0]: language is not a language tag"},
	{"gather too many hints", twiml.Gather{Hints: slices.Repeat([]string{"a"}, 501)}, schema, "Gather[0]: hints must be at most 500"},
	{"gather long hint", twiml.Gather{Hints: []string{strings.Repeat("é", 101)}}, schema, "Gather[0]: hints must be at most 100 characters each"},
	{"gather hint with a comma", twiml.Gather{Hints: []string{"a,b"}}, schema, "Gather[0]: hints must be phrases without commas"},
	{"gather empty hint", twiml.Gather{Hints: []string{" "}}, schema, "Gather[0]: hints must be phrases without commas"},
	{"gather partial callback", twiml.Gather{PartialResultCallback: "tel:1"}, schema, "Gather[0]: partialResultCallback must be http or https"},
	{"a prompt in a gather", twiml.Gather{Prompts: []twiml.Prompt{twiml.SayText("a"), twiml.Pause{Length: -1}}}, schema, "Gather[0]/Pause[1]: length must not be negative"},
	{"SSML in a prompt", twiml.Gather{Prompts: []twiml.Prompt{speak(twiml.Break{Time: time.Minute})}}, schema, "Gather[0]/Say[0]/break[1]: time must be at most 10s"},

	{"play nothing", twiml.Play{}, schema, "Play[0]: needs either a URL or digits"},
	{"play both", twiml.Play{URL: "/a", Digits: "1"}, schema, "Play[0]: needs either a URL or digits"},
	{"play letters", twiml.Play{Digits: "1a"}, schema, "Play[0]: digits must be keys out of 0123456789*#wW"},
	{"play loop", twiml.Play{URL: "/a", Loop: twiml.Some(-1)}, schema, "Play[0]: loop must not be negative"},
	{"play a file", twiml.Play{URL: "file:///etc/passwd"}, schema, "Play[0]: the URL must be http or https"},

	{"say nothing", twiml.Say{}, schema, "Say[0]: has nothing to say"},
	{"say only a break", twiml.Say{Voice: "Polly.Joanna", Parts: []twiml.SayPart{twiml.Break{}}}, schema, "Say[0]: has nothing to say"},
	{"say voice", twiml.Say{Voice: "robot", Parts: txt("a")}, schema, "Say[0]: voice is not one of the values that are allowed"},
	{"say language", twiml.Say{Language: "x", Parts: txt("a")}, schema, "Say[0]: language is not a language tag"},
	{"say loop", twiml.Say{Loop: twiml.Some(-1), Parts: txt("a")}, schema, "Say[0]: loop must not be negative"},
	{"say too much, basic", twiml.Say{Parts: words(4097)}, twiml.CodeSayTooLong, "Say[0]: more characters than the voice takes"},
	{"say too much, Polly", twiml.Say{Voice: "Polly.Joanna", Parts: words(3001)}, twiml.CodeSayTooLong, "Say[0]: more characters than the voice takes"},
	{"say too much when encoded", twiml.Say{Parts: txt(strings.Repeat("日", 501))}, twiml.CodeSayTooLong, "Say[0]: more than 4500 characters when URL-encoded"},
	{"say too much when encoded, Google", twiml.Say{Voice: "Google.en-US-Standard-C", Parts: words(4501)}, twiml.CodeSayTooLong, "Say[0]: more than 4500 characters when URL-encoded"},
	{"SSML with a basic voice, once", twiml.Say{Voice: twiml.VoiceMan, Parts: []twiml.SayPart{twiml.Text("a"), twiml.Break{}, twiml.Break{}}}, schema, "Say[0]/break[1]: SSML needs a Polly or Google voice"},
	{"emphasis with a neural voice", twiml.Say{Voice: "Polly.Joanna-Neural", Parts: []twiml.SayPart{twiml.Emphasis{Parts: txt("a")}}}, schema, "Say[0]/emphasis[0]: neural voices do not know it"},
	{"break strength", speak(twiml.Break{Strength: "2"}), schema, "Say[0]/break[1]: strength is not one of the values that are allowed"},
	{"break too long", speak(twiml.Break{Time: 10*time.Second + time.Millisecond}), schema, "Say[0]/break[1]: time must be at most 10s"},
	{"break backwards", speak(twiml.Break{Time: -time.Second}), schema, "Say[0]/break[1]: time must be at most 10s"},
	{"break too exact", speak(twiml.Break{Time: time.Microsecond}), schema, "Say[0]/break[1]: time must be in whole milliseconds"},
	{"say-as what", speak(twiml.SayAs{Text: "1"}), schema, "Say[0]/say-as[1]: interpret-as is missing"},
	{"say-as unknown", speak(twiml.SayAs{InterpretAs: "song", Text: "1"}), schema, "Say[0]/say-as[1]: interpret-as is not one of the values that are allowed"},
	{"say-as format", speak(twiml.SayAs{InterpretAs: twiml.AsDigits, Format: "mdy", Text: "1"}), schema, "Say[0]/say-as[1]: format is only for dates"},
	{"say-as nothing", speak(twiml.SayAs{InterpretAs: twiml.AsDigits}), schema, "Say[0]/say-as[1]: the text is missing"},
	{"sub without alias", speak(twiml.Sub{Text: "DM"}), schema, "Say[0]/sub[1]: alias is missing"},
	{"sub without text", speak(twiml.Sub{Alias: "a"}), schema, "Say[0]/sub[1]: the text is missing"},
	{"phoneme alphabet", speak(twiml.Phoneme{Alphabet: "abc", Ph: "a", Text: "a"}), schema, "Say[0]/phoneme[1]: alphabet is not one of the values that are allowed"},
	{"phoneme without ph", speak(twiml.Phoneme{Text: "a"}), schema, "Say[0]/phoneme[1]: ph is missing"},
	{"phoneme without text", speak(twiml.Phoneme{Ph: "a"}), schema, "Say[0]/phoneme[1]: the text is missing"},
	{"prosody without effect", speak(twiml.Prosody{}), schema, "Say[0]/prosody[1]: needs a volume, a rate or a pitch"},
	{"prosody volume without a sign", speak(twiml.Prosody{Volume: "6dB"}), schema, "Say[0]/prosody[1]: volume is not one of the values that are allowed"},
	{"prosody volume in per cent", speak(twiml.Prosody{Volume: "+6%"}), schema, "Say[0]/prosody[1]: volume is not one of the values that are allowed"},
	{"prosody rate with a sign", speak(twiml.Prosody{Rate: "+85%"}), schema, "Say[0]/prosody[1]: rate is not one of the values that are allowed"},
	{"prosody rate without a number", speak(twiml.Prosody{Rate: "%"}), schema, "Say[0]/prosody[1]: rate is not one of the values that are allowed"},
	{"prosody pitch word", speak(twiml.Prosody{Pitch: "loud"}), schema, "Say[0]/prosody[1]: pitch is not one of the values that are allowed"},
	{"prosody pitch with two signs", speak(twiml.Prosody{Pitch: "+-5%"}), schema, "Say[0]/prosody[1]: pitch is not one of the values that are allowed"},
	{"prosody pitch with an open fraction", speak(twiml.Prosody{Pitch: "+5.%"}), schema, "Say[0]/prosody[1]: pitch is not one of the values that are allowed"},
	{"emphasis level", speak(twiml.Emphasis{Level: "none", Parts: txt("a")}), schema, "Say[0]/emphasis[1]: level is not one of the values that are allowed"},
	{"lang without language", speak(twiml.Lang{Parts: txt("a")}), schema, "Say[0]/lang[1]: xml:lang is missing"},
	{"lang with a bad tag", speak(twiml.Lang{Language: "es--MX", Parts: txt("a")}), schema, "Say[0]/lang[1]: xml:lang is not a language tag"},
	{"w without role", speak(twiml.W{Parts: txt("a")}), schema, "Say[0]/w[1]: role is missing"},
	{"p in p", speak(twiml.P{Parts: []twiml.SayPart{twiml.P{Parts: txt("a")}}}), schema, "Say[0]/p[1]/p[0]: a paragraph must not be inside a sentence or a paragraph"},
	{"p in s", speak(twiml.S{Parts: []twiml.SayPart{twiml.P{Parts: txt("a")}}}), schema, "Say[0]/s[1]/p[0]: a paragraph must not be inside a sentence or a paragraph"},
	{"s in s, over another", speak(twiml.S{Parts: []twiml.SayPart{twiml.Prosody{Rate: "slow", Parts: []twiml.SayPart{twiml.S{Parts: txt("a")}}}}}), schema, "Say[0]/s[1]/prosody[0]/s[0]: a sentence must not be inside a sentence"},

	{"pause", twiml.Pause{Length: -1}, schema, "Pause[0]: length must not be negative"},
	{"redirect URL", twiml.Redirect{URL: "mailto:a@b"}, schema, "Redirect[0]: the URL must be http or https"},
	{"redirect method", twiml.Redirect{URL: "/a", Method: "get"}, schema, "Redirect[0]: method is not one of the values that are allowed"},
	{"reject reason", twiml.Reject{Reason: "no"}, schema, "Reject[0]: reason is not one of the values that are allowed"},

	{"record action", twiml.Record{Action: "ftp://a/"}, schema, "Record[0]: action must be http or https"},
	{"record timeout", twiml.Record{Timeout: twiml.Some(-1)}, schema, "Record[0]: timeout must not be negative"},
	{"record keys", twiml.Record{FinishOnKey: twiml.Some("1x")}, schema, "Record[0]: finishOnKey must be keys out of 0123456789*#"},
	{"record length", twiml.Record{MaxLength: 14401}, schema, "Record[0]: maxLength must be 1 to 14400"},
	{"record trim", twiml.Record{Trim: "yes"}, schema, "Record[0]: trim is not one of the values that are allowed"},
	{"record callback", twiml.Record{RecordingStatusCallback: "x:y"}, schema, "Record[0]: recordingStatusCallback must be http or https"},
	{"record events", twiml.Record{RecordingStatusCallbackEvent: []twiml.RecordingEvent{"done"}}, schema, "Record[0]: recordingStatusCallbackEvent names an event that does not exist"},
	{"record transcription", twiml.Record{TranscribeCallback: "x:y"}, schema, "Record[0]: transcribeCallback must be http or https"},

	{"enqueue without a name", twiml.Enqueue{}, schema, "Enqueue[0]: the name of the queue is missing"},
	{"enqueue name", twiml.Enqueue{Name: strings.Repeat("q", 65)}, schema, "Enqueue[0]: the name of the queue must be at most 64 characters"},
	{"enqueue size", twiml.Enqueue{Name: "q", MaxQueueSize: 5001}, schema, "Enqueue[0]: maxQueueSize must be 1 to 5000"},
	{"enqueue waitUrl", twiml.Enqueue{Name: "q", WaitURL: twiml.Some("x:y")}, schema, "Enqueue[0]: waitUrl must be http or https"},
	{"enqueue waitUrlMethod", twiml.Enqueue{Name: "q", WaitURLMethod: "PUT"}, schema, "Enqueue[0]: waitUrlMethod is not one of the values that are allowed"},

	{"dial nobody", twiml.Dial{}, schema, "Dial[0]: connects to nobody"},
	{"dial text and nouns", twiml.Dial{Number: "+19195550101", Nouns: []twiml.Noun{twiml.Queue{Name: "q"}}}, schema, "Dial[0]: has both a number as text and nouns"},
	{"dial words", twiml.Dial{Number: "the office"}, schema, "Dial[0]: the number is not a telephone number"},
	{"dial a plus inside", twiml.Dial{Number: "1+234"}, schema, "Dial[0]: the number is not a telephone number"},
	{"dial too short", twiml.Dial{Number: "12"}, schema, "Dial[0]: the number must have 3 to 15 digits"},
	{"dial too long", twiml.Dial{Number: "+1234567890123456"}, schema, "Dial[0]: the number must have 3 to 15 digits"},
	{"dial action", twiml.Dial{Number: "+19195550101", Action: "x:y"}, schema, "Dial[0]: action must be http or https"},
	{"dial timeout", twiml.Dial{Number: "+19195550101", Timeout: 601}, schema, "Dial[0]: timeout must be 1 to 600"},
	{"dial negative timeout", twiml.Dial{Number: "+19195550101", Timeout: -1}, schema, "Dial[0]: timeout must be 1 to 600"},
	{"dial timeLimit", twiml.Dial{Number: "+19195550101", TimeLimit: 86401}, schema, "Dial[0]: timeLimit must be 1 to 86400"},
	{"dial callerId", twiml.Dial{Number: "+19195550101", CallerID: "+1 919"}, schema, "Dial[0]: callerId must not contain white space"},
	{"dial ringTone", twiml.Dial{Number: "+19195550101", RingTone: "xx"}, schema, "Dial[0]: ringTone is not one of the values that are allowed"},
	{"dial record", twiml.Dial{Number: "+19195550101", Record: "true"}, schema, "Dial[0]: record is not one of the values that are allowed"},
	{"dial two conferences", dial(twiml.Conference{Name: "a"}, twiml.Number{Number: "+19195550101"}), schema, "Dial[0]: Conference must be alone in a Dial"},
	{"dial a queue and a number", dial(twiml.Number{Number: "+19195550101"}, twiml.Queue{Name: "q"}), schema, "Dial[0]: Queue must be alone in a Dial"},
	{"dial eleven", dial(slices.Repeat([]twiml.Noun{twiml.Client{Identity: "a"}}, 11)...), schema, "Dial[0]: must ring at most 10 Numbers and Clients"},
	{"number missing", dial(twiml.Number{}), schema, "Dial[0]/Number[0]: the number must have 3 to 15 digits"},
	{"number url", dial(twiml.Number{Number: "+19195550101", URL: "x:y"}), schema, "Dial[0]/Number[0]: url must be http or https"},
	{"number keys", dial(twiml.Number{Number: "+19195550101", SendDigits: "p1"}), schema, "Dial[0]/Number[0]: sendDigits must be keys out of 0123456789*#wW"},
	{"number status", dial(twiml.Number{Number: "+19195550101", StatusCallback: "x:y"}), schema, "Dial[0]/Number[0]: statusCallback must be http or https"},
	{"number events", dial(twiml.Number{Number: "+19195550101", StatusCallbackEvent: []twiml.CallEvent{"gone"}}), schema, "Dial[0]/Number[0]: statusCallbackEvent names an event that does not exist"},
	{"number machine", dial(twiml.Number{Number: "+19195550101", MachineDetection: "on"}), schema, "Dial[0]/Number[0]: machineDetection is not one of the values that are allowed"},
	{"number machine timeout", dial(twiml.Number{Number: "+19195550101", MachineDetectionTimeout: 2}), schema, "Dial[0]/Number[0]: machineDetectionTimeout must be 3 to 59"},
	{"number machine callback", dial(twiml.Number{Number: "+19195550101", AMDStatusCallback: "x:y"}), schema, "Dial[0]/Number[0]: amdStatusCallback must be http or https"},
	{"client missing", dial(twiml.Client{}), schema, "Dial[0]/Client[0]: the identity is missing"},
	{"client long", dial(twiml.Client{Identity: strings.Repeat("a", 122)}), schema, "Dial[0]/Client[0]: the identity must be at most 121 characters"},
	{"client url", dial(twiml.Client{Identity: "a", URL: "x:y"}), schema, "Dial[0]/Client[0]: url must be http or https"},
	{"client status", dial(twiml.Client{Identity: "a", StatusCallback: "x:y"}), schema, "Dial[0]/Client[0]: statusCallback must be http or https"},
	{"client events", dial(twiml.Client{Identity: "a", StatusCallbackEvent: []twiml.CallEvent{"gone"}}), schema, "Dial[0]/Client[0]: statusCallbackEvent names an event that does not exist"},
	{"queue missing", dial(twiml.Queue{}), schema, "Dial[0]/Queue[0]: the name of the queue is missing"},
	{"queue url", dial(twiml.Queue{Name: "q", URL: "x:y"}), schema, "Dial[0]/Queue[0]: url must be http or https"},

	{"conference missing", dial(twiml.Conference{}), schema, "Dial[0]/Conference[0]: the name of the conference is missing"},
	{"conference name", dial(twiml.Conference{Name: strings.Repeat("r", 129)}), schema, "Dial[0]/Conference[0]: the name of the conference must be at most 128 characters"},
	{"conference label", conference(twiml.Conference{ParticipantLabel: strings.Repeat("é", 129)}), schema, "Dial[0]/Conference[0]: participantLabel must be at most 128 characters"},
	{"conference beep", conference(twiml.Conference{Beep: "yes"}), schema, "Dial[0]/Conference[0]: beep is not one of the values that are allowed"},
	{"conference jitter", conference(twiml.Conference{JitterBufferSize: "huge"}), schema, "Dial[0]/Conference[0]: jitterBufferSize is not one of the values that are allowed"},
	{"conference waitUrl", conference(twiml.Conference{WaitURL: twiml.Some("x:y")}), schema, "Dial[0]/Conference[0]: waitUrl must be http or https"},
	{"conference waitMethod", conference(twiml.Conference{WaitMethod: "PUT"}), schema, "Dial[0]/Conference[0]: waitMethod is not one of the values that are allowed"},
	{"conference of one", conference(twiml.Conference{MaxParticipants: 1}), schema, "Dial[0]/Conference[0]: maxParticipants must be 2 to 250"},
	{"conference of 251", conference(twiml.Conference{MaxParticipants: 251}), schema, "Dial[0]/Conference[0]: maxParticipants must be 2 to 250"},
	{"conference record", conference(twiml.Conference{Record: "true"}), schema, "Dial[0]/Conference[0]: record is not one of the values that are allowed"},
	{"conference region", conference(twiml.Conference{Region: "us 1"}), schema, "Dial[0]/Conference[0]: region is not the name of a region"},
	{"conference coach", conference(twiml.Conference{Coach: "CA12"}), schema, "Dial[0]/Conference[0]: coach must be the SID of a call"},
	{"conference status", conference(twiml.Conference{StatusCallback: "x:y"}), schema, "Dial[0]/Conference[0]: statusCallback must be http or https"},
	{"conference events", conference(twiml.Conference{StatusCallbackEvent: []twiml.ConferenceEvent{"begin"}}), schema, "Dial[0]/Conference[0]: statusCallbackEvent names an event that does not exist"},
}

func TestValidateRefuses(t *testing.T) {
	for _, tt := range invalid {
		t.Run(tt.name, func(t *testing.T) {
			texts, codes := problems(t, twiml.Response{Verbs: []twiml.Verb{tt.verb}}.Validate())
			if diff := cmp.Diff([]string{"Response/" + tt.want}, texts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !slices.Equal(codes, []int{tt.code}) {
				t.Errorf("codes %v, want %d", codes, tt.code)
			}
		})
	}
}

func TestValidateReportsAll(t *testing.T) {
	err := twiml.Response{Verbs: []twiml.Verb{
		twiml.SayText("Hello"),
		twiml.Gather{NumDigits: -1, Prompts: []twiml.Prompt{twiml.SayText("a"), twiml.Say{}}},
		twiml.Dial{Number: "+19195550101", AnswerOnBridge: true},
		twiml.Reject{},
	}}.Validate()
	const want = `twiml: Response/Gather[1]: numDigits must not be negative
twiml: Response/Gather[1]/Say[1]: has nothing to say
twiml: Response/Dial[2]: answerOnBridge works only in the first verb
twiml: Response/Reject[3]: turns a call away only as the first verb`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLimitsThatAreJustMet(t *testing.T) {
	deep := twiml.SayPart(twiml.Text("a"))
	for range 29 {
		deep = twiml.Prosody{Rate: "slow", Parts: []twiml.SayPart{deep}}
	}
	for _, tt := range []struct {
		name string
		verb twiml.Verb
	}{
		{"basic voice", twiml.Say{Parts: words(4096)}},
		{"Polly", twiml.Say{Voice: "Polly.Joanna", Parts: words(3000)}},
		{"Polly does not count tags", twiml.Say{Voice: "Polly.Joanna", Parts: append(words(3000), twiml.Break{})}},
		{"Google", twiml.Say{Voice: "Google.en-US-Standard-C", Parts: words(4500)}},
		{"encoded", twiml.Say{Parts: txt(strings.Repeat("日", 500))}},
		{"ten ring", dial(slices.Repeat([]twiml.Noun{twiml.Client{Identity: "a"}}, 10)...)},
		{"label", conference(twiml.Conference{ParticipantLabel: strings.Repeat("é", 128)})},
		{"hints", twiml.Gather{Hints: slices.Repeat([]string{strings.Repeat("a", 100)}, 500)}},
		{"a hint", twiml.Gather{Hints: []string{strings.Repeat("é", 100)}}},
		{"deep", speak(deep)},
		{"prosody", speak(twiml.Prosody{Volume: "-6.5dB", Rate: "85%", Pitch: "+10%", Parts: txt("a")})},
		{"a first dial may answer on bridge", twiml.Dial{Number: "(919) 684-2200", AnswerOnBridge: true}},
		{"a relative URL with a fragment", twiml.Redirect{URL: "turn?n=1#rc=1&rp=ct,rt,5xx&rt=5000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := (twiml.Response{Verbs: []twiml.Verb{tt.verb}}).Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What Validate lets through in depth and length, Parse reads.
func TestDepthAndLength(t *testing.T) {
	part := twiml.SayPart(twiml.Break{})
	for range 29 {
		part = twiml.Prosody{Rate: "slow", Parts: []twiml.SayPart{part}}
	}
	ok := twiml.Response{Verbs: []twiml.Verb{speak(part)}}
	deep := twiml.Response{Verbs: []twiml.Verb{speak(twiml.Prosody{Rate: "slow", Parts: []twiml.SayPart{part}})}}
	long := func(n int) twiml.Response {
		return twiml.Response{Verbs: []twiml.Verb{twiml.Redirect{URL: "/" + strings.Repeat("a", n)}}}
	}
	room := twiml.MaxBytes - len(long(0).Append(nil))
	for _, tt := range []struct {
		name string
		doc  twiml.Response
		code int
	}{
		{"32 deep", ok, 0},
		{"33 deep", deep, schema},
		{"64 KB", long(room), 0},
		{"64 KB and a byte", long(room + 1), twiml.CodeTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := twiml.Parse(tt.doc.Append(nil))
			var pe *twiml.ParseError
			if errors.As(err, &pe) != (tt.code != 0) || pe != nil && pe.Code != tt.code {
				t.Errorf("Parse: %v", err)
			}
			_, codes := problems(t, tt.doc.Validate())
			if (len(codes) == 0) != (tt.code == 0) || tt.code != 0 && !slices.Equal(codes, []int{tt.code}) {
				t.Errorf("Validate: %v", codes)
			}
		})
	}
}

func TestWaitAndHold(t *testing.T) {
	number := twiml.Dial{Number: "+19195550101"}
	for _, tt := range []struct {
		verb       twiml.Verb
		wait, hold bool
	}{
		{twiml.Play{URL: "/a"}, true, true},
		{twiml.SayText("a"), true, true},
		{twiml.Pause{}, true, true},
		{twiml.Redirect{}, true, true},
		{twiml.Hangup{}, true, false},
		{twiml.Leave{}, true, false},
		{twiml.Gather{}, true, false},
		{number, false, false},
		{twiml.Enqueue{Name: "q"}, false, false},
		{twiml.Record{}, false, false},
		{twiml.Reject{}, false, false},
	} {
		t.Run(tt.verb.Element(), func(t *testing.T) {
			r := twiml.Response{Verbs: []twiml.Verb{tt.verb}}
			if err := r.Validate(); err != nil {
				t.Error(err)
			}
			path := "Response/" + tt.verb.Element() + "[0]: "
			check(t, r.ValidateWait(), tt.wait, path+"not allowed while waiting in a queue", schema)
			check(t, r.ValidateHold(), tt.hold, path+"not allowed in hold music or an announcement", twiml.CodeHoldVerb)
		})
	}
}

func check(t *testing.T, err error, ok bool, text string, code int) {
	t.Helper()
	texts, codes := problems(t, err)
	if ok && err != nil || !ok && (!slices.Equal(texts, []string{text}) || !slices.Equal(codes, []int{code})) {
		t.Errorf("%v %v, want ok %v", texts, codes, ok)
	}
}

func TestProblemsKeepValuesToThemselves(t *testing.T) {
	const secret = "hunter2"
	err := twiml.Response{Verbs: []twiml.Verb{
		twiml.Gather{Action: "x:" + secret, FinishOnKey: twiml.Some(secret), Language: secret + "!", Method: secret},
		twiml.Dial{Number: secret, CallerID: secret + " "},
		twiml.Say{Voice: secret, Parts: []twiml.SayPart{twiml.Prosody{Rate: secret}}},
	}}.Validate()
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("error %v", err)
	}
}
