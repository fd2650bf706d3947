package twiml

import "time"

// SayPart is text or an SSML element inside a [Say]: [Text], [Break], [SayAs],
// [Sub], [Phoneme], or one that holds parts itself: [Prosody], [Emphasis],
// [Lang], [P], [S], [W]. Always a value; no other type can be one.
type SayPart interface {
	// tag is the element's name, empty for text.
	tag() string
	append(dst []byte) []byte
	size() int
	validate(c *speech)
	speak(dst []byte) []byte
}

// Text is words to speak. It is escaped when rendered, so it may come from
// people. An empty Text is nothing at all, and Texts side by side are read
// back by [Parse] as one.
type Text string

// Break is a silence in the speech, of a length or a strength; a zero Break is
// one of medium strength.
type Break struct {
	// Strength of the pause; with a Time, the Time decides.
	Strength BreakStrength
	// Time is the length, in whole milliseconds, at most 10 s. Zero is unset; a
	// break of no length is [StrengthNone], which is also what Parse makes of
	// time="0s".
	Time time.Duration
}

// BreakStrength is a pause in terms of grammar; unset is [StrengthMedium].
type BreakStrength string

// Pauses from none (not even one that the voice would make by itself) and
// that of a comma (medium) to that of a paragraph (x-strong).
const (
	StrengthNone    BreakStrength = "none"
	StrengthXWeak   BreakStrength = "x-weak"
	StrengthWeak    BreakStrength = "weak"
	StrengthMedium  BreakStrength = "medium"
	StrengthStrong  BreakStrength = "strong"
	StrengthXStrong BreakStrength = "x-strong"
)

func (b BreakStrength) valid() bool {
	switch b {
	case StrengthNone, StrengthXWeak, StrengthWeak, StrengthMedium, StrengthStrong, StrengthXStrong:
		return true
	}
	return false
}

// SayAs is text with a hint how to speak it: "1234" as digits, a date, a
// telephone number.
type SayAs struct {
	// InterpretAs is required.
	InterpretAs InterpretAs
	// Format is the order of the parts of a date, such as "mdy"; only with
	// [AsDate].
	Format string
	// Text is what to speak.
	Text string
}

// InterpretAs is the kind of thing that a [SayAs] holds.
type InterpretAs string

// The kinds that Twilio lists for its voices. [AsDigits] speaks "123" as "one
// two three", [AsCharacters] spells.
const (
	AsCharacter  InterpretAs = "character"
	AsCharacters InterpretAs = "characters"
	AsSpellOut   InterpretAs = "spell-out"
	AsCardinal   InterpretAs = "cardinal"
	AsNumber     InterpretAs = "number"
	AsOrdinal    InterpretAs = "ordinal"
	AsDigits     InterpretAs = "digits"
	AsFraction   InterpretAs = "fraction"
	AsUnit       InterpretAs = "unit"
	AsDate       InterpretAs = "date"
	AsTime       InterpretAs = "time"
	AsAddress    InterpretAs = "address"
	AsExpletive  InterpretAs = "expletive"
	AsTelephone  InterpretAs = "telephone"
)

func (i InterpretAs) valid() bool {
	switch i {
	case AsCharacter, AsCharacters, AsSpellOut, AsCardinal, AsNumber, AsOrdinal, AsDigits,
		AsFraction, AsUnit, AsDate, AsTime, AsAddress, AsExpletive, AsTelephone:
		return true
	}
	return false
}

// Prosody speaks its parts louder, higher or faster. Neural voices know only
// part of it.
type Prosody struct {
	// Volume is silent, x-soft, soft, medium, loud, x-loud, default, or +6dB.
	Volume string
	// Rate is x-slow, slow, medium, fast, x-fast, default, or a percentage
	// such as "85%".
	Rate string
	// Pitch is x-low, low, medium, high, x-high, default, or +10%.
	Pitch string
	Parts []SayPart
}

// Emphasis stresses its parts. Neural Polly voices do not have it.
type Emphasis struct {
	// Level of stress; unset is [EmphasisModerate].
	Level EmphasisLevel
	Parts []SayPart
}

// EmphasisLevel is how much an [Emphasis] stresses.
type EmphasisLevel string

// From louder and slower to quieter and faster.
const (
	EmphasisStrong   EmphasisLevel = "strong"
	EmphasisModerate EmphasisLevel = "moderate"
	EmphasisReduced  EmphasisLevel = "reduced"
)

func (l EmphasisLevel) valid() bool {
	return l == EmphasisStrong || l == EmphasisModerate || l == EmphasisReduced
}

// Lang speaks its parts in another language; it is rendered as xml:lang.
type Lang struct {
	// Language is a BCP 47 tag such as "es-MX"; required.
	Language string
	Parts    []SayPart
}

// P is a paragraph: a long pause after it.
type P struct{ Parts []SayPart }

// S is a sentence: a strong pause after it.
type S struct{ Parts []SayPart }

// W is a word whose role in the sentence tells how to pronounce it.
type W struct {
	// Role is such as "amazon:VB"; required.
	Role  string
	Parts []SayPart
}

// Phoneme is text with its pronunciation.
type Phoneme struct {
	// Alphabet is "ipa", "x-sampa" or "x-amazon-pinyin"; unset is "ipa".
	Alphabet string
	// Ph is the pronunciation; required.
	Ph string
	// Text is what is written, and not spoken.
	Text string
}

// Sub is text spoken as something else, such as an abbreviation in full.
type Sub struct {
	// Alias is what is spoken; required.
	Alias string
	// Text is what is written, and not spoken.
	Text string
}

func (Text) tag() string     { return "" }
func (Break) tag() string    { return "break" }
func (SayAs) tag() string    { return "say-as" }
func (Prosody) tag() string  { return "prosody" }
func (Emphasis) tag() string { return "emphasis" }
func (Lang) tag() string     { return "lang" }
func (P) tag() string        { return "p" }
func (S) tag() string        { return "s" }
func (W) tag() string        { return "w" }
func (Phoneme) tag() string  { return "phoneme" }
func (Sub) tag() string      { return "sub" }
