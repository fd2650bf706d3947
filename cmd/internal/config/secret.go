package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"ringback/ivr/secret"
)

// hidden is how a secret prints.
const hidden = "<secret>"

// Secret is a value of the file that is never printed. It is the same for the part
// of a directory, which decodes its own.
type Secret = secret.Text

// NewSecret makes a secret of a value; "" is not set.
func NewSecret(value string) Secret { return secret.New(value) }

// keySize is that of every key, in bytes.
const keySize = 32

// Key is 32 secret bytes, written in base64; it prints as a [Secret] does.
//
// It points to a string and not to an array: fmt follows a pointer to an array
// even in an unexported field when the verb is wrong for it.
type Key struct{ p *string }

// NewKey makes a key of 32 bytes, or reports how many there were.
func NewKey(b []byte) (Key, error) {
	if len(b) != keySize {
		return Key{}, fmt.Errorf("has %d bytes, want %d", len(b), keySize)
	}
	k := string(b)
	return Key{p: &k}, nil
}

// Bytes is a copy of the key, nil when not set.
func (k Key) Bytes() []byte {
	if k.p == nil {
		return nil
	}
	return []byte(*k.p)
}

// IsZero reports whether the key is not set.
func (k Key) IsZero() bool { return k.p == nil }

// Equal compares the bytes; it is for checks of the file, not for guesses.
func (k Key) Equal(o Key) bool { return string(k.Bytes()) == string(o.Bytes()) }

// String is <secret>, or "" when not set.
func (k Key) String() string {
	if k.p == nil {
		return ""
	}
	return hidden
}

// Format writes [Key.String] whatever the verb and flags.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue is [Key.String] in logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is [Key.String] in JSON and YAML.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText takes standard base64 of 32 bytes that are not all the same.
func (k *Key) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "" {
		return errors.New("is empty")
	}
	b, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return errors.New("is not base64 (make one with `openssl rand -base64 32`)")
	}
	if len(b) == keySize && strings.Count(string(b), string(b[:1])) == keySize {
		return errors.New("is one byte over and over: make one with `openssl rand -base64 32`")
	}
	made, err := NewKey(b)
	if err != nil {
		return err
	}
	*k = made
	return nil
}
