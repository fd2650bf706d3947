package twiml_test

import (
	"time"

	"pgregory.net/rapid"

	"ringback/twiml"
)

// gen draws documents that are well-formed as values: everything that Append
// can show and Parse can read, sensible or not.
type gen struct{ *rapid.T }

func draw[T any](g gen, label string, of *rapid.Generator[T]) T { return of.Draw(g.T, label) }

// sometimes draws an attribute that is unset half of the time.
func sometimes[T any](g gen, label string, of *rapid.Generator[T]) (v T) {
	if draw(g, label+" set", rapid.Bool()) {
		v = draw(g, label, of)
	}
	return v
}

func optional[T any](g gen, label string, of *rapid.Generator[T]) twiml.Optional[T] {
	if !draw(g, label+" set", rapid.Bool()) {
		return twiml.Optional[T]{}
	}
	return twiml.Some(draw(g, label, of))
}

// Runes that need care, and some that do not.
const runes = "abcXYZ019 <>&\"'/?=;%+-_.,:!#*\n\té日🙂\u00a0\ufffd]"

func text() *rapid.Generator[string] { return rapid.StringOf(rapid.RuneFrom([]rune(runes))) }

// value is a text that is not empty.
func value() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune(runes)), 1, 12, -1)
}

// tight is a text without white space around it, as URLs and names are.
func tight() *rapid.Generator[string] {
	return rapid.StringMatching(`([a-z0-9<&">'/]([a-z \n&]{0,8}[a-z0-9<&">'/])?)?`)
}

func small() *rapid.Generator[int] { return rapid.IntRange(1, 100000) }

func oneOf[T any](values ...T) *rapid.Generator[T] { return rapid.SampledFrom(values) }

func method() *rapid.Generator[twiml.Method] { return oneOf(twiml.GET, twiml.POST) }

func list[T any](g gen, label string, values ...T) []T {
	l := draw(g, label, rapid.SliceOfN(rapid.SampledFrom(values), 0, 3))
	if len(l) == 0 {
		return nil
	}
	return l
}

func (g gen) response() twiml.Response {
	var r twiml.Response
	for range draw(g, "verbs", rapid.IntRange(0, 5)) {
		r.Verbs = append(r.Verbs, g.verb())
	}
	return r
}

func (g gen) verb() twiml.Verb {
	switch draw(g, "verb", rapid.IntRange(0, 8)) {
	case 0:
		return g.gather()
	case 1:
		return g.dial()
	case 2:
		return twiml.Enqueue{
			Action: sometimes(g, "action", value()), Method: sometimes(g, "method", method()),
			MaxQueueSize: sometimes(g, "maxQueueSize", small()), WaitURL: optional(g, "waitUrl", text()),
			WaitURLMethod: sometimes(g, "waitUrlMethod", method()), Name: draw(g, "name", tight()),
		}
	case 3:
		return twiml.Redirect{Method: sometimes(g, "method", method()), URL: draw(g, "url", tight())}
	case 4:
		return g.record()
	case 5:
		return twiml.Reject{Reason: sometimes(g, "reason", oneOf(twiml.ReasonBusy, twiml.ReasonRejected))}
	case 6:
		return twiml.Leave{}
	case 7:
		return twiml.Hangup{}
	default:
		return g.prompt()
	}
}

func (g gen) prompt() twiml.Prompt {
	switch draw(g, "prompt", rapid.IntRange(0, 2)) {
	case 0:
		return twiml.Play{Loop: optional(g, "loop", rapid.IntRange(0, 9)), Digits: sometimes(g, "digits", value()), URL: draw(g, "url", tight())}
	case 1:
		return twiml.Pause{Length: sometimes(g, "length", small())}
	default:
		return twiml.Say{
			Voice:    sometimes(g, "voice", oneOf(twiml.VoiceMan, twiml.VoiceAlice, "Polly.Joanna-Neural", "Google.en-US-Standard-C")),
			Language: sometimes(g, "language", value()), Loop: optional(g, "loop", rapid.IntRange(0, 9)), Parts: g.parts(3),
		}
	}
}

