package twiml

// ContentType is the media type that a document is served with.
const ContentType = "text/xml; charset=utf-8"

// MaxBytes is the longest document, in bytes, that Twilio reads (error 11750).
const MaxBytes = 64 << 10

// Response is a whole document: its verbs run from first to last, and the call
// ends after the last one. Verbs after one whose action was requested are
// never reached, which is allowed. The zero value is the empty document, which
// hangs up, and is what callbacks are answered with.
type Response struct {
	Verbs []Verb
}

// Verb is one instruction at the top of a document: [Say], [Play], [Pause],
// [Gather], [Dial], [Enqueue], [Leave], [Redirect], [Hangup], [Reject] or
// [Record], always as a value, never as a pointer. No other type can be one.
type Verb interface {
	// Element is the verb's name in the document, such as "Gather".
	Element() string

	append(dst []byte) []byte
	size() int
	validate(c *checker)
	isVerb()
}

// Prompt is a verb that may also stand inside a [Gather], where a key that the
// caller presses cuts it short: [Say], [Play] or [Pause].
type Prompt interface {
	Verb
	isPrompt()
}

// Noun is whom a [Dial] connects to: [Number], [Client], [Conference] or
// [Queue], as a value.
type Noun interface {
	// Element is the noun's name in the document, such as "Conference".
	Element() string

	append(dst []byte) []byte
	size() int
	validate(c *checker)
	isNoun()
}
