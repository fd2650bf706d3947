package twiml

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// between checks a number that may be left out as zero.
func (c *checker) between(attribute string, v, least, most int) {
	if v != 0 && (v < least || v > most) {
		c.addf("%s must be %d to %d", attribute, least, most)
	}
}

func (c *checker) positive(attribute string, v int) {
	if v < 0 {
		c.addf("%s must not be negative", attribute)
	}
}

func checkEnum[T word](c *checker, attribute string, v T) {
	if v != "" && !v.valid() {
		c.addf("%s is not one of the values that are allowed", attribute)
	}
}

func checkEnums[T word](c *checker, attribute string, list []T) {
	for _, v := range list {
		if !v.valid() {
			c.addf("%s names an event that does not exist", attribute)
			return
		}
	}
}

// url checks what Twilio is to request: absolute over http or https, or
// relative to the document.
func (c *checker) url(attribute, v string) {
	if v == "" {
		return
	}
	u, err := url.Parse(v)
	switch {
	case err != nil, strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		c.addf("%s is not a URL", attribute)
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		c.addf("%s must be http or https", attribute)
	case u.Scheme != "" && u.Host == "":
		c.addf("%s has no host", attribute)
	}
}

// request checks a URL together with its method.
func (c *checker) request(urlAttribute, url, methodAttribute string, m Method) {
	c.url(urlAttribute, url)
	checkEnum(c, methodAttribute, m)
}

// recording checks the attributes that three elements share.
func (c *checker) recording(url string, m Method, events []RecordingEvent, t Trim) {
	c.request("recordingStatusCallback", url, "recordingStatusCallbackMethod", m)
	checkEnums(c, "recordingStatusCallbackEvent", events)
	checkEnum(c, "trim", t)
}

// keys checks a string of keys; most is how many are allowed, 0 any number.
func (c *checker) keys(attribute, v, allowed string, most int) {
	if strings.Trim(v, allowed) != "" {
		c.addf("%s must be keys out of %s", attribute, allowed)
	}
	if most > 0 && utf8.RuneCountInString(v) > most {
		c.addf("%s must be at most %d key", attribute, most)
	}
}

// required checks a text that must be there, of at most that many characters.
func (c *checker) required(what, v string, most int) {
	if v == "" {
		c.addf("%s is missing", what)
	}
	c.atMost(what, v, most)
}

func (c *checker) atMost(what, v string, most int) {
	if utf8.RuneCountInString(v) > most {
		c.addf("%s must be at most %d characters", what, most)
	}
}

// language checks the shape of a BCP 47 tag.
func (c *checker) language(attribute, v string) {
	if v == "" {
		return
	}
	for i, sub := range strings.Split(v, "-") {
		if sub == "" || len(sub) > 8 || i == 0 && len(sub) < 2 || strings.Trim(sub, alphanumeric) != "" {
			c.addf("%s is not a language tag", attribute)
			return
		}
	}
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// phone checks a number to dial: E.164, or as people write it, 3 to 15 digits.
func (c *checker) phone(what, v string) {
	digits := 0
	for i, r := range v {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" ()-.", r):
		default:
			c.addf("%s is not a telephone number", what)
			return
		}
	}
	if digits < 3 || digits > 15 {
		c.addf("%s must have 3 to 15 digits", what)
	}
}
