// Package secret has the value that is never printed: a password, a token, a URL
// with one in it. It is kept as it came from a configuration and revealed where it
// is used, so that a struct which holds it can be logged whole.
package secret

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Text is a secret. fmt with any verb, slog, JSON and YAML write <secret>, or
// nothing when it is not set. The value is behind a pointer, where no reflecting
// printer comes across it.
type Text struct{ p *string }

// New makes a secret of a value; "" is one that is not set.
func New(value string) Text {
	if value == "" {
		return Text{}
	}
	return Text{p: &value}
}

// Reveal is the value, for the one place that needs it; "" when not set.
func (s Text) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// IsZero reports whether the secret is not set.
func (s Text) IsZero() bool { return s.p == nil }

// Equal compares the values; it is for tests and takes no constant time.
func (s Text) Equal(o Text) bool { return s.Reveal() == o.Reveal() }

// String is <secret>, or "" when not set.
func (s Text) String() string {
	if s.p == nil {
		return ""
	}
	return "<secret>"
}

// Format writes [Text.String] whatever the verb and flags.
func (s Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is [Text.String] in logs.
func (s Text) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is [Text.String] in JSON and YAML.
func (s Text) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes any value but an empty one.
func (s *Text) UnmarshalText(b []byte) error {
	if strings.TrimSpace(string(b)) == "" {
		return errors.New("is empty")
	}
	*s = New(string(b))
	return nil
}
