package caller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What the directories with a server of their own share: how they are configured,
// opened and counted.

// Recorder counts requests to a directory's server; see package metrics for
// the outcomes.
type Recorder interface {
	// Observe counts one request that took took.
	Observe(operation, outcome string, took time.Duration)
}

// Tools are what the service gives to a directory that it opens. The zero value
// logs and counts into nowhere.
type Tools struct {
	Logger     *slog.Logger          // nil: discarded
	Recorder   Recorder              // nil: nothing is counted
	Registerer prometheus.Registerer // of what is counted beside requests; nil: nowhere
}

// Checked is what is wrong with a directory's part of the configuration, as one
// error; check is its Check.
func Checked(check func(fail func(path, message string))) error {
	var errs []error
	check(func(path, message string) { errs = append(errs, fmt.Errorf("%s: %s", path, message)) })
	return errors.Join(errs...)
}

// FirstPing asks a directory's server once, as it is opened. A server that does not
// answer is logged: it is asked again with the next caller. What stays until
// somebody mends the configuration is an error.
func (t Tools) FirstPing(ctx context.Context, d Pinger, misconfigured func(error) bool) error {
	err := d.Ping(ctx)
	if misconfigured(err) {
		return err //nolint:wrapcheck // the directory names itself
	}
	if err != nil && t.Logger != nil {
		t.Logger.WarnContext(ctx, "directory does not answer at the start", "error", err.Error())
	}
	return nil
}

// Observe counts a request that began at a moment and ended with an outcome.
func (t Tools) Observe(operation, outcome string, began time.Time) {
	if t.Recorder != nil {
		t.Recorder.Observe(operation, outcome, time.Since(began))
	}
}

// Bounds are keys that every directory with a server has, with their defaults.
type Bounds struct {
	PhoneRegion                    string
	ConnectTimeout, RequestTimeout time.Duration
	Connections                    int
}

// Check reports what is out of bounds, by path.
func (b Bounds) Check(fail func(path, message string)) {
	if !KnownRegion(b.PhoneRegion) {
		fail("phone_region", "is not a country, such as US")
	}
	for path, d := range map[string]time.Duration{"connect_timeout": b.ConnectTimeout, "request_timeout": b.RequestTimeout} {
		if d < 100*time.Millisecond || d > 10*time.Second {
			fail(path, "must be between 100ms and 10s")
		}
	}
	if b.Connections < 1 || b.Connections > 64 {
		fail("connections", "must be between 1 and 64")
	}
}
