package box

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ringback/ivr/desk/console"
)

func (s *Step) parseLead(rest string) error {
	w := strings.Fields(rest)
	if len(w) > 3 && w[1] == "close" {
		return s.parseClose(rest)
	}
	if len(w) != 3 {
		return fmt.Errorf("%q is no name, deed and whom", rest)
	}
	s.Words = w
	switch {
	case w[1] == "open":
	case w[1] == "threat" && (w[2] == "on" || w[2] == "off"):
	case w[1] == "confirm" && w[2] == "check":
	case slices.Contains([]string{"freeze", "unfreeze", "unlock", "allow", "case"}, w[1]) && strings.Trim(w[2], "0123456789") == "":
	default:
		return fmt.Errorf("a lead cannot %q", strings.Join(w[1:], " "))
	}
	return nil
}

// parseClose reads a desk that a lead closes: NAME close LINE DURATION "WORDS".
func (s *Step) parseClose(rest string) error {
	deed, words, _ := strings.Cut(rest, `"`)
	w := strings.Fields(deed)
	if len(w) != 4 || !strings.HasSuffix(words, `"`) || len(words) < 2 {
		return fmt.Errorf("%q is no name, line, duration and words in quotes", rest)
	}
	if err := s.parseWait(w[3]); err != nil {
		return err
	}
	s.Words = []string{w[0], "close", w[2], strings.TrimSuffix(words, `"`)}
	return nil
}

func (s *Step) parseAgent(rest string) error {
	name, action, _ := strings.Cut(rest, " ")
	if tool, ok := strings.CutPrefix(action, "tool "); ok {
		s.Words = []string{name, "tool"}
		return s.parseTool(tool)
	}
	if ok, err := s.parseChange(name, action); ok || err != nil {
		return err
	}
	action, pattern, _ := strings.Cut(strings.TrimSpace(action), " ")
	s.Words = []string{name, action}
	switch action {
	case "ready", "accept", "decline", "ignore", "voicemail", "away", "hangup":
		return extra(pattern)
	case "hear", "card":
		return s.match(strings.TrimSpace(pattern))
	case "note":
		if pattern == "" || strings.Contains(pattern, " ") {
			return fmt.Errorf("%q is no outcome", pattern)
		}
		s.Words = append(s.Words, pattern)
		return nil
	case "hold", "unhold", "three-way", "handover", "drop", "end":
		return extra(pattern)
	case "page":
		if s.Words[1] = "page " + pattern; pattern != "accept" && pattern != "decline" {
			return fmt.Errorf("a page cannot %q", pattern)
		}
		return nil
	case "consult":
		if strings.Contains(pattern, " ") {
			return fmt.Errorf("%q is no name", pattern)
		}
		s.Words = append(s.Words, pattern)
		return nil
	}
	return fmt.Errorf("an agent cannot %q", action)
}

func (s *Step) parseTool(rest string) error {
	w := strings.Fields(rest)
	switch {
	case len(w) == 1:
		w = append(w, "", "")
	case len(w) != 3 || w[1] != "refused":
		return errors.New("a tool is used, or refused for a reason")
	}
	if !slices.ContainsFunc(console.AllTools(), func(t console.Tool) bool { return t.String() == w[0] }) {
		return fmt.Errorf("there is no tool %q", w[0])
	}
	s.Words = append(s.Words, w[0], w[2])
	return nil
}
