package twiml_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/twiml"
)

// golden are documents with every verb, noun and attribute, byte for byte.
var golden = []struct {
	name  string
	verbs []twiml.Verb
	want  string
}{
	{"say", []twiml.Verb{
		twiml.Say{Voice: "Polly.Joanna", Language: "en-US", Loop: twiml.Some(0), Parts: []twiml.SayPart{twiml.Text("Hello")}},
	}, `<Say voice="Polly.Joanna" language="en-US" loop="0">Hello</Say>`},
	{"ssml in order", []twiml.Verb{
		twiml.Say{Parts: []twiml.SayPart{
			twiml.Text("one "),
			twiml.Break{},
			twiml.Text(" two "),
			twiml.Break{Strength: twiml.StrengthStrong, Time: 1500 * time.Millisecond},
			twiml.Break{Time: 2 * time.Second},
			twiml.SayAs{InterpretAs: twiml.AsDate, Format: "mdy", Text: "11/24/2026"},
			twiml.Prosody{Volume: "soft", Rate: "85%", Pitch: "+5%", Parts: []twiml.SayPart{twiml.Text("slow")}},
			twiml.Emphasis{Level: twiml.EmphasisStrong, Parts: []twiml.SayPart{twiml.Text("now")}},
			twiml.Lang{Language: "es-MX", Parts: []twiml.SayPart{twiml.Text("hola")}},
			twiml.P{Parts: []twiml.SayPart{twiml.S{Parts: []twiml.SayPart{twiml.W{Role: "amazon:VB", Parts: []twiml.SayPart{twiml.Text("read")}}}}}},
			twiml.Phoneme{Alphabet: "ipa", Ph: "pɪˈkɑːn", Text: "pecan"},
			twiml.Sub{Alias: "Duo Mobile", Text: "DM"},
		}},
	}, `<Say>one <break/> two <break strength="strong" time="1500ms"/><break time="2s"/>` +
		`<say-as interpret-as="date" format="mdy">11/24/2026</say-as>` +
		`<prosody volume="soft" rate="85%" pitch="+5%">slow</prosody><emphasis level="strong">now</emphasis>` +
		`<lang xml:lang="es-MX">hola</lang><p><s><w role="amazon:VB">read</w></s></p>` +
		`<phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme><sub alias="Duo Mobile">DM</sub></Say>`},
	{"play and pause", []twiml.Verb{
		twiml.Play{Loop: twiml.Some(3), URL: "https://a.example/music.wav"},
		twiml.Play{Digits: "ww12#"},
		twiml.Pause{},
		twiml.Pause{Length: 2},
	}, `<Play loop="3">https://a.example/music.wav</Play><Play digits="ww12#"/><Pause/><Pause length="2"/>`},
	{"gather", []twiml.Verb{
		twiml.Gather{
			Input: twiml.InputDTMFSpeech, Action: "/turn?a=1&n=2", Method: twiml.POST, Timeout: twiml.Some(0),
			SpeechTimeout: twiml.SpeechTimeoutAuto, NumDigits: 7, FinishOnKey: twiml.Some(""), ActionOnEmptyResult: true,
			Language: "en-US", Hints: []string{"one", "two words"}, SpeechModel: "phone_call", ProfanityFilter: twiml.Some(false),
			PartialResultCallback: "/partial", PartialResultCallbackMethod: twiml.POST,
			Prompts: []twiml.Prompt{twiml.SayText("Press"), twiml.Play{URL: "/a.wav"}, twiml.Pause{}},
		},
		twiml.Gather{SpeechTimeout: 3, FinishOnKey: twiml.Some("*")},
	}, `<Gather input="dtmf speech" action="/turn?a=1&amp;n=2" method="POST" timeout="0" speechTimeout="auto" numDigits="7"` +
		` finishOnKey="" actionOnEmptyResult="true" language="en-US" hints="one, two words" speechModel="phone_call"` +
		` profanityFilter="false" partialResultCallback="/partial" partialResultCallbackMethod="POST">` +
		`<Say>Press</Say><Play>/a.wav</Play><Pause/></Gather><Gather speechTimeout="3" finishOnKey="*"/>`},
	{"dial a number", []twiml.Verb{
		twiml.Dial{
			Action: "/done", Method: twiml.GET, Timeout: 20, TimeLimit: 600, CallerID: "+19196842200", HangupOnStar: true,
			AnswerOnBridge: true, RingTone: "us", Sequential: true, Record: twiml.RecordFromAnswerDual, Trim: twiml.DoNotTrim,
			RecordingStatusCallback: "/rec", RecordingStatusCallbackMethod: twiml.POST,
			RecordingStatusCallbackEvent: []twiml.RecordingEvent{twiml.RecordingInProgress, twiml.RecordingCompleted},
			Number:                       "+19195550101",
		},
	}, `<Dial action="/done" method="GET" timeout="20" timeLimit="600" callerId="+19196842200" hangupOnStar="true"` +
		` answerOnBridge="true" ringTone="us" sequential="true" record="record-from-answer-dual" trim="do-not-trim"` +
		` recordingStatusCallback="/rec" recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="in-progress completed">` +
		`+19195550101</Dial>`},
	{"dial nouns", []twiml.Verb{
		twiml.Dial{Nouns: []twiml.Noun{
			twiml.Number{
				URL: "/whisper", Method: twiml.POST, SendDigits: "w1", StatusCallback: "/status", StatusCallbackMethod: twiml.POST,
				StatusCallbackEvent: []twiml.CallEvent{twiml.CallInitiated, twiml.CallAnswered},
				MachineDetection:    twiml.MachineDetectionEnable, MachineDetectionTimeout: 10,
				AMDStatusCallback: "/amd", AMDStatusCallbackMethod: twiml.POST, Number: "+19195550101",
			},
			twiml.Client{
				URL: "/whisper", Method: twiml.POST, StatusCallback: "/status", StatusCallbackMethod: twiml.POST,
				StatusCallbackEvent: []twiml.CallEvent{twiml.CallCompleted}, Identity: "alex",
			},
		}},
		twiml.Dial{Nouns: []twiml.Noun{twiml.Queue{URL: "/about", Method: twiml.POST, Name: "support"}}},
	}, `<Dial><Number url="/whisper" method="POST" sendDigits="w1" statusCallback="/status" statusCallbackMethod="POST"` +
		` statusCallbackEvent="initiated answered" machineDetection="Enable" machineDetectionTimeout="10"` +
		` amdStatusCallback="/amd" amdStatusCallbackMethod="POST">+19195550101</Number>` +
		`<Client url="/whisper" method="POST" statusCallback="/status" statusCallbackMethod="POST"` +
		` statusCallbackEvent="completed">alex</Client></Dial>` +
		`<Dial><Queue url="/about" method="POST">support</Queue></Dial>`},
	{"conference", []twiml.Verb{
		twiml.Dial{Nouns: []twiml.Noun{twiml.Conference{
			Muted: true, Beep: twiml.BeepOnEnter, StartConferenceOnEnter: twiml.Some(false), EndConferenceOnExit: true,
			ParticipantLabel: "caller", JitterBufferSize: twiml.JitterSmall, WaitURL: twiml.Some(""), WaitMethod: twiml.GET,
			MaxParticipants: 3, Record: twiml.ConferenceRecordFromStart, Region: "us1", Trim: twiml.TrimSilence,
			Coach: "CA0123456789abcdef0123456789abcdef", StatusCallback: "/conf", StatusCallbackMethod: twiml.POST,
			StatusCallbackEvent:     []twiml.ConferenceEvent{twiml.ConferenceStart, twiml.ConferenceJoin},
			RecordingStatusCallback: "/rec", RecordingStatusCallbackMethod: twiml.POST,
			RecordingStatusCallbackEvent: []twiml.RecordingEvent{twiml.RecordingAbsent}, Name: "room 7f",
		}}},
	}, `<Dial><Conference muted="true" beep="onEnter" startConferenceOnEnter="false" endConferenceOnExit="true"` +
		` participantLabel="caller" jitterBufferSize="small" waitUrl="" waitMethod="GET" maxParticipants="3"` +
		` record="record-from-start" region="us1" trim="trim-silence" coach="CA0123456789abcdef0123456789abcdef"` +
		` statusCallback="/conf" statusCallbackMethod="POST" statusCallbackEvent="start join" recordingStatusCallback="/rec"` +
		` recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="absent">room 7f</Conference></Dial>`},
	{"enqueue and leave", []twiml.Verb{
		twiml.Enqueue{Action: "/left", Method: twiml.POST, MaxQueueSize: 50, WaitURL: twiml.Some("/wait?w=0"), WaitURLMethod: twiml.POST, Name: "university"},
		twiml.Enqueue{WaitURL: twiml.Some(""), Name: "silent"},
		twiml.Leave{},
	}, `<Enqueue action="/left" method="POST" maxQueueSize="50" waitUrl="/wait?w=0" waitUrlMethod="POST">university</Enqueue>` +
		`<Enqueue waitUrl="">silent</Enqueue><Leave/>`},
	{"redirect and the ends", []twiml.Verb{
		twiml.Redirect{Method: twiml.POST, URL: "https://a.example/turn?n=3#rc=1"},
		twiml.Redirect{},
		twiml.Hangup{},
		twiml.Reject{Reason: twiml.ReasonBusy},
		twiml.Reject{},
	}, `<Redirect method="POST">https://a.example/turn?n=3#rc=1</Redirect><Redirect/><Hangup/><Reject reason="busy"/><Reject/>`},
	{"record", []twiml.Verb{
		twiml.Record{
			Action: "/msg", Method: twiml.POST, Timeout: twiml.Some(0), FinishOnKey: twiml.Some("1#"), MaxLength: 120,
			PlayBeep: twiml.Some(false), Trim: twiml.DoNotTrim, RecordingStatusCallback: "/rec",
			RecordingStatusCallbackMethod: twiml.POST, RecordingStatusCallbackEvent: []twiml.RecordingEvent{twiml.RecordingCompleted},
			Transcribe: true, TranscribeCallback: "/text",
		},
		twiml.Record{},
	}, `<Record action="/msg" method="POST" timeout="0" finishOnKey="1#" maxLength="120" playBeep="false" trim="do-not-trim"` +
		` recordingStatusCallback="/rec" recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed"` +
		` transcribe="true" transcribeCallback="/text"/><Record/>`},
}

