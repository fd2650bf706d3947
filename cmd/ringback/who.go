package main

import (
	"errors"
	"strings"
	"unicode"
)

// who says who does something, and why, for the audit.
type who struct {
	By     actor `required:"" placeholder:"NAME" help:"Who does it, for the audit."`
	Reason cause `required:"" placeholder:"TEXT" help:"Why, for the audit."`
}

// actor is a person's name in the audit: not the line's own, and nobody's.
type actor string

// UnmarshalText trims and checks.
func (a *actor) UnmarshalText(text []byte) error {
	s, err := oneLine(string(text), 100)
	switch {
	case err != nil:
		return err
	case s == "" || strings.EqualFold(s, "line"):
		return errors.New("a person's name is needed")
	}
	*a = actor(s)
	return nil
}

// cause is why somebody does something.
type cause string

// UnmarshalText trims and checks.
func (c *cause) UnmarshalText(text []byte) error {
	s, err := oneLine(string(text), 500)
	switch {
	case err != nil:
		return err
	case s == "":
		return errors.New("a reason is needed")
	}
	*c = cause(s)
	return nil
}

// oneLine refuses what would not be read in the audit as it was written.
func oneLine(s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case len(s) > most:
		return "", errors.New("too long")
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", errors.New("one line of printable text is needed")
	}
	return s, nil
}
