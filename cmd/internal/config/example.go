package config

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
)

//go:embed ringback.example.yaml
var example string

// Example is the complete, commented example file: what the demo starts from.
// At the top of the repository stands a link to it.
func Example() []byte { return []byte(example) }

// ParseExample reads the example with made-up secrets, which belong to nobody,
// and with override's changes: for a box, and for what needs its lines only.
func ParseExample(override func(*Config)) (*Config, error) {
	return Parse(Source{
		Name: "ringback.example.yaml", Data: Example(), Override: override,
		Env: func(string) (string, bool) { return "embedded", true },
		ReadFile: func(path string) ([]byte, error) {
			sum := sha256.Sum256([]byte(path))
			return []byte(base64.StdEncoding.EncodeToString(sum[:])), nil
		},
	})
}
