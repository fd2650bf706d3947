package caller_test

import (
	"testing"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
)

func TestFileConformance(t *testing.T) {
	directorytest.Run(t, func(t *testing.T, _ []caller.Person) directorytest.Backend {
		f, err := caller.NewFile("sample.yaml", caller.SamplePeople())
		if err != nil {
			t.Fatal(err)
		}
		return directorytest.Backend{Directory: f, Ages: true}
	})
}
