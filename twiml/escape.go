package twiml

import (
	"strings"
	"unicode/utf8"
)

// appendText appends s as character data: markup escaped, tab and line feed
// kept, other control characters and what is not UTF-8 dropped.
func appendText(dst []byte, s string) []byte {
	for {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			return dst
		}
		if s[0] == '\n' || s[0] == '\t' {
			dst = append(dst, s[0])
			s = s[1:]
			continue
		}
		dst, s = appendSpecial(dst, s)
	}
}

// appendValue appends s as the inside of a double-quoted attribute: as
// appendText, but tab and line feed as references, because a parser would make
// spaces of them.
func appendValue(dst []byte, s string) []byte {
	for {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			return dst
		}
		dst, s = appendSpecial(dst, s)
	}
}

// plainPrefix is how many bytes at the front of s stand for themselves
// everywhere: printing ASCII but & < > and the double quote. It looks at eight
// bytes at once until one of them may be another.
func plainPrefix(s string) int {
	const (
		ones = 0x0101010101010101
		tops = 0x80 * ones
	)
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// A top bit is set where a byte is delete or not ASCII, a control
		// character, one of the pair < >, one of the pair " & (each pair
		// differs in a single bit).
		angle := (x | 0x02*ones) ^ '>'*ones
		quote := (x | 0x04*ones) ^ '&'*ones
		if ((x+ones)|x|(x-' '*ones)&^x|(angle-ones)&^angle|(quote-ones)&^quote)&tops != 0 {
			break
		}
	}
	for i < len(s) && plainASCII(s[i]) {
		i++
	}
	return i
}

func plainASCII(c byte) bool {
	return c-' ' < 0x7f-' ' && c != '&' && c != '<' && c != '>' && c != '"'
}

// appendSpecial appends what stands for the character at the front of s, which
// may be nothing, and returns the rest of s.
func appendSpecial(dst []byte, s string) (out []byte, rest string) {
	esc := ""
	switch s[0] {
	case '&':
		esc = "&amp;"
	case '<':
		esc = "&lt;"
	case '>':
		esc = "&gt;"
	case '"':
		esc = "&quot;"
	case '\n':
		esc = "&#xA;"
	case '\t':
		esc = "&#x9;"
	default:
		r, size := utf8.DecodeRuneInString(s)
		if spoken(r, size) {
			dst = append(dst, s[:size]...)
		}
		return dst, s[size:]
	}
	return append(dst, esc...), s[1:]
}

// spoken tells the characters that reach the document: no control characters,
// C1 included, and nothing that XML 1.0 does not allow.
func spoken(r rune, size int) bool {
	switch {
	case r == utf8.RuneError && size == 1:
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return false
	case r == 0xfffe, r == 0xffff:
		return false
	}
	return true
}

// clean drops from a parsed text what appendText would drop, so that what Parse
// returns comes back the same. Character references can bring such in.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if spoken(r, utf8.RuneLen(r)) || r == '\n' || r == '\t' {
			return r
		}
		return -1
	}, s)
}
