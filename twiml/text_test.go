package twiml_test

import (
	"testing"

	"ringback/twiml"
)

func TestSayText(t *testing.T) {
	as := func(kind twiml.InterpretAs, text string) []twiml.SayPart {
		return []twiml.SayPart{twiml.SayAs{InterpretAs: kind, Text: text}}
	}
	for _, tt := range []struct {
		name  string
		parts []twiml.SayPart
		want  string
	}{
		{"nothing", nil, ""},
		{"text", txt("Press 1."), "Press 1."},
		{"white space", txt("\n  Press\n\t 1. "), "Press 1."},
		{"digits", as(twiml.AsDigits, "123"), "1 2 3"},
		{"digits in groups", as(twiml.AsDigits, "12 3"), "1 2 3"},
		{"digits in a sentence", []twiml.SayPart{twiml.Text("You keyed "), twiml.SayAs{InterpretAs: twiml.AsDigits, Text: "1000001"}, twiml.Text(".")}, "You keyed 1 0 0 0 0 0 1."},
		{"characters", as(twiml.AsCharacters, "aé9"), "a é 9"},
		{"a character", as(twiml.AsCharacter, "a"), "a"},
		{"spelt out", as(twiml.AsSpellOut, "Duo"), "D u o"},
		{"a telephone number", as(twiml.AsTelephone, "+1 (919) 555-0101"), "1 9 1 9 5 5 5 0 1 0 1"},
		{"a cardinal", as(twiml.AsCardinal, "12"), "12"},
		{"a date", as(twiml.AsDate, "11/24/2026"), "11/24/2026"},
		{"an expletive", as(twiml.AsExpletive, "darn"), "[beep]"},
		{"no interpretation", as("", "12"), "12"},
		{"a break parts words", []twiml.SayPart{twiml.Text("one"), twiml.Break{}, twiml.Text("two")}, "one two"},
		{"sentences part words", []twiml.SayPart{twiml.S{Parts: txt("One.")}, twiml.S{Parts: txt("Two.")}, twiml.P{Parts: txt("Three.")}, twiml.Text("Four.")}, "One. Two. Three. Four."},
		{"what does not part words", []twiml.SayPart{twiml.Text("a"), twiml.Emphasis{Parts: txt("b")}, twiml.Prosody{Parts: txt("c")}, twiml.Lang{Parts: txt("d")}, twiml.W{Parts: txt("e")}}, "abcde"},
		{"a substitute", []twiml.SayPart{twiml.Sub{Alias: "Office of Information Technology", Text: "OIT"}}, "Office of Information Technology"},
		{"a phoneme", []twiml.SayPart{twiml.Phoneme{Ph: "pɪˈkɑːn", Text: "pecan"}}, "pecan"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (twiml.Say{Parts: tt.parts}).Text(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
