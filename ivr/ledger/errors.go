package ledger

import "errors"

// The refusals of this package. Every other error means that the ledger could
// not be reached or written.
var (
	// ErrInvalid is an argument that can never be right.
	ErrInvalid = errors.New("invalid")
	// ErrTaken is a claim of a place that another effect holds.
	ErrTaken = errors.New("claimed by another effect")
	// ErrFull is a callback more than the caps allow.
	ErrFull = errors.New("too many")
	// ErrMismatch is a second claim by the same effect for another subject.
	ErrMismatch = errors.New("claimed by the same effect for something else")
	// ErrNotFound is an action, or a failure count, that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrFinal is an attempt to change the end of an action that has one.
	ErrFinal = errors.New("already finished otherwise")
	// ErrFrozen is a claim for a subject whose recovery is stopped.
	ErrFrozen = errors.New("frozen")
	// ErrStale is the settlement of a notice that another worker has claimed since, or
	// a version of a number change that is not the next any more.
	ErrStale = errors.New("changed by another since it was read")
	// ErrKey is a ledger whose end was not made with this key: the key has
	// changed, or somebody has changed the ledger.
	ErrKey = errors.New("the ledger's chain was not made with this key: the key has changed, or somebody has changed the ledger")
	// ErrUnkeyed is a ledger that was begun without a key, opened with one.
	ErrUnkeyed = errors.New("the ledger's chain was begun without a key: stop every instance, then run ringback audit key once")
	// ErrBroken is a chain that [AddKey] does not seal, because it does not fit.
	ErrBroken = errors.New("the chain is broken")
	// ErrReadOnly is a write to a ledger that was opened for reading only.
	ErrReadOnly = errors.New("opened for reading only")
)
