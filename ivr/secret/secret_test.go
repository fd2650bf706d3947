package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ringback/ivr/secret"
)

// A secret is printed in every way there is, also where fmt cannot call its methods.
func TestTextDoesNotPrint(t *testing.T) {
	s := secret.New("5ecre7")
	b, err := json.Marshal(map[string]any{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s)
	hider := struct{ s secret.Text }{s}
	all := string(b) + log.String() + fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s) + fmt.Sprintf("%v %+v %#v", hider, hider, hider)
	if strings.Contains(all, "5ecre7") || strings.Contains(all, fmt.Sprintf("%x", "5ecre7")) {
		t.Errorf("it prints: %s", all)
	}
	if s.Reveal() != "5ecre7" || s.IsZero() || !secret.New("").IsZero() || fmt.Sprint(secret.Text{}) != "" {
		t.Error("it is not what was put in")
	}
	if !s.Equal(secret.New("5ecre7")) || s.Equal(secret.New("other")) || s.Equal(secret.Text{}) {
		t.Error("it equals what it is not")
	}
	if err := s.UnmarshalText([]byte(" ")); err == nil {
		t.Error("an empty one was taken")
	}
}
