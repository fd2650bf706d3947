package mail_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/ivr/mail"
	"ringback/ivr/mail/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const to = "dana@example.edu"

// hello is a message whose every part may be looked for where it must not be.
var hello = mail.Message{To: to, Subject: "Grüße & 123456", Text: "Dear Dana,\nyour code is 123456.\n.\nBye — Ringback"}

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

// client sends to a box; change may be nil.
func client(t *testing.T, b *mailbox.Box, change func(*mail.Options)) *mail.Client {
	t.Helper()
	host, port, err := net.SplitHostPort(b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	o := mail.Options{
		Host: host, TLS: mail.Plain, From: "ringback@line.example", FromName: "Example University IT", Clock: clock.Real(),
	}
	if o.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&o)
	}
	c, err := mail.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// certificate is one for 127.0.0.1 and example.com, and its CA file.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, file
}

func TestSend(t *testing.T) {
	at := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	v := clock.NewVirtual(at)
	b := open(t, mailbox.Options{Clock: v})
	c := client(t, b, func(o *mail.Options) { o.Clock = v })
	m := hello
	m.ID, m.Headers = "notice-17", map[string]string{"X-Auto-Response-Suppress": "All"}
	v.Do(t.Context(), func(ctx context.Context) {
		if err := c.Send(ctx, m); err != nil {
			t.Fatal(err)
		}
	})
	got := b.Messages("Dana@Example.edu")
	if len(got) != 1 {
		t.Fatalf("%d messages, want 1", len(got))
	}
	want := mailbox.Message{At: at, From: "ringback@line.example", To: to, Subject: hello.Subject, Text: hello.Text}
	want.Headers = got[0].Headers
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, want := range map[string]string{
		"From": `"Example University IT" <ringback@line.example>`, "To": "<" + to + ">",
		"Date": "Tue, 24 Nov 2026 15:00:00 +0000", "Message-Id": "<notice-17@line.example>",
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
		"Content-Type": "text/plain; charset=UTF-8", "User-Agent": "", "X-Mailer": "",
	} {
		if got := strings.Join(got[0].Headers[name], "|"); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestRandomID(t *testing.T) {
	b := open(t, mailbox.Options{})
	c := client(t, b, nil)
	for range 2 {
		if err := c.Send(t.Context(), hello); err != nil {
			t.Fatal(err)
		}
	}
	m := b.Messages(to)
	one, two := m[0].Headers["Message-Id"][0], m[1].Headers["Message-Id"][0]
	if one == two || len(one) < 26 || !strings.HasSuffix(one, "@line.example>") {
		t.Errorf("IDs %s and %s", one, two)
	}
}

func TestTLS(t *testing.T) {
	cert, ca := certificate(t)
	const user, password = "ringback", "open sesame"
	for _, tt := range []struct {
		name   string
		box    mailbox.Options
		change func(*mail.Options)
		want   error // nil: delivered
		stage  string
	}{
		{name: "starttls", box: mailbox.Options{TLS: cert}, change: func(o *mail.Options) { o.TLS = mail.StartTLS }},
		{name: "implicit", box: mailbox.Options{TLS: cert, Implicit: true}, change: func(o *mail.Options) { o.TLS = mail.Implicit }},
		{
			name: "name in the certificate", box: mailbox.Options{TLS: cert},
			change: func(o *mail.Options) { o.TLS, o.ServerName = mail.StartTLS, "example.com" },
		},
		{
			name: "starttls, unknown CA", box: mailbox.Options{TLS: cert},
			change: func(o *mail.Options) { o.TLS, o.CAFile = mail.StartTLS, "" }, want: mail.ErrInsecure, stage: "tls",
		},
		{
			name: "implicit, unknown CA", box: mailbox.Options{TLS: cert, Implicit: true},
			change: func(o *mail.Options) { o.TLS, o.CAFile = mail.Implicit, "" }, want: mail.ErrInsecure, stage: "tls",
		},
		{
			name: "starttls, wrong name", box: mailbox.Options{TLS: cert},
			change: func(o *mail.Options) { o.TLS, o.ServerName = mail.StartTLS, "mail.example.edu" }, want: mail.ErrInsecure, stage: "tls",
		},
		{
			name: "implicit, wrong name", box: mailbox.Options{TLS: cert, Implicit: true},
			change: func(o *mail.Options) { o.TLS, o.ServerName = mail.Implicit, "mail.example.edu" }, want: mail.ErrInsecure, stage: "tls",
		},
		{
			name: "old TLS only", box: mailbox.Options{TLS: &tls.Config{Certificates: cert.Certificates, MaxVersion: tls.VersionTLS11}},
			change: func(o *mail.Options) { o.TLS = mail.StartTLS }, want: mail.ErrInsecure, stage: "tls",
		},
		{name: "STARTTLS stripped", change: func(o *mail.Options) { o.TLS = mail.StartTLS }, want: mail.ErrInsecure, stage: "tls"},
		{
			name: "STARTTLS stripped, with a password", box: mailbox.Options{Username: user, Password: password},
			change: func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.StartTLS, user, password },
			want:   mail.ErrInsecure, stage: "tls",
		},
		{name: "implicit to a plain server", change: func(o *mail.Options) { o.TLS = mail.Implicit }, want: mail.ErrInsecure, stage: "tls"},
		{
			name: "PLAIN", box: mailbox.Options{TLS: cert, Username: user, Password: password},
			change: func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.StartTLS, user, password },
		},
		{
			name: "LOGIN", box: mailbox.Options{TLS: cert, Implicit: true, Username: user, Password: password, Mechanisms: []string{"LOGIN"}},
			change: func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.Implicit, user, password },
		},
		{
			name: "on this machine", box: mailbox.Options{Username: user, Password: password},
			change: func(o *mail.Options) { o.Username, o.Password = user, password },
		},
		{
			name: "no authentication, but required", box: mailbox.Options{TLS: cert, Username: user, Password: password},
			change: func(o *mail.Options) { o.TLS = mail.StartTLS }, want: mail.ErrCredentials, stage: "mail",
		},
		{
			name: "wrong password", box: mailbox.Options{TLS: cert, Username: user, Password: password},
			change: func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.StartTLS, user, "sesame" },
			want:   mail.ErrCredentials, stage: "auth",
		},
		{
			name: "wrong password by LOGIN", box: mailbox.Options{TLS: cert, Username: user, Password: password, Mechanisms: []string{"LOGIN"}},
			change: func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.StartTLS, user, "sesame" },
			want:   mail.ErrCredentials, stage: "auth",
		},
		{
			name: "no mechanism in common", box: mailbox.Options{TLS: cert, Username: user, Password: password, Mechanisms: []string{"GSSAPI"}},
			change: func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.StartTLS, user, password },
			want:   mail.ErrCredentials, stage: "auth",
		},
		{
			name: "authentication not offered", box: mailbox.Options{TLS: cert},
			change: func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.StartTLS, user, password },
			want:   mail.ErrCredentials, stage: "auth",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := open(t, tt.box)
			c := client(t, b, func(o *mail.Options) {
				o.CAFile = ca
				tt.change(o)
			})
			err := c.Send(t.Context(), hello)
			if tt.want == nil {
				if err != nil || len(b.Messages(to)) != 1 {
					t.Errorf("err = %v, %d messages", err, len(b.Messages(to)))
				}
				return
			}
			failed(t, b, err, tt.want, tt.stage)
			if !errors.Is(err, mail.ErrUnavailable) {
				t.Errorf("err = %v: a message has to wait for the configuration", err)
			}
		})
	}
}

