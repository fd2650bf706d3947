package twiml

// CallEvent is a change in a leg that a [Number] or [Client] reports to its
// StatusCallback.
type CallEvent string

// The changes of a leg. None named means only [CallCompleted].
const (
	CallInitiated CallEvent = "initiated"
	CallRinging   CallEvent = "ringing"
	CallAnswered  CallEvent = "answered"
	CallCompleted CallEvent = "completed"
)

func (e CallEvent) valid() bool {
	return e == CallInitiated || e == CallRinging || e == CallAnswered || e == CallCompleted
}

// ConferenceEvent is a change that a [Conference] reports to its
// StatusCallback. Twilio takes callback and events from the first participant
// only, so all of them should carry the same.
type ConferenceEvent string

// The changes of a conference. The callbacks name them differently:
// ConferenceJoin is reported as StatusCallbackEvent=participant-join,
// ConferenceMute as participant-mute or participant-unmute, and so on.
const (
	ConferenceStart        ConferenceEvent = "start"
	ConferenceEnd          ConferenceEvent = "end"
	ConferenceJoin         ConferenceEvent = "join"
	ConferenceLeave        ConferenceEvent = "leave"
	ConferenceMute         ConferenceEvent = "mute"
	ConferenceHold         ConferenceEvent = "hold"
	ConferenceModify       ConferenceEvent = "modify"
	ConferenceSpeaker      ConferenceEvent = "speaker"
	ConferenceAnnouncement ConferenceEvent = "announcement"
)

func (e ConferenceEvent) valid() bool {
	switch e {
	case ConferenceStart, ConferenceEnd, ConferenceJoin, ConferenceLeave, ConferenceMute,
		ConferenceHold, ConferenceModify, ConferenceSpeaker, ConferenceAnnouncement:
		return true
	}
	return false
}

// RecordingEvent is a change of a recording that is reported to a
// RecordingStatusCallback. None named means only [RecordingCompleted].
type RecordingEvent string

// The changes of a recording.
const (
	RecordingInProgress RecordingEvent = "in-progress"
	RecordingCompleted  RecordingEvent = "completed"
	RecordingAbsent     RecordingEvent = "absent"
)

func (e RecordingEvent) valid() bool {
	return e == RecordingInProgress || e == RecordingCompleted || e == RecordingAbsent
}
