package mail_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/mail"
)

func TestNewRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	ok := mail.Options{Host: "mail.example.edu", From: "ringback@example.edu", Clock: clock.Real()}
	for name, change := range map[string]func(*mail.Options){
		"no clock":             func(o *mail.Options) { o.Clock = nil },
		"no host":              func(o *mail.Options) { o.Host = "" },
		"host with a port":     func(o *mail.Options) { o.Host = "mail.example.edu:25" },
		"a URL":                func(o *mail.Options) { o.Host = "smtp://secret@mail.example.edu" },
		"a socket":             func(o *mail.Options) { o.Host = "unix:///run/secret" },
		"port":                 func(o *mail.Options) { o.Port = 65536 },
		"plain elsewhere":      func(o *mail.Options) { o.TLS = mail.Plain },
		"looks like loopback":  func(o *mail.Options) { o.TLS, o.Host = mail.Plain, "127.0.0.1.example.com" },
		"kind of TLS":          func(o *mail.Options) { o.TLS = mail.Plain + 1 },
		"no sender":            func(o *mail.Options) { o.From = "" },
		"sender with a name":   func(o *mail.Options) { o.From = "Ringback <secret@example.edu>" },
		"name, line break":     func(o *mail.Options) { o.FromName = "x\r\nBcc: secret@example.org" },
		"hello, line break":    func(o *mail.Options) { o.HelloName = "x\r\nMAIL FROM:<secret@example.org>" },
		"user, no password":    func(o *mail.Options) { o.Username = "secret" },
		"password, no user":    func(o *mail.Options) { o.Password = "secret" },
		"password with a NUL":  func(o *mail.Options) { o.Username, o.Password = "u", "secret\x00" },
		"negative timeout":     func(o *mail.Options) { o.Timeout = -time.Second },
		"no CA file":           func(o *mail.Options) { o.CAFile = filepath.Join(t.TempDir(), "none") },
		"CA file with nothing": func(o *mail.Options) { o.CAFile = empty },
	} {
		t.Run(name, func(t *testing.T) {
			o := ok
			change(&o)
			_, err := mail.New(o)
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("err = %v", err)
			}
		})
	}
	for name, change := range map[string]func(*mail.Options){
		"least":         func(*mail.Options) {},
		"plain here":    func(o *mail.Options) { o.TLS, o.Host = mail.Plain, "localhost" },
		"plain, IPv6":   func(o *mail.Options) { o.TLS, o.Host = mail.Plain, "::1" },
		"with password": func(o *mail.Options) { o.Username, o.Password = "u", "p" },
	} {
		t.Run(name, func(t *testing.T) {
			o := ok
			change(&o)
			if _, err := mail.New(o); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestParseTLS(t *testing.T) {
	for want := mail.Implicit; want <= mail.Plain; want++ {
		if got, err := mail.ParseTLS(want.String()); err != nil || got != want {
			t.Errorf("ParseTLS(%q) = %v, %v", want, got, err)
		}
	}
	for _, bad := range []string{"", "unknown", "STARTTLS", "tls(9)"} {
		if got, err := mail.ParseTLS(bad); err == nil {
			t.Errorf("ParseTLS(%q) = %v", bad, got)
		}
	}
	if got := mail.TLS(9).String(); got != "tls(9)" {
		t.Error(got)
	}
}
