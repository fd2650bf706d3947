package mailbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"ringback/ivr/clock"
)

// Message is an e-mail that was accepted.
type Message struct {
	// At is when it was.
	At time.Time
	// From and To are those of the envelope.
	From, To string
	// Subject is decoded.
	Subject string
	// Text is the decoded body, with \n between lines.
	Text string
	// Recording is the decoded attachment, nil without one.
	Recording []byte
	// Headers are all of them as they came, by canonical name.
	Headers map[string][]string
}

// Messages are those to an address that nobody has taken, oldest first.
func (b *Box) Messages(address string) []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.kept[key(address)])
}

// TakeMessage removes the oldest message to an address whose subject and text,
// two lines between them, match; a nil match is any.
func (b *Box) TakeMessage(address string, match func(string) bool) (Message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.kept[key(address)]
	i := slices.IndexFunc(list, func(m Message) bool { return match == nil || match(m.Subject+"\n\n"+m.Text) })
	if i < 0 {
		return Message{}, false
	}
	m := list[i]
	b.kept[key(address)] = slices.Delete(list, i, i+1)
	return m, true
}

// patience is how much later than everything else a person notices a message.
const patience = time.Millisecond

// WaitMessage is [Box.TakeMessage] that waits, at most limit, for the message.
func (b *Box) WaitMessage(ctx context.Context, address string, limit time.Duration, match func(string) bool) (Message, error) {
	deadline := b.o.Clock.Now().Add(limit)
	for {
		// Who listens before looking cannot miss what comes in between.
		s := b.o.Clock.NewSignal()
		b.mu.Lock()
		b.waiting = append(b.waiting, s)
		b.mu.Unlock()
		m, found := b.TakeMessage(address, match)
		if found {
			b.forget(s)
			return m, nil
		}
		err := s.Wait(ctx, deadline.Sub(b.o.Clock.Now()))
		b.forget(s)
		if err != nil {
			return Message{}, fmt.Errorf("wait for a message: %w", err)
		}
		_ = b.o.Clock.Sleep(ctx, patience)
	}
}

// forget takes back a signal: one that nobody waits for must not be fired.
func (b *Box) forget(s clock.Signal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(o clock.Signal) bool { return o == s })
}

var (
	errNotText      = errors.New("not a plain text in UTF-8")
	errNotRecording = errors.New("not one recording after the text")
)

// parse reads a message of one plain text, and perhaps a recording after it, which
// is all that we send. Anything else is an error: a box that is strict finds what a
// lenient server would not.
func parse(raw []byte) (Message, error) {
	in, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, fmt.Errorf("read message: %w", err)
	}
	m := Message{Headers: in.Header}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject")); err != nil {
		return Message{}, fmt.Errorf("read subject: %w", err)
	}
	kind, params, err := mime.ParseMediaType(in.Header.Get("Content-Type"))
	if err == nil && kind == "multipart/mixed" {
		if err := m.readParts(multipart.NewReader(in.Body, params["boundary"])); err != nil {
			return Message{}, err
		}
		return m, nil
	}
	if m.Text, err = readText(textproto.MIMEHeader(in.Header), in.Body); err != nil {
		return Message{}, err
	}
	return m, nil
}

// readParts reads the text and the one attachment.
func (m *Message) readParts(r *multipart.Reader) error {
	part, err := r.NextRawPart()
	if err != nil {
		return fmt.Errorf("read text: %w", err)
	}
	if m.Text, err = readText(part.Header, part); err != nil {
		return err
	}
	if part, err = r.NextRawPart(); err != nil {
		return fmt.Errorf("read recording: %w", err)
	}
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil || kind != "audio/mpeg" || part.FileName() != "recording.mp3" {
		return errNotRecording
	}
	if m.Recording, err = readBody(part.Header, part); err != nil {
		return err
	}
	if _, err = r.NextRawPart(); !errors.Is(err, io.EOF) {
		return errNotRecording
	}
	return nil
}

func readText(h textproto.MIMEHeader, body io.Reader) (string, error) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "text/plain" || !strings.EqualFold(params["charset"], "utf-8") {
		return "", errNotText
	}
	text, err := readBody(h, body)
	return strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), err
}

func readBody(h textproto.MIMEHeader, body io.Reader) ([]byte, error) {
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "", "7bit", "8bit":
	default:
		return nil, errNotText
	}
	read, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	return read, nil
}
