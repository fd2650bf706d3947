package twiml

import (
	"strconv"
	"time"
)

func (s Say) append(dst []byte) []byte {
	dst = append(dst, "<Say"...)
	dst = attr(dst, ` voice="`, s.Voice)
	dst = attr(dst, ` language="`, s.Language)
	dst = attrOptInt(dst, ` loop="`, s.Loop)
	dst = append(dst, '>')
	for _, p := range s.Parts {
		dst = p.append(dst)
	}
	return append(dst, "</Say>"...)
}

func (s Say) size() int { return 56 + len(s.Voice) + len(s.Language) + partsSize(s.Parts) }

func partsSize(parts []SayPart) int {
	n := 0
	for _, p := range parts {
		n += p.size()
	}
	return n
}

// appendParts ends an open start tag with parts and the end tag.
func appendParts(dst []byte, parts []SayPart, end string) []byte {
	dst = append(dst, '>')
	for _, p := range parts {
		dst = p.append(dst)
	}
	return append(dst, end...)
}

func (t Text) append(dst []byte) []byte { return appendText(dst, string(t)) }
func (t Text) size() int                { return len(t) }

func (b Break) append(dst []byte) []byte {
	dst = append(dst, "<break"...)
	dst = attr(dst, ` strength="`, b.Strength)
	if ms := b.Time.Milliseconds(); ms != 0 {
		dst = append(dst, ` time="`...)
		if b.Time%time.Second == 0 {
			dst = strconv.AppendInt(dst, ms/1000, 10)
			dst = append(dst, `s"`...)
		} else {
			dst = strconv.AppendInt(dst, ms, 10)
			dst = append(dst, `ms"`...)
		}
	}
	return append(dst, "/>"...)
}

func (Break) size() int { return 56 }

func (s SayAs) append(dst []byte) []byte {
	dst = append(dst, "<say-as"...)
	dst = attr(dst, ` interpret-as="`, s.InterpretAs)
	dst = attr(dst, ` format="`, s.Format)
	return closeText(dst, s.Text, "</say-as>")
}

func (s SayAs) size() int { return 72 + len(s.Format) + len(s.Text) }

func (p Prosody) append(dst []byte) []byte {
	dst = append(dst, "<prosody"...)
	dst = attr(dst, ` volume="`, p.Volume)
	dst = attr(dst, ` rate="`, p.Rate)
	dst = attr(dst, ` pitch="`, p.Pitch)
	return appendParts(dst, p.Parts, "</prosody>")
}

func (p Prosody) size() int { return 96 + partsSize(p.Parts) }

func (e Emphasis) append(dst []byte) []byte {
	dst = append(dst, "<emphasis"...)
	dst = attr(dst, ` level="`, e.Level)
	return appendParts(dst, e.Parts, "</emphasis>")
}

func (e Emphasis) size() int { return 48 + partsSize(e.Parts) }

func (l Lang) append(dst []byte) []byte {
	dst = append(dst, "<lang"...)
	dst = attr(dst, ` xml:lang="`, l.Language)
	return appendParts(dst, l.Parts, "</lang>")
}

func (l Lang) size() int { return 32 + len(l.Language) + partsSize(l.Parts) }

func (p P) append(dst []byte) []byte { return appendParts(append(dst, "<p"...), p.Parts, "</p>") }
func (p P) size() int                { return 8 + partsSize(p.Parts) }

func (s S) append(dst []byte) []byte { return appendParts(append(dst, "<s"...), s.Parts, "</s>") }
func (s S) size() int                { return 8 + partsSize(s.Parts) }

func (w W) append(dst []byte) []byte {
	dst = append(dst, "<w"...)
	dst = attr(dst, ` role="`, w.Role)
	return appendParts(dst, w.Parts, "</w>")
}

func (w W) size() int { return 24 + len(w.Role) + partsSize(w.Parts) }

func (p Phoneme) append(dst []byte) []byte {
	dst = append(dst, "<phoneme"...)
	dst = attr(dst, ` alphabet="`, p.Alphabet)
	dst = attr(dst, ` ph="`, p.Ph)
	return closeText(dst, p.Text, "</phoneme>")
}

func (p Phoneme) size() int { return 48 + len(p.Alphabet) + len(p.Ph) + len(p.Text) }

func (s Sub) append(dst []byte) []byte {
	dst = append(dst, "<sub"...)
	dst = attr(dst, ` alias="`, s.Alias)
	return closeText(dst, s.Text, "</sub>")
}

func (s Sub) size() int { return 32 + len(s.Alias) + len(s.Text) }
