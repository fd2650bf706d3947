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

// MaxChars is how many characters one Say may hold with this voice: 4096 with
// a basic one, 3000 with Polly's (SSML tags are free there), 5000 with
// Google's (tags count). Twilio reports more as error 13521.
func (v Voice) MaxChars() int {
	switch {
	case strings.HasPrefix(string(v), "Polly."):
		return 3000
	case strings.HasPrefix(string(v), "Google."):
		return 5000
	default:
		return 4096
	}
}

func (v Voice) basic() bool {
	return v == "" || v == VoiceMan || v == VoiceWoman || v == VoiceAlice
}

func (v Voice) valid() bool {
	for _, prefix := range []string{"Polly.", "Google."} {
		if rest, ok := strings.CutPrefix(string(v), prefix); ok {
			return rest != ""
		}
	}
	return v.basic() && v != ""
}
