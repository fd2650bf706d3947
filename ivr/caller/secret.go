package caller

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Secret is a password of a directory's configuration. Printed in any way it is
// <secret>, or nothing when it is not set. The value is behind a pointer, where
// no reflecting printer comes across it.
type Secret struct{ p *string }

// NewSecret makes a secret; "" is one that is not set.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{p: &value}
}

// Reveal is the value, for the one place that needs it; "" when not set.
func (s Secret) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// IsZero reports whether the secret is not set.
func (s Secret) IsZero() bool { return s.p == nil }

// String is <secret>, or "" when not set.
func (s Secret) String() string {
	if s.p == nil {
		return ""
	}
	return "<secret>"
}

// Format writes [Secret.String] whatever the verb and flags.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is [Secret.String] in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is [Secret.String] in JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes any value but an empty one.
func (s *Secret) UnmarshalText(b []byte) error {
	if strings.TrimSpace(string(b)) == "" {
		return errors.New("is empty")
	}
	*s = NewSecret(string(b))
	return nil
}