// parts never has two texts side by side, which a document cannot tell apart.
func (g gen) parts(depth int) []twiml.SayPart {
	var parts []twiml.SayPart
	for range draw(g, "parts", rapid.IntRange(0, depth)) {
		if draw(g, "text first", rapid.Bool()) {
			parts = append(parts, twiml.Text(draw(g, "text", value())))
		}
		parts = append(parts, g.part(depth-1))
	}
	return parts
}

func (g gen) part(depth int) twiml.SayPart {
	switch draw(g, "part", rapid.IntRange(0, 9)) {
	case 0:
		return twiml.SayAs{InterpretAs: sometimes(g, "as", oneOf(twiml.AsDigits, twiml.AsDate)), Format: sometimes(g, "format", value()), Text: draw(g, "text", text())}
	case 1:
		return twiml.Sub{Alias: sometimes(g, "alias", value()), Text: draw(g, "text", text())}
	case 2:
		return twiml.Phoneme{Alphabet: sometimes(g, "alphabet", value()), Ph: sometimes(g, "ph", value()), Text: draw(g, "text", text())}
	case 3:
		return twiml.Prosody{Volume: sometimes(g, "volume", value()), Rate: sometimes(g, "rate", value()), Pitch: sometimes(g, "pitch", value()), Parts: g.parts(depth)}
	case 4:
		return twiml.Emphasis{Level: sometimes(g, "level", oneOf(twiml.EmphasisStrong, twiml.EmphasisReduced)), Parts: g.parts(depth)}
	case 5:
		return twiml.Lang{Language: sometimes(g, "lang", value()), Parts: g.parts(depth)}
	case 6:
		return twiml.P{Parts: g.parts(depth)}
	case 7:
		return twiml.S{Parts: g.parts(depth)}
	case 8:
		return twiml.W{Role: sometimes(g, "role", value()), Parts: g.parts(depth)}
	default:
		return twiml.Break{
			Strength: sometimes(g, "strength", oneOf(twiml.StrengthNone, twiml.StrengthXStrong)),
			Time:     time.Duration(draw(g, "ms", rapid.IntRange(0, 20000))) * time.Millisecond,
		}
	}
}

func (g gen) gather() twiml.Gather {
	v := twiml.Gather{
		Input: sometimes(g, "input", oneOf(twiml.InputDTMF, twiml.InputSpeech, twiml.InputDTMFSpeech)), Action: sometimes(g, "action", value()),
		Method: sometimes(g, "method", method()), Timeout: optional(g, "timeout", rapid.IntRange(0, 99)),
		SpeechTimeout: sometimes(g, "speechTimeout", oneOf(twiml.SpeechTimeoutAuto, 1, 30)), NumDigits: sometimes(g, "numDigits", small()),
		FinishOnKey: optional(g, "finishOnKey", text()), ActionOnEmptyResult: draw(g, "actionOnEmptyResult", rapid.Bool()),
		Language: sometimes(g, "language", value()), Hints: list(g, "hints", "one", "two & three", "é\"<"),
		SpeechModel: sometimes(g, "speechModel", value()), ProfanityFilter: optional(g, "profanityFilter", rapid.Bool()),
		PartialResultCallback: sometimes(g, "partial", value()), PartialResultCallbackMethod: sometimes(g, "partial method", method()),
	}
	for range draw(g, "prompts", rapid.IntRange(0, 4)) {
		v.Prompts = append(v.Prompts, g.prompt())
	}
	return v
}

func (g gen) record() twiml.Record {
	return twiml.Record{
		Action: sometimes(g, "action", value()), Method: sometimes(g, "method", method()), Timeout: optional(g, "timeout", rapid.IntRange(0, 99)),
		FinishOnKey: optional(g, "finishOnKey", text()), MaxLength: sometimes(g, "maxLength", small()),
		PlayBeep: optional(g, "playBeep", rapid.Bool()), Trim: sometimes(g, "trim", oneOf(twiml.TrimSilence, twiml.DoNotTrim)),
		RecordingStatusCallback: sometimes(g, "callback", value()), RecordingStatusCallbackMethod: sometimes(g, "callback method", method()),
		RecordingStatusCallbackEvent: list(g, "events", twiml.RecordingAbsent, twiml.RecordingCompleted),
		Transcribe:                   draw(g, "transcribe", rapid.Bool()), TranscribeCallback: sometimes(g, "transcribeCallback", value()),
	}
}

