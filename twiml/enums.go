package twiml

// Method is the HTTP method of a request that Twilio makes; unset is POST
// unless the field that uses it says otherwise.
type Method string

// The two methods that Twilio knows. It caches only what it gets by GET.
const (
	GET  Method = "GET"
	POST Method = "POST"
)

func (m Method) valid() bool { return m == GET || m == POST }

// Input is what a [Gather] listens for; unset is [InputDTMF].
type Input string

// What a Gather can listen for. With both, whichever comes first wins.
const (
	InputDTMF       Input = "dtmf"
	InputSpeech     Input = "speech"
	InputDTMFSpeech Input = "dtmf speech"
)

func (i Input) valid() bool { return i == InputDTMF || i == InputSpeech || i == InputDTMFSpeech }

// DTMF tells whether keys are listened for, counting the default.
func (i Input) DTMF() bool { return i != InputSpeech }

// Speech tells whether speech is listened for.
func (i Input) Speech() bool { return i == InputSpeech || i == InputDTMFSpeech }

// RejectReason is what the caller of a [Reject]ed call hears; unset is
// [ReasonRejected].
type RejectReason string

// The two ways to turn a call away: "not in service", or a busy tone.
const (
	ReasonRejected RejectReason = "rejected"
	ReasonBusy     RejectReason = "busy"
)

func (r RejectReason) valid() bool { return r == ReasonRejected || r == ReasonBusy }

// Trim says whether silence at both ends of a recording is cut off. The
// default differs: [TrimSilence] for [Record], [DoNotTrim] for [Dial] and
// [Conference].
type Trim string

// The two ways to treat silence around a recording.
const (
	TrimSilence Trim = "trim-silence"
	DoNotTrim   Trim = "do-not-trim"
)

func (t Trim) valid() bool { return t == TrimSilence || t == DoNotTrim }

// DialRecord says what of a [Dial] is recorded; unset is nothing.
type DialRecord string

// From when on, and in how many channels, a Dial is recorded.
const (
	DoNotRecord           DialRecord = "do-not-record"
	RecordFromAnswer      DialRecord = "record-from-answer"
	RecordFromRinging     DialRecord = "record-from-ringing"
	RecordFromAnswerDual  DialRecord = "record-from-answer-dual"
	RecordFromRingingDual DialRecord = "record-from-ringing-dual"
)

func (r DialRecord) valid() bool {
	switch r {
	case DoNotRecord, RecordFromAnswer, RecordFromRinging, RecordFromAnswerDual, RecordFromRingingDual:
		return true
	}
	return false
}

// ConferenceRecord says whether a [Conference] is recorded; unset is not.
type ConferenceRecord string

// Whether a conference is recorded from its start.
const (
	ConferenceDoNotRecord     ConferenceRecord = "do-not-record"
	ConferenceRecordFromStart ConferenceRecord = "record-from-start"
)

func (r ConferenceRecord) valid() bool {
	return r == ConferenceDoNotRecord || r == ConferenceRecordFromStart
}

// Beep says when a [Conference] plays its beep; unset is [BeepTrue].
type Beep string

// When the beep is heard: on entering and leaving, never, or on one of them.
const (
	BeepTrue    Beep = "true"
	BeepFalse   Beep = "false"
	BeepOnEnter Beep = "onEnter"
	BeepOnExit  Beep = "onExit"
)

func (b Beep) valid() bool {
	return b == BeepTrue || b == BeepFalse || b == BeepOnEnter || b == BeepOnExit
}

// OnEnter tells whether somebody who joins is announced, counting the default.
func (b Beep) OnEnter() bool { return b != BeepFalse && b != BeepOnExit }

// OnExit tells whether somebody who leaves is announced, counting the default.
func (b Beep) OnExit() bool { return b != BeepFalse && b != BeepOnEnter }

// JitterBuffer is how much late audio a [Conference] waits for; unset is
// [JitterLarge].
type JitterBuffer string

// The sizes of jitter buffer: about 60, 40 and 20 ms, and none.
const (
	JitterLarge  JitterBuffer = "large"
	JitterMedium JitterBuffer = "medium"
	JitterSmall  JitterBuffer = "small"
	JitterOff    JitterBuffer = "off"
)

func (j JitterBuffer) valid() bool {
	return j == JitterLarge || j == JitterMedium || j == JitterSmall || j == JitterOff
}
