package box_test

import (
	"os"
	"strings"
	"testing"

	"ringback/cmd/internal/box"
)

func TestParse(t *testing.T) {
	s, err := box.Parse("all.call", strings.NewReader(`
# a comment
at "2026-11-24 10:00 America/New_York"
texts +19195550101 late 20s   # so that the second one waits
call A: university from +19195550101
A hear /same # number|a\/b/
A press {code}# # the pound key stays
press pound
say "reconnect"
wait 20s
text +19195550101 /install/
email dana@example.edu /code/
activate +19195550101
no text +19195550101
agent alex hear /university/
approve jo
down duo
up duo
duo slow 5s
crowd university 50
lead jo close university 2h "The building has no power."
lead jo open all
hangup
A ended /completed/
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Steps) != 22 {
		t.Errorf("%d steps, want 22", len(s.Steps))
	}
	if got := s.Steps[4]; got.Call != "A" || got.Words[0] != "{code}#" {
		t.Errorf("press: %+v", got)
	}
	if got := s.Steps[3]; !got.Match.MatchString("SAME # number") || !got.Match.MatchString("a/b") {
		t.Errorf("hear: %v", got.Match)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"unknown instruction", "sing", "unknown instruction"},
		{"an unknown deed", "agent alex sing", "cannot"},
		{"an unknown deed on the page", "agent alex page sing", "cannot"},
		{"nothing on the page", "agent alex page", "cannot"},
		{"too much to hold", "agent alex hold on", "too much"},
		{"two colleagues", "agent alex consult robin jo", "no name"},
		{"no pattern", "hear hello", "pattern between slashes"},
		{"bad pattern", "hear /(/", "pattern:"},
		{"bad number", "call university from 12", "no number"},
		{"no number", "call university", "a line and a number"},
		{"a closure without words", "lead jo close university 2h", "words in quotes"},
		{"a closure without an end", `lead jo close university soon "No power."`, "no duration"},
		{"nobody in a crowd", "crowd university 0", "no number from 1"},
		{"a crowd of unknown size", "crowd university", "a line and how many"},
		{"bad keys", "press abc", "no keys"},
		{"no keys", "press", "no keys"},
		{"bad duration", "wait soon", "no duration"},
		{"negative duration", "wait -2s", "no duration"},
		{"bad time", `at "tomorrow"`, "no time"},
		{"bad zone", `at "2026-11-24 10:00 Mars/Base"`, "zone"},
		{"unknown fault", "down everything", "cannot go down"},
		{"unknown agent action", "agent alex sleeps", "cannot"},
		{"a lead's deed", "lead jo verify 1000001", "a lead cannot"},
		{"a code that is none", "agent alex code abc", "a code is digits"},
		{"a change to no number", "agent alex change dana", "no number"},
		{"a change without one", "agent alex change", "other words"},
		{"a check of nothing", "agent alex check video library_card", "no check"},
		{"refused for nothing", "approve jo refused", "one reason"},
		{"refused for what is none", "approve jo refused mood", "unknown refusal"},
		{"whom a lead allows", "lead jo allow dana", "a lead cannot"},
		{"unknown text fate", "texts +19195550101 eaten", "not known"},
		{"no address", "email dana /x/", "no address"},
		{"too much", "hangup now", "too much"},
		{"unquoted speech", "say hello", "quotes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := box.Parse("x.call", strings.NewReader("call university from +19195550101\n"+tt.line+"\n"))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "x.call:2:") {
				t.Errorf("err = %v, want %q at x.call:2", err, tt.want)
			}
		})
	}
	if _, err := box.Parse("x.call", strings.NewReader("wait 2s")); err == nil || !strings.Contains(err.Error(), "nobody calls") {
		t.Errorf("err = %v", err)
	}
}

// The manual has every instruction.
func TestManualHasEveryInstruction(t *testing.T) {
	manual, err := os.ReadFile("../../../docs/call-scripts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, err = box.Parse("x.call", strings.NewReader("sing"))
	if err == nil {
		t.Fatal("sing parses")
	}
	_, known, ok := strings.Cut(err.Error(), "known are ")
	known, _, _ = strings.Cut(known, "\n")
	if !ok || strings.Count(known, ",") < 15 {
		t.Fatalf("known are %q", known)
	}
	for verb := range strings.SplitSeq(known, ", ") {
		if !strings.Contains(string(manual), "`"+verb) {
			t.Errorf("%s is not in docs/call-scripts.md", verb)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("call university from +19195550101\nhear /x/\npress 1#")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := box.Parse("f.call", strings.NewReader(text))
		if err == nil && len(s.Steps) == 0 {
			t.Error("an empty script parses")
		}
	})
}
