package twiml

import (
	"strings"
	"unicode/utf8"
)

// appendText appends s as character data: markup escaped, tab and line feed
// kept, other control characters and what is not UTF-8 dropped.
func appendText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plainASCII(c) || c == '\n' || c == '\t' {
			i++
			continue
		}
		size, esc, keep := special(s[i:])
		if keep {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, esc...)
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

// appendValue appends s as the inside of a double-quoted attribute: as
// appendText, but tab and line feed as references, because a parser would make
// spaces of them.
func appendValue(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plainASCII(c) {
			i++
			continue
		}
		size, esc, keep := special(s[i:])
		if keep {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, esc...)
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

// plainASCII tells the bytes that stand for themselves everywhere.
func plainASCII(c byte) bool {
	return c-' ' < 0x7f-' ' && c != '&' && c != '<' && c != '>' && c != '"'
}

// special decides about the character at the front of s: to keep its size
// bytes as they are, or to put esc, which may be nothing, in their place.
func special(s string) (size int, esc string, keep bool) {
	switch s[0] {
	case '&':
		return 1, "&amp;", false
	case '<':
		return 1, "&lt;", false
	case '>':
		return 1, "&gt;", false
	case '"':
		return 1, "&quot;", false
	case '\n':
		return 1, "&#xA;", false
	case '\t':
		return 1, "&#x9;", false
	}
	r, size := utf8.DecodeRuneInString(s)
	return size, "", spoken(r, size)
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
