package app

import (
	"fmt"

	"ringback/cmd/internal/config"
	"ringback/ivr/words"
)

// CheckWords makes the catalogues as the service does when it starts: every
// language has one, and what a line says instead is a message that there is. Its
// error is [config.Problems].
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
	if _, err := catalogues(c); err != nil {
		return config.Problems{{Path: "lines", Message: err.Error()}}
	}
	return nil
}

var _ config.Check = CheckWords
