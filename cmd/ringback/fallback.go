package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"ringback/cmd/internal/config"
	"ringback/ivr/line"
	"ringback/twiml"
)

// fallbackCmd prints a document that needs nothing of ours to be up.
type fallbackCmd struct {
	Line   string `required:"" placeholder:"ID" help:"The line's id."`
	Config string `placeholder:"FILE" help:"The configuration file; without it, the example's lines."`
}

// Run prints the document.
func (c *fallbackCmd) Run(_ context.Context, s streams) error {
	conf, err := config.ParseExample(nil)
	if c.Config != "" {
		conf, err = config.Load(c.Config, os.LookupEnv)
	}
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	for _, l := range conf.Lines {
		if l.ID == c.Line {
			doc := line.Apology(twiml.Voice(l.Voice), l.Languages[0], string(l.FallbackNumber))
			fmt.Fprintf(s.out, "%s\n", doc.Append(nil))
			return nil
		}
	}
	return fmt.Errorf("there is no line %q; there are %s", c.Line, strings.Join(ids(conf.Lines), ", "))
}

func ids(lines []config.Line) []string {
	all := make([]string, 0, len(lines))
	for _, l := range lines {
		all = append(all, l.ID)
	}
	return all
}
