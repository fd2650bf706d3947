package twiml

// Play plays a sound file, or sends keys.
type Play struct {
	// Loop is how often it is played; unset is once, 0 until the caller hangs up.
	Loop Optional[int]
	// Digits are keys to send as tones, "w" waiting half a second; excludes URL.
	Digits string
	// URL of the sound.
	URL string
}

// Element is "Play".
func (Play) Element() string { return "Play" }
func (Play) isVerb()         {}
func (Play) isPrompt()       {}

// Pause waits in silence. As the first verb it also delays the answer.
type Pause struct {
	// Length in seconds; unset is 1.
	Length int
}

// Element is "Pause".
func (Pause) Element() string { return "Pause" }
func (Pause) isVerb()         {}
func (Pause) isPrompt()       {}

// Enqueue makes the caller wait in a queue until taken from it by a [Dial] to
// the [Queue], by the REST API, or by [Leave] in a wait document.
type Enqueue struct {
	// Action is asked for the next document when the wait is over, with
	// QueueResult; unset lets the next verb run.
	Action string
	// Method for Action; unset is POST.
	Method Method
	// MaxQueueSize is the length at which the caller is turned away with
	// queue-full, up to 5000; unset is 1000.
	MaxQueueSize int
	// WaitURL plays during the wait (see [Response.ValidateWait]) and is asked
	// again when it runs out; unset is Twilio's music, Some("") is silence.
	WaitURL Optional[string]
	// WaitURLMethod is for WaitURL; unset is POST.
	WaitURLMethod Method
	// Name of the queue, made when it does not exist.
	Name string
}

// Twilio's default and limit for the length of a queue.
const (
	DefaultMaxQueueSize = 1000
	MaxQueueSize        = 5000
)

// Element is "Enqueue".
func (Enqueue) Element() string { return "Enqueue" }
func (Enqueue) isVerb()         {}

// Leave takes the caller out of the queue, from a wait document; the Enqueue's
// action follows at once with QueueResult=leave.
type Leave struct{}

// Element is "Leave".
func (Leave) Element() string { return "Leave" }
func (Leave) isVerb()         {}

// Redirect goes on with another document.
type Redirect struct {
	// Method for URL; unset is POST.
	Method Method
	// URL of the document; empty is this document's own, again.
	URL string
}

// Element is "Redirect".
func (Redirect) Element() string { return "Redirect" }
func (Redirect) isVerb()         {}

// Hangup ends the call.
type Hangup struct{}

// Element is "Hangup".
func (Hangup) Element() string { return "Hangup" }
func (Hangup) isVerb()         {}

// Reject turns an inbound call away, unanswered and unbilled. It does so only
// as the first verb; later it just hangs up.
type Reject struct {
	// Reason is what the caller hears; unset is [ReasonRejected].
	Reason RejectReason
}

// Element is "Reject".
func (Reject) Element() string { return "Reject" }
func (Reject) isVerb()         {}

// Record records the caller and asks Action what next. When nothing was heard
// the next verb runs.
type Record struct {
	// Action is asked for the next document with RecordingUrl; unset is this
	// document's own URL, which makes a loop.
	Action string
	// Method for Action; unset is POST.
	Method Method
	// Timeout in seconds of silence that end it; unset is 5, 0 is never.
	Timeout Optional[int]
	// FinishOnKey are keys of 0-9 * # that end it; unset is all of them,
	// Some("") none.
	FinishOnKey Optional[string]
	// MaxLength in seconds; unset is 3600.
	MaxLength int
	// PlayBeep before it starts; unset is true.
	PlayBeep Optional[bool]
	// Trim unset is [TrimSilence].
	Trim Trim
	// RecordingStatusCallback is told when the recording is ready.
	RecordingStatusCallback string
	// RecordingStatusCallbackMethod is for RecordingStatusCallback; unset is POST.
	RecordingStatusCallbackMethod Method
	// RecordingStatusCallbackEvent names what is told; none is completed.
	RecordingStatusCallbackEvent []RecordingEvent
	// Transcribe the recording, in English; unset is not.
	Transcribe bool
	// TranscribeCallback is told the transcription.
	TranscribeCallback string
}

// Element is "Record".
func (Record) Element() string { return "Record" }
func (Record) isVerb()         {}
