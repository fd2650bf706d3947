package duo

import "strings"

// NormalizeNumber brings a number as Duo writes it to E.164, so that two can be
// compared. Without a plus, Duo takes ten digits, and eleven that begin with 1, as
// American, and we take all else as lacking its plus. What cannot be a number is
// "", which compares with no number on file.
func NormalizeNumber(s string) string {
	s = strings.TrimSpace(s)
	plus := strings.HasPrefix(s, "+")
	digits := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
		case strings.IndexByte(" -.()", c) >= 0, c == '+' && i == 0:
		default:
			return ""
		}
	}
	d := string(digits)
	if !plus && len(d) == 10 {
		d = "1" + d
	}
	if len(d) < 8 || len(d) > 15 || d[0] == '0' {
		return ""
	}
	return "+" + d
}
