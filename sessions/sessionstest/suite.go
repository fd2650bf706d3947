package sessionstest

import (
	"testing"
	"time"

	"ringback/sessions"
)

// Open makes a store with nothing in it, on the given clock. It closes the
// store with the test.
type Open func(t *testing.T, now func() time.Time) *sessions.Store

// Run plays everything that package sessions promises against stores that
// open makes, one for each case. Time moves by a virtual clock only.
func Run(t *testing.T, open Open) {
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"records", recordCases},
		{"windows", windowCases},
		{"leases", leaseCases},
		{"queue", queueCases},
		{"presence", presenceCases},
		{"values", valueCases},
		{"meter", meterCases},
		{"desk sessions", deskSessionCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					clock := NewClock()
					c.run(t, open(t, clock.Now), clock)
				})
			}
		})
	}
}

type testCase struct {
	name string
	run  func(*testing.T, *sessions.Store, *Clock)
}
