package mail

import (
	"bytes"
	"crypto/rand"
	"errors"
	netmail "net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

const (
	maxAddress = 254     // RFC 5321, 4.5.3.1.3, without the brackets
	maxLine    = 500     // bytes of a subject or a header's value
	maxText    = 1 << 16 // bytes
	maxSound   = 2 << 20 // bytes of a recording
)

// Message is an e-mail to one recipient.
type Message struct {
	// To is a bare address in ASCII: no name, no quotes, domains as punycode.
	To string
	// Subject is one line, not empty.
	Subject string
	// Text is UTF-8 with \n between lines, at most 64 KiB.
	Text string
	// ID is the left side of the Message-ID. Give a retry the same one, so that
	// a recipient's server can see that it is. "": a random one.
	ID string
	// Headers are further ones. Auto-Submitted: auto-generated (RFC 3834) is
	// always sent; those that this package writes cannot be given.
	Headers map[string]string
	// Recording is a sound, as MP3, that goes along as the attachment
	// recording.mp3; at most 2 MiB. nil: none, and the message is one plain text.
	Recording []byte
}

// recordingName is the same for all: a name would tell of whom it is.
const recordingName = "recording.mp3"

// check refuses what must not, or cannot, be sent. It names no value.
func (m Message) check() error {
	switch {
	case !address(m.To):
		return errors.New("recipient")
	case m.Subject == "" || !line(m.Subject):
		return errors.New("subject")
	case !text(m.Text):
		return errors.New("text")
	case !token(m.ID) && m.ID != "":
		return errors.New("id")
	case len(m.Recording) > maxSound || m.Recording != nil && len(m.Recording) == 0:
		return errors.New("recording")
	}
	for name, value := range m.Headers {
		if !token(name) || !line(value) || ours(name) {
			return errors.New("headers")
		}
	}
	return nil
}

// compose writes a message as it is sent.
func (c *Client) compose(m Message) ([]byte, error) {
	if m.ID == "" {
		m.ID = strings.ToLower(rand.Text())
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&netmail.Address{Name: c.o.FromName, Address: c.o.From})
	msg.ToMailAddress(&netmail.Address{Address: m.To})
	msg.Subject(m.Subject)
	msg.SetDateWithValue(c.o.Clock.Now())
	msg.SetMessageIDWithValue(m.ID + "@" + c.domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	for name, value := range m.Headers {
		msg.SetGenHeader(gomail.Header(name), value)
	}
	msg.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(m.Text, "\r\n", "\n"))
	if m.Recording != nil {
		err := msg.AttachReader(recordingName, bytes.NewReader(m.Recording), gomail.WithFileContentType("audio/mpeg"))
		if err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// ours reports whether a header is one that this package writes, or one that
// would change who gets a message or how it is read.
func ours(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "content-") || strings.HasPrefix(name, "resent-") ||
		slices.Contains([]string{
			"from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version",
			"auto-submitted", "return-path", "received",
		}, name)
}

// address reports whether s is a bare address that can be written as it is.
func address(s string) bool {
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= maxAddress && ascii(s) && line(s)
}

func domainOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// line reports whether s fits into one header and is read as it is written: an
// encoded word (RFC 2047) would not be.
func line(s string) bool {
	return len(s) <= maxLine && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) &&
		!strings.ContainsAny(s, "\u2028\u2029") && !strings.Contains(s, "=?")
}

// text reports whether s can be a body.
func text(s string) bool {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return len(s) <= maxText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}

// token reports whether s can name a header, or be half of an id.
func token(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return !letterOrDigit(r) && r != '-' })
}

func letterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
