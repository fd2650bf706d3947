package twiml

import "strings"

// Say speaks text to the caller.
type Say struct {
	// Voice that speaks; unset is [VoiceMan], or what the account has set.
	Voice Voice
	// Language as a BCP 47 tag such as "en-US"; unset is the voice's own. It
	// must fit the voice, or Twilio fails the verb.
	Language string
	// Loop is how often it is said; unset is once, 0 until the caller hangs up.
	Loop Optional[int]
	// Parts are text and SSML in the order in which they are spoken. SSML needs
	// a Polly or Google voice.
	Parts []SayPart
}

// SayText is a Say of plain text with the default voice.
func SayText(s string) Say { return Say{Parts: []SayPart{Text(s)}} }

// Element is "Say".
func (Say) Element() string { return "Say" }
func (Say) isVerb()         {}
func (Say) isPrompt()       {}

// Voice is the name of a voice: a basic one, or Polly.Joanna, Polly.Joanna-Neural,
// Google.en-US-Standard-C and so on.
type Voice string

// The basic voices, which know no SSML. Alice is an alias kept by Twilio.
const (
	VoiceMan   Voice = "man"
	VoiceWoman Voice = "woman"
	VoiceAlice Voice = "alice"
)

// MaxChars is how many characters, counted as UTF-8 bytes, one Say may hold with this voice: 4096 with
// a basic one, 3000 with Polly's (SSML tags are free there), 5000 with
// Google's (tags count). Twilio reports more as error 13521.
func (v Voice) MaxChars() int {
	switch {
	case v.polly():
		return 3000
	case v.google():
		return 5000
	default:
		return 4096
	}
}

func (v Voice) polly() bool  { return strings.HasPrefix(string(v), "Polly.") }
func (v Voice) google() bool { return strings.HasPrefix(string(v), "Google.") }

// basic tells the voices that know no SSML; the unset one counts as basic.
func (v Voice) basic() bool { return !v.polly() && !v.google() }

// neural tells Polly's newer voices, which know less SSML than its standard ones.
func (v Voice) neural() bool {
	return v.polly() && (strings.HasSuffix(string(v), "-Neural") || strings.HasSuffix(string(v), "-Generative"))
}

func (v Voice) valid() bool {
	switch v {
	case VoiceMan, VoiceWoman, VoiceAlice:
		return true
	}
	return v.polly() && v != "Polly." || v.google() && v != "Google."
}