func (g gen) dial() twiml.Dial {
	v := twiml.Dial{
		Action: sometimes(g, "action", value()), Method: sometimes(g, "method", method()), Timeout: sometimes(g, "timeout", small()),
		TimeLimit: sometimes(g, "timeLimit", small()), CallerID: sometimes(g, "callerId", value()),
		HangupOnStar: draw(g, "hangupOnStar", rapid.Bool()), AnswerOnBridge: draw(g, "answerOnBridge", rapid.Bool()),
		RingTone: sometimes(g, "ringTone", oneOf[twiml.RingTone]("us", "us-old", "automatic")), Sequential: draw(g, "sequential", rapid.Bool()),
		Record: sometimes(g, "record", oneOf(twiml.DoNotRecord, twiml.RecordFromRinging)), Trim: sometimes(g, "trim", oneOf(twiml.TrimSilence, twiml.DoNotTrim)),
		RecordingStatusCallback: sometimes(g, "callback", value()), RecordingStatusCallbackMethod: sometimes(g, "callback method", method()),
		RecordingStatusCallbackEvent: list(g, "events", twiml.RecordingAbsent, twiml.RecordingCompleted), Number: draw(g, "number", tight()),
	}
	for range draw(g, "nouns", rapid.IntRange(0, 3)) {
		v.Nouns = append(v.Nouns, g.noun())
	}
	return v
}

func (g gen) noun() twiml.Noun {
	url, m := sometimes(g, "url", value()), sometimes(g, "method", method())
	status, sm := sometimes(g, "status", value()), sometimes(g, "status method", method())
	switch draw(g, "noun", rapid.IntRange(0, 3)) {
	case 0:
		return twiml.Number{
			URL: url, Method: m, SendDigits: sometimes(g, "sendDigits", value()), StatusCallback: status, StatusCallbackMethod: sm,
			StatusCallbackEvent: list(g, "events", twiml.CallInitiated, twiml.CallRinging, twiml.CallAnswered, twiml.CallCompleted),
			MachineDetection:    sometimes(g, "amd", oneOf(twiml.MachineDetectionEnable, twiml.MachineDetectionMessageEnd)), MachineDetectionTimeout: sometimes(g, "amd timeout", small()),
			AMDStatusCallback: sometimes(g, "amd callback", value()), AMDStatusCallbackMethod: sometimes(g, "amd method", method()), Number: draw(g, "number", tight()),
		}
	case 1:
		return twiml.Client{
			URL: url, Method: m, StatusCallback: status, StatusCallbackMethod: sm,
			StatusCallbackEvent: list(g, "events", twiml.CallRinging, twiml.CallCompleted), Identity: draw(g, "identity", tight()),
		}
	case 2:
		return twiml.Queue{URL: url, Method: m, Name: draw(g, "name", tight())}
	default:
		return twiml.Conference{
			Muted: draw(g, "muted", rapid.Bool()), Beep: sometimes(g, "beep", oneOf(twiml.BeepTrue, twiml.BeepFalse, twiml.BeepOnEnter, twiml.BeepOnExit)),
			StartConferenceOnEnter: optional(g, "start", rapid.Bool()), EndConferenceOnExit: draw(g, "end", rapid.Bool()),
			ParticipantLabel: sometimes(g, "label", value()), JitterBufferSize: sometimes(g, "jitter", oneOf(twiml.JitterOff, twiml.JitterMedium)),
			WaitURL: optional(g, "waitUrl", text()), WaitMethod: m, MaxParticipants: sometimes(g, "max", small()),
			Record: sometimes(g, "record", oneOf(twiml.ConferenceDoNotRecord, twiml.ConferenceRecordFromStart)), Region: sometimes(g, "region", value()),
			Trim: sometimes(g, "trim", oneOf(twiml.TrimSilence, twiml.DoNotTrim)), Coach: sometimes(g, "coach", value()), StatusCallback: status, StatusCallbackMethod: sm,
			StatusCallbackEvent:     list(g, "events", twiml.ConferenceStart, twiml.ConferenceEnd, twiml.ConferenceAnnouncement),
			RecordingStatusCallback: url, RecordingStatusCallbackMethod: m,
			RecordingStatusCallbackEvent: list(g, "recording events", twiml.RecordingInProgress), Name: draw(g, "name", tight()),
		}
	}
}
