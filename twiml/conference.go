package twiml

// Conference is a room that a [Dial] puts the caller into. Its name is shared
// by the whole account and must not contain personal data.
type Conference struct {
	// Muted joins without being heard; unset is not.
	Muted bool
	// Beep says when a beep is heard; unset is [BeepTrue].
	Beep Beep
	// StartConferenceOnEnter starts it, and ends the wait of all others; unset
	// is true.
	StartConferenceOnEnter Optional[bool]
	// EndConferenceOnExit ends it for everybody when this one leaves; unset is
	// false. Twilio ignores a change while this participant is on hold.
	EndConferenceOnExit bool
	// ParticipantLabel is a unique name in the conference, at most 128
	// characters, by which the REST API can address the participant.
	ParticipantLabel string
	// JitterBufferSize unset is [JitterLarge].
	JitterBufferSize JitterBuffer
	// WaitURL plays until it starts (see [Response.ValidateHold]); unset is
	// Twilio's music, Some("") is silence.
	WaitURL Optional[string]
	// WaitMethod is for WaitURL; unset is POST.
	WaitMethod Method
	// MaxParticipants is 2 to 250; unset is 250.
	MaxParticipants int
	// Record unset is not.
	Record ConferenceRecord
	// Region that mixes the audio, such as "us1"; unset is Twilio's choice.
	Region string
	// Trim of the recording; unset is [TrimSilence].
	Trim Trim
	// Coach is the SID of a call in the conference that alone hears this one.
	Coach string
	// StatusCallback is told of the conference's changes.
	StatusCallback string
	// StatusCallbackMethod is for StatusCallback; unset is POST.
	StatusCallbackMethod Method
	// StatusCallbackEvent names what is told; none is nothing.
	StatusCallbackEvent []ConferenceEvent
	// RecordingStatusCallback is told when the recording is ready.
	RecordingStatusCallback string
	// RecordingStatusCallbackMethod is for RecordingStatusCallback; unset is POST.
	RecordingStatusCallbackMethod Method
	// RecordingStatusCallbackEvent names what is told; none is completed.
	RecordingStatusCallbackEvent []RecordingEvent
	// Name of the room, at most 128 characters.
	Name string
}

// MaxConferenceParticipants is Twilio's limit and default.
const MaxConferenceParticipants = 250

// Element is "Conference".
func (Conference) Element() string { return "Conference" }
func (Conference) isNoun()         {}
