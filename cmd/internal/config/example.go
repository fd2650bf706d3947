package config

import _ "embed"

//go:embed ringback.example.yaml
var example string

// Example is the complete, commented example file: what the demo starts from.
// At the top of the repository stands a link to it.
func Example() []byte { return []byte(example) }
