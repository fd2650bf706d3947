package duo

import "log/slog"

// Link is a URL that acts for whoever holds it. It prints and marshals as
// "<link>"; string(l) is the URL.
type Link string

// String hides the URL.
func (Link) String() string { return "<link>" }

// GoString hides the URL from %#v.
func (Link) GoString() string { return "<link>" }

// LogValue hides the URL from slog.
func (Link) LogValue() slog.Value { return slog.StringValue("<link>") }

// MarshalText hides the URL from JSON and YAML.
func (Link) MarshalText() ([]byte, error) { return []byte("<link>"), nil }

// Code is a code that one person shows or tells another. It prints and marshals
// as "<code>"; string(c) is the code.
type Code string

// String hides the code.
func (Code) String() string { return "<code>" }

// GoString hides the code from %#v.
func (Code) GoString() string { return "<code>" }

// LogValue hides the code from slog.
func (Code) LogValue() slog.Value { return slog.StringValue("<code>") }

// MarshalText hides the code from JSON and YAML.
func (Code) MarshalText() ([]byte, error) { return []byte("<code>"), nil }
