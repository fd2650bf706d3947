package main

import (
	"fmt"
	"io"
	"sync"
)

// output is where a command prints. It remembers the first write that failed: a
// result that nobody got is a failure, and not one to be found out later.
type output struct {
	w io.Writer

	mu  sync.Mutex
	err error
}

// Write writes on, and remembers.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.err == nil {
			o.err = fmt.Errorf("write the result: %w", err)
		}
	}
	return n, err //nolint:wrapcheck // a writer's own
}

// failed is the first write that failed, or nil.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// lost is [output.failed] of a stream that may be one.
func lost(w io.Writer) error {
	if o, ok := w.(*output); ok {
		return o.failed()
	}
	return nil
}
