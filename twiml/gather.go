package twiml

// Gather collects keys or speech while its prompts play, and asks Action what
// next. The prompts belong inside, so that a key cuts them short. Without any
// input the next verb runs, unless ActionOnEmptyResult.
type Gather struct {
	// Input is keys, speech or both; unset is keys.
	Input Input
	// Action is asked for the next document with Digits or SpeechResult; unset
	// is this document's own URL, which makes a loop.
	Action string
	// Method for Action; unset is POST.
	Method Method
	// Timeout in seconds after the prompts and after each key; unset is 5.
	Timeout Optional[int]
	// SpeechTimeout in seconds of silence that end speech; unset is Timeout. A
	// SpeechModel needs a number here, not [SpeechTimeoutAuto].
	SpeechTimeout SpeechTimeout
	// NumDigits that end the input at once; unset is no limit.
	NumDigits int
	// FinishOnKey is one of 0-9 * # that ends the input and is not part of it;
	// unset is "#", Some("") is none, so that # is an ordinary key.
	FinishOnKey Optional[string]
	// ActionOnEmptyResult asks Action also when there was no input; unset is not.
	ActionOnEmptyResult bool
	// Language of the speech as a BCP 47 tag; unset is "en-US".
	Language string
	// Hints are words that are likely to be said: at most 500 of 100
	// characters each, without commas.
	Hints []string
	// SpeechModel is such as "phone_call" or "googlev2_telephony"; unset is
	// "default".
	SpeechModel string
	// ProfanityFilter stars out rude words; unset is true.
	ProfanityFilter Optional[bool]
	// PartialResultCallback is told of speech while it is going on; its answer
	// is ignored. Unset is none.
	PartialResultCallback string
	// PartialResultCallbackMethod is for PartialResultCallback; unset is POST.
	PartialResultCallbackMethod Method
	// Prompts play while input is awaited; none is silence.
	Prompts []Prompt
}

// SpeechTimeout is a number of seconds, or [SpeechTimeoutAuto]; zero is unset.
type SpeechTimeout int

// SpeechTimeoutAuto lets Twilio decide when somebody has finished speaking.
const SpeechTimeoutAuto SpeechTimeout = -1

// Twilio's defaults for a Gather.
const (
	DefaultGatherTimeout = 5
	DefaultFinishOnKey   = "#"
)

// Element is "Gather".
func (Gather) Element() string { return "Gather" }
func (Gather) isVerb()         {}
