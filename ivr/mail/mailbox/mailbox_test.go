package mailbox_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/ivr/mail/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

// open starts a box.
func open(t *testing.T, o mailbox.Options) *mailbox.Box {
	t.Helper()
	b, err := mailbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// post sends by another client than ours.
func post(b *mailbox.Box, body string, to ...string) error {
	head := "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=utf-8\r\n"
	return smtp.SendMail(b.Addr(), nil, "ringback@line.example", to, []byte(head+body))
}

func TestKeepsByRecipient(t *testing.T) {
	b := open(t, mailbox.Options{})
	if err := post(b, "\r\none\r\n.two\r\n", "Dana@example.edu", "lee@example.edu"); err != nil {
		t.Fatal(err)
	}
	if err := post(b, "Content-Transfer-Encoding: base64\r\n\r\ndHdvIGxpbmVz\r\n", "dana@example.edu"); err != nil {
		t.Fatal(err)
	}
	got := b.Messages("dana@EXAMPLE.edu")
	if len(got) != 2 || got[0].Text != "one\n.two" || got[1].Text != "two lines" || got[0].Subject != "Grüße" {
		t.Fatalf("messages %+v", got)
	}
	if m, ok := b.TakeMessage("dana@example.edu", func(s string) bool { return strings.Contains(s, "two lines") }); !ok || m.Text != "two lines" {
		t.Errorf("took %+v, %v", m, ok)
	}
	if _, ok := b.TakeMessage("dana@example.edu", func(s string) bool { return strings.Contains(s, "two lines") }); ok {
		t.Error("taken twice")
	}
	if n := len(b.Messages("lee@example.edu")); n != 1 {
		t.Errorf("%d messages of Lee's", n)
	}
}

func TestRefusesWhatIsNoPlainText(t *testing.T) {
	b := open(t, mailbox.Options{})
	for name, body := range map[string]string{
		"no header":    "x",
		"HTML":         "Content-Type: text/html; charset=utf-8\r\n\r\nx",
		"charset":      "Content-Type: text/plain; charset=latin1\r\n\r\nx",
		"encoding":     "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: x-rot13\r\n\r\nx",
		"broken":       "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n!",
		"odd subject":  "Subject: =?x-rot13?q?x?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nx",
		"no type told": "Subject: x\r\n\r\nx",
	} {
		if err := smtp.SendMail(b.Addr(), nil, "a@line.example", []string{"dana@example.edu"}, []byte(body)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if n := len(b.Messages("dana@example.edu")); n != 0 {
		t.Errorf("%d messages", n)
	}
}

func TestWaitMessage(t *testing.T) {
	v := clock.NewVirtual(start)
	b := open(t, mailbox.Options{Clock: v})
	v.Do(t.Context(), func(ctx context.Context) {
		if _, err := b.WaitMessage(ctx, "dana@example.edu", 10*time.Second, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing came: %v", err)
		}
		v.Go(ctx, func(ctx context.Context) {
			for _, text := range []string{"first", "second"} {
				_ = v.Sleep(ctx, 20*time.Second)
				if err := post(b, "\r\n"+text+"\r\n", "dana@example.edu"); err != nil {
					t.Error(err)
				}
			}
		})
		m, err := b.WaitMessage(ctx, "dana@example.edu", time.Minute, func(s string) bool { return strings.HasSuffix(s, "second") })
		if err != nil || m.Text != "second" || !m.At.Equal(start.Add(50*time.Second)) {
			t.Errorf("got %+v, %v", m, err)
		}
		if d := v.Now().Sub(m.At); d <= 0 || d > time.Second {
			t.Errorf("noticed after %v", d)
		}
		if n := len(b.Messages("dana@example.edu")); n != 1 {
			t.Errorf("%d messages left, want the first", n)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := b.WaitMessage(ended, "lee@example.edu", time.Minute, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want canceled", err)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]mailbox.Options{
		"implicit without a certificate": {Implicit: true},
		"user without a password":        {Username: "u"},
		"password without a user":        {Password: "p"},
	} {
		if _, err := mailbox.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTakenAddress(t *testing.T) {
	b := open(t, mailbox.Options{})
	other, err := mailbox.New(mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Listen(t.Context(), b.Addr()); err == nil || other.Addr() != "" {
		t.Errorf("err = %v", err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if err := other.Close(); err != nil {
		t.Errorf("twice: %v", err)
	}
}

// Close ends who is connected and says nothing.
func TestCloseEndsConnections(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	s.Close()
	b := open(t, mailbox.Options{TLS: &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}})
	c, err := smtp.Dial(b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Noop(); err == nil {
		t.Error("still connected")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9=\r\nx"))
	f.Add([]byte("Subject: =?utf-8?b?w6k=?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nw6k="))
	f.Add([]byte("\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if m, err := mailbox.Parse(raw); err == nil && strings.Contains(m.Text, "\r\n") {
			t.Errorf("text %q", m.Text)
		}
	})
}
