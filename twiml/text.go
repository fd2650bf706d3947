package twiml

import "strings"

// Text is what the Say sounds like, for transcripts: one line without markup,
// white space collapsed. Digits, characters and telephone numbers in a [SayAs]
// come out one by one ("1 2 3"), a [Sub] as its alias. Loop and pauses do not
// show.
func (s Say) Text() string {
	var buf []byte
	for _, p := range s.Parts {
		buf = p.speak(buf)
	}
	return strings.Join(strings.Fields(string(buf)), " ")
}

func speakParts(dst []byte, parts []SayPart) []byte {
	for _, p := range parts {
		dst = p.speak(dst)
	}
	return dst
}

// speakApart speaks parts that are set off from what is around them.
func speakApart(dst []byte, parts []SayPart) []byte {
	return append(speakParts(append(dst, ' '), parts), ' ')
}

func (t Text) speak(dst []byte) []byte     { return append(dst, t...) }
func (Break) speak(dst []byte) []byte      { return append(dst, ' ') }
func (p Prosody) speak(dst []byte) []byte  { return speakParts(dst, p.Parts) }
func (e Emphasis) speak(dst []byte) []byte { return speakParts(dst, e.Parts) }
func (l Lang) speak(dst []byte) []byte     { return speakParts(dst, l.Parts) }
func (p P) speak(dst []byte) []byte        { return speakApart(dst, p.Parts) }
func (s S) speak(dst []byte) []byte        { return speakApart(dst, s.Parts) }
func (w W) speak(dst []byte) []byte        { return speakParts(dst, w.Parts) }
func (p Phoneme) speak(dst []byte) []byte  { return append(dst, p.Text...) }
func (s Sub) speak(dst []byte) []byte      { return append(dst, s.Alias...) }

func (s SayAs) speak(dst []byte) []byte {
	switch s.InterpretAs {
	case AsDigits, AsCharacter, AsCharacters, AsSpellOut:
		return oneByOne(dst, s.Text, func(r rune) bool { return r > ' ' })
	case AsTelephone:
		return oneByOne(dst, s.Text, func(r rune) bool { return r >= '0' && r <= '9' })
	case AsCardinal, AsNumber, AsOrdinal, AsFraction, AsUnit, AsDate, AsTime, AsAddress:
		return append(dst, s.Text...)
	case AsExpletive:
		return append(dst, "[beep]"...)
	default:
		return append(dst, s.Text...)
	}
}

// oneByOne appends the characters that are wanted with spaces between them.
func oneByOne(dst []byte, s string, wanted func(rune) bool) []byte {
	sep := ""
	for _, r := range s {
		if wanted(r) {
			dst = append(dst, sep...)
			dst = append(dst, string(r)...)
			sep = " "
		}
	}
	return dst
}