func TestGolden(t *testing.T) {
	for _, tt := range golden {
		t.Run(tt.name, func(t *testing.T) {
			want := head + tt.want + foot
			if diff := cmp.Diff(want, render(tt.verbs...)); diff != "" {
				t.Errorf("rendered (-want +got):\n%s", diff)
			}
			got, err := twiml.Parse([]byte(want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(twiml.Response{Verbs: tt.verbs}, got); diff != "" {
				t.Errorf("parsed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyDocument(t *testing.T) {
	const want = `<?xml version="1.0" encoding="UTF-8"?><Response/>`
	if got := render(); got != want {
		t.Errorf("got %s", got)
	}
	r, err := twiml.Parse([]byte(want))
	if err != nil || len(r.Verbs) != 0 {
		t.Errorf("parsed %v, %v", r, err)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	if got, want := string(twiml.Response{}.Append([]byte("before"))), "before"+render(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestOptionalOr(t *testing.T) {
	if got := twiml.Some(0).Or(5); got != 0 {
		t.Errorf("Some(0).Or(5) = %d", got)
	}
	if got := (twiml.Optional[int]{}).Or(5); got != 5 {
		t.Errorf("unset.Or(5) = %d", got)
	}
}

func TestElementNames(t *testing.T) {
	for want, v := range map[string]interface{ Element() string }{
		"Say": twiml.Say{}, "Play": twiml.Play{}, "Pause": twiml.Pause{}, "Gather": twiml.Gather{}, "Dial": twiml.Dial{},
		"Enqueue": twiml.Enqueue{}, "Leave": twiml.Leave{}, "Redirect": twiml.Redirect{}, "Hangup": twiml.Hangup{},
		"Reject": twiml.Reject{}, "Record": twiml.Record{}, "Number": twiml.Number{}, "Client": twiml.Client{},
		"Conference": twiml.Conference{}, "Queue": twiml.Queue{},
	} {
		if got := v.Element(); got != want {
			t.Errorf("Element = %s, want %s", got, want)
		}
	}
}

func TestDefaultsOfEnums(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, want bool
	}{
		{"keys are heard by default", twiml.Input("").DTMF(), true},
		{"speech is not heard by default", twiml.Input("").Speech(), false},
		{"speech alone", twiml.InputSpeech.DTMF(), false},
		{"both hear speech", twiml.InputDTMFSpeech.Speech(), true},
		{"both hear keys", twiml.InputDTMFSpeech.DTMF(), true},
		{"a beep on entering by default", twiml.Beep("").OnEnter(), true},
		{"a beep on leaving by default", twiml.Beep("").OnExit(), true},
		{"no beep on entering", twiml.BeepOnExit.OnEnter(), false},
		{"no beep on leaving", twiml.BeepOnEnter.OnExit(), false},
		{"no beep at all", twiml.BeepFalse.OnEnter() || twiml.BeepFalse.OnExit(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %v", tt.got)
			}
		})
	}
}
