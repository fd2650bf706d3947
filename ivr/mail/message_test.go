package mail_test

import (
	"strings"
	"testing"

	"ringback/ivr/mail"
	"ringback/ivr/mail/mailbox"
)

// What could be taken for a header, or for an SMTP command, is not sent.
func TestNothingIsInjected(t *testing.T) {
	b := open(t, mailbox.Options{})
	c := client(t, b, nil)
	with := func(f func(*mail.Message)) mail.Message {
		m := hello
		f(&m)
		return m
	}
	for name, m := range map[string]mail.Message{
		"no recipient":              with(func(m *mail.Message) { m.To = "" }),
		"two recipients":            with(func(m *mail.Message) { m.To = "dana@example.edu, eve@example.org" }),
		"recipient with a name":     with(func(m *mail.Message) { m.To = "Dana <dana@example.edu>" }),
		"recipient in brackets":     with(func(m *mail.Message) { m.To = "<dana@example.edu>" }),
		"recipient, line break":     with(func(m *mail.Message) { m.To = "dana@example.edu\r\nRCPT TO:<eve@example.org>" }),
		"recipient, parameter":      with(func(m *mail.Message) { m.To = "dana@example.edu> NOTIFY=NEVER <x" }),
		"recipient, quoted":         with(func(m *mail.Message) { m.To = "\"da na\"@example.edu" }),
		"recipient, not ASCII":      with(func(m *mail.Message) { m.To = "dänä@example.edu" }),
		"recipient, too long":       with(func(m *mail.Message) { m.To = strings.Repeat("a", 250) + "@example.edu" }),
		"recipient without domain":  with(func(m *mail.Message) { m.To = "dana" }),
		"no subject":                with(func(m *mail.Message) { m.Subject = "" }),
		"subject, CR LF":            with(func(m *mail.Message) { m.Subject = "x\r\nBcc: eve@example.org" }),
		"subject, LF":               with(func(m *mail.Message) { m.Subject = "x\nBcc: eve@example.org" }),
		"subject, CR":               with(func(m *mail.Message) { m.Subject = "x\rBcc: eve@example.org" }),
		"subject, NEL":              with(func(m *mail.Message) { m.Subject = "x\u0085Bcc: eve@example.org" }),
		"subject, line separator":   with(func(m *mail.Message) { m.Subject = "x\u2028Bcc: eve@example.org" }),
		"subject, not UTF-8":        with(func(m *mail.Message) { m.Subject = "\xff" }),
		"subject, too long":         with(func(m *mail.Message) { m.Subject = strings.Repeat("x", 501) }),
		"subject, encoded word":     with(func(m *mail.Message) { m.Subject = "=?utf-8?q?x=0d=0a?=" }),
		"text, bare CR":             with(func(m *mail.Message) { m.Text = "x\r.\rMAIL FROM:<eve@example.org>" }),
		"text, NUL":                 with(func(m *mail.Message) { m.Text = "x\x00" }),
		"text, not UTF-8":           with(func(m *mail.Message) { m.Text = "\xff" }),
		"text, too long":            with(func(m *mail.Message) { m.Text = strings.Repeat("x", 1<<16+1) }),
		"recording, empty":          with(func(m *mail.Message) { m.Recording = []byte{} }),
		"recording, too long":       with(func(m *mail.Message) { m.Recording = make([]byte, 2<<20+1) }),
		"id, line break":            with(func(m *mail.Message) { m.ID = "x>\r\nBcc: eve@example.org" }),
		"id, another domain":        with(func(m *mail.Message) { m.ID = "x@example.org" }),
		"header, line break":        with(func(m *mail.Message) { m.Headers = map[string]string{"X-A": "x\r\nBcc: eve@example.org"} }),
		"header name, line break":   with(func(m *mail.Message) { m.Headers = map[string]string{"X-A: x\r\nBcc": "eve@example.org"} }),
		"header name, empty":        with(func(m *mail.Message) { m.Headers = map[string]string{"": "x"} }),
		"header of ours":            with(func(m *mail.Message) { m.Headers = map[string]string{"bCC": "eve@example.org"} }),
		"header of ours, content":   with(func(m *mail.Message) { m.Headers = map[string]string{"Content-Type": "text/html"} }),
		"header of ours, sender":    with(func(m *mail.Message) { m.Headers = map[string]string{"Sender": "eve@example.org"} }),
		"header of ours, submitted": with(func(m *mail.Message) { m.Headers = map[string]string{"auto-submitted": "no"} }),
	} {
		t.Run(name, func(t *testing.T) {
			failed(t, b, c.Send(t.Context(), m), mail.ErrInvalid, "compose")
		})
	}
}

// Whatever a message holds, it arrives as it was, or not at all.
func FuzzSend(f *testing.F) {
	for _, s := range []string{"", "\r\n.\r\nMAIL FROM:<eve@example.org>\r\n", ".", "..", "=41", "é\n", "From here\n", strings.Repeat("long ", 300), "a \n b\t\n", "=?utf-8?q?x?="} {
		f.Add("subject", s)
		f.Add(s, "text")
	}
	b, err := mailbox.New(mailbox.Options{})
	if err != nil {
		f.Fatal(err)
	}
	if err := b.Listen(f.Context(), "127.0.0.1:0"); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = b.Close() })
	f.Fuzz(func(t *testing.T, subject, text string) {
		c := client(t, b, nil)
		if err := c.Send(t.Context(), mail.Message{To: to, Subject: subject, Text: text}); err != nil {
			failed(t, b, err, mail.ErrInvalid, "compose")
			return
		}
		m, ok := b.TakeMessage(to, nil)
		if _, more := b.TakeMessage(to, nil); !ok || more {
			t.Fatal("not one message")
		}
		want := strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
		if m.Text != want {
			t.Errorf("text %q, want %q", m.Text, want)
		}
		if strings.TrimSpace(m.Subject) != strings.TrimSpace(subject) {
			t.Errorf("subject %q, want %q", m.Subject, subject)
		}
		for name := range m.Headers {
			if name == "Bcc" || name == "Cc" {
				t.Errorf("header %s", name)
			}
		}
	})
}
