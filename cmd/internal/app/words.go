package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/notice"
	"ringback/ivr/words"
	"ringback/twiml"
)

// CheckWords makes the catalogues as the service does when it starts: every
// language has one, what a line says instead is a message that there is, and it
// can be said: with the arguments that our own words of it have, and in a
// notice with its reference. Its error is [config.Problems].
func CheckWords(c *config.Config) error {
	var found config.Problems
	for i, l := range c.Lines {
		for j, tag := range l.Languages {
			if !words.Speaks(tag) {
				found = append(found, config.Problem{
					Path: fmt.Sprintf("lines[%d].languages[%d]", i, j), Message: "there is no catalogue in that language: en-US and es-US are spoken",
				})
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	books, err := catalogues(c)
	if err != nil {
		return config.Problems{{Path: "lines", Message: err.Error()}}
	}
	ours, err := words.New(words.Options{})
	if err != nil {
		return config.Problems{{Path: "lines", Message: err.Error()}}
	}
	for i, l := range c.Lines {
		found = append(found, speaks(ours, books[l.ID], i, l)...)
		found = append(found, tells(wording{books: books, lines: c.Lines}, i, l)...)
	}
	if len(found) > 0 {
		return found
	}
	return nil
}

// speaks says what a line has changed, in each of its languages. Notices are left
// to [tells].
func speaks(ours, book *words.Catalogue, i int, l config.Line) (found config.Problems) {
	for _, id := range book.IDs() {
		path, changed := pathOf(i, l, id)
		if !changed || strings.HasPrefix(id, "notice_") {
			continue
		}
		for _, tag := range l.Languages {
			if err := say(book, tag, ivr.Message{ID: id, Args: sampleOf(ours, id)}); err != nil {
				found = append(found, config.Problem{Path: path, Message: "cannot be said: " + err.Error()})
				break
			}
		}
	}
	return found
}

func say(book *words.Catalogue, tag string, m ivr.Message) error {
	parts, err := book.Say(tag, m)
	if err != nil || strings.HasPrefix(m.ID, "text_") || strings.HasPrefix(m.ID, "mail_") {
		return err //nolint:wrapcheck // it names the message
	}
	v := []twiml.Verb{twiml.Say{Voice: twiml.Voice(words.Voice(tag)), Parts: parts}}
	return twiml.Response{Verbs: v}.Validate() //nolint:wrapcheck // it says what is wrong
}

// pathOf is where a line has changed a message, if it has.
func pathOf(i int, l config.Line, id string) (path string, changed bool) {
	if id == "notice" && l.Notice != "" {
		return fmt.Sprintf("lines[%d].notice", i), true
	}
	_, changed = l.Words[id]
	return fmt.Sprintf("lines[%d].words.%s", i, id), changed
}

// tells composes a notice of every kind in each of a line's languages.
func tells(w wording, i int, l config.Line) (found config.Problems) {
	line := notice.Line{Number: string(l.Number), Zone: l.Schedule.Location, Language: l.Languages[0]}
	for _, kind := range notice.Kinds() {
		text, own := pathOf(i, l, "notice_"+kind.String())
		subject, titled := pathOf(i, l, "notice_subject_"+kind.String())
		if !own && !titled {
			continue
		}
		path := text
		if !own {
			path = subject
		}
		for _, tag := range l.Languages {
			err := notice.CheckWording(w, kind, l.ID, line, tag)
			if err == nil {
				continue
			}
			found = append(found, config.Problem{Path: path, Message: "cannot be sent: " + err.Error()})
			break
		}
	}
	return found
}

// sampleOf are the arguments that our own words of a message have: a line's own
// cannot count on others. What is sent has the line and its number besides.
func sampleOf(ours *words.Catalogue, id string) map[string]string {
	all := samples()
	uses := map[string]string{}
	for name, value := range all {
		without := maps.Clone(all)
		delete(without, name)
		if _, err := ours.Say("en-US", ivr.Message{ID: id, Args: without}); err != nil || sent(id, name) {
			uses[name] = value
		}
	}
	return uses
}

// sent tells whether a text or an e-mail has an argument in any case.
func sent(id, name string) bool {
	args := map[string][]string{
		"text_": {"line", "number"}, "mail_": {"line", "number"},
		"notice_": {"line", "number", "reference", "date", "time", "zone", "factor"},
	}
	for prefix, names := range args {
		if strings.HasPrefix(id, prefix) && slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// samples are arguments of every name.
func samples() map[string]string {
	return map[string]string{
		"line": "University Service Desk", "key": "1", "digits": "7", "id": "1000001", "last": "01", "reason": "Thanksgiving", "number": "+19195550100",
		"next": "2026-11-25T08:00:00-05:00", "position": "3", "minutes": "2", "link": "https://example.edu/x", "code": "123456", "request": "it",
		"name": "Alex", "agent": "Alex", "proof": "4817", "date": "2026-11-24", "time": "10:00", "zone": "EST", "reference": "12345678",
		"call": "00000000000000aa", "factor": "texted_code",
	}
}

var _ config.Check = CheckWords