// failed holds that an error is as wanted and tells nothing of the message.
func failed(t *testing.T, b *mailbox.Box, err, want error, stage string) {
	t.Helper()
	e, ok := errors.AsType[*mail.Error](err)
	if !ok || !errors.Is(err, want) || e.Stage != stage {
		t.Fatalf("err = %v, want %v at %s", err, want, stage)
	}
	for _, secret := range []string{"dana", "example", "123456", "Grüße", "Dear", "sesame", "127.0.0.1"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("error tells: %v", err)
		}
	}
	if n := len(b.Messages(to)); n != 0 && !errors.Is(want, mail.ErrUnclear) {
		t.Errorf("%d messages arrived", n)
	}
}

func TestCheck(t *testing.T) {
	b := open(t, mailbox.Options{Username: "u", Password: "p"})
	if err := client(t, b, func(o *mail.Options) { o.Username, o.Password = "u", "p" }).Check(t.Context()); err != nil {
		t.Error(err)
	}
	err := client(t, b, func(o *mail.Options) { o.Username, o.Password = "u", "x" }).Check(t.Context())
	failed(t, b, err, mail.ErrCredentials, "auth")
}

// recorder is a metrics recorder that remembers.
type recorder struct{ seen []string }

func (r *recorder) Observe(op, outcome string, _ time.Duration) {
	r.seen = append(r.seen, op+" "+outcome)
}

func TestRecorder(t *testing.T) {
	b := open(t, mailbox.Options{})
	r := &recorder{}
	c := client(t, b, func(o *mail.Options) { o.Recorder = r })
	_ = c.Send(t.Context(), hello)
	_ = c.Check(t.Context())
	_ = c.Send(t.Context(), mail.Message{To: "nobody"})
	b.Refuse("", 550)
	_ = c.Send(t.Context(), hello)
	b.Heal()
	b.Cut(mailbox.Kept)
	_ = c.Send(t.Context(), hello)
	b.Down(true)
	_ = c.Send(t.Context(), hello)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 0, context.DeadlineExceeded)
	defer cancel()
	_ = c.Send(ctx, hello)
	want := []string{"send ok", "check ok", "send refused", "send refused", "send unknown", "send unavailable", "send timeout"}
	if diff := cmp.Diff(want, r.seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
