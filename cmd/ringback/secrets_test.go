package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ringback/cmd/internal/box"
	"ringback/twiml/carrier"
)

// secrets are what must be nowhere: exact strings, runs of digits, and words.
type secrets struct {
	exact  []string // wherever they stand
	digits []string // not as a part of a longer run of digits, or behind a point
	words  []string // in any case, as words
}

// Of recovery codes as people hold them.
var paper = []string{"1618-0339-8874-9894-8482", "2718-2818-2845-9045-2353"}

var (
	numbers   = regexp.MustCompile(`\+1919555\d{4}`)
	codes6or8 = regexp.MustCompile(`\b(\d{8}|\d{6})\b`)
	hashed    = regexp.MustCompile(`[0-9a-fA-F]{32,}`) // an HMAC has every six digits sooner or later
)

// secretsOf is everything that is secret in a play: what people are and know, what
// they were sent and what they keyed, and the keys and passwords of the service.
func secretsOf(t *testing.T, p played, script string) secrets {
	t.Helper()
	var s secrets
	c := p.Config
	for _, key := range [][]byte{c.Keys.Sealing.Bytes(), c.Keys.Pseudonym.Bytes()} {
		s.exact = append(s.exact, string(key), base64.StdEncoding.EncodeToString(key))
	}
	s.exact = append(s.exact, c.Twilio.AuthToken.Reveal(), c.Duo.SecretKey.Reveal(), c.Duo.IntegrationKey)
	s.exact = append(s.exact, paper...)
	for _, code := range paper {
		s.digits = append(s.digits, strings.ReplaceAll(code, "-", ""))
	}
	for _, who := range box.People() {
		s.words = append(s.words, strings.Fields(who.Name)...)
		s.digits = append(s.digits, who.ID)
		if who.PIN != "" {
			s.digits = append(s.digits, who.PIN)
		}
		s.number(who.Numbers...)
	}
	s.exact = append(s.exact, "@example.edu", "@example.com", "@example.org")
	s.number(numbers.FindAllString(script, -1)...)
	for _, g := range c.Desk.Agents {
		s.number(string(g.Phone))
	}
	for _, body := range append(sent(t, p), mails(p)...) {
		s.body(body)
	}
	for _, push := range p.Duo.Pushes() {
		s.digits = append(s.digits, push.Code)
	}
	for _, m := range p.Transcript {
		s.body(m.Text)
		if keyed := strings.Trim(m.Text, "#*"); m.Who == string(carrier.KindKey) && len(keyed) >= 6 {
			s.digits = append(s.digits, keyed)
		}
	}
	for _, filler := range []string{"", "000000", "000001", "999999"} { // of {wrong}
		s.digits = slices.DeleteFunc(s.digits, func(d string) bool { return d == filler })
	}
	return s
}

// number is secret with and without its plus and its country.
func (s *secrets) number(all ...string) {
	for _, n := range all {
		s.exact = append(s.exact, strings.TrimPrefix(n, "+1"))
	}
}

// body is a text or an e-mail: its codes, references and links.
func (s *secrets) body(text string) {
	for _, m := range codes6or8.FindAllStringSubmatch(text, -1) {
		s.digits = append(s.digits, m[1])
	}
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		s.exact = append(s.exact, m[1])
	}
}

// sent are the bodies of all texts, taken ones too, as the carrier keeps them.
func sent(t *testing.T, p played) (all []string) {
	t.Helper()
	p.Up("texts") // or the carrier would not tell
	c := p.Config.Twilio
	r := httptest.NewRequest("GET", "/2010-04-01/Accounts/"+c.AccountSID+"/Messages.json?PageSize=1000", nil)
	r.SetBasicAuth(c.AccountSID, c.AuthToken.Reveal())
	rec := httptest.NewRecorder()
	p.Carrier.Handler().ServeHTTP(rec, r)
	var page struct {
		Messages []struct {
			Body string `json:"body"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
		t.Fatalf("texts: %v: %s", err, rec.Body)
	}
	for _, m := range page.Messages {
		all = append(all, m.Body)
	}
	return all
}

// mails are the e-mails that nobody has taken; the others are in the transcript.
func mails(p played) (all []string) {
	for _, to := range []string{"dana@example.edu", "dana@example.com", "sam@example.edu", "lee@example.edu", "kim@example.edu", "noor@example.org"} {
		for _, m := range p.Mail.Messages(to) {
			all = append(all, m.Subject+"\n"+m.Text)
		}
	}
	return all
}

// in finds the secrets in a value. Of a value that is no text, sealed bytes say,
// short words are not looked for: there they stand by chance.
func (s secrets) in(value string) (found []string) {
	value = hashed.ReplaceAllString(value, "#")
	for _, e := range s.exact {
		if strings.Contains(value, e) {
			found = append(found, e)
		}
	}
	for _, d := range s.digits {
		if hasDigits(value, d) {
			found = append(found, d)
		}
	}
	text := isText(value)
	lower := strings.ToLower(value)
	for _, w := range s.words {
		switch {
		case text && hasWord(lower, strings.ToLower(w)):
			found = append(found, strings.ToLower(w))
		case !text && len(w) > 4 && strings.Contains(value, w):
			found = append(found, w)
		}
	}
	return found
}

func isText(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

func hasDigits(value, digits string) bool {
	return around(value, digits, func(before, after byte) bool {
		return before != '.' && !isDigit(before) && !isDigit(after)
	})
}

func hasWord(value, word string) bool {
	return around(value, word, func(before, after byte) bool { return !isLetter(before) && !isLetter(after) })
}

// around reports whether a part stands anywhere with what may be beside it; 0 is
// nothing.
func around(value, part string, fits func(before, after byte) bool) bool {
	for at := 0; ; at++ {
		i := strings.Index(value[at:], part)
		if i < 0 {
			return false
		}
		at += i
		var before, after byte
		if at > 0 {
			before = value[at-1]
		}
		if end := at + len(part); end < len(value) {
			after = value[end]
		}
		if fits(before, after) {
			return true
		}
	}
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || isDigit(c) || c == '_' }
