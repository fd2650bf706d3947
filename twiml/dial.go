package twiml

// Dial connects the caller to somebody else: to the plain Number, or to Nouns.
// Several [Number]s and [Client]s ring at once and the first to answer wins.
type Dial struct {
	// Action is asked for the next document when the other side is gone, with
	// DialCallStatus and DialBridged; unset lets the next verb run.
	Action string
	// Method for Action; unset is POST.
	Method Method
	// Timeout in seconds of ringing, 1 to 600; unset is 30. Twilio may add 5.
	Timeout int
	// TimeLimit in seconds of talking, at most 86400; unset is 14400.
	TimeLimit int
	// CallerID shown to the callee: the call's To or From, or a number that
	// the account owns or has verified; unset is the call's From.
	CallerID string
	// HangupOnStar lets the caller end the Dial by the star key; unset is not.
	HangupOnStar bool
	// AnswerOnBridge leaves an inbound call ringing until the callee answers.
	// It works only if the Dial is the first verb.
	AnswerOnBridge bool
	// RingTone is the country whose ring tone is played, such as "us"; unset
	// is the callee's own.
	RingTone RingTone
	// Sequential rings the nouns one after another; unset is all at once.
	Sequential bool
	// Record says what is recorded; unset is nothing.
	Record DialRecord
	// Trim of the recording; unset is [DoNotTrim].
	Trim Trim
	// RecordingStatusCallback is told when the recording is ready.
	RecordingStatusCallback string
	// RecordingStatusCallbackMethod is for RecordingStatusCallback; unset is POST.
	RecordingStatusCallbackMethod Method
	// RecordingStatusCallbackEvent names what is told; none is completed.
	RecordingStatusCallbackEvent []RecordingEvent
	// Number to call as plain text, E.164; excludes Nouns.
	Number string
	// Nouns to connect to: up to 10 Numbers and Clients, or one Conference, or
	// one Queue.
	Nouns []Noun
}

// Twilio's defaults for a Dial, in seconds.
const (
	DefaultDialTimeout   = 30
	DefaultDialTimeLimit = 14400
)

// Element is "Dial".
func (Dial) Element() string { return "Dial" }
func (Dial) isVerb()         {}

// Number is a telephone number that a [Dial] rings.
type Number struct {
	// URL of a document that the callee hears after answering and before
	// being connected (whisper); it may Gather, and decline by Hangup.
	URL string
	// Method for URL; unset is POST.
	Method Method
	// SendDigits are keys sent after the answer; "w" waits half a second.
	SendDigits string
	// StatusCallback is told of the leg's changes.
	StatusCallback string
	// StatusCallbackMethod is for StatusCallback; unset is POST.
	StatusCallbackMethod Method
	// StatusCallbackEvent names what is told; none is completed.
	StatusCallbackEvent []CallEvent
	// MachineDetection is "Enable" or "DetectMessageEnd"; unset is off.
	MachineDetection MachineDetection
	// MachineDetectionTimeout in seconds, 3 to 59; unset is 30.
	MachineDetectionTimeout int
	// AMDStatusCallback is told what answered.
	AMDStatusCallback string
	// AMDStatusCallbackMethod is for AMDStatusCallback; unset is POST.
	AMDStatusCallbackMethod Method
	// Number to ring, E.164.
	Number string
}

// Element is "Number".
func (Number) Element() string { return "Number" }
func (Number) isNoun()         {}

// MachineDetection is whether, and how long, Twilio listens for an answering
// machine on a [Number].
type MachineDetection string

// Telling what answered at once, or only at the end of a machine's greeting.
const (
	MachineDetectionEnable     MachineDetection = "Enable"
	MachineDetectionMessageEnd MachineDetection = "DetectMessageEnd"
)

func (m MachineDetection) valid() bool {
	return m == MachineDetectionEnable || m == MachineDetectionMessageEnd
}

// Client is a browser or mobile phone registered with Twilio that a [Dial] rings.
type Client struct {
	// URL of a document that the callee hears before being connected.
	URL string
	// Method for URL; unset is POST.
	Method Method
	// StatusCallback is told of the leg's changes.
	StatusCallback string
	// StatusCallbackMethod is for StatusCallback; unset is POST.
	StatusCallbackMethod Method
	// StatusCallbackEvent names what is told; none is completed.
	StatusCallbackEvent []CallEvent
	// Identity that it registered under, without the "client:" prefix.
	Identity string
}

// Element is "Client".
func (Client) Element() string { return "Client" }
func (Client) isNoun()         {}

// Queue is the name of a queue whose first waiting caller a [Dial] takes.
type Queue struct {
	// URL of a document that the waiting caller hears before being connected.
	URL string
	// Method for URL; unset is POST.
	Method Method
	// Name of the queue.
	Name string
}

// Element is "Queue".
func (Queue) Element() string { return "Queue" }
func (Queue) isNoun()         {}

// RingTone is a country's ring tone by its code, "us-old" or "automatic".
type RingTone string

func (r RingTone) valid() bool {
	switch r {
	case "automatic", "at", "au", "bg", "br", "be", "ch", "cl", "cn", "cz", "de", "dk", "ee", "es",
		"fi", "fr", "gr", "hu", "il", "in", "it", "jp", "lt", "mx", "my", "nl", "no", "nz", "ph",
		"pl", "pt", "ru", "se", "sg", "th", "uk", "us", "us-old", "tw", "ve", "za":
		return true
	}
	return false
}
