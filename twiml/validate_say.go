package twiml

import (
	"net/url"
	"time"
)

// maxURLEncoded is how long a Say may be after URL encoding, tags included,
// whatever its voice (error 13521).
const maxURLEncoded = 4500

const maxBreak = 10 * time.Second

func (s Say) validate(c *checker) {
	checkEnum(c, "voice", s.Voice)
	c.language("language", s.Language)
	c.positive("loop", s.Loop.Value)
	sp := &speech{checker: c, voice: s.Voice}
	sp.parts(s.Parts)
	if sp.words == 0 {
		c.addf("has nothing to say")
	}
	// What the voice is given, as it goes over the wire.
	var wire []byte
	for _, p := range s.Parts {
		wire = p.append(wire)
	}
	chars := sp.words
	if s.Voice.google() {
		chars = len(wire)
	}
	if chars > s.Voice.MaxChars() {
		c.add(CodeSayTooLong, "more characters than the voice takes")
	}
	if len(url.QueryEscape(string(wire))) > maxURLEncoded {
		c.add(CodeSayTooLong, "more than 4500 characters when URL-encoded")
	}
}

// speech checks the parts of one Say and counts the bytes of its words.
type speech struct {
	*checker

	voice    Voice
	words    int
	inP, inS bool
	tagged   bool // the voice was already found to know no SSML
}

func (sp *speech) parts(parts []SayPart) {
	for i, p := range parts {
		if t, ok := p.(Text); ok {
			t.validate(sp)
			continue
		}
		if sp.depth >= maxDepth-1 {
			sp.addf("nested too deeply")
			return
		}
		sp.in(p.tag(), i, func() {
			if sp.voice.basic() && !sp.tagged {
				sp.tagged = true
				sp.addf("SSML needs a Polly or Google voice")
			}
			p.validate(sp)
		})
	}
}
