package twiml

// Optional is an attribute that may be left out, where leaving it out and
// giving its zero value mean different things. Its zero value is left out.
type Optional[T any] struct {
	// Value is what the attribute says; meaningless unless Set.
	Value T
	// Set tells an attribute that is there, even if empty, from one that is not.
	Set bool
}

// Some is an attribute that is there with the value v, which may be zero.
func Some[T any](v T) Optional[T] { return Optional[T]{Value: v, Set: true} }

// Or is the attribute's value, or def, usually Twilio's default, when it was
// left out.
func (o Optional[T]) Or(def T) T {
	if o.Set {
		return o.Value
	}
	return def
}
