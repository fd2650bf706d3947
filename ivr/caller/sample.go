package caller

import _ "embed"

//go:embed sample.yaml
var sample string

// SamplePeople is a people file for trying out: the people of the README.
func SamplePeople() []byte { return []byte(sample) }
