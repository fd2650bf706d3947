package config_test

import (
	"errors"
	"os"
	"testing"

	"github.com/goccy/go-yaml"

	"ringback/cmd/internal/config"
)

// FuzzParse: no file makes the loader panic; every refusal is a list of problems
// with places; what is accepted keeps the promises that nothing else checks again.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/good.yaml", "testdata/loose.yaml", "testdata/bad/merge-key.yaml", "testdata/bad/anchor.yaml"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	for _, s := range []string{"", "a", "- a", "? a", "{", "a: &x\n b: *x", "\"\\", "%YAML 9", "lines: [{hours: {mon: [08:00-17:00]}}]", "a: |\n b", "\x00", "redis: {url: ${X}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse(config.Source{
			Data: []byte(text), Env: func(string) (string, bool) { return "x", true },
			ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist },
		})
		if err != nil {
			var p config.Problems
			if !errors.As(err, &p) || len(p) == 0 || c != nil {
				t.Fatalf("refused without problems: %v", err)
			}
			for _, x := range p {
				if x.Line < 1 || x.Column < 1 || x.Message == "" {
					t.Fatalf("problem without a place: %+v", x)
				}
			}
			return
		}
		if c.Twilio.AuthToken.Reveal() == "" || c.PublicURL == "" || len(c.Lines) == 0 {
			t.Fatal("accepted without a token, a URL or a line")
		}
		if l := c.Policy.Limits; l.CodeTries < 1 || l.CodeTries > 10 || l.ConsecutiveFailures < 1 || l.ConsecutiveFailures > 100 {
			t.Fatalf("accepted limits out of bounds: %+v", l)
		}
		for _, l := range c.Lines {
			if l.Schedule.Location == nil || len(l.Factors) < 2 || l.FallbackNumber == "" {
				t.Fatalf("accepted an incomplete line: %+v", l)
			}
		}
		if _, err := yaml.Marshal(c); err != nil {
			t.Fatal(err)
		}
	})
}
