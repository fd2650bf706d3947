package ledger

import "errors"

// The refusals of this package. Every other error means that the ledger could
// not be reached or written.
var (
	// ErrInvalid is an argument that can never be right.
	ErrInvalid = errors.New("invalid")
	// ErrTaken is a claim of a place that another effect holds.
	ErrTaken = errors.New("claimed by another effect")
	// ErrMismatch is a second claim by the same effect for another subject.
	ErrMismatch = errors.New("claimed by the same effect for something else")
	// ErrNotFound is an action, or a failure count, that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrFinal is an attempt to change the end of an action that has one.
	ErrFinal = errors.New("already finished otherwise")
)
