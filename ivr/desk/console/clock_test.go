package console_test

import (
	"time"

	"ringback/ivr/clock"
)

// realWith waits in real time and tells the time of a watch.
type realWith struct {
	clock.Clock
	now func() time.Time
}

func (r realWith) Now() time.Time { return r.now() }
